import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBy, nearbyKey, nearbyTexts, readNearby } from '../src/nearby.ts';

const key = '3f0c2f57-8a1b-4c1e-9d5e-0b6f2d9a7c10';
const now = Date.UTC(2026, 0, 1);
const instance = '0f'.repeat(16);
const addresses = ['192.168.1.20', 'fd00::20'];
const announcement = (change: object = {}, texts: object = {}) => ({
  instance,
  port: 4_000,
  ...change,
  text: { ...nearbyTexts(key, { instance, port: 4_000, addresses }, now), ...texts },
});

describe('an announcement in a local network', () => {
  it('tells those who have the key where its device is', () => {
    const heard = readNearby(announcement(), now);
    assert.ok(heard);
    assert.ok(isBy(key, heard));
    assert.deepEqual(heard.endpoints, [
      { address: '192.168.1.20', port: 4_000 },
      { address: 'fd00::20', port: 4_000 },
    ]);
  });

  it('is nobody’s to those who do not', () => {
    const heard = readNearby(announcement(), now);
    assert.ok(heard);
    assert.ok(!isBy('3f0c2f57-8a1b-4c1e-9d5e-0b6f2d9a7c11', heard));
  });

  it('counts for a day, by whichever clock', () => {
    const hours = (count: number): number => now + count * 3_600_000;
    assert.deepEqual(
      [-25, -23, 0, 23, 25].map((away) => readNearby(announcement(), hours(away)) !== null),
      [false, true, true, true, false],
    );
  });

  it('is none when anything of it is of another form', () => {
    for (const other of [
      announcement({ instance: 'Sam’s laptop' }),
      announcement({ port: 80 }),
      announcement({ port: 70_000 }),
      announcement({}, { t: 'short' }),
      announcement({}, { s: '-1' }),
      announcement({}, { s: '9'.repeat(11) }),
      announcement({}, { a: 'localhost' }),
      announcement({}, { a: '224.0.0.251' }),
      announcement({}, { a: Array.from({ length: 5 }, (_, i) => `10.0.0.${i + 1}`).join(',') }),
      announcement({}, { a: '' }),
      { instance, port: 4_000 },
      null,
      'an announcement',
    ]) {
      assert.equal(readNearby(other, now), null, JSON.stringify(other));
    }
  });

  it('takes a key that nobody guesses, and no other text for one', () => {
    assert.ok(nearbyKey.safeParse(key).success);
    for (const other of ['', 'secret', key.slice(1), `${key}0`])
      assert.ok(!nearbyKey.safeParse(other).success);
  });
});
