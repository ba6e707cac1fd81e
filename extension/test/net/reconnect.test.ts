import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffDelay, FIRST_DELAY_MS, MAX_DELAY_MS } from '../../src/core/backoff.ts';
import {
  HURRY_FOR_MS,
  type LossCause,
  reconnect,
  type ReconnectEvent,
  type ReconnectState,
  STABLE_AFTER_MS,
} from '../../src/net/reconnect.ts';
import { PushOrder } from '../../src/net/push-order.ts';

const idle: ReconnectState = { kind: 'idle' };
const lost = (now = 0): ReconnectEvent => ({ type: 'lost', now, fraction: 0, cause: 'other' });
const run = (...events: ReconnectEvent[]): ReconnectState => events.reduce(reconnect, idle);
const start: ReconnectEvent = { type: 'start' };
const retry: ReconnectEvent = { type: 'retry' };

test('pauses double from a second to a minute, and half of each is chance', () => {
  assert.equal(backoffDelay(1, 0), FIRST_DELAY_MS);
  assert.equal(backoffDelay(1, 1), 2 * FIRST_DELAY_MS);
  assert.equal(backoffDelay(2, 0), 2 * FIRST_DELAY_MS);
  for (let failures = 1; failures < 100; failures += 1) {
    const [low, high] = [backoffDelay(failures, 0), backoffDelay(failures, 1)];
    assert.ok(low >= FIRST_DELAY_MS && high <= MAX_DELAY_MS);
    assert.equal(high, 2 * low);
  }
  assert.equal(backoffDelay(1e9, 1), MAX_DELAY_MS);
});

test('failures add up until a session was stable', () => {
  const second = run(start, lost(), retry, lost());
  const waiting = { kind: 'waiting', hurried: false } as const;
  assert.deepEqual(second, { ...waiting, failures: 2, lostAt: 0, delay: backoffDelay(2, 0) });
  const short = [retry, { type: 'welcome', now: 0 }, lost(STABLE_AFTER_MS - 1)] as const;
  assert.deepEqual(short.reduce(reconnect, second), {
    ...waiting,
    failures: 3,
    lostAt: STABLE_AFTER_MS - 1,
    delay: backoffDelay(3, 0),
  });
  const stable = [retry, { type: 'welcome', now: 0 }, lost(STABLE_AFTER_MS)] as const;
  assert.deepEqual(stable.reduce(reconnect, second), {
    ...waiting,
    failures: 1,
    lostAt: STABLE_AFTER_MS,
    delay: backoffDelay(1, 0),
  });
});

test('what does not fit changes nothing', () => {
  const states: ReconnectState[] = [idle, run(start), run(start, lost()), run(start, { type: 'end' })];
  for (const [state, event] of [
    [states[0], retry],
    [states[0], lost()],
    [states[1], start],
    [states[1], retry],
    [states[2], lost()],
    [states[2], { type: 'welcome', now: 0 }],
    [states[3], start],
    [states[3], retry],
    [states[3], lost()],
  ] as [ReconnectState, ReconnectEvent][]) {
    assert.equal(reconnect(state, event), state);
  }
});

test('the end is the end', () => {
  for (const events of [[], [start], [start, lost()]]) {
    assert.deepEqual(run(...events, { type: 'end' }, start, retry), { kind: 'ended' });
  }
});

/** Many clients whose server goes away at once; when each of them tries again. */
function tries(clients: number, isUp: (at: number) => boolean, cause: LossCause = 'other'): number[][] {
  // The same numbers each time (mulberry32).
  let seed = 4;
  const fraction = (): number => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Array.from({ length: clients }, () => {
    const signedIn: ReconnectState = { kind: 'signed-in', failures: 0, since: -STABLE_AFTER_MS };
    const at: number[] = [];
    let now = 0;
    let state = reconnect(signedIn, { type: 'lost', now, fraction: fraction(), cause });
    while (state.kind === 'waiting') {
      now += state.delay;
      at.push(now);
      state = reconnect(state, retry);
      if (!isUp(now)) state = reconnect(state, { type: 'lost', now, fraction: fraction(), cause });
    }
    return at;
  });
}

/** The most of these in any stretch of so many milliseconds. */
function most(times: readonly number[], ms: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  return sorted.reduce((highest, time, index) => {
    while ((sorted[first] ?? time) <= time - ms) first += 1;
    return Math.max(highest, index - first + 1);
  }, 0);
}

test('a thousand clients neither hammer a server that is away for hours nor come back as a herd', () => {
  const hours = 3 * 3_600_000;
  const all = tries(1_000, (at) => at >= hours);
  for (const times of all) {
    const pauses = times.map((time, index) => time - (times[index - 1] ?? 0));
    assert.ok(Math.min(...pauses) >= FIRST_DELAY_MS);
    // From the seventh on, half a minute at least.
    assert.ok(Math.min(...pauses.slice(6)) >= MAX_DELAY_MS / 2);
    assert.ok(times.length < 6 + (hours + MAX_DELAY_MS) / (MAX_DELAY_MS / 2));
    assert.ok(
      (times.at(-1) ?? 0) < hours + MAX_DELAY_MS,
      'it is back a minute after the server at the latest',
    );
  }
  // Were they even, 1,000 in the first second and 22 in each later one would be 100 and 2.2 in a tenth of it.
  const flat = all.flat();
  assert.ok(most(flat, 100) <= 150, `${most(flat, 100)} in a tenth of a second`);
  const later = flat.filter((at) => at > 600_000);
  assert.ok(most(later, 1_000) <= 50, `${most(later, 1_000)} in a second`);
  const back = all.map((times) => times.at(-1) ?? 0);
  assert.ok(most(back, 1_000) <= 50, `${most(back, 1_000)} are back in one second`);
});

test('a network that is away is tried every two seconds at least, for ten minutes', () => {
  for (const cause of ['no-way', 'silence'] as const) {
    const [times = []] = tries(1, (at) => at >= HURRY_FOR_MS[cause], cause);
    assert.ok((times[0] ?? Infinity) <= 500, 'the first attempt follows the loss at once');
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(Math.min(...pauses) >= 1_000 && Math.max(...pauses) <= 2_000);
  }
});

test('a thousand clients do not come back as a herd to a machine that was silent for hours', () => {
  const hours = 3 * 3_600_000;
  const back = tries(1_000, (at) => at >= hours, 'silence').map((times) => times.at(-1) ?? 0);
  assert.ok(most(back, 1_000) <= 50, `${most(back, 1_000)} are back in one second`);
  assert.ok(Math.max(...back) < hours + MAX_DELAY_MS);
});

test('pushes are in order, missed, repeated or of another stream', () => {
  const order = new PushOrder('one');
  assert.deepEqual(
    [1, 2, 2, 1, 4, 3, 5].map((seq) => order.take('one', seq)),
    ['next', 'next', 'stale', 'stale', 'gap', 'stale', 'next'],
  );
  assert.equal(order.take('two', 6), 'foreign');
});
