import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clientFrame, endpoint, serverFrame } from '../src/discovery.ts';
import { envelope } from '../src/envelope.ts';
import { fingerprint, fingerprints } from '../src/fingerprint.ts';
import { textBody } from '../src/kinds.ts';
import { MAX_LINK_FRAME_BYTES, MAX_TEXT_BYTES } from '../src/limits.ts';
import { linkFrame } from '../src/link.ts';
import { MalformedError, decodeJson, utf8Length, validate } from '../src/text.ts';

const message = {
  id: '019bb9c1-3a00-7a3e-8f00-5a2d1c0b4e01',
  conversation: 'a'.repeat(64),
  author: 'b'.repeat(64),
  device: 'c'.repeat(64),
  epoch: '3b241101-e2bb-4255-8caf-4136c566a962',
  seq: 1,
  writtenAt: 0,
  kind: 'text',
  body: { text: 'hello' },
};

describe('an endpoint', () => {
  it('is an IP literal with a port that no system service has', () => {
    for (const good of ['127.0.0.1', '10.1.2.3', '::1', '2001:db8::7']) {
      assert.ok(endpoint.safeParse({ address: good, port: 1024 }).success, good);
    }
    for (const bad of ['localhost', 'example.org', '127.1', '1.2.3.4.5', 'fe80::1%eth0', '']) {
      assert.ok(!endpoint.safeParse({ address: bad, port: 1024 }).success, bad);
    }
    for (const port of [0, 22, 1023, 65_536, 1.5]) {
      assert.ok(!endpoint.safeParse({ address: '127.0.0.1', port }).success, String(port));
    }
  });
});

describe('an envelope', () => {
  it('drops what a newer version adds to it, and keeps a kind that is not known', () => {
    const newer = { ...message, kind: 'hologram', body: { depth: 3 }, hint: true };
    assert.deepEqual(envelope.parse(newer), { ...message, kind: 'hologram', body: { depth: 3 } });
  });

  it('has an id of version 7, a positive number and fingerprints', () => {
    for (const bad of [
      { id: '3b241101-e2bb-4255-8caf-4136c566a962' },
      { seq: 0 },
      { seq: 1.5 },
      { author: 'B'.repeat(64) },
      { conversation: 'a'.repeat(63) },
      { kind: 'Text' },
      { body: [] },
      { writtenAt: -1 },
    ]) {
      assert.ok(!envelope.safeParse({ ...message, ...bad }).success, JSON.stringify(bad));
    }
  });

  it('leaves the prototype of objects alone', () => {
    const polluted = decodeJson(
      envelope,
      JSON.stringify(message).replace('"text":"hello"', '"text":"hello","__proto__":{"admin":true}'),
    );
    assert.equal('admin' in polluted.body, false);
  });
});

describe('a text', () => {
  it('has at most 32 KiB of UTF-8, whatever its characters', () => {
    for (const character of ['x', 'é', '語', '🙂']) {
      const most = character.repeat(MAX_TEXT_BYTES / utf8Length(character));
      assert.ok(textBody.safeParse({ text: most }).success, character);
      assert.ok(!textBody.safeParse({ text: `${most}xxxx` }).success, character);
    }
    assert.ok(!textBody.safeParse({ text: '' }).success);
  });

  it('fits into one frame however JSON has to write it', () => {
    const worst = { ...message, body: { text: '\u0001'.repeat(MAX_TEXT_BYTES) } };
    const frame = JSON.stringify({ type: 'messages', messages: [{ envelope: worst, held: false }] });
    assert.ok(utf8Length(frame) < MAX_LINK_FRAME_BYTES);
  });
});

describe('bytes from outside', () => {
  const schemas = { linkFrame, clientFrame, serverFrame };

  it('become a value of the schema or a MalformedError, and nothing else', () => {
    for (const [name, schema] of Object.entries(schemas)) {
      fc.assert(
        fc.property(
          fc.oneof(
            fc.uint8Array(),
            fc.json().map((text) => new TextEncoder().encode(text)),
          ),
          (bytes) => {
            try {
              decodeJson(schema, bytes);
            } catch (error) {
              assert.ok(error instanceof MalformedError, name);
            }
          },
        ),
      );
    }
  });

  it('are refused when they are nested so deeply that reading them would take the program down', () => {
    for (const depth of [100, 120_000]) {
      const body = `{"text":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      const frame = JSON.stringify({ type: 'messages', messages: [{ envelope: message, held: false }] });
      const deep = frame.replace('{"text":"hello"}', body);
      assert.throws(() => decodeJson(linkFrame, deep), MalformedError);
    }
  });

  it('are refused when they are not UTF-8', () => {
    assert.throws(() => decodeJson(linkFrame, Uint8Array.of(0x22, 0xff, 0x22)), MalformedError);
  });

  it('are not repeated in the error, which may be logged', () => {
    const secret = 'the eagle flies at midnight';
    assert.throws(
      () => decodeJson(linkFrame, JSON.stringify({ type: secret })),
      (error) => error instanceof MalformedError && !error.message.includes(secret),
    );
  });

  it('are not repeated either where a schema leaves the key open: the error ends with what the schema names', () => {
    const keys = fc.string({ unit: 'binary' }).map((text) => `~${text}`);
    fc.assert(
      fc.property(keys, keys, (key, inner) => {
        const body = JSON.stringify({ [key]: { [inner]: 'wrong' } }).replace('"wrong"', '1e400');
        const frame = JSON.stringify({ type: 'messages', messages: [{ envelope: message, held: false }] });
        assert.throws(
          () =>
            decodeJson(
              linkFrame,
              frame.replace('{"text":"hello"}', () => body),
            ),
          {
            name: 'MalformedError',
            message: 'messages.0.envelope.body: invalid_union',
          },
        );
      }),
    );
  });
});

describe('a list of fingerprints', () => {
  it('is one to so many of what is a fingerprint, and nothing else', () => {
    const list = fingerprints(3);
    const good = 'f0'.repeat(32);
    for (const value of [[good], [good, good, '0'.repeat(64)]])
      assert.deepEqual(validate(list, value), value);
    for (const one of [
      undefined,
      null,
      1,
      [good],
      '',
      good.slice(1),
      `${good}0`,
      good.toUpperCase(),
      `${good}\n`,
      'g'.repeat(64),
    ]) {
      assert.equal(fingerprint.safeParse(one).success, false);
      assert.throws(() => validate(list, [good, one]), { message: 'value: not 1 to 3 fingerprints' });
    }
    for (const value of [[], [good, good, good, good], good, { 0: good, length: 1 }, undefined]) {
      assert.throws(() => validate(list, value), MalformedError);
    }
  });
});
