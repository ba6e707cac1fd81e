import assert from 'node:assert/strict';
import { test } from 'node:test';
import { race } from '../../src/core/race.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** An attempt that a test ends, and that ends by itself when it is aborted. */
class Attempt {
  started = false;
  aborted = false;
  readonly run: (signal: AbortSignal) => Promise<string>;
  #resolve: (value: string) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(ignoresAbort = false) {
    this.run = (signal) => {
      this.started = true;
      signal.addEventListener('abort', () => {
        this.aborted = true;
        if (!ignoresAbort) this.#reject(new Error('aborted'));
      });
      return new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    };
  }

  succeed(value: string): void {
    this.#resolve(value);
  }

  fail(): void {
    this.#reject(new Error('failed'));
  }
}

function start(
  attempts: Attempt[],
  signal: AbortSignal = new AbortController().signal,
): { clock: FakeClock; result: Promise<string | undefined>; discarded: string[] } {
  const clock = new FakeClock();
  const discarded: string[] = [];
  const runs = attempts.map((attempt) => attempt.run);
  const discard = (late: string): unknown => discarded.push(late);
  return { clock, discarded, result: race({ attempts: runs, clock, staggerMs: 250, signal, discard }) };
}

const started = (attempts: Attempt[]): boolean[] => attempts.map((attempt) => attempt.started);

test('starts one after the other, and ends the others when one has won', async () => {
  const attempts = [new Attempt(), new Attempt(), new Attempt()];
  const { clock, result } = start(attempts);
  assert.deepEqual(started(attempts), [true, false, false]);
  await clock.advance(250);
  assert.deepEqual(started(attempts), [true, true, false]);
  attempts[1]?.succeed('second');
  assert.equal(await result, 'second');
  assert.equal(attempts[0]?.aborted, true);
  assert.equal(attempts[2]?.started, false);
  assert.equal(clock.pending, 0);
});

test('a failure starts the next at once', async () => {
  const attempts = [new Attempt(), new Attempt()];
  const { clock, result } = start(attempts);
  attempts[0]?.fail();
  await clock.settle();
  assert.deepEqual(started(attempts), [true, true]);
  attempts[1]?.fail();
  assert.equal(await result, undefined);
  assert.equal(clock.pending, 0);
});

test('a failure of one that had its time already does not cut that of the newest short', async () => {
  const attempts = [new Attempt(), new Attempt(), new Attempt()];
  const { clock, result } = start(attempts);
  await clock.advance(250);
  attempts[0]?.fail();
  await clock.advance(249);
  assert.deepEqual(started(attempts), [true, true, false]);
  await clock.advance(1);
  assert.deepEqual(started(attempts), [true, true, true]);
  attempts[2]?.fail();
  attempts[1]?.fail();
  assert.equal(await result, undefined);
});

test('what comes second is discarded, and nobody waits for it', async () => {
  const attempts = [new Attempt(true), new Attempt()];
  const { clock, result, discarded } = start(attempts);
  await clock.advance(250);
  attempts[1]?.succeed('second');
  assert.equal(await result, 'second');
  attempts[0]?.succeed('first');
  await clock.settle();
  assert.deepEqual(discarded, ['first']);
});

test('an abort ends all and gives nothing, whatever an attempt makes of it', async () => {
  const attempts = [new Attempt(true), new Attempt()];
  const abort = new AbortController();
  const { clock, result, discarded } = start(attempts, abort.signal);
  abort.abort();
  assert.equal(await result, undefined);
  attempts[0]?.succeed('late');
  await clock.settle();
  assert.deepEqual(discarded, ['late']);
  assert.equal(clock.pending, 0);
});

test('no attempts, no result', async () => {
  assert.equal(await start([]).result, undefined);
});
