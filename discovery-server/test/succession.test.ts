import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { errorBody, registrationAnswer, SessionClose } from '@p2p-chat/protocol/discovery';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { MAX_SUCCESSIONS } from '@p2p-chat/protocol/limits';
import { makeSuccession, type Succession, verifySuccessions } from '@p2p-chat/protocol/succession';
import { decodeJson } from '@p2p-chat/protocol/text';
import { Directory } from '../src/directory.ts';
import { keptSuccessions } from '../src/handover.ts';
import { StoreFailedError } from '../src/store/account-store.ts';
import { memoryStore } from '../src/store/memory.ts';
import { startHarness, temporaryFolder } from './harness.ts';
import { type HttpAnswer, person, register, successor, type Successor, TestSession } from './test-client.ts';

function assertRefused(answer: HttpAnswer, code: string): string {
  const { error } = decodeJson(errorBody, answer.text);
  assert.equal(error.code, code, error.message);
  return error.message;
}

async function whois(session: TestSession, identity: string) {
  const answer = await session.ask({ type: 'look-up', identity });
  assert.ok(answer.type === 'result');
  return { name: answer.found?.name, identity: answer.found?.identity, successions: answer.successions };
}

describe('an identity that follows on another', () => {
  test('gets its account under the same name, and again and again the same answer', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who: sam, session: old } = await signedIn('Sam');
    const next = successor(sam);
    for (let time = 0; time < 3; time += 1) {
      const answer = await register(url, next);
      assert.equal(answer.status, 200, answer.text);
      const { user } = decodeJson(registrationAnswer, answer.text);
      assert.deepEqual(user, { name: 'Sam', identity: next.identity });
    }
    assert.equal((await old.closed).code, SessionClose.identityReplaced);
    const session = await TestSession.signedIn(url, next);
    assert.equal((await session.lookUp(next.identity))?.online, true);
    await assert.rejects(TestSession.connect(url).signIn(sam), /4412/);
  });

  test('gets the account at once when many registrations of it come together', async (t) => {
    const { url, member } = await startHarness(t);
    const next = successor(await member('Sam'));
    const answers = await Promise.all(Array.from({ length: 5 }, () => register(url, next)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
  });

  test('is told, once, to who watches the old identity, the directory, or the new one', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who: sam } = await signedIn('Sam');
    const { session: watcher } = await signedIn('Carol');
    const { session: reader } = await signedIn('Dan');
    const { session: early } = await signedIn('Eve');
    const next = successor(sam);
    await watcher.watch(sam.identity);
    await watcher.ask({ type: 'watch-directory', on: true });
    await reader.ask({ type: 'watch-directory', on: true });
    await early.watch(next.identity);
    await register(url, next);
    for (const session of [watcher, reader]) {
      const { successions } = await session.next('succession');
      assert.deepEqual(verifySuccessions(successions), [sam.identity, next.identity]);
    }
    assert.deepEqual((await early.next('presence')).presence.identity, next.identity);
    // The client watches the new identity itself, and is told of it from then on.
    assert.deepEqual(
      (await watcher.watch(next.identity)).map(({ online }) => online),
      [false],
    );
    await TestSession.signedIn(url, next);
    assert.equal((await watcher.next('presence')).presence.online, true);
    await reader.lookUp(sam.identity);
    for (const session of [watcher, reader]) assert.deepEqual(session.waiting(), []);
  });

  test('is told to who watches the old identity later, after a gap, and after a restart', async (t) => {
    const dataDir = await temporaryFolder(t);
    const first = await startHarness(t, { dataDir });
    const sam = await first.member('Sam');
    const next = successor(sam);
    await register(first.url, next);
    await first.server.stop();
    const { signedIn } = await startHarness(t, { dataDir });
    const { session } = await signedIn('Carol');
    session.send({ type: 'watch', id: 700, identities: [sam.identity] });
    const [snapshot, succession] = [await session.nextPush(), await session.nextPush()];
    assert.ok(snapshot.type === 'snapshot' && succession.type === 'succession');
    assert.deepEqual([snapshot.presences, snapshot.seq, succession.seq], [[], 1, 2]);
    assert.deepEqual(succession.successions, next.successions);
    await session.next('result');
    assert.deepEqual(session.waiting(), []);
    await session.ask({ type: 'resync' });
    assert.deepEqual((await session.next('succession')).successions, next.successions);
  });

  test('is what a look-up of the old one finds, with the statements', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who: sam, session } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    assert.deepEqual(await whois(session, sam.identity), {
      name: 'Sam',
      identity: sam.identity,
      successions: undefined,
    });
    const second = successor(sam);
    const third = successor(second);
    await register(url, second);
    await register(url, third);
    const expected = { name: 'Sam', identity: third.identity, successions: third.successions };
    for (const { identity } of [sam, second, third]) assert.deepEqual(await whois(carol, identity), expected);
  });

  test('may have skipped others that the server never saw', async (t) => {
    const { url, signedIn, member } = await startHarness(t);
    const sam = await member('Sam');
    const { session } = await signedIn('Carol');
    const unseen = successor(sam);
    const next = successor(unseen);
    assert.equal((await register(url, next)).status, 200);
    for (const { identity } of [sam, unseen])
      assert.equal((await whois(session, identity)).identity, next.identity);
  });

  test('keeps the newest MAX_SUCCESSIONS statements, also when the newcomer tells only the last', async (t) => {
    const { url, signedIn, member } = await startHarness(t);
    const chain: Successor[] = [{ ...(await member('Sam')), successions: [] }];
    for (let count = 0; count < MAX_SUCCESSIONS + 2; count += 1) {
      const next = successor({ ...(chain.at(-1) ?? person('nobody')), successions: [] });
      chain.push(next);
      assert.equal((await register(url, next)).status, 200);
    }
    const { session } = await signedIn('Carol');
    const newest = chain.at(-1);
    const { successions = [] } = await whois(session, newest?.identity ?? '');
    assert.deepEqual(
      verifySuccessions(successions),
      chain.slice(-MAX_SUCCESSIONS - 1).map(({ identity }) => identity),
    );
    assert.equal(await session.lookUp(chain[0]?.identity ?? ''), null);
    assert.equal((await session.lookUp(chain[2]?.identity ?? ''))?.identity, newest?.identity);
  });

  test('with a new account tells who waits for an identity before it', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { session } = await signedIn('Carol');
    const elsewhere = person('Sam');
    const next = successor(elsewhere);
    await session.watch(elsewhere.identity);
    assert.equal((await register(url, next)).status, 201);
    assert.deepEqual((await session.next('succession')).successions, next.successions);
    assert.equal((await whois(session, elsewhere.identity)).identity, next.identity);
  });

  test('gets nothing without the old key’s and the new key’s signatures', async (t) => {
    const { url, signedIn, member } = await startHarness(t);
    const { session } = await signedIn('Carol');
    const sam = await member('Sam');
    const thief = person('Sam');
    const [good] = successor(sam).successions;
    const forged = makeSuccession(thief.keys, thief.keys);
    assert.ok(good !== undefined);
    const notAccepted = { ...makeSuccession(sam.keys, thief.keys), acceptance: good.acceptance };
    const chains: Succession[][] = [
      [{ ...good, to: forged.to, acceptance: forged.acceptance }],
      [{ ...forged, from: good.from }],
      [notAccepted],
      [good],
      [good, forged],
    ];
    for (const successions of chains) {
      assertRefused(await register(url, { ...thief, successions }), 'bad-signature');
    }
    assertRefused(await register(url, { ...thief, successions: [] }), 'name-taken');
    assert.equal((await session.lookUp(sam.identity))?.identity, sam.identity);
  });

  test('is refused under another name, which ends the message', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who: sam, session } = await signedIn('Sam');
    const message = assertRefused(
      await register(url, { ...successor(sam), name: 'Samuel' }),
      'identity-registered',
    );
    assert.match(message, / Sam$/);
    assert.equal((await session.lookUp(sam.identity))?.online, true);
  });

  test('is refused when it has an account of its own already', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who: sam, session } = await signedIn('Sam');
    const next = successor(sam);
    await register(url, { name: 'Samuel', keys: next.keys });
    assert.match(assertRefused(await register(url, next), 'identity-registered'), / Samuel$/);
    assert.equal((await session.lookUp(sam.identity))?.name, 'Sam');
  });

  test('is the only one: a second successor of the same identity gets neither account nor followers', async (t) => {
    const { url, signedIn, member } = await startHarness(t);
    const { session } = await signedIn('Carol');
    const sam = await member('Sam');
    const next = successor(sam);
    const rival = successor(sam);
    await register(url, next);
    assertRefused(await register(url, rival), 'name-taken');
    assert.equal((await register(url, { ...rival, name: 'Rival' })).status, 201);
    assert.equal((await whois(session, sam.identity)).identity, next.identity);
    assert.equal((await whois(session, rival.identity)).successions, undefined);
  });

  test('is followed no more by who was replaced: the old identity gets no account beside it', async (t) => {
    const { url, member, signedIn } = await startHarness(t);
    const sam = await member('Sam');
    const next = successor(sam);
    await register(url, next);
    for (const name of ['Sam', 'Samuel']) {
      const answer = await register(url, { ...sam, name });
      assertRefused(answer, 'identity-replaced');
      assert.equal(decodeJson(errorBody, answer.text).error.name, 'Sam');
    }
    const { session } = await signedIn('Carol');
    assert.equal((await whois(session, sam.identity)).identity, next.identity);
  });

  test('leaves the one before without an account even for somebody with no join code, which would not help', async (t) => {
    const joinCode = 'open sesame 7';
    const { url } = await startHarness(t, { joinCode });
    const sam = person('Sam');
    await register(url, sam, { joinCode });
    await register(url, successor(sam));
    assertRefused(await register(url, { ...sam, name: 'Samuel' }), 'identity-replaced');
  });

  test('that could not be stored leaves everything as it was', async (t) => {
    const store = {
      ...memoryStore(),
      replace: () => Promise.reject(new StoreFailedError('/secret/path: ENOSPC')),
    };
    const { url, signedIn } = await startHarness(t, { store });
    const { who: sam, session } = await signedIn('Sam');
    await session.watch(sam.identity);
    assert.doesNotMatch(assertRefused(await register(url, successor(sam)), 'unavailable'), /secret/);
    assert.equal((await session.lookUp(sam.identity))?.online, true);
    assert.deepEqual(session.waiting(), []);
  });

  test('is forgotten with its account', async (t) => {
    const { url, member, signedIn } = await startHarness(t);
    const sam = await member('Sam');
    const next = successor(sam);
    await register(url, next);
    const session = await TestSession.signedIn(url, next);
    await session.ask({ type: 'delete-account' });
    const { session: carol } = await signedIn('Carol');
    assert.equal(await carol.lookUp(sam.identity), null);
    assert.equal((await register(url, sam)).status, 201);
  });

  test('gets nothing by way of an identity that belongs to somebody else’s account', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who: first, session } = await signedIn('Mallory');
    const foreign = person('Other');
    const owner = successor(foreign);
    assert.equal((await register(url, owner)).status, 201);
    const keys = generateKeyPair();
    const successions = [makeSuccession(first.keys, foreign.keys), makeSuccession(foreign.keys, keys)];
    const answer = await register(url, { name: 'Mallory', keys, successions });
    assertRefused(answer, 'identity-registered');
    assert.equal(decodeJson(errorBody, answer.text).error.name, 'Other');
    assert.equal((await whois(session, first.identity)).identity, first.identity);
    assert.equal((await whois(session, foreign.identity)).identity, owner.identity);
  });

  test('has statements that lead through the one before, so that a crash while it is written costs nothing', async (t) => {
    const dataDir = await temporaryFolder(t);
    const first = await startHarness(t, { dataDir });
    const chain: Successor[] = [{ ...(await first.member('Sam')), successions: [] }];
    for (let count = 0; count < 3; count += 1) {
      const next = successor({ ...(chain.at(-1) ?? person('nobody')), successions: [] });
      chain.push(next);
      assert.equal((await register(first.url, next)).status, 200);
    }
    await first.server.stop();
    const file = path.join(dataDir, 'accounts.db');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const newest = chain.at(-1)?.identity ?? '';
    const before = chain.at(-2)?.identity ?? '';
    const written = lines.findIndex((line) => line.includes(`"${newest}"`) && !line.includes('$$deleted'));
    const removed = lines.findIndex((line) => line.includes('$$deleted') && line.includes(`"${before}"`));
    assert.ok(written !== -1 && removed > written, `${written}, ${removed}`);
    // What a crash between the two lines leaves.
    await writeFile(file, `${lines.slice(0, removed).join('\n')}\n`);
    const { url, signedIn } = await startHarness(t, { dataDir });
    const { session } = await signedIn('Carol');
    const { identity, successions = [] } = await whois(session, before);
    assert.equal(identity, newest);
    assert.ok(verifySuccessions(successions).includes(before));
    assert.equal((await register(url, chain.at(-1) ?? person('nobody'))).status, 200);
  });
});

describe('what an account keeps of statements', () => {
  test('is never inherited from one that they do not follow on', () => {
    const [a, b, stray] = [person('Sam'), person('Sam'), person('Sam')];
    const elsewhere = [makeSuccession(stray.keys, generateKeyPair())];
    const predecessor = { ...a, registeredAt: 0, lastSeen: null, successions: elsewhere };
    const chain = [makeSuccession(a.keys, b.keys)];
    assert.deepEqual(keptSuccessions(chain, new Directory([predecessor]), predecessor).successions, chain);
  });
});
