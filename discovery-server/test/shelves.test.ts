import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_DIRECTORY_PAGE, OFFLINE_AFTER_MS } from '@p2p-chat/protocol/limits';
import { Directory } from '../src/directory.ts';
import { type Member, Roster } from '../src/roster.ts';
import { FrameMemory, textOf } from '../src/session/frame.ts';
import { memoryStore } from '../src/store/memory.ts';
import { Watches } from '../src/watches.ts';
import { silent } from './harness.ts';
import { anAccount } from './store.contract.ts';

/** More than stand on two shelves. */
const PEOPLE = 170;

const identityOf = (n: number): Fingerprint => n.toString(16).padStart(64, '0');
const accountOf = (n: number, name = `user-${String(n).padStart(3, '0')}`) => ({
  ...anAccount(name, '0'),
  identity: identityOf(n),
});

function member(): Member {
  const nothing = (): void => undefined;
  return {
    request: 'r',
    greetedAt: 0,
    push: nothing,
    takes: () => false,
    call: nothing,
    close: nothing,
    cut: nothing,
  };
}

/** A roster, everybody's sessions, and the time. */
class Place {
  readonly roster: Roster;
  readonly #members = Array.from({ length: PEOPLE }, member);
  #at = 0;
  #named = 0;

  constructor() {
    const directory = new Directory(Array.from({ length: PEOPLE }, (_, n) => accountOf(n)));
    const watches = new Watches<Member>();
    this.roster = new Roster({ directory, watches, store: memoryStore(), logger: silent });
  }

  /** Lets something happen to somebody. */
  happens(what: What, n: number): void {
    const { roster } = this;
    const [identity, session] = [identityOf(n), this.#members[n] ?? member()];
    const account = roster.directory.byIdentity(identity);
    this.#at += 1_000;
    const now = { at: this.#at, wall: 1_000_000 + this.#at };
    const endpoints: Endpoint[] = [{ address: '192.0.2.7', port: 2_000 + (this.#at % 7) }];
    const device = 'd'.repeat(64);
    const name = `${'amz'[n % 3] ?? ''}-${(this.#named += 1)}`;
    if (what === 'registers') roster.registered(accountOf(n, name));
    else if (what === 'is heard of') roster.alive(identity, session, now);
    else if (what === 'listens elsewhere') roster.announce(identity, session, endpoints);
    else if (what === 'breaks off') roster.disconnect(identity, session, now);
    else if (what === 'signs out') roster.signOut(identity, session);
    else if (what === 'is renamed') roster.renamed(identity, name);
    else if (what === 'is removed') roster.removed(identity);
    else if (what === 'was seen elsewhere') roster.touched(identity, { lastSeen: this.#at });
    else if (what === 'is handed on') {
      if (account !== undefined)
        roster.handedOn(identity, { ...account, identity: identityOf(n + 10 * PEOPLE) });
    } else if (account !== undefined) roster.signIn(account, session, { device, endpoints }, now);
  }

  /** Everybody is overdue who was not heard of in the last so many steps. */
  sweep(steps: number): void {
    const at = this.#at + OFFLINE_AFTER_MS - 1_000 * steps;
    this.roster.sweep({ at, wall: 1_000_000 + at });
  }
}

const WHAT = [
  'registers',
  'is heard of',
  'listens elsewhere',
  'breaks off',
  'signs out',
  'signs in',
  'signs in',
  'is renamed',
  'is removed',
  'is handed on',
  'was seen elsewhere',
] as const;
type What = (typeof WHAT)[number];

/** That a page says of everybody on it what is so. */
function isSo(roster: Roster, memory: FrameMemory, after: string | null, limit: number): void {
  const { users, next } = roster.page(after, limit);
  const { bytes, giveBack } = memory.lend({ head: '[', items: users, tail: ']' });
  const text = textOf({ head: '[', items: users, tail: ']' });
  assert.ok(bytes.subarray(-text.length).equals(Buffer.from(text)));
  giveBack();
  const expected = roster.directory.page(after, limit);
  assert.deepEqual(
    JSON.parse(text),
    expected.listed.map(({ account }) => roster.describe(account)),
  );
  assert.equal(next, expected.next);
}

describe('a page that is copied from what is written down', () => {
  test('says what is so, whatever happened to whom since it was written', () => {
    const step = fc.record({
      what: fc.constantFrom(...WHAT, 'sweep' as const),
      // Most of it to people who stand near each other.
      n: fc.oneof(fc.integer({ min: 62, max: 65 }), fc.nat(PEOPLE - 1)),
      after: fc.option(
        fc.constantFrom('a', 'm-3', 'user-000', 'user-040', 'user-063', 'user-064', 'user-127', 'z'),
      ),
      limit: fc.integer({ min: 1, max: MAX_DIRECTORY_PAGE }),
    });
    let [online, offline] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }), (steps) => {
        const place = new Place();
        const memory = new FrameMemory();
        for (const { what, n, after, limit } of steps) {
          if (what === 'sweep') place.sweep(n % 10);
          else place.happens(what, n);
          isSo(place.roster, memory, after, limit);
          for (const from of [null, 'user-040', 'user-064', 'user-120']) {
            isSo(place.roster, memory, from, MAX_DIRECTORY_PAGE);
          }
        }
        online += place.roster.online;
        offline += place.roster.directory.size - place.roster.online;
      }),
      { numRuns: 100 },
    );
    assert.ok(online > 100 && offline > 100, `${online} online, ${offline} offline`);
  });

  test('is of everybody, where all are online and where nobody is left', () => {
    const place = new Place();
    const memory = new FrameMemory();
    for (let n = 0; n < PEOPLE; n += 1) place.happens('signs in', n);
    for (const after of [null, 'user-049', 'user-099', 'user-149']) {
      isSo(place.roster, memory, after, MAX_DIRECTORY_PAGE);
    }
    place.sweep(0);
    assert.equal(place.roster.online, 0);
    isSo(place.roster, memory, 'user-049', MAX_DIRECTORY_PAGE);
    for (let n = 0; n < PEOPLE; n += 1) place.happens('is removed', n);
    assert.deepEqual(place.roster.page(null, MAX_DIRECTORY_PAGE), { users: [], next: null });
  });
});
