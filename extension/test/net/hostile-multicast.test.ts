import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { describe, it } from 'node:test';
import { eventually } from '../../../scripts/lib/wait.ts';
import { localNetworks } from '../../src/net/endpoints.ts';
import { createLocalNetworks } from '../../src/net/local-networks.ts';
import { MULTICAST_DNS, MulticastSocket } from '../../src/net/multicast-socket.ts';
import { announcementPacket, poisonousPackets, strangersPacket } from '../support/multicast-packets.ts';
import { systemClock } from '../support/system-clock.ts';
import { anAnnouncement, listen } from './local-networks.contract.ts';

/** Nobody else listens there; multicast DNS itself would be heard by all. */
const port = 40_000 + (process.pid % 10_000);
const inside = localNetworks()[0]?.addresses[0] ?? '';

/** Whether a packet is no question, and tells of this announcement. */
function isAnswer(packet: Buffer, instance: string): boolean {
  return (packet[2] ?? 0) >= 0x80 && packet.includes(instance);
}

/** Somebody in the network who can send and hear whatever they like. */
async function attacker(): Promise<{
  shout(packets: readonly Buffer[]): Promise<void>;
  heard: Buffer[];
  stop(): void;
}> {
  const socket: Socket = createSocket({ type: 'udp4', reuseAddr: true });
  const heard: Buffer[] = [];
  socket.on('message', (packet) => heard.push(packet));
  await new Promise<void>((bound) => socket.bind(port, bound));
  socket.addMembership(MULTICAST_DNS.group, inside);
  socket.setMulticastInterface(inside);
  const send = (packet: Buffer): Promise<void> =>
    new Promise((sent) => socket.send(packet, port, MULTICAST_DNS.group, () => sent()));
  return {
    heard,
    shout: async (packets) => {
      for (const [index, packet] of packets.entries()) {
        await send(packet);
        // A buffer that nobody reads meanwhile would lose most.
        if (index % 16 === 0) await new Promise(setImmediate);
      }
    },
    stop: () => socket.close(),
  };
}

describe(
  'whoever shouts in multicast DNS',
  { skip: inside === '' && 'this machine is in no network' },
  () => {
    it('is looked into at a bounded pace, answered seldom, and keeps nobody from being heard after it', async () => {
      const create = () =>
        createLocalNetworks({ clock: systemClock, log: (_level, text) => assert.fail(text), port });
      const [victim, honest] = [create(), create()];
      const mallory = await attacker();
      try {
        const heard = listen(victim);
        const own = anAnnouncement();
        victim.announce(() => own);
        await eventually('it speaks', () => mallory.heard.some((packet) => isAnswer(packet, own.instance)));

        const started = performance.now();
        const before = { seen: heard.all.length, said: mallory.heard.length };
        const shouted = [
          ...Array.from({ length: 30 }, () => poisonousPackets())
            .flat()
            .map((hex) => Buffer.from(hex, 'hex')),
          ...Array.from({ length: 2_000 }, strangersPacket),
        ];
        await mallory.shout(shouted);
        // The last of them was taken, or was not: then there is an end of it.
        await eventually('all came through', () => mallory.heard.length - before.said > shouted.length / 2);
        const seconds = (performance.now() - started) / 1_000;
        const seen = heard.all.length - before.seen;
        assert.ok(seen > 0, 'nothing came through');
        assert.ok(seen <= 100 + 50 * seconds + 1, `${seen} were looked into in ${seconds} s`);
        const answers = mallory.heard.slice(before.said).filter((packet) => isAnswer(packet, own.instance));
        assert.ok(answers.length <= 30 + 10 * seconds + 1, `${answers.length} answers in ${seconds} s`);

        const said = anAnnouncement();
        listen(honest);
        honest.announce(() => said);
        await eventually('the honest one is heard', () => {
          victim.ask();
          return heard.all.some((one) => one.kind === 'seen' && one.announcement.instance === said.instance);
        });
      } finally {
        await Promise.all([victim.stop(), honest.stop()]);
        mallory.stop();
      }
    });

    it('is not even read where they say what is nobody’s business here, or too much', async () => {
      const read: Buffer[] = [];
      const socket = await new Promise<MulticastSocket>((ready) => {
        const made: MulticastSocket = new MulticastSocket({
          address: inside,
          port,
          clock: systemClock,
          isNear: () => true,
          ready: () => ready(made),
          failed: (error) => assert.fail(error),
        });
      });
      socket.on('message', (packet) => read.push(packet));
      const mallory = await attacker();
      try {
        const packet = (texts: readonly string[]): Buffer => announcementPacket('a'.repeat(32), 4_000, texts);
        const good = packet(['a=x']);
        const counting = (at: number, count: number): Buffer => {
          const lying = Buffer.from(good);
          lying.writeUInt16BE(count, at);
          return lying;
        };
        const other = Buffer.from(good.toString('latin1').replaceAll('_p2p-chat', '_p2p-cart'), 'latin1');
        const large = packet(Array.from({ length: 10 }, () => `a=${'x'.repeat(200)}`));
        await mallory.shout([large, other, counting(4, 17), counting(6, 65), counting(10, 62), good]);
        await eventually('the good one is there', () => read.some((one) => one.equals(good)));
        assert.equal(read.length, 1);
      } finally {
        socket.close();
        mallory.stop();
      }
    });
  },
);
