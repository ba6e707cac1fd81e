import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFormat } from '../src/format.ts';
import { MINUTE } from './harness/samples.ts';

const format = createFormat('en-GB');
const NOW = new Date(2026, 4, 14, 11, 30).getTime();
const on = (month: number, day: number, hour = 10, minute = 42, year = 2026) =>
  new Date(year, month - 1, day, hour, minute).getTime();

describe('format', () => {
  it('names days', () => {
    assert.equal(format.day(on(5, 14, 0, 0), NOW), 'Today');
    assert.equal(format.day(on(5, 13, 23, 59), NOW), 'Yesterday');
    assert.equal(format.day(on(5, 12), NOW), 'Tuesday 12 May');
    assert.equal(format.day(on(12, 31, 10, 0, 2025), NOW), '31 December 2025');
  });

  it('tells the day of a time only where it is another one', () => {
    assert.equal(format.timeBeside(on(5, 14), on(5, 14, 11), NOW), '10:42');
    assert.equal(format.timeBeside(on(5, 13, 22, 14), on(5, 14, 9), NOW), 'Yesterday, 22:14');
  });

  it('says when someone was last seen', () => {
    assert.equal(format.lastSeen(NOW - 59_000, NOW), 'last seen just now');
    // The server's clock may be ahead.
    assert.equal(format.lastSeen(NOW + MINUTE, NOW), 'last seen just now');
    assert.equal(format.lastSeen(NOW - 28 * MINUTE, NOW), 'last seen 28 min ago');
    assert.equal(format.lastSeen(on(5, 14, 8, 5), NOW), 'last seen today at 08:05');
    assert.equal(format.lastSeen(on(5, 13, 22, 14), NOW), 'last seen yesterday at 22:14');
    assert.equal(format.lastSeen(on(5, 12), NOW), 'last seen Tuesday 12 May');
  });

  it('rounds sizes up', () => {
    assert.equal(format.kib(32 * 1024), '32 KiB');
    assert.equal(format.kib(32 * 1024 + 1), '32.1 KiB');
    assert.equal(format.kib(41_062), '40.1 KiB');
  });
});
