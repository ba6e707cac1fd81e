import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { encodePublicKey, generateKeyPair, signStatement } from '@p2p-chat/protocol/identity';
import { beginThread, Verifier } from '../src/verifier.ts';

const run = promisify(execFile);

/** One whose thread is there, and the thread. */
async function started(t: TestContext): Promise<{ verifier: Verifier; thread: Worker }> {
  const thread = beginThread();
  const verifier = new Verifier(() => thread);
  verifier.start();
  t.after(() => thread.terminate());
  await once(thread, 'message');
  return { verifier, thread };
}

/** A statement, whose it is, and what is to be said of it: also of a key that is none. */
function questions(): { key: string; statement: string; signature: string; expected: boolean | 'no key' }[] {
  const [own, other] = [generateKeyPair(), generateKeyPair()];
  const [key, otherKey] = [encodePublicKey(own.publicKey), encodePublicKey(other.publicKey)];
  const offTheCurve = Buffer.from(key, 'base64');
  offTheCurve[40] = (offTheCurve[40] ?? 0) ^ 1;
  const signature = signStatement(own.privateKey, 'oné\n');
  return [
    { key, statement: 'oné\n', signature, expected: true },
    { key, statement: 'two\n', signature, expected: false },
    { key: otherKey, statement: 'oné\n', signature, expected: false },
    { key: offTheCurve.toString('base64'), statement: 'oné\n', signature, expected: 'no key' },
    { key: 'AAAA', statement: 'oné\n', signature, expected: 'no key' },
    { key, statement: 'oné\n', signature: 'AAAA', expected: false },
    {
      key: otherKey,
      statement: 'x',
      signature: signStatement(other.privateKey, 'x'),
      expected: true,
    },
  ];
}

/** Asks all at once. */
async function answersOf(verifier: Verifier): Promise<{ given: unknown[]; expected: unknown[] }> {
  const all = Array.from({ length: 20 }, questions).flat();
  const given = await Promise.all(
    all.map(({ key, statement, signature }) =>
      verifier.verify(key, statement, signature).catch((error: unknown) => {
        assert.ok(error instanceof TypeError);
        return 'no key';
      }),
    ),
  );
  return { given, expected: all.map(({ expected }) => expected) };
}

describe('signatures that are verified together', () => {
  test('get the answer that is theirs, each', async (t) => {
    const { verifier } = await started(t);
    for (let time = 0; time < 2; time += 1) {
      const { given, expected } = await answersOf(verifier);
      assert.deepEqual(given, expected);
    }
  });

  test('are verified as well before there is a thread, and where there can be none', async () => {
    const verifier = new Verifier(() => {
      throw new Error('no room for a thread');
    });
    for (let time = 0; time < 2; time += 1) {
      const { given, expected } = await answersOf(verifier);
      assert.deepEqual(given, expected);
      verifier.start();
    }
  });

  test('are verified as well when the thread ends with them, and from then on', async (t) => {
    const { verifier, thread } = await started(t);
    const answered = t.mock.method(thread, 'postMessage', () => void thread.terminate());
    const { given, expected } = await answersOf(verifier);
    assert.deepEqual(given, expected);
    assert.equal(answered.mock.callCount(), 1);
    const later = await answersOf(verifier);
    assert.deepEqual(later.given, later.expected);
    verifier.start();
    assert.equal(answered.mock.callCount(), 1);
  });

  test('keep a process until they are verified, and no longer', async () => {
    const script = `
      const { Verifier, beginThread } = await import('./discovery-server/src/verifier.ts');
      const { encodePublicKey, generateKeyPair, signStatement } = await import('./protocol/src/identity.ts');
      const thread = beginThread();
      const verifier = new Verifier(() => thread);
      verifier.start();
      const awake = setInterval(() => undefined, 60_000);
      await new Promise((ready) => thread.once('message', ready));
      clearInterval(awake);
      const { privateKey, publicKey } = generateKeyPair();
      const signature = signStatement(privateKey, 'one');
      verifier.verify(encodePublicKey(publicKey), 'one', signature).then((isRight) => console.log(isRight));
    `;
    const options = { cwd: new URL('../..', import.meta.url), timeout: 20_000 };
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], options);
    assert.equal(stdout, 'true\n');
  });
});
