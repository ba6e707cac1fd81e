import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isUnicast } from '../src/addresses.ts';

describe('an address of one machine', () => {
  for (const address of [
    '10.0.0.1',
    '127.0.0.1',
    '192.0.2.7',
    '223.255.255.255',
    '::1',
    'fd00::1',
    '2001:db8::7',
    'ff0::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
  ]) {
    test(`is ${address}`, () => assert.equal(isUnicast(address), true));
  }

  for (const address of [
    '0.0.0.0',
    '0.0.0.1',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::0',
    '0:0:0:0:0:0:0:0',
    '0000:0000:0000:0000:0000:0000:0000:0000',
    '::ffff:0.0.0.0',
    '::ffff:0:0',
    '0:0:0:0:0:FFFF:0.0.0.0',
    '::ffff:224.0.0.1',
    '::FFFF:e000:1',
    '::ffff:255.255.255.255',
    'ff02::1',
    'FF05::2',
    'fe80::1%eth0',
    'example.com',
    '',
    ':',
  ]) {
    test(`is not ${address === '' ? 'an empty text' : address}`, () =>
      assert.equal(isUnicast(address), false));
  }
});
