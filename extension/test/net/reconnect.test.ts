import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffDelay, FIRST_DELAY_MS, MAX_DELAY_MS } from '../../src/core/backoff.ts';
import {
  reconnect,
  type ReconnectEvent,
  type ReconnectState,
  STABLE_AFTER_MS,
} from '../../src/net/reconnect.ts';
import { PushOrder } from '../../src/net/push-order.ts';

const idle: ReconnectState = { kind: 'idle' };
const lost = (now = 0): ReconnectEvent => ({ type: 'lost', now, fraction: 0 });
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
  assert.deepEqual(second, { kind: 'waiting', failures: 2, delay: backoffDelay(2, 0) });
  const short = [retry, { type: 'welcome', now: 0 }, lost(STABLE_AFTER_MS - 1)] as const;
  assert.deepEqual(short.reduce(reconnect, second), {
    kind: 'waiting',
    failures: 3,
    delay: backoffDelay(3, 0),
  });
  const stable = [retry, { type: 'welcome', now: 0 }, lost(STABLE_AFTER_MS)] as const;
  assert.deepEqual(stable.reduce(reconnect, second), {
    kind: 'waiting',
    failures: 1,
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

test('pushes are in order, missed, repeated or of another stream', () => {
  const order = new PushOrder('one');
  assert.deepEqual(
    [1, 2, 2, 1, 4, 3, 5].map((seq) => order.take('one', seq)),
    ['next', 'next', 'stale', 'stale', 'gap', 'stale', 'next'],
  );
  assert.equal(order.take('two', 6), 'foreign');
});
