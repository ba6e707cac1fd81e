import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANSWER_WITHIN_MS, ASK_AFTER_MS, Pulse } from '../../src/windows/pulse.ts';
import { FakeClock } from '../support/fake-clock.ts';

interface Watched {
  readonly clock: FakeClock;
  readonly pulse: Pulse;
  /** What it did and said, in order. */
  readonly told: string[];
}

function watch(onAsk: (pulse: Pulse) => void = () => undefined): Watched {
  const clock = new FakeClock();
  const told: string[] = [];
  const pulse: Pulse = new Pulse({
    clock,
    ask: () => {
      told.push('ask');
      onAsk(pulse);
    },
    silent: () => told.push('silent'),
    back: () => told.push('back'),
  });
  return { clock, pulse, told };
}

describe('the pulse of an owner', () => {
  it('is felt now and then while there are answers, and says nothing', async () => {
    const { clock, pulse, told } = watch((asking) => asking.heard());
    await clock.advance(60_000);
    assert.deepEqual(new Set(told), new Set(['ask']));
    assert.equal(told.length, 60_000 / ASK_AFTER_MS);
    pulse.stop();
    assert.equal(clock.pending, 0);
  });

  it('is missed once, when an answer has not come in time, and asked for no more', async () => {
    const { clock, pulse, told } = watch();
    await clock.advance(ASK_AFTER_MS + ANSWER_WITHIN_MS - 1);
    assert.deepEqual(told, ['ask']);
    await clock.advance(1);
    assert.deepEqual(told, ['ask', 'silent']);
    assert.ok(pulse.isSilent);
    assert.equal(clock.pending, 0);
    await clock.advance(3_600_000);
    assert.deepEqual(told, ['ask', 'silent']);
  });

  it('is there again with whatever comes, and is felt from then on', async () => {
    const { clock, pulse, told } = watch();
    await clock.advance(ASK_AFTER_MS + ANSWER_WITHIN_MS);
    pulse.heard();
    assert.ok(!pulse.isSilent);
    assert.deepEqual(told, ['ask', 'silent', 'back']);
    await clock.advance(ASK_AFTER_MS + ANSWER_WITHIN_MS);
    assert.deepEqual(told, ['ask', 'silent', 'back', 'ask', 'silent']);
    pulse.stop();
  });

  it('is not missed because this end stood still, or the machine slept', async () => {
    const { clock, pulse, told } = watch();
    await clock.advance(ASK_AFTER_MS);
    // The clock went on, and no timer fired.
    clock.jump(600_000);
    await clock.advance(ANSWER_WITHIN_MS);
    assert.deepEqual(told, ['ask', 'ask']);
    await clock.advance(ANSWER_WITHIN_MS);
    assert.deepEqual(told, ['ask', 'ask', 'silent']);
    pulse.stop();
  });

  it('is not missed because the clock was set back', async () => {
    const { clock, pulse, told } = watch();
    await clock.advance(ASK_AFTER_MS);
    clock.jump(-600_000);
    await clock.advance(ANSWER_WITHIN_MS);
    assert.deepEqual(told, ['ask', 'ask']);
    pulse.stop();
  });

  it('counts an answer that waits while this thread was busy when its time ran out', async () => {
    const { clock, pulse, told } = watch();
    await clock.advance(ASK_AFTER_MS);
    const soon = clock.soon.bind(clock);
    clock.soon = (run) => {
      queueMicrotask(() => pulse.heard());
      return soon(run);
    };
    await clock.advance(ANSWER_WITHIN_MS);
    assert.deepEqual(told, ['ask']);
    pulse.stop();
    assert.equal(clock.pending, 0);
  });

  it('is felt no more after the end, whenever that is', async () => {
    for (const ms of [0, ASK_AFTER_MS, ASK_AFTER_MS + ANSWER_WITHIN_MS]) {
      const { clock, pulse, told } = watch();
      await clock.advance(ms);
      const before = [...told];
      pulse.stop();
      pulse.heard();
      await clock.advance(60_000);
      assert.deepEqual(told, before);
      assert.equal(clock.pending, 0);
    }
  });
});
