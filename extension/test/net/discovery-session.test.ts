import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import {
  plainBinding,
  type Presence,
  SessionClose,
  signInStatement,
  type User,
} from '@p2p-chat/protocol/discovery';
import { decodePublicKey, verifyStatement } from '@p2p-chat/protocol/identity';
import { PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import { type Directory, DirectoryRefusal } from '../../src/core/ports.ts';
import { createDirectorySession } from '../../src/net/discovery-session.ts';
import type { DiscoveryError } from '../../src/net/server-address.ts';
import { plainAccess } from '../../src/net/server-access.ts';
import { makeDevice } from '../support/devices.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import type { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import {
  type ScriptedServer,
  type ScriptedSession,
  startScriptedServer,
} from '../support/scripted-server.ts';
import { steadyRandom } from '../support/system-clock.ts';
import { connected, presenceOf, recordDirectory } from './directory.contract.ts';
import { noLog } from './link-world.ts';
import { noRelay } from '../support/no-relay.ts';

const { credentials, identityKey } = await makeDevice();
const sam: User = { name: 'Sam', identity: credentials.identity };
const carol = fingerprintNamed('Carol');

function presence(lastSeen: number): Presence {
  return { name: 'Carol', identity: carol, online: false, lastSeen, device: null, endpoints: [] };
}

interface Scene {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly session: Directory;
  readonly log: ReturnType<typeof recordDirectory>;
  /** The server's side of the first connection. */
  readonly there: ScriptedSession;
  /** Why this end would not sign in. */
  readonly refusals: readonly DiscoveryError[];
}

/** The way to a server on plain HTTP, which is never looked at twice. */
const plainly = (server: URL) => ({
  server,
  access: plainAccess(server),
  look: () => assert.fail('nothing is looked at on plain HTTP'),
});

async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await startScriptedServer();
  const clock = new FakeClock();
  const refusals: DiscoveryError[] = [];
  const session = createDirectorySession({
    ...noRelay,
    ...plainly(server.url),
    refused: (why) => refusals.push(why),
    identityKey,
    device: credentials.device,
    takeOver: true,
    clock,
    random: steadyRandom,
    log: noLog,
  });
  session.announce([{ address: '127.0.0.1', port: 5000 }]);
  const log = recordDirectory(session);
  try {
    await run({ server, clock, session, log, there: await server.sessions.first(() => true), refusals });
  } finally {
    const stopped = session.stop(false);
    await clock.advance(1_000);
    await stopped;
    await server.stop();
  }
  assert.equal(clock.pending, 0);
}

async function signedIn({ there, log }: Scene): Promise<void> {
  there.challenge();
  await there.welcome(sam);
  await connected(log);
}

/** Whatever the client sent before this has come when it resolves. */
async function heardFrom(there: ScriptedSession): Promise<void> {
  const ponged = once(there.ws, 'pong');
  there.ws.ping();
  await ponged;
}

const disconnections = (log: Scene['log']): string[] =>
  log.all.flatMap((event) => (event.kind === 'disconnected' ? [event.why] : []));

const countOf = (frames: EventLog<{ type: string }>, type: string): number =>
  frames.all.filter((frame) => frame.type === type).length;

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

test('what the server says right after an answer comes after it', () =>
  scene(async (scene) => {
    const { there, session, log } = scene;
    await signedIn(scene);
    const newcomers = (): number => log.all.filter(({ kind }) => kind === 'account').length;
    const seen = session.page(null, 10).then(() => newcomers());
    const request = await there.frames.first(({ type }) => type === 'directory');
    there.atOnce(() => {
      const id = 'id' in request ? request.id : assert.fail('a request has an id');
      there.say({ type: 'result', id, page: { users: [], next: null } });
      there.push({ type: 'account', presence: presence(1) });
    });
    assert.equal(await seen, 0);
    await log.first(({ kind }) => kind === 'account');
  }));

