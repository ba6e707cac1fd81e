import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once, type EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { acquireOwnerLock, OwnerLockError } from '../../src/peer/owner-lock.ts';
import { atEnd, testFolder } from './cleanup.ts';

const script = fileURLToPath(new URL('./fixtures/lock-racer.ts', import.meta.url));

/** From one trial to the next, milliseconds: eight processes on two cores open and lock the file in less. */
const TRIAL_MS = 10;

/** A process or a thread that tries for the lock when it is told. */
interface Racer {
  readonly emitter: EventEmitter;
  tell(message: object | string): void;
  kill(): Promise<unknown>;
}

async function processRacer(): Promise<Racer> {
  const child = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--no-warnings'] });
  atEnd(() => child.kill('SIGKILL'));
  await once(child, 'message');
  return {
    emitter: child,
    tell: (message) => void child.send(message),
    kill: () => {
      child.kill('SIGKILL');
      return once(child, 'exit');
    },
  };
}

async function threadRacer(): Promise<Racer> {
  const worker = new Worker(script);
  atEnd(() => worker.terminate());
  await once(worker, 'message');
  return { emitter: worker, tell: (message) => worker.postMessage(message), kill: () => worker.terminate() };
}

async function ask(racer: Racer, message: object | string): Promise<unknown> {
  const answer = once(racer.emitter, 'message');
  racer.tell(message);
  const [value] = (await answer) as [unknown];
  return value;
}

/** Trials of one race, each in a folder of its own: every racer tries at the same moments, and keeps what it wins. */
async function race(racers: readonly Racer[], trials: number): Promise<void> {
  const root = testFolder();
  for (let trial = 0; trial < trials; trial++) mkdirSync(join(root, String(trial)));
  const order = { root, trials, from: Date.now() + 50, every: TRIAL_MS };
  const wins = z.array(z.array(z.int())).parse(await Promise.all(racers.map((racer) => ask(racer, order))));
  const owned = wins.flat().sort((a, b) => a - b);
  assert.deepEqual(
    owned,
    Array.from({ length: trials }, (_, trial) => trial),
    'each trial has one owner',
  );
  for (const racer of racers) racer.tell('end');
}

describe('the owner lock', () => {
  it('has exactly one owner among eight processes that start at once, in 1,000 trials', async (t) => {
    const racers = await Promise.all(Array.from({ length: 8 }, processRacer));
    const began = performance.now();
    await race(racers, 1_000);
    t.diagnostic(`1,000 trials in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  });

  it('has exactly one owner among two threads here and two processes, in 100 trials', async () => {
    const racers = await Promise.all([processRacer(), processRacer(), threadRacer(), threadRacer()]);
    await race(racers, 100);
  });

  it('is refused at once while held, and free after a release', () => {
    const folder = testFolder();
    const first = acquireOwnerLock(folder);
    assert.ok(first);
    assert.equal(acquireOwnerLock(folder), null);
    first.release();
    first.release();
    const second = acquireOwnerLock(folder);
    assert.ok(second);
    second.release();
  });

  it('is freed by kill -9 and by the end of a thread', async () => {
    for (const racer of [await processRacer(), await threadRacer()]) {
      const folder = testFolder();
      mkdirSync(join(folder, '0'));
      assert.deepEqual(await ask(racer, { root: folder, trials: 1, from: 0, every: 0 }), [0]);
      assert.equal(acquireOwnerLock(join(folder, '0')), null);
      await racer.kill();
      const lock = acquireOwnerLock(join(folder, '0'));
      assert.ok(lock);
      lock.release();
    }
  });

  it('leaves one empty file and no journal', () => {
    const folder = testFolder();
    const lock = acquireOwnerLock(folder);
    assert.deepEqual(readdirSync(folder), ['owner.lock']);
    lock?.release();
    assert.deepEqual(readdirSync(folder), ['owner.lock']);
    assert.equal(statSync(join(folder, 'owner.lock')).size, 0);
  });

  it('says what is wrong with a file that cannot be locked', () => {
    const folder = testFolder();
    assert.throws(() => acquireOwnerLock(join(folder, 'missing')), OwnerLockError);
    writeFileSync(
      join(folder, 'owner.lock'),
      'this is no database, and long enough for SQLite to notice it'.repeat(20),
    );
    assert.throws(() => acquireOwnerLock(folder), /owner\.lock/);
  });
});
