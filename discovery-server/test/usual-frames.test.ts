import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type * as z from 'zod/mini';
import { isUnicast } from '@p2p-chat/protocol/addresses';
import { sessionRequest, signInFrame } from '@p2p-chat/protocol/discovery';
import { MAX_DIRECTORY_PAGE, MAX_ENDPOINTS, MAX_WATCHES } from '@p2p-chat/protocol/limits';
import { encodePublicKey, generateKeyPair, signStatement } from '@p2p-chat/protocol/identity';
import { decodeJson } from '@p2p-chat/protocol/text';
import { readRequest, readSignIn } from '../src/session/usual-frames.ts';

const pair = generateKeyPair();
const fingerprint = fc.stringMatching(/^[0-9a-f]{64}$/);
const name = fc.stringMatching(/^[A-Za-z0-9._-]{0,31}[a-z0-9]$/);
const endpoint = fc.record({
  address: fc.oneof(fc.ipV4(), fc.ipV6()).filter(isUnicast),
  port: fc.integer({ min: 1_024, max: 65_535 }),
});
const id = fc.maxSafeNat();

/** What clients of ours say. */
const usual = {
  directory: fc.record({
    type: fc.constant('directory'),
    id,
    after: fc.option(name),
    limit: fc.integer({ min: 1, max: MAX_DIRECTORY_PAGE }),
  }),
  watch: fc.record({
    type: fc.constant('watch'),
    id,
    identities: fc.array(fingerprint, { minLength: 1, maxLength: 60 }),
  }),
  'sign-in': fc.record(
    {
      type: fc.constant('sign-in'),
      identity: fc.constant(encodePublicKey(pair.publicKey)),
      device: fingerprint,
      signature: fc.string().map((text) => signStatement(pair.privateKey, text)),
      endpoints: fc.array(endpoint, { maxLength: MAX_ENDPOINTS }),
      takes: fc.array(fc.string({ maxLength: 32 }), { maxLength: 16 }),
      takeOver: fc.boolean(),
    },
    { requiredKeys: ['type', 'identity', 'device', 'signature', 'endpoints'] },
  ),
};

/** Values that are wrong somewhere, or just not usual. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    -1,
    0,
    1.5,
    51,
    1e300,
    2 ** 53,
    '',
    'A'.repeat(64),
    'a'.repeat(63),
    `${'a'.repeat(64)}\n`,
    'a'.repeat(33),
    '...',
    'name\n',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '01.2.3.4',
    '1.2.3.4:1',
    'AAAA====',
    'AAA=',
    'A'.repeat(124),
    `${'A'.repeat(120)}\n${'A'.repeat(3)}`,
    `${'A'.repeat(120)}é===`,
    Array.from({ length: MAX_WATCHES + 1 }, () => 'a'.repeat(64)),
    ['a'.repeat(64), 'a'.repeat(64), 7],
    [{ address: '192.0.2.1', port: 1_023 }],
    [{ address: '192.0.2.1', port: 40_000, more: true }],
    Array.from({ length: MAX_ENDPOINTS + 1 }, () => ({ address: '192.0.2.1', port: 40_000 })),
    [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['deep']]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
  ),
);

/** One of these, with one thing of it another, or one more, or one less. */
function changed(frame: fc.Arbitrary<object>): fc.Arbitrary<{ text: string }> {
  return fc
    .tuple(frame, odd, fc.nat(), fc.constantFrom('set', 'add', 'delete'))
    .map(([one, value, place, how]) => {
      const names = Object.keys(one);
      const key =
        how === 'add'
          ? (['more', '__proto__', 'takeOver', 'takes'][place % 4] ?? '')
          : (names[place % names.length] ?? '');
      const entries = Object.entries(one).filter(([each]) => each !== key);
      // As text, since an assignment to __proto__ would be none.
      const texts = [...entries, ...(how === 'delete' ? [] : [[key, value] as const])];
      return {
        text: `{${texts.map(([each, said]) => `${JSON.stringify(each)}:${JSON.stringify(said)}`).join(',')}}`,
      };
    });
}

/** The value, or what is said against it. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : error;
  }
}

function agree(read: (bytes: Uint8Array) => unknown, schema: z.core.$ZodType, text: string): void {
  const bytes = Buffer.from(text);
  assert.deepEqual(
    outcome(() => read(bytes)),
    outcome(() => decodeJson(schema, bytes)),
    text,
  );
}

describe('a frame of a client is what its schema says, known at once or not', () => {
  for (const [type, frame] of Object.entries(usual)) {
    const [read, schema] =
      type === 'sign-in' ? ([readSignIn, signInFrame] as const) : ([readRequest, sessionRequest] as const);
    test(`${type}, as clients say it`, () => {
      fc.assert(
        fc.property(frame, (said) => {
          const text = JSON.stringify(said);
          assert.deepEqual(read(Buffer.from(text)), JSON.parse(text));
          agree(read, schema, text);
        }),
      );
    });

    test(`${type}, with something that is another`, () => {
      let refused = 0;
      fc.assert(
        fc.property(changed(frame), ({ text }) => {
          agree(read, schema, text);
          if (typeof outcome(() => read(Buffer.from(text))) === 'string') refused += 1;
        }),
        { numRuns: 1_500 },
      );
      assert.ok(refused > 500, `${refused} refused`);
    });
  }

  test('bytes that are no text, or no JSON', () => {
    for (const bytes of [
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from('{'),
      Buffer.from('{"type":"watch"}}'),
      Buffer.alloc(0),
    ]) {
      assert.deepEqual(
        outcome(() => readRequest(bytes)),
        outcome(() => decodeJson(sessionRequest, bytes)),
      );
      assert.match(String(outcome(() => readRequest(bytes))), /^MalformedError: not UTF-8 JSON/);
    }
  });
});
