import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { localNetworks } from '../../src/net/endpoints.ts';
import { createLocalNetworks } from '../../src/net/local-networks.ts';
import { realParts } from '../../src/peer/parts.ts';
import { createPeerService } from '../../src/peer/service.ts';
import { PeerError } from '../../src/peer-api.ts';
import { newMessageId } from '../support/envelopes.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWindow } from '../support/window.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});
const started = <T extends { stop(): Promise<void> }>(part: T): T => {
  running.push(part);
  return part;
};

/** UDP: nobody else listens there; multicast DNS itself would be heard by all. */
const multicastPort = 50_000 + (process.pid % 10_000);
const inside = localNetworks()[0]?.addresses[0] ?? '';

const key = (): string => exportPrivateKey(generateKeyPair());

/** What stays of a person between two runs of the editor. */
const installation = (name: string) => ({
  name,
  options: {
    globalStorage: temporaryFolder(),
    identityKey: key(),
    deviceKey: key(),
    successions: [],
    version: '0.1.0',
    proxy: { noProxy: [] },
  },
});

/** Goes online, or tries to; with the port on which others can reach this run. */
async function run(
  { name, options }: ReturnType<typeof installation>,
  server: string,
  localDiscovery: boolean,
) {
  let port = 0;
  const service = started(
    await createPeerService(options, {
      ...realParts,
      createLocalNetworks: (of) => createLocalNetworks({ ...of, port: multicastPort }),
      createListener: (of) => {
        const listener = realParts.createListener(of);
        const start = async () => {
          const bound = await listener.start();
          ({ port } = bound);
          return bound;
        };
        return { start, stop: () => listener.stop(), join: (stream) => listener.join(stream) };
      },
    }),
  );
  const window = new TestWindow(service);
  for (const contact of (await window.request('subscribe', {})).contacts)
    window.contacts.set(contact.id, contact);
  const tells = { sendReadReceipts: false, sendTypingIndicator: false };
  await window.request('configure', {
    acceptMessagesFrom: 'everyone',
    keepHistoryDays: 0,
    ...tells,
    localDiscovery,
  });
  const account = { server, name, listenHost: inside, listenPort: 0, joinCode: null, byPerson: true };
  const going = window.request('goOnline', { ...account, serverKey: null });
  const reached = await going.then(
    () => true,
    (error: unknown) => {
      assert.ok(error instanceof PeerError && error.code === 'server-unreachable');
      return false;
    },
  );
  return { window, service, port, reached };
}

const write = (from: TestWindow, to: string, text: string) =>
  from.request('send', { id: newMessageId(), contact: from.idOf(to), text, workspace: null });

/** Somebody else has the port from now on, and wants nothing of anybody. */
async function takePort(port: number): Promise<void> {
  const other = createServer((socket) => socket.destroy());
  other.listen(port, inside);
  await once(other, 'listening');
  started({ stop: () => new Promise((closed) => other.close(() => closed())) });
}

describe('two peers in one network', { skip: inside === '' && 'this machine is in no network' }, () => {
  it('find each other where they are now, though there is no server any more', async () => {
    const logger = pino({ level: 'silent' });
    const server = await startDiscoveryServer({
      host: '127.0.0.1',
      port: 0,
      dataDir: temporaryFolder(),
      logger,
    });
    const [sam, carol] = [installation('Sam'), installation('Carol')];
    const before = [await run(sam, server.url, false), await run(carol, server.url, false)] as const;
    const [{ window: samOnce }, { window: carolOnce }] = before;
    await samOnce.until('Carol is listed', () => samOnce.knows('Carol'));
    await samOnce.request('openConversation', { contact: samOnce.idOf('Carol'), limit: 1, byPerson: true });
    await write(samOnce, 'Carol', 'hello');
    await carolOnce.until('the request is there', () => carolOnce.messages.size === 1);
    await carolOnce.request('setStanding', { contact: carolOnce.idOf('Sam'), standing: 'accepted' });
    await write(carolOnce, 'Sam', 'hi');
    await samOnce.until('the answer is there', () => samOnce.texts().includes('hi'));
    for (const { service } of before) await service.stop();
    await server.stop();
    for (const { port } of before) await takePort(port);

    const [samNow, carolNow] = [await run(sam, server.url, true), await run(carol, server.url, true)];
    assert.deepEqual([samNow.reached, carolNow.reached], [false, false]);
    await write(samNow.window, 'Carol', 'where are you?');
    await carolNow.window.until('it is there', () => carolNow.window.texts().includes('where are you?'));
    await write(carolNow.window, 'Sam', 'at the same table');
    await samNow.window.until('so is the answer', () => samNow.window.texts().includes('at the same table'));
  });
});
