import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once, type EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { acquireOwnerLock, OwnerLockError } from '../../src/peer/owner-lock.ts';
import { atEnd, testFolder } from './cleanup.ts';

const script = fileURLToPath(new URL('./fixtures/lock-racer.ts', import.meta.url));

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

async function race(racers: readonly Racer[], trials: number): Promise<void> {
  const root = testFolder();
  for (let trial = 0; trial < trials; trial++) {
    const folder = join(root, String(trial));
    mkdirSync(folder);
    const at = Date.now() + 8;
    const results = await Promise.all(racers.map((racer) => ask(racer, { folder, at })));
    const owners = results.filter((won) => won === true).length;
    assert.equal(owners, 1, `trial ${trial}: ${owners} owners`);
    await Promise.all(racers.map((racer) => ask(racer, 'release')));
  }
}

describe('the owner lock', () => {
  it('has exactly one owner among four processes, in 200 trials', async () => {
    const racers = await Promise.all([1, 2, 3, 4].map(processRacer));
    await race(racers, 200);
    for (const racer of racers) racer.tell('end');
  });

  it('has exactly one owner among two threads here and two processes, in 100 trials', async () => {
    const racers = await Promise.all([processRacer(), processRacer(), threadRacer(), threadRacer()]);
    await race(racers, 100);
    for (const racer of racers) racer.tell('end');
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
      assert.equal(await ask(racer, { folder, at: 0 }), true);
      assert.equal(acquireOwnerLock(folder), null);
      await racer.kill();
      const lock = acquireOwnerLock(folder);
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
