import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiscoveryError, parseServerAddress } from '../../src/net/server-address.ts';

test('an address is its origin', () => {
  for (const [text, origin] of [
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
    [' http://127.0.0.1:8000/ ', 'http://127.0.0.1:8000'],
    ['http://localhost:8000/some/path?x#y', 'http://localhost:8000'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
    ['HTTPS://Chat.Example.com', 'https://chat.example.com'],
    ['https://chat.example.com:443', 'https://chat.example.com'],
  ] as const) {
    assert.equal(parseServerAddress(text).origin, origin);
    assert.equal(parseServerAddress(text).href, `${origin}/`);
  }
});

test('what cannot be used is refused with a sentence', () => {
  for (const [text, sentence] of [
    ['', /is not an address/],
    ['127.0.0.1:8000', /is not an address/],
    ['localhost:8000', /http:\/\/ or https:\/\//],
    ['ftp://127.0.0.1', /http:\/\/ or https:\/\//],
    ['http://chat.example.com', /Without https/],
    ['http://127.0.0.1.example.com', /Without https/],
    ['http://192.168.1.1:8000', /Without https/],
    // A resolver may be asked for such a name, and answer anything.
    ['http://chat.localhost:8000', /Without https/],
    ['http://localhost.example.com', /Without https/],
    ['https://sam:secret@chat.example.com', /no user name or password/],
  ] as const) {
    assert.throws(
      () => parseServerAddress(text),
      (error) =>
        error instanceof DiscoveryError &&
        error.code === 'bad-address' &&
        sentence.test(error.message) &&
        !error.message.includes('secret'),
      text,
    );
  }
});
