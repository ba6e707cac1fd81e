import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScriptedSession } from '../support/scripted-server.ts';
import { presenceOf } from './directory.contract.ts';
import {
  sam,
  carol,
  presence,
  scene,
  signedIn,
  heardFrom,
  disconnections,
  countOf,
} from './session-scene.ts';

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

test('while much is said and no ping comes, as over a slow line, this end shows that it lives', () =>
  scene(async (scene) => {
    const { there, session, log, clock } = scene;
    await signedIn(scene);
    session.watch([carol]);
    let pongs = 0;
    there.ws.on('pong', () => (pongs += 1));
    for (let second = 1; second <= 12; second += 1) {
      await clock.advance(1_000);
      there.push({ type: 'presence', presence: presence(second) });
      await presenceOf(log, carol, ({ lastSeen }) => lastSeen === second);
    }
    await heardFrom(there);
    assert.equal(pongs, 3);
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
