import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import * as discovery from '../src/discovery.ts';
import * as envelope from '../src/envelope.ts';
import { decodePublicKey, encodePublicKey, fingerprintOf, generateKeyPair } from '../src/identity.ts';
import { formatInvite, invite, parseInvite } from '../src/invite.ts';
import * as kinds from '../src/kinds.ts';
import * as link from '../src/link.ts';
import { nameKey, shownName, userName } from '../src/names.ts';
import { makeSuccession, successions, verifySuccessions } from '../src/succession.ts';
import { decodeJson, MalformedError } from '../src/text.ts';

/** Whatever comes, a schema gives a value of its own or says that it is malformed: nothing else, and at once. */

/** How long one decoding may take, milliseconds: the largest frame takes ten on a slow machine. */
const AT_ONCE_MS = 500;

const hex = 'a'.repeat(64);
const uuid = '3b241101-e2bb-4255-8caf-4136c566a962';
const [first, second, third] = [generateKeyPair(), generateKeyPair(), generateKeyPair()];
const chain = [makeSuccession(first, second), makeSuccession(second, third)];
const user = { name: 'Sam', identity: hex };
const presence = {
  ...user,
  online: true,
  lastSeen: 0,
  device: hex,
  endpoints: [
    { address: '10.0.0.1', port: 5_000 },
    { address: '2001:db8::1', port: 5_000 },
  ],
};
const message = {
  id: '019bb9c1-3a00-7a3e-8f00-5a2d1c0b4e01',
  conversation: hex,
  author: hex,
  device: hex,
  epoch: uuid,
  seq: 1,
  writtenAt: 0,
  kind: 'text',
  body: { text: 'hello', more: [1, { deep: null }] },
};
const nonce = Buffer.alloc(32).toString('base64');
const key = 'A'.repeat(124);
const stream = { epoch: uuid, seq: 1 };

/** Every schema with values that it takes. */
const schemas: readonly [string, z.core.$ZodType, readonly unknown[]][] = [
  ['a name', userName, ['Sam']],
  ['a shown name', shownName, ['Sam', `#${'0'.repeat(16)}`]],
  ['an envelope', envelope.envelope, [message]],
  ['a text', kinds.textBody, [{ text: 'hello' }]],
  ['a reference', kinds.messageReference, [{ message: message.id, by: 'sender' }]],
  [
    'a change',
    kinds.change,
    [
      { kind: 'edit', message: message.id, text: 'hello' },
      { kind: 'delete', message: message.id },
      { kind: 'reaction', message: message.id, by: 'recipient', emoji: '👍', on: true },
    ],
  ],
  ['an endpoint', discovery.endpoint, presence.endpoints],
  ['a presence', discovery.presence, [presence]],
  [
    'a registration',
    discovery.registration,
    [{ name: 'Sam', identity: key, nonce, signature: 'AAAA', joinCode: 'open', successions: chain }],
  ],
  ['a registration answer', discovery.registrationAnswer, [{ user }]],
  ['a challenge', discovery.challengeAnswer, [{ nonce, binding: 'tls' }]],
  ['a refusal', discovery.errorBody, [{ error: { code: 'too-many', message: 'wait' } }]],
  ['health', discovery.health, [{ status: 'ok', version: '1', accounts: 1, online: 1 }]],
  ['successions', successions, [chain]],
  [
    'an invite',
    invite,
    [{ v: '1', server: 'https://chat.example.com', name: 'Sam', identity: hex, code: 'x' }],
  ],
  [
    'a client frame',
    discovery.clientFrame,
    [
      { type: 'sign-in', identity: key, device: hex, signature: 'AAAA', endpoints: presence.endpoints },
      { type: 'announce', id: 1, endpoints: presence.endpoints },
      { type: 'directory', id: 1, after: null, limit: 50 },
      { type: 'look-up', id: 1, identity: hex },
      { type: 'watch', id: 1, identities: [hex] },
      { type: 'unwatch', id: 1, identities: [hex] },
      { type: 'watch-directory', id: 1, on: true },
      { type: 'resync', id: 1 },
      { type: 'rename', id: 1, name: 'Sam' },
      { type: 'delete-account', id: 1 },
      { type: 'sign-out', id: 1 },
      { type: 'dial-back', id: 1, identity: hex },
      { type: 'relay', id: 1, identity: hex },
    ],
  ],
  [
    'a server frame',
    discovery.serverFrame,
    [
      { type: 'challenge', nonce, binding: 'plain' },
      { type: 'welcome', user, epoch: uuid, offers: ['dial-back', 'relay'] },
      {
        type: 'result',
        id: 1,
        page: { users: [presence], next: null },
        found: presence,
        successions: chain,
        user,
        ticket: nonce,
      },
      { type: 'error', id: 1, code: 'not-found', message: 'nobody' },
      { type: 'snapshot', ...stream, presences: [presence, presence] },
      { type: 'presence', ...stream, presence },
      { type: 'account', ...stream, presence },
      { type: 'succession', ...stream, successions: chain },
      { type: 'removed', ...stream, identity: hex },
      { type: 'dial-back', identity: hex, device: hex, endpoints: presence.endpoints },
      { type: 'relay', identity: hex, device: hex, ticket: nonce },
    ],
  ],
  [
    'a link frame',
    link.linkFrame,
    [
      {
        type: 'hello',
        bootId: uuid,
        agent: 'p2p-chat/1',
        received: { epoch: uuid, next: 1 },
        refused: [{ seq: 1, reason: 'malformed' }],
        name: 'Sam',
        successions: chain,
        window: 2 ** 20,
      },
      { type: 'begin', epoch: uuid, next: 1 },
      { type: 'messages', messages: [{ envelope: message, held: true }] },
      { type: 'receipt', epoch: uuid, next: 2, refused: [{ seq: 1, reason: 'too-large' }] },
    ],
  ],
];

