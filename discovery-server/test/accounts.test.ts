import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ErrorCode, SessionClose } from '@p2p-chat/protocol/discovery';
import { type AccountStore, StoreFailedError } from '../src/store/account-store.ts';
import { memoryStore } from '../src/store/memory.ts';
import { startHarness, temporaryFolder } from './harness.ts';
import { type FrameOf, person, register, TestSession } from './test-client.ts';

function assertRefused(answer: FrameOf<'result' | 'error'>, code: ErrorCode): string {
  assert.ok(answer.type === 'error', 'it was granted');
  assert.equal(answer.code, code);
  return answer.message;
}

async function namesOf(session: TestSession): Promise<string[]> {
  const answer = await session.ask({ type: 'directory', after: null, limit: 50 });
  assert.ok(answer.type === 'result' && answer.page !== undefined);
  return answer.page.users.map(({ name }) => name);
}

/** A store whose `broken` calls fail as a full disk makes them. */
function failing(broken: keyof AccountStore): AccountStore {
  return { ...memoryStore(), [broken]: () => Promise.reject(new StoreFailedError('/secret/path: ENOSPC')) };
}

describe('renaming an account', () => {
  test('is answered with the user, seen by who watches, and moves it in the directory', async (t) => {
    const { signedIn, member } = await startHarness(t);
    const { who: sam, session: samSession } = await signedIn('Sam');
    const { session: carolSession } = await signedIn('Carol');
    await member('Bob');
    await carolSession.watch(sam.identity);
    const answer = await samSession.ask({ type: 'rename', name: 'Adam' });
    assert.ok(answer.type === 'result');
    assert.deepEqual(answer.user, { name: 'Adam', identity: sam.identity });
    const { presence } = await carolSession.next('presence');
    assert.deepEqual([presence.name, presence.identity, presence.online], ['Adam', sam.identity, true]);
    assert.deepEqual(await namesOf(carolSession), ['Adam', 'Bob', 'Carol']);
    assert.equal((await carolSession.lookUp(sam.identity))?.name, 'Adam');
  });

  test('frees the old name and is there after a restart and the next sign-in', async (t) => {
    const dataDir = await temporaryFolder(t);
    const first = await startHarness(t, { dataDir });
    const { who: sam, session } = await first.signedIn('Sam');
    await session.ask({ type: 'rename', name: 'Adam' });
    await first.server.stop();
    const second = await startHarness(t, { dataDir });
    const { user } = await TestSession.connect(second.url).signIn(sam);
    assert.equal(user.name, 'Adam');
    await second.member('Sam');
  });

  test('is refused to a name that is taken or looks like one, with the way out, and changes nothing', async (t) => {
    const { signedIn, member } = await startHarness(t);
    const { who: sam, session } = await signedIn('Sam');
    await member('Bill');
    await session.watch(sam.identity);
    for (const name of ['Bill', 'bill', 'Bi11', 'B_I_L_L']) {
      const message = assertRefused(await session.ask({ type: 'rename', name }), 'name-taken');
      assert.match(message, /looks like it: case, .* 0 and O/);
    }
    assert.deepEqual(await namesOf(session), ['Bill', 'Sam']);
    assert.deepEqual(session.waiting(), []);
  });

  test('may be to what looks like one’s own name, and to the very name, which tells nobody', async (t) => {
    const { signedIn } = await startHarness(t);
    const { who: sam, session } = await signedIn('Sam');
    await session.watch(sam.identity);
    const same = await session.ask({ type: 'rename', name: 'Sam' });
    assert.ok(same.type === 'result' && same.user?.name === 'Sam');
    assert.deepEqual(session.waiting(), []);
    await session.ask({ type: 'rename', name: 's.a.m' });
    assert.equal((await session.next('presence')).presence.name, 's.a.m');
    assert.deepEqual(await namesOf(session), ['s.a.m']);
  });

  test('changes the account of the session and of nobody else, whatever the request says', async (t) => {
    const { signedIn } = await startHarness(t);
    const { who: sam, session: samSession } = await signedIn('Sam');
    const { who: carol, session: carolSession } = await signedIn('Carol');
    const meant = { identity: carol.identity, user: { name: 'Carol', identity: carol.identity } };
    samSession.send({ type: 'rename', id: 1_000, name: 'Mallory', ...meant });
    samSession.send({
      type: 'announce',
      id: 1_001,
      endpoints: [{ address: '10.0.0.9', port: 4000 }],
      ...meant,
    });
    samSession.send({ type: 'sign-out', id: 1_002, ...meant });
    await samSession.closed;
    const seen = await carolSession.lookUp(carol.identity);
    assert.deepEqual([seen?.name, seen?.online, seen?.endpoints], ['Carol', true, []]);
    const other = await carolSession.lookUp(sam.identity);
    assert.deepEqual([other?.name, other?.online], ['Mallory', false]);
  });

  test('goes one at a time', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    const answers = await Promise.all(['Adam', 'Bert'].map((name) => session.ask({ type: 'rename', name })));
    assert.deepEqual(answers.map(({ type }) => type).sort(), ['error', 'result']);
    assert.ok(answers.some((answer) => answer.type === 'error' && answer.code === 'too-many'));
    assert.equal((await namesOf(session)).length, 1);
  });

  test('that could not be stored is refused, tells nobody and nothing of why', async (t) => {
    const { signedIn } = await startHarness(t, { store: failing('rename') });
    const { who: sam, session } = await signedIn('Sam');
    await session.watch(sam.identity);
    const message = assertRefused(await session.ask({ type: 'rename', name: 'Adam' }), 'unavailable');
    assert.doesNotMatch(message, /secret/);
    assert.deepEqual(await namesOf(session), ['Sam']);
    assert.deepEqual(session.waiting(), []);
  });
});