test('a missed push is mended by one resync, and by another for a gap that comes meanwhile', () =>
  scene(async (scene) => {
    const { there, session, log } = scene;
    await signedIn(scene);
    session.watch([carol]);
    there.push({ type: 'snapshot', presences: [presence(1)] });
    await there.answer('watch');
    assert.equal(countOf(there.frames, 'resync'), 0);
    there.push({ type: 'presence', presence: presence(3) }, 1);
    await presenceOf(log, carol, ({ lastSeen }) => lastSeen === 3);
    await there.frames.first(({ type }) => type === 'resync');
    there.push({ type: 'presence', presence: presence(5) }, 1);
    there.push({ type: 'presence', presence: presence(7) }, 1);
    await presenceOf(log, carol, ({ lastSeen }) => lastSeen === 7);
    assert.equal(countOf(there.frames, 'resync'), 1);
    there.push({ type: 'snapshot', presences: [presence(8)] });
    const after = await there.answer('resync');
    const end = await there.answer('resync', after);
    there.push({ type: 'presence', presence: presence(9) });
    await presenceOf(log, carol, ({ lastSeen }) => lastSeen === 9);
    await heardFrom(there);
    assert.ok(end > after);
    assert.equal(countOf(there.frames, 'resync'), 2);
  }));

test('a push that was seen before changes nothing', () =>
  scene(async (scene) => {
    const { there, session, log } = scene;
    await signedIn(scene);
    session.watch([carol]);
    there.push({ type: 'presence', presence: presence(1) });
    there.say({ type: 'presence', presence: presence(2), epoch: there.epoch, seq: 1 });
    there.push({ type: 'presence', presence: presence(3) });
    await presenceOf(log, carol, ({ lastSeen }) => lastSeen === 3);
    assert.equal(
      log.all.some((event) => event.kind === 'presence' && event.presence.lastSeen === 2),
      false,
    );
  }));

const breaches: readonly [string, (there: ScriptedSession) => void][] = [
  ['says no JSON', (there) => there.ws.send('hello')],
  ['says something unknown', (there) => there.say({ type: 'gossip' })],
  ['sends bytes', (there) => there.ws.send(Buffer.from('{}'), { binary: true })],
  ['sends too much', (there) => there.ws.send(JSON.stringify('x'.repeat(200_000)))],
  ['welcomes twice', (there) => there.say({ type: 'welcome', user: sam, epoch: there.epoch })],
  [
    'pushes another stream',
    (there) => there.say({ type: 'presence', presence: presence(1), epoch: crypto.randomUUID(), seq: 1 }),
  ],
];