describe('a schema takes', () => {
  for (const [name, schema, values] of schemas) {
    it(`${name}, and gives back what it was`, () => {
      for (const value of values) assert.deepEqual(decodeJson(schema, JSON.stringify(value)), value);
    });

    it(`${name} or says that it is malformed, whatever JSON comes`, () => {
      fc.assert(
        fc.property(fc.json(), (text) => isDealtWith(schema, text)),
        { numRuns: 150 },
      );
    });

    it(`${name} or says that it is malformed, whatever was changed in one`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...values), changes, (value, made) =>
          isDealtWith(schema, mutated(JSON.stringify(value), made)),
        ),
        { numRuns: 400 },
      );
    });
  }
});

describe('an invite', () => {
  it('comes back from its link as it was', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z][\w.-]{0,31}$/),
        fc.string({ minLength: 1, maxLength: 128 }),
        (name, code) => {
          const value = { v: '1' as const, server: 'https://chat.example.com', name, identity: hex, code };
          // A lone surrogate is no text that a link can carry.
          fc.pre(code.isWellFormed());
          assert.deepEqual(parseInvite(formatInvite(value)), value);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is malformed or good, whatever the link says', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('v=1', 'server=', 'identity=', '__proto__=x', '%', '%ff', '&&'),
    );
    fc.assert(
      fc.property(fc.array(part), fc.string(), (parts, between) => {
        try {
          parseInvite(parts.join(between));
        } catch (error) {
          assert.ok(error instanceof MalformedError);
        }
        assert.equal('x' in {}, false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a chain of successions', () => {
  const identities = [first, second, third].map(({ publicKey }) => fingerprintOf(publicKey));

  it('leads nowhere as soon as anything in it was changed', () => {
    assert.deepEqual(verifySuccessions(chain), identities);
    fc.assert(
      fc.property(
        fc.nat(1),
        fc.constantFrom('from', 'to', 'signature', 'acceptance'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (index, field, at, bits) => {
          const changed = chain.map((each, place) => {
            if (place !== index) return each;
            const bytes = Buffer.from(each[field as 'from'], 'base64');
            bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ bits;
            return { ...each, [field]: bytes.toString('base64') };
          });
          assert.deepEqual(verifySuccessions(changed), []);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never leads to an identity that did not sign, whatever is put together', () => {
    const outsider = generateKeyPair();
    const links = [...chain, makeSuccession(third, first), makeSuccession(outsider, second)];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...links), { maxLength: 8 }), (mixed) => {
        const led = verifySuccessions(mixed);
        assert.equal(new Set(led).size, led.length);
        assert.ok(led.length === 0 || led.length === mixed.length + 1);
      }),
      { numRuns: 200 },
    );
  });

  it('is refused for any text in the place of keys and signatures', () => {
    const text = fc.oneof(fc.base64String(), fc.string());
    fc.assert(
      fc.property(fc.record({ from: text, to: text, signature: text, acceptance: text }), (each) => {
        assert.deepEqual(verifySuccessions([each]), []);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a public key', () => {
  it('has one encoding, whatever a TLS library overlooks in others', () => {
    for (let count = 0; count < 8; count += 1) {
      const text = encodePublicKey(generateKeyPair().publicKey);
      const bytes = Buffer.from(text, 'base64');
      assert.equal(encodePublicKey(decodePublicKey(text)), text);
      // How many bits at the end of the point count for nothing: OpenSSL leaves them out and takes the rest.
      bytes[25] = 1;
      assert.throws(() => decodePublicKey(bytes.toString('base64')), TypeError);
    }
  });
});

describe('the key of a name', () => {
  it('is the same for every way of writing what looks the same, and is its own key', () => {
    const alike = [
      ['0', 'o', 'O'],
      ['1', 'l', 'I', 'i', 'L'],
      ['m', 'rn', 'M', 'RN'],
      ['w', 'vv', 'W', 'VV'],
      ['a', 'A'],
    ];
    const place = fc
      .constantFrom(...alike)
      .chain((ways) => fc.tuple(fc.constantFrom(...ways), fc.constantFrom(...ways)));
    fc.assert(
      fc.property(
        fc.array(place, { minLength: 1, maxLength: 16 }),
        fc.constantFrom('', '-', '_', '.'),
        (places, dash) => {
          const one = places.map(([way]) => way).join('');
          const other = places.map(([, way]) => way).join(dash);
          assert.equal(nameKey(one), nameKey(other));
          assert.equal(nameKey(nameKey(one)), nameKey(one));
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** A value that gives itself again when it is written down and read once more, or a MalformedError; and soon. */
function isDealtWith(schema: z.core.$ZodType, text: string): void {
  const inherited = Object.getOwnPropertyNames(Object.prototype).length;
  const started = performance.now();
  try {
    const value: unknown = decodeJson(schema, text);
    assert.deepEqual(decodeJson(schema, JSON.stringify(value)), value);
  } catch (error) {
    assert.ok(error instanceof MalformedError, String(error));
  }
  assert.ok(performance.now() - started < AT_ONCE_MS);
  assert.equal(Object.getOwnPropertyNames(Object.prototype).length, inherited);
}

/** Changes to JSON: of its values at some place, or of its very letters. */
const changes = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('value' as const), at: fc.nat(), value: hostileValue() }),
    fc.record({ kind: fc.constant('key' as const), at: fc.nat(), key: hostileKey() }),
    fc.record({ kind: fc.constant('letter' as const), at: fc.nat(), letter: fc.string({ maxLength: 2 }) }),
  ),
  { minLength: 1, maxLength: 3 },
);
type Change = typeof changes extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

function hostileValue(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.json(),
    fc.constantFrom(
      'null',
      '-1',
      '0',
      '1e400',
      '9007199254740992',
      '9007199254740991',
      '0.5',
      '""',
      '[]',
      '{}',
      '"\\ud800"',
      `"${'x'.repeat(40_000)}"`,
      '['.repeat(40) + ']'.repeat(40),
      '{"__proto__":{"x":1}}',
      '"constructor"',
    ),
  );
}

function hostileKey(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'type', 'id'),
  );
}

/** JSON text in which something was changed; it may be JSON no longer. */
function mutated(text: string, made: readonly Change[]): string {
  let result = text;
  for (const change of made) {
    if (change.kind === 'letter') {
      const at = change.at % (result.length + 1);
      result = result.slice(0, at) + change.letter + result.slice(at + 1);
      continue;
    }
    // Members of objects: `"key":value` as far as a value without nesting goes, or up to where one begins.
    const members = [...result.matchAll(/"(\w+)":("(?:[^"\\]|\\.)*"|[^,}\]{[]+)?/g)];
    const member = members[change.at % Math.max(1, members.length)];
    if (member === undefined) continue;
    const [whole, name = '', value = ''] = member;
    const replaced =
      change.kind === 'key'
        ? `${JSON.stringify(change.key)}:${value}`
        : `"${name}":${change.value}${value === '' ? ',"rest":' : ''}`;
    result = result.slice(0, member.index) + replaced + result.slice(member.index + whole.length);
  }
  return result;
}