describe('deleting an account', () => {
  test('is answered, closes the session, and is told to who watches the account or the directory', async (t) => {
    const { signedIn, clock, url } = await startHarness(t);
    const { who: sam, session: samSession } = await signedIn('Sam');
    const { session: watcher } = await signedIn('Carol');
    const { session: reader } = await signedIn('Dan');
    const { session: stranger } = await signedIn('Eve');
    await watcher.watch(sam.identity);
    await watcher.ask({ type: 'watch-directory', on: true });
    await reader.ask({ type: 'watch-directory', on: true });
    assert.equal((await samSession.ask({ type: 'delete-account' })).type, 'result');
    assert.equal((await samSession.closed).code, SessionClose.deleted);
    for (const session of [watcher, reader]) {
      assert.equal((await session.next('removed')).identity, sam.identity);
      assert.equal(await session.lookUp(sam.identity), null);
      assert.deepEqual(await namesOf(session), ['Carol', 'Dan', 'Eve']);
    }
    clock.advance(1_000);
    assert.equal(await stranger.lookUp(sam.identity), null);
    for (const session of [watcher, reader, stranger]) assert.deepEqual(session.waiting(), []);
    const again = TestSession.connect(url);
    await assert.rejects(again.signIn(sam), /4404/);
  });

  test('lasts over a restart, and frees the name for another identity, whose watchers are told', async (t) => {
    const dataDir = await temporaryFolder(t);
    const first = await startHarness(t, { dataDir });
    const { session } = await first.signedIn('Sam');
    await session.ask({ type: 'delete-account' });
    await first.server.stop();
    const second = await startHarness(t, { dataDir });
    const { session: carol } = await second.signedIn('Carol');
    const other = person('Sam');
    await carol.watch(other.identity);
    assert.equal((await register(second.url, other)).status, 201);
    assert.equal((await carol.next('presence')).presence.identity, other.identity);
  });

  test('closes the session that took over meanwhile', async (t) => {
    const store = memoryStore();
    const held = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<undefined>();
    const slow: AccountStore = {
      ...store,
      remove: async (identity) => {
        reached.resolve(undefined);
        await held.promise;
        return store.remove(identity);
      },
    };
    const { signedIn, url } = await startHarness(t, { store: slow });
    const { who: sam, session: first } = await signedIn('Sam');
    first.send({ type: 'delete-account', id: 1 });
    await reached.promise;
    const second = await TestSession.signedIn(url, sam);
    assert.equal((await first.closed).code, SessionClose.replaced);
    held.resolve(undefined);
    assert.equal((await second.closed).code, SessionClose.deleted);
  });

  test('that could not be stored is refused, and the account stays', async (t) => {
    const { signedIn } = await startHarness(t, { store: failing('remove') });
    const { who: sam, session } = await signedIn('Sam');
    assertRefused(await session.ask({ type: 'delete-account' }), 'unavailable');
    assert.equal((await session.lookUp(sam.identity))?.online, true);
  });
});

describe('before the sign-in', () => {
  for (const request of [
    { type: 'rename', name: 'Eve' },
    { type: 'delete-account' },
    { type: 'directory', after: null, limit: 10 },
    { type: 'look-up', identity: 'a'.repeat(64) },
    { type: 'watch', identities: ['a'.repeat(64)] },
    { type: 'watch-directory', on: true },
    { type: 'announce', endpoints: [] },
    { type: 'resync' },
    { type: 'sign-out' },
  ]) {
    test(`${request.type} ends the session unanswered`, async (t) => {
      const { url, member } = await startHarness(t);
      await member('Sam');
      const session = TestSession.connect(url);
      await session.next('challenge');
      session.send({ ...request, id: 1 });
      assert.equal((await session.closed).code, SessionClose.badRequest);
      assert.deepEqual(session.waiting(), []);
    });
  }
});
