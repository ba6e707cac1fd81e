import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { type Level, type Logger, pino } from 'pino';
import * as z from 'zod';
import { REFUSAL_LOG_MS } from '../src/limits.ts';
import { RefusalLog } from '../src/refusal-log.ts';
import { startHarness } from './harness.ts';
import { person, register, signInFrameOf, TestSession } from './test-client.ts';

const line = z.object({ msg: z.string() });

/** A logger whose messages stay here. */
function recording(level: Level = 'info'): { logger: Logger; messages: string[] } {
  const messages: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      messages.push(line.parse(JSON.parse(chunk.toString())).msg);
      done();
    },
  });
  return { logger: pino({ level }, sink), messages };
}

describe('the log of refusals', () => {
  test('has one line in a while, with the number of the others', () => {
    const { logger, messages } = recording();
    const log = new RefusalLog(logger);
    log.beat(0);
    for (let at = 0; at < 500; at += 1) log.note('refused a sign-in: bad signature', at);
    log.beat(REFUSAL_LOG_MS - 1);
    assert.deepEqual(messages, ['refused a sign-in: bad signature']);
    log.beat(REFUSAL_LOG_MS);
    log.beat(2 * REFUSAL_LOG_MS);
    log.note('refused a frame', 2 * REFUSAL_LOG_MS);
    assert.deepEqual(messages.slice(1), [
      'refused a sign-in: bad signature (and 498 other refusals since the last such line)',
      'refused a frame',
    ]);
  });

  test('has them all at the level debug', () => {
    const { logger, messages } = recording('debug');
    const log = new RefusalLog(logger);
    for (let n = 0; n < 3; n += 1) log.note(`refused ${n}`, 0);
    assert.deepEqual(messages, ['refused 0', 'refused 0', 'refused 1', 'refused 2']);
  });

  test('does not grow with refused registrations and sign-ins', async (t) => {
    const { logger, messages } = recording();
    const { url, member, pass } = await startHarness(t, { logger });
    const sam = await member('Sam');
    for (let n = 0; n < 10; n += 1) {
      assert.equal((await register(url, person('Sam'))).status, 409);
      const stranger = TestSession.connect(url);
      stranger.send(signInFrameOf(person('Eve'), await stranger.challenge()));
      await stranger.closed;
      const forger = TestSession.connect(url);
      const challenge = await forger.challenge();
      const { identity } = signInFrameOf(sam, challenge);
      forger.send({ ...signInFrameOf(person('Sam'), challenge), identity });
      await forger.closed;
      const broken = TestSession.connect(url);
      await broken.challenge();
      broken.send('{}');
      await broken.closed;
    }
    const refused = (): string[] => messages.filter((message) => message.startsWith('refused'));
    assert.equal(refused().length, 1);
    await pass(REFUSAL_LOG_MS);
    assert.equal(refused().length, 2);
    assert.match(refused()[1] ?? '', / \(and 38 other refusals /);
  });
});