for (const [what, breach] of breaches) {
  test(`a server that ${what} is left, and tried again later`, () =>
    scene(async (scene) => {
      await signedIn(scene);
      breach(scene.there);
      await scene.log.first(({ kind }) => kind === 'disconnected');
      assert.deepEqual(disconnections(scene.log), ['unreachable']);
      await scene.clock.advance(1_000);
      await scene.server.sessions.count(2);
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

for (const code of [SessionClose.goingAway, SessionClose.tooMany, SessionClose.slowConsumer, 1011]) {
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
  scene(async ({ server, there, clock }) => {
    const takesOver = async ({ frames }: ScriptedSession): Promise<boolean | undefined> => {
      const frame = await frames.first(({ type }) => type === 'sign-in');
      return frame.type === 'sign-in' ? frame.takeOver : assert.fail();
    };
    there.challenge();
    assert.equal(await takesOver(there), true);
    there.ws.close(1011);
    await once(there.ws, 'close');
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

test('an answer that does not come is not waited for longer than ten seconds', () =>
  scene(async (scene) => {
    const { clock, there, session } = scene;
    await signedIn(scene);
    const looking = assert.rejects(session.lookUp(carol), { name: 'DirectoryUnavailable' });
    const request = await there.frames.first(({ type }) => type === 'look-up');
    await heardFrom(there);
    await clock.advance(10_000);
    await looking;
    // Too late: nobody waits for it any more.
    there.say({ type: 'result', id: 'id' in request ? request.id : 0, found: null });
    const page = session.page(null, 10);
    const asked = await there.frames.first(({ type }) => type === 'directory');
    there.say({ type: 'result', id: 'id' in asked ? asked.id : 0, page: { users: [], next: null } });
    assert.deepEqual(await page, { users: [], next: null });
  }));

test('what the server refuses is told with its code, in words of this end', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    await signedIn(scene);
    const renaming = session.rename('Carol');
    const asked = await there.frames.first(({ type }) => type === 'rename');
    there.say({ type: 'error', id: 'id' in asked ? asked.id : 0, code: 'name-taken', message: 'no' });
    await assert.rejects(
      renaming,
      (error) =>
        error instanceof DirectoryRefusal &&
        error.code === 'name-taken' &&
        error.message.includes('belongs to'),
    );
  }));

/** The server has no time for the newest request of this type. */
async function tooMany(
  there: ScriptedSession,
  type: 'look-up' | 'watch' | 'unwatch' | 'directory' | 'announce',
) {
  const asked = await there.frames.first((frame) => frame.type === type);
  there.say({ type: 'error', id: 'id' in asked ? asked.id : 0, code: 'too-many', message: 'no' });
}

test('a page that the server does not give now can be asked for again later', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    await signedIn(scene);
    const asking = session.page(null, 10);
    await tooMany(there, 'directory');
    await assert.rejects(asking, { name: 'DirectoryUnavailable' });
  }));

test('a look-up that the server refuses is told from one that it does not hear', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    await signedIn(scene);
    const looking = session.lookUp(carol);
    await tooMany(there, 'look-up');
    await assert.rejects(looking, (error) => error instanceof DirectoryRefusal && error.code === 'too-many');
    there.ws.terminate();
    await scene.log.first(({ kind }) => kind === 'disconnected');
    await assert.rejects(session.lookUp(carol), { name: 'DirectoryUnavailable' });
  }));

test('what the server had no time for is said again a while later, as things are then', () =>
  scene(async (scene) => {
    const { there, session, clock } = scene;
    await signedIn(scene);
    const dave = fingerprintNamed('Dave');
    session.watch([carol]);
    session.watch([dave]);
    await there.frames.first((frame) => frame.type === 'watch' && frame.identities.includes(dave));
    for (const frame of there.frames.all.filter(({ type }) => type === 'watch')) {
      there.say({ type: 'error', id: 'id' in frame ? frame.id : 0, code: 'too-many', message: 'no' });
    }
    session.announce([{ address: '127.0.0.1', port: 5001 }]);
    await tooMany(there, 'announce');
    session.unwatch([dave]);
    await tooMany(there, 'unwatch');
    await answeredByNow(there, session);
    const before = there.frames.all.length;
    await passWith(there, clock, 19_999);
    assert.equal(there.frames.all.length, before);
    await passWith(there, clock, 1);
    assert.deepEqual(
      there.frames.all.slice(before).map((frame) => ({ ...frame, id: 0 })),
      [
        { type: 'announce', id: 0, endpoints: [{ address: '127.0.0.1', port: 5001 }] },
        { type: 'unwatch', id: 0, identities: [dave] },
        { type: 'watch', id: 0, identities: [carol] },
      ],
    );
  }));

test('what the server had no time for is not said twice when a session begins anew meanwhile', () =>
  scene(async (scene) => {
    const { server, there, session, clock, log } = scene;
    await signedIn(scene);
    session.watch([carol]);
    await tooMany(there, 'watch');
    await answeredByNow(there, session);
    there.ws.terminate();
    await log.first(({ kind }) => kind === 'disconnected');
    await clock.advance(2_000);
    const [, next] = await server.sessions.count(2);
    assert.ok(next !== undefined);
    const before = log.all.length;
    next.challenge();
    await next.welcome(sam);
    await connected(log, before);
    await next.answer('watch-directory');
    await next.answer('watch');
    await passWith(next, clock, 30_000);
    assert.equal(countOf(next.frames, 'watch'), 1);
  }));

/** Lets time pass on a session whose server shows that it is there. */
async function passWith(there: ScriptedSession, clock: FakeClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= PING_INTERVAL_MS) {
    await clock.advance(Math.min(left, PING_INTERVAL_MS));
    await heardFrom(there);
  }
}

