import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import { card, cardMessage } from '../../src/card-api.ts';
import { pageMessage } from '../../src/page-api.ts';
import { hostMessage } from '../../src/panel-api.ts';
import { peerPushes, peerRequests } from '../../src/peer-api.ts';
import { greetingRequests } from '../../src/peer/greeting.ts';
import { fromWorker, peerWorkerData, toWorker } from '../../src/peer/worker-messages.ts';
import { settingsSchema } from '../../src/vscode/settings-schema.ts';

/** What windows, the peer and pages say to each other: whatever comes is a value of its own or malformed. */

const keys = fc.constantFrom(
  ...['type', 'kind', 'contact', 'messages', 'id', 'name', 'trust', 'standing', 'text', 'status', 'server'],
  ...['__proto__', 'constructor', 'prototype'],
);
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    'a'.repeat(64),
    'ready',
    'send',
    'state',
    'card',
    'identity',
    'online',
    'text',
    2 ** 53,
    -1,
  ),
);
/** JSON in the words of these schemas, with members twice and keys that would bend every object. */
const json = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    values.map((value) => JSON.stringify(value)),
    fc.array(tie('any'), { maxLength: 3 }).map((parts) => `[${parts.join()}]`),
    fc
      .array(fc.tuple(keys, tie('any')), { maxLength: 6 })
      .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join()}}`),
  ),
})).any;

const schemas: readonly [string, z.core.$ZodType][] = [
  ['a message of the page', pageMessage],
  ['a message to the page', hostMessage],
  ['a message of a card', cardMessage],
  ['a card', card],
  ...Object.entries(peerPushes).map(([name, schema]): [string, z.core.$ZodType] => [
    `the push ${name}`,
    schema,
  ]),
  ['what a worker starts with', peerWorkerData],
  ['a message of the worker', fromWorker],
  ['a message to the worker', toWorker],
  ['what settings say', settingsSchema],
  ...Object.entries({ ...peerRequests, ...greetingRequests }).flatMap(
    ([name, { params, result }]): [string, z.core.$ZodType][] => [
      [`what ${name} asks`, params],
      [`what ${name} answers`, result],
    ],
  ),
];

for (const [name, schema] of schemas) {
  test(`${name} is a value or malformed, whatever comes, and bends no object`, () => {
    fc.assert(
      fc.property(json, (text) => {
        try {
          const value: unknown = decodeJson(schema, text);
          assert.deepEqual(decodeJson(schema, JSON.stringify(value)), value);
        } catch (error) {
          assert.ok(error instanceof MalformedError, String(error));
        }
        assert.deepEqual(Object.keys(Object.prototype), []);
        assert.equal('type' in {}, false);
      }),
      { numRuns: 100 },
    );
  });
}
