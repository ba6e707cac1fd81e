import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFFERS_EARLY_REQUESTS, SessionClose } from '@p2p-chat/protocol/discovery';
import { MAX_EARLY_BYTES, MAX_EARLY_REQUESTS, MAX_WATCHES } from '@p2p-chat/protocol/limits';
import { fingerprintNamed } from '../support/envelopes.ts';
import type { ScriptedSession } from '../support/scripted-server.ts';
import { connected } from './directory.contract.ts';
import { carol, heardFrom, presence, sam, scene } from './session-scene.ts';

const dave = fingerprintNamed('Dave');
const takesEarly = [OFFERS_EARLY_REQUESTS];

const said = ({ frames }: ScriptedSession): string[] => frames.all.map(({ type }) => type);

test('what a session begins with goes out with the sign-in, where the server takes it before the welcome', () =>
  scene(async ({ there, session, log }) => {
    session.watch([carol]);
    there.challenge('plain', takesEarly);
    const watch = await there.frames.first((frame) => frame.type === 'watch');
    assert.deepEqual(said(there), ['sign-in', 'watch-directory', 'watch']);
    assert.deepEqual(watch.identities, [carol]);
    await there.welcome(sam);
    there.push({ type: 'snapshot', presences: [presence(1)] });
    await there.answer('watch-directory');
    await there.answer('watch');
    await connected(log);
    await log.first(({ kind }) => kind === 'presence');
    await heardFrom(there);
    assert.deepEqual(said(there), ['sign-in', 'watch-directory', 'watch']);
  }));

test('a server of before is told nothing before its welcome', () =>
  scene(async ({ there, session, log }) => {
    session.watch([carol]);
    there.challenge();
    await there.frames.first((frame) => frame.type === 'sign-in');
    await heardFrom(there);
    assert.deepEqual(said(there), ['sign-in']);
    await there.welcome(sam);
    await connected(log);
    await there.answer('watch');
    assert.deepEqual(said(there), ['sign-in', 'watch-directory', 'watch']);
  }));

test('who is watched, or no longer, while the welcome is waited for is said after it', () =>
  scene(async ({ there, session, log }) => {
    session.watch([carol]);
    there.challenge('plain', takesEarly);
    await there.frames.first((frame) => frame.type === 'watch');
    session.watch([dave]);
    session.unwatch([carol]);
    session.announce([{ address: '127.0.0.1', port: 5001 }]);
    await heardFrom(there);
    assert.deepEqual(said(there), ['sign-in', 'watch-directory', 'watch']);
    await there.welcome(sam);
    await connected(log);
    await heardFrom(there);
    assert.deepEqual(
      there.frames.all.slice(3).map((frame) => ({ ...frame, id: 0 })),
      [
        { type: 'announce', id: 0, endpoints: [{ address: '127.0.0.1', port: 5001 }] },
        { type: 'unwatch', id: 0, identities: [carol] },
        { type: 'watch', id: 0, identities: [dave] },
      ],
    );
  }));

test('no more goes before the welcome than a server keeps, whoever is watched', () =>
  scene(async ({ there, session, log }) => {
    const many = Array.from({ length: MAX_WATCHES + 1 }, (_, count) => fingerprintNamed(`user ${count}`));
    session.watch(many);
    there.challenge('plain', takesEarly);
    await there.frames.first((frame) => frame.type === 'watch');
    await heardFrom(there);
    const early = there.frames.all.slice(1);
    assert.ok(early.length <= MAX_EARLY_REQUESTS);
    assert.ok(JSON.stringify(early).length <= MAX_EARLY_BYTES);
    await there.welcome(sam);
    await connected(log);
    await heardFrom(there);
    const watched = there.frames.all.flatMap((frame) => (frame.type === 'watch' ? frame.identities : []));
    assert.deepEqual(watched, many);
  }));

test('the session after a refused sign-in begins with everything', () =>
  scene(async ({ server, there, session, log, clock }) => {
    session.watch([carol]);
    there.challenge('plain', takesEarly);
    await there.frames.first((frame) => frame.type === 'watch');
    there.ws.close(SessionClose.tooMany);
    await log.first(({ kind }) => kind === 'disconnected');
    await clock.advance(2_000);
    const [, next] = await server.sessions.count(2);
    assert.ok(next !== undefined);
    next.challenge('plain', takesEarly);
    await next.frames.first((frame) => frame.type === 'watch');
    assert.deepEqual(said(next), ['sign-in', 'watch-directory', 'watch']);
  }));