/** Whatever the server has said before this has been heard when it resolves. */
async function answeredByNow(there: ScriptedSession, session: Directory): Promise<void> {
  const asking = session.page(null, 1);
  const frame = await there.frames.first(({ type }) => type === 'directory');
  there.say({ type: 'result', id: 'id' in frame ? frame.id : 0, page: { users: [], next: null } });
  await asking;
}

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

test('a name that the server gives instead of the one asked for is none', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    await signedIn(scene);
    const renaming = session.rename('Samuel');
    const asked = await there.frames.first(({ type }) => type === 'rename');
    there.say({ type: 'result', id: 'id' in asked ? asked.id : 0, user: { ...sam, name: 'Fool' } });
    await assert.rejects(renaming, { name: 'DirectoryUnavailable' });
  }));

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

test('nobody can be made to dial nine addresses: such an announcement ends the session', () =>
  scene(async (scene) => {
    const { there, session, log } = scene;
    await signedIn(scene);
    session.watch([carol]);
    const nine = Array.from({ length: 9 }, (_, n) => ({ address: `192.0.2.${n + 1}`, port: 5000 }));
    const online = { ...presence(1), online: true, device: 'd'.repeat(64) };
    there.push({ type: 'presence', presence: { ...online, endpoints: nine } });
    await log.first(({ kind }) => kind === 'disconnected');
    assert.ok(log.all.every(({ kind }) => kind !== 'presence'));
  }));

for (const [what, endpoint] of [
  ['a port below 1024', { address: '192.0.2.1', port: 22 }],
  ['a host name', { address: 'localhost', port: 5000 }],
] as const) {
  test(`nobody can be made to dial ${what}: such an announcement ends the session`, () =>
    scene(async (scene) => {
      const { there, session, log } = scene;
      await signedIn(scene);
      session.watch([carol]);
      there.push({ type: 'presence', presence: { ...presence(1), endpoints: [endpoint] } });
      await log.first(({ kind }) => kind === 'disconnected');
      assert.ok(log.all.every(({ kind }) => kind !== 'presence'));
    }));
}

test('an answer about somebody else is none', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    await signedIn(scene);
    const looking = session.lookUp(fingerprintNamed('Dave'));
    const asked = await there.frames.first(({ type }) => type === 'look-up');
    there.say({ type: 'result', id: 'id' in asked ? asked.id : 0, found: presence(1) });
    await assert.rejects(looking, { name: 'DirectoryUnavailable' });
  }));

test('many watches go in frames that the protocol takes', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    const many = Array.from({ length: 1_500 }, (_, index) => fingerprintNamed(`person ${index}`));
    session.watch(many);
    session.watch(many.slice(0, 10));
    await signedIn(scene);
    await there.frames.first(() => countOf(there.frames, 'watch') === 2);
    const sent = there.frames.all.flatMap((frame) => (frame.type === 'watch' ? [frame.identities] : []));
    assert.deepEqual(
      sent.map((identities) => identities.length),
      [1_000, 500],
    );
    assert.deepEqual(sent.flat(), many);
  }));

test('new addresses end the pause: the network has changed', () =>
  scene(async ({ there, log, session, server }) => {
    there.ws.close(SessionClose.goingAway);
    await log.first(() => true);
    session.announce([{ address: '127.0.0.1', port: 5000 }]);
    assert.equal(server.sessions.all.length, 1);
    session.announce([{ address: '127.0.0.1', port: 5001 }]);
    const [, again] = await server.sessions.count(2);
    again?.challenge();
    const frame = await again?.frames.first(({ type }) => type === 'sign-in');
    assert.ok(frame?.type === 'sign-in');
    assert.equal(frame.endpoints[0]?.port, 5001);
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
