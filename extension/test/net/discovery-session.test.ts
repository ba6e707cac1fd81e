import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { plainBinding, SessionClose, signInStatement } from '@p2p-chat/protocol/discovery';
import { decodePublicKey, verifyStatement } from '@p2p-chat/protocol/identity';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { ScriptedSession } from '../support/scripted-server.ts';
import { steadyRandom } from '../support/system-clock.ts';
import { recordDirectory } from './directory.contract.ts';
import { noRelay } from '../support/no-relay.ts';
import { noLog } from './link-world.ts';
import {
  credentials,
  identityKey,
  sam,
  carol,
  plainly,
  scene,
  signedIn,
  heardFrom,
  disconnections,
} from './session-scene.ts';

test('signs the nonce for this kind of connection and no other', () =>
  scene(async (scene) => {
    scene.there.say({ type: 'challenge', binding: 'plain', nonce: Buffer.alloc(32, 7).toString('base64') });
    const frame = await scene.there.frames.first(({ type }) => type === 'sign-in');
    assert.ok(frame.type === 'sign-in');
    const statement = signInStatement(
      plainBinding(Number(scene.server.url.port)),
      Buffer.alloc(32, 7).toString('base64'),
      credentials.device,
    );
    assert.ok(verifyStatement(decodePublicKey(frame.identity), statement, frame.signature));
    assert.deepEqual(frame.endpoints, [{ address: '127.0.0.1', port: 5000 }]);
    assert.equal(frame.device, credentials.device);
  }));

for (const binding of ['tls', 'origin'] as const) {
  test(`on plain HTTP nothing is signed for a server that asks for "${binding}", and none is tried again`, () =>
    scene(async ({ there, log, refusals, clock }) => {
      there.say({ type: 'challenge', binding, nonce: Buffer.alloc(32, 7).toString('base64') });
      await log.first(() => true);
      assert.deepEqual(disconnections(log), ['refused']);
      assert.equal(refusals.length, 1);
      assert.ok(
        refusals.every(
          ({ code, message }) => code === 'not-a-discovery-server' && message.includes('https:'),
        ),
      );
      assert.equal(clock.pending, 0);
      assert.deepEqual(there.frames.all, []);
    }));
}

for (const [what, breach] of [
  ['a welcome without a sign-in', (there) => there.say({ type: 'welcome', user: sam, epoch: there.epoch })],
  [
    "somebody else's welcome",
    (there) => {
      there.challenge();
      void there.welcome({ ...sam, identity: carol });
    },
  ],
] as [string, (there: ScriptedSession) => void][]) {
  test(`${what} is no session`, () =>
    scene(async ({ there, log }) => {
      breach(there);
      await log.first(() => true);
      assert.deepEqual(log.all, [{ kind: 'disconnected', why: 'unreachable' }]);
    }));
}

for (const [code, why] of [
  [SessionClose.replaced, 'replaced'],
  [SessionClose.notRegistered, 'not-registered'],
  [SessionClose.deleted, 'not-registered'],
  [SessionClose.badSignature, 'refused'],
  [SessionClose.identityReplaced, 'refused'],
] as const) {
  test(`close code ${code} is final: ${why}`, () =>
    scene(async ({ there, log, clock, server }) => {
      there.ws.close(code);
      await log.first(() => true);
      assert.deepEqual(disconnections(log), [why]);
      assert.equal(clock.pending, 0);
      assert.equal(server.sessions.all.length, 1);
    }));
}

for (const code of [
  SessionClose.goingAway,
  SessionClose.tooMany,
  SessionClose.slowConsumer,
  SessionClose.renamed,
  1011,
]) {
  test(`close code ${code} is tried again`, () =>
    scene(async ({ there, log, clock, server }) => {
      there.ws.close(code);
      await log.first(() => true);
      assert.deepEqual(disconnections(log), ['unreachable']);
      await clock.advance(1_000);
      await server.sessions.count(2);
    }));
}

