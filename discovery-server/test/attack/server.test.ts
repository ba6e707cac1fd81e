import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL, SessionClose } from '@p2p-chat/protocol/discovery';
import { MAX_RELAY_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { newDevice, person, register, TestSession } from '../test-client.ts';
import { Stage } from './stage.ts';
import { Opcode, wsFrame } from './ws-frame.ts';

/** Crowds, and people with accounts who ask too much, against a whole server, each from an address of their own. */

const stage = Stage.set((target) => target.measure());

describe('the server goes on serving', () => {
  stage.attack('while strangers drip a byte at a time at every step', async () => {
    const { hostname, port } = new URL(stage.target.url);
    const drips: { socket: Socket; bytes: Buffer; closed: Promise<unknown> }[] = [];
    const drip = (socket: Socket, text: string): void => {
      socket.on('error', () => undefined).resume();
      // A byte that comes as the server closes makes the system reset the connection: an end like any other.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      drips.push({ socket, bytes: Buffer.from(text, 'latin1'), closed });
    };
    for (let count = 0; count < 5; count += 1) {
      drip(
        connectTcp({ host: hostname, port: Number(port), ...stage.target.newAddress() }),
        '\x16\x03\x01\x02\x00\x01\x00',
      );
      drip(
        await stage.target.connect(),
        `GET ${DiscoveryPath.health} HTTP/1.1\r\nHost: peer\r\nX: ${'x'.repeat(500)}`,
      );
      const body = await stage.target.connect();
      body.write(
        `POST ${DiscoveryPath.accounts} HTTP/1.1\r\nHost: peer\r\nContent-Type: application/json\r\n` +
          'Content-Length: 500\r\n\r\n',
      );
      drip(body, 'x'.repeat(400));
      drip((await stage.rawSession()).socket, wsFrame(Opcode.text, ' '.repeat(400)).toString('latin1'));
    }
    let at = 0;
    const dripping = setInterval(() => {
      for (const { socket, bytes } of drips) {
        if (at < bytes.length && socket.writable) socket.write(bytes.subarray(at, at + 1));
      }
      at += 1;
    }, 100);
    await stage.target.servesAnHonestUser();
    await Promise.all(drips.map(({ closed }) => closed));
    clearInterval(dripping);
  });

  stage.attack('after 10,000 connections in a row', async () => {
    for (let thousand = 0; thousand < 10; thousand += 1) {
      await stage.target.knock(1_000);
      await stage.target.servesAnHonestUser();
    }
  });

  stage.attack('while a thousand connections from one address stay open', () =>
    stage.target.hold(1_000, () => stage.target.servesAnHonestUser()),
  );

  stage.attack('while somebody asks and asks', async () => {
    const who = await stage.newMember();
    const session = await TestSession.signedIn(stage.target.url, who, [], stage.target.newAddress());
    for (let id = 0; id < 5_000; id += 1)
      session.send({ type: 'look-up', id: 10_000 + id, identity: newDevice() });
    await stage.target.servesAnHonestUser();
    assert.equal((await session.closed).code, SessionClose.tooMany);
  });

  stage.attack(
    'while somebody fills all the pairs of the relay that they get, and strangers guess at tickets',
    async () => {
      const accomplice = person('Accomplice');
      stage.names.push(accomplice.name);
      assert.equal((await register(stage.target.url, accomplice)).status, 201);
      const [session, other] = [
        await TestSession.signedIn(stage.target.url, stage.mallory),
        await TestSession.signedIn(stage.target.url, accomplice),
      ];
      const enter = (ticket: string): WebSocket => {
        const socket = new WebSocket(stage.target.url + DiscoveryPath.relay, RELAY_PROTOCOL, {
          headers: { authorization: `Bearer ${ticket}` },
          rejectUnauthorized: false,
        });
        socket.on('error', () => undefined);
        return socket;
      };
      const ends: WebSocket[] = [];
      for (;;) {
        const answer = await session.ask({ type: 'relay', identity: accomplice.identity });
        if (answer.type === 'error') break;
        const [near, far] = [enter(answer.ticket ?? ''), enter((await other.next('relay')).ticket)];
        ends.push(near, far);
        await Promise.all([once(near, 'open'), once(far, 'open')]);
        far.pause();
        for (let sent = 0; sent < 64; sent += 1) near.send(Buffer.alloc(MAX_RELAY_FRAME_BYTES));
      }
      assert.ok(ends.length > 0 && ends.length <= 64);
      const guesses = Array.from({ length: 100 }, () => enter(randomBytes(32).toString('base64')));
      const codes = guesses.map((guess) => new Promise<number>((resolve) => guess.once('close', resolve)));
      assert.deepEqual(new Set(await Promise.all(codes)), new Set([1006]));
      await stage.target.servesAnHonestUser();
      for (const end of ends) end.terminate();
      for (const each of [session, other]) each.kill();
    },
  );

  stage.attack('after a flood of registrations, of which few become accounts', async () => {
    const from = stage.target.newAddress();
    const statuses = new Map<number, number>();
    const made: string[] = [];
    for (let count = 0; count < 130; count += 1) {
      const who = person(`Sybil${count}`);
      const { status } = await register(stage.target.url, who, from);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 201) made.push(who.name);
    }
    assert.ok((statuses.get(429) ?? 0) > 0, JSON.stringify([...statuses]));
    assert.ok(made.length <= 100);
    stage.names.push(...made);
  });
});

describe('afterwards', () => {
  test('only whoever was let in has an account', () => stage.target.hasOnlyAccountsOf(stage.names));
  test('memory is what it was', () =>
    stage.target.forgotTheAttack(async () => {
      await stage.target.knock(2_000);
      await stage.target.hold(1_000, () => Promise.resolve());
    }));
});
