import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import { type Directory, DirectoryRefusal } from '../../src/core/net-ports.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import type { ScriptedSession } from '../support/scripted-server.ts';
import { connected } from './directory.contract.ts';
import { sam, carol, presence, scene, signedIn, heardFrom, countOf } from './session-scene.ts';

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

test('a name that the server gives instead of the one asked for is none', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    await signedIn(scene);
    const renaming = session.rename('Samuel');
    const asked = await there.frames.first(({ type }) => type === 'rename');
    there.say({ type: 'result', id: 'id' in asked ? asked.id : 0, user: { ...sam, name: 'Fool' } });
    await assert.rejects(renaming, { name: 'DirectoryUnavailable' });
  }));

test('an answer about somebody else is none', () =>
  scene(async (scene) => {
    const { there, session } = scene;
    await signedIn(scene);
    const looking = session.lookUp(fingerprintNamed('Dave'));
    const asked = await there.frames.first(({ type }) => type === 'look-up');
    there.say({ type: 'result', id: 'id' in asked ? asked.id : 0, found: presence(1) });
    await assert.rejects(looking, { name: 'DirectoryUnavailable' });
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
