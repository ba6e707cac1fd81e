import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { encodePublicKey, generateKeyPair, signStatement } from '@p2p-chat/protocol/identity';
import { startThread, Verifier } from '../src/verifier.ts';
import { cleanUp } from './cleanup.ts';

function newVerifier(t: TestContext): Verifier {
  const verifier = new Verifier();
  cleanUp(t, () => verifier.stop());
  return verifier;
}

const { privateKey, publicKey } = generateKeyPair();
const key = encodePublicKey(publicKey);
const signature = signStatement(privateKey, 'one\n');

/** Says whether it was given more than one, and at most 32. */
const COUNTS = `const { parentPort } = require('node:worker_threads');
parentPort.on('message', (jobs) => parentPort.postMessage(jobs.map(() => jobs.length > 1 && jobs.length <= 32)));`;

const ENDS_WHEN_ASKED = `require('node:worker_threads').parentPort.on('message', () => process.exit())`;

function offTheCurve(): string {
  const bytes = Buffer.from(key, 'base64');
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  return bytes.toString('base64');
}

describe('the thread that verifies', () => {
  test('takes a key’s own signature of one of the statements and no other', async (t) => {
    const verifier = newVerifier(t);
    const other = encodePublicKey(generateKeyPair().publicKey);
    assert.equal(await verifier.isSignedBy(key, ['one\n'], signature), true);
    assert.equal(await verifier.isSignedBy(key, ['two\n', 'one\n'], signature), true);
    assert.equal(await verifier.isSignedBy(key, ['two\n'], signature), false);
    assert.equal(await verifier.isSignedBy(key, [], signature), false);
    assert.equal(await verifier.isSignedBy(other, ['one\n'], signature), false);
    for (const wrong of ['', 'AAAA', signature.slice(4), `${signature.slice(0, -4)}AAAA`]) {
      assert.equal(await verifier.isSignedBy(key, ['one\n'], wrong), false, wrong);
    }
  });

  test('refuses what is no P-256 key', async (t) => {
    const verifier = newVerifier(t);
    for (const wrong of ['AAAA', `${key}\n`, key.slice(0, -4), offTheCurve()]) {
      await assert.rejects(verifier.isSignedBy(wrong, ['one\n'], signature), TypeError, wrong);
    }
  });

  test('tells each who asks in one turn of their own signature', async (t) => {
    const verifier = newVerifier(t);
    const asked = Array.from({ length: 200 }, (_, count) => {
      if (count % 5 === 4) return { key: offTheCurve(), statement: 'one\n', outcome: 'TypeError' };
      const statement = count % 3 === 0 ? 'one\n' : 'two\n';
      return { key, statement, outcome: statement === 'one\n' };
    });
    const told = await Promise.all(
      asked.map(({ key, statement }) =>
        verifier.isSignedBy(key, [statement], signature).catch((error: unknown) => (error as Error).name),
      ),
    );
    assert.deepEqual(
      told,
      asked.map(({ outcome }) => outcome),
    );
  });

  test('and of those in turns that follow each other, none is told of another’s', async (t) => {
    const verifier = newVerifier(t);
    const told: Promise<boolean>[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      told.push(verifier.isSignedBy(key, [turn % 2 === 0 ? 'one\n' : 'two\n'], signature));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(
      await Promise.all(told),
      told.map((_, turn) => turn % 2 === 0),
    );
  });

  test('is given together what comes while it is busy, and never more than a few milliseconds of it', async (t) => {
    const verifier = new Verifier(() => new Worker(COUNTS, { eval: true }));
    cleanUp(t, () => verifier.stop());
    const asked = Array.from({ length: 100 }, () => verifier.isSignedBy(key, ['one\n'], signature));
    assert.deepEqual(
      await Promise.all(asked),
      asked.map(() => true),
    );
  });

  test('is another one after it has ended, and who waited is told that nothing is known', async (t) => {
    const threads = [new Worker(ENDS_WHEN_ASKED, { eval: true }), startThread()];
    const verifier = new Verifier(() => threads.shift() ?? assert.fail('one more was started'));
    cleanUp(t, () => verifier.stop());
    await assert.rejects(verifier.isSignedBy(key, ['one\n'], signature), {
      message: 'the thread that verifies has ended',
    });
    assert.equal(await verifier.isSignedBy(key, ['one\n'], signature), true);
    assert.equal(await verifier.isSignedBy(key, ['two\n'], signature), false);
    assert.deepEqual(threads, []);
  });

  test('ends with the server, and nobody waits for it', async () => {
    const verifier = new Verifier();
    const [sent, notYet] = [
      verifier.isSignedBy(key, ['one\n'], signature),
      new Promise((resolve) => setImmediate(resolve)).then(() =>
        verifier.isSignedBy(key, ['one\n'], signature),
      ),
    ];
    const [first, second] = [assert.rejects(sent), assert.rejects(notYet)];
    await verifier.stop();
    await Promise.all([first, second]);
    await assert.rejects(verifier.isSignedBy(key, ['one\n'], signature), { message: 'the server stops' });
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((name) => /worker/i.test(name)),
      [],
    );
  });
});
