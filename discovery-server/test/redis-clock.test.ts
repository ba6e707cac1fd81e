import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLOCK_KEPT_MS, CLOCK_MEASURED_MS } from '../src/limits.ts';
import { RedisClock } from '../src/shared/redis-clock.ts';

describe('the clock of Redis', () => {
  test('is this machine’s until it is known, and then by the middle of the question', () => {
    const clock = new RedisClock();
    assert.equal(clock.now(1_000), 1_000);
    clock.shown(5_005, 1_000, 1_010);
    assert.equal(clock.now(1_010), 5_010);
  });

  test('is not set by an answer that took long, unless nothing better came for a while', () => {
    const clock = new RedisClock();
    clock.shown(5_000, 1_000, 1_000);
    const late = 1_000 + CLOCK_MEASURED_MS + 1_000;
    clock.shown(9_000, 1_000, late);
    assert.equal(clock.now(1_000), 5_000);
    const later = 1_000 + CLOCK_KEPT_MS;
    clock.shown(9_000, later, later + 2_000);
    assert.equal(clock.now(later + 1_000), 9_000);
  });

  test('follows this machine’s when that was set', () => {
    const clock = new RedisClock();
    clock.shown(5_000, 1_000, 1_000);
    clock.shown(6_000, 100_000, 100_000);
    assert.equal(clock.now(100_000), 6_000);
  });
});