test('another device is replaced by the attempt that the person waits for, and by no later one', () =>
  scene(async ({ server, there, log, clock }) => {
    const takesOver = async ({ frames }: ScriptedSession): Promise<boolean | undefined> => {
      const frame = await frames.first(({ type }) => type === 'sign-in');
      return frame.type === 'sign-in' ? frame.takeOver : assert.fail();
    };
    there.challenge();
    assert.equal(await takesOver(there), true);
    there.ws.close(1011);
    await log.first(() => true);
    await clock.advance(1_000);
    await server.sessions.count(2);
    const again = server.sessions.all[1];
    assert.ok(again);
    again.challenge();
    assert.equal(await takesOver(again), undefined);
  }));

test('a server that does not greet is left after the handshake time', () =>
  scene(async ({ clock, log, there }) => {
    await clock.advance(9_999);
    assert.equal(log.all.length, 0);
    const closed = once(there.ws, 'close');
    await clock.advance(1);
    await log.first(() => true);
    await closed;
    assert.deepEqual(disconnections(log), ['unreachable']);
  }));

test('a server that fell silent is left after fifteen seconds, one that pings is not', () =>
  scene(async (scene) => {
    const { clock, there, log } = scene;
    await signedIn(scene);
    await clock.advance(14_000);
    await heardFrom(there);
    await clock.advance(14_000);
    assert.deepEqual(disconnections(log), []);
    await clock.advance(1_000);
    await log.first(({ kind }) => kind === 'disconnected');
  }));

test('a server that has been silent is left two seconds after this device comes to another network', () =>
  scene(async (scene) => {
    const { clock, there, log, session } = scene;
    await signedIn(scene);
    there.ws.pause();
    await clock.advance(7_000);
    session.announce([{ address: '127.0.0.1', port: 5001 }]);
    await clock.advance(1_999);
    assert.deepEqual(disconnections(log), []);
    await clock.advance(1);
    await log.first(({ kind }) => kind === 'disconnected');
    there.ws.terminate();
  }));

for (const [where, port] of [
  ['at new addresses', 5001],
  ['where this device listened before', 5000],
] as const) {
  test(`another network ends the pause, ${where}`, () =>
    scene(async ({ there, log, session, server }) => {
      there.ws.close(SessionClose.goingAway);
      await log.first(() => true);
      assert.equal(server.sessions.all.length, 1);
      session.announce([{ address: '127.0.0.1', port }]);
      const [, again] = await server.sessions.count(2);
      again?.challenge();
      const frame = await again?.frames.first(({ type }) => type === 'sign-in');
      assert.ok(frame?.type === 'sign-in');
      assert.equal(frame.endpoints[0]?.port, port);
    }));
}

test('a deleted account is not come back to, whether the goodbye comes or not', () =>
  scene(async (scene) => {
    const { there, session, log, clock } = scene;
    await signedIn(scene);
    const deleting = session.deleteAccount();
    await there.answer('delete-account');
    await deleting;
    there.ws.terminate();
    await log.first(({ kind }) => kind === 'disconnected');
    assert.equal(clock.pending, 0);
  }));

test('stop with a sign-out says so, and does not wait longer than a second', () =>
  scene(async (scene) => {
    const { there, session, clock } = scene;
    await signedIn(scene);
    let stopped = false;
    const stopping = session.stop(true).then(() => {
      stopped = true;
    });
    await there.frames.first(({ type }) => type === 'sign-out');
    await clock.advance(999);
    assert.equal(stopped, false);
    await clock.advance(1);
    await stopping;
  }));

test('can be stopped before the server answered, and twice', async () => {
  const server = createServer();
  const upgrading = new Promise<Duplex>((resolve) => {
    server.once('upgrade', (_request, socket: Duplex) => resolve(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const clock = new FakeClock();
  const session = createDirectorySession({
    ...noRelay,
    ...plainly(new URL(`http://127.0.0.1:${port}`)),
    refused: () => assert.fail('nothing is asked that would not be signed'),
    identityKey,
    device: credentials.device,
    takeOver: true,
    clock,
    random: steadyRandom,
    log: noLog,
  });
  const log = recordDirectory(session);
  const socket = await upgrading;
  await Promise.all([session.stop(true), session.stop(false)]);
  assert.equal(log.all.length, 0);
  assert.equal(clock.pending, 0);
  socket.destroy();
  server.close();
  await once(server, 'close');
});
