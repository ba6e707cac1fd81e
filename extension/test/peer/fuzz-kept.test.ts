import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { MalformedError } from '@p2p-chat/protocol/text';
import { FrameReader } from '../../src/peer/framing.ts';
import { Remembered } from '../../src/peer/remembered.ts';
import { readRendezvous } from '../../src/peer/rendezvous.ts';
import {
  toContact,
  toEnvelope,
  toMessage,
  toNotice,
  toRefused,
  toSuccessor,
} from '../../src/storage/rows.ts';
import { joinCodeFor, loadSecrets } from '../../src/vscode/secrets.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** What this program wrote itself and somebody else may have changed: whatever is there now is dealt with. */

const HEX = 'a'.repeat(64);
const MAX_BYTES = 4_096;

/** Text that is nearly what was written, or anything. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json({ maxDepth: 2 }),
  fc
    .dictionary(
      fc.constantFrom(
        ...[
          'secret',
          'address',
          'by',
          'key',
          'name',
          'identity',
          'server',
          'code',
          'jsonrpc',
          'id',
          'method',
        ],
        ...['params', '__proto__', 'constructor'],
      ),
      fc.oneof(fc.constantFrom<unknown>(HEX, 'person', 'Sam', '2.0', 1, '/x', 'https://a'), fc.jsonValue()),
    )
    .map((value) => JSON.stringify(value)),
);
test('a row of the history is a value or malformed, whatever is in it', () => {
  const column = fc.oneof(
    fc.constantFrom(HEX, 'unverified', 'accepted', 'pending', 'renamed', 'malformed', '[]', 0, 1, null),
    fc.double(),
    text,
  );
  const columns = fc.constantFrom(
    ...[
      'identity',
      'server',
      'name',
      'trust',
      'standing',
      'changed_to',
      'rejected',
      'endpoints',
      'last_seen',
    ],
    ...['read_up_to', 'next', 'ord', 'contact', 'mine', 'envelope', 'stored_at', 'state', 'refused', 'held'],
    ...['kind', 'after', 'at', 'detail', 'seq', 'reason'],
  );
  const row = fc.dictionary(columns, column, { minKeys: 3, maxKeys: 25 });
  for (const read of [toContact, toMessage, toNotice, toRefused, toSuccessor]) {
    fc.assert(fc.property(row, (values) => isReadOrMalformed(() => read(values))));
  }
  fc.assert(fc.property(text, (words) => isReadOrMalformed(() => toEnvelope(words))));
});

test('what the peer remembers of itself is a value or as on the first day', () => {
  fc.assert(
    fc.property(text, (words) => {
      const kept = new Remembered({ setting: () => words, setSetting: () => undefined }, HEX, []);
      assert.ok(Number.isInteger(kept.port) && kept.port >= 0 && kept.port <= 65_535);
      assert.ok(kept.server === null || kept.server === words);
      const known = kept.find('https://a');
      assert.ok(known === null || known.by === 'authority' || known.key.length === HEX.length);
      assert.match(kept.account('https://a') ?? 'none', /^[A-Za-z0-9._-]{1,32}$/);
    }),
  );
});

test('the secret of the local socket is 32 bytes or none', async () => {
  const folder = temporaryFolder();
  await fc.assert(
    fc.asyncProperty(text, async (words) => {
      writeFileSync(path.join(folder, 'peer.secret'), words);
      const rendezvous = await readRendezvous(folder);
      assert.ok(rendezvous === null || (rendezvous.secret.length === 32 && rendezvous.address !== ''));
    }),
  );
});

test('what the secret storage has is keys and statements, or is made anew', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (words) => {
      const kept = new Map<string, string>();
      const store = {
        get: (key: string) => Promise.resolve(kept.get(key) ?? words),
        store: (key: string, value: string) => Promise.resolve(void kept.set(key, value)),
      };
      const { identityKey, deviceKey, successions } = await loadSecrets(store);
      for (const key of [identityKey, deviceKey]) assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
      assert.deepEqual(successions, []);
      assert.equal(typeof ((await joinCodeFor(store, 'https://a')) ?? ''), 'string');
    }),
    { numRuns: 50 },
  );
});

test('bytes on the local socket are messages or its end, in whatever pieces they come', () => {
  const framed = text.map((words) => {
    const body = Buffer.from(words);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(body.length);
    return Buffer.concat([header, body]);
  });
  const pieces = fc.array(
    fc.oneof(
      framed,
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    ),
    {
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(pieces, (chunks) => {
      const socket = new Socket();
      const reader = new FrameReader(socket, MAX_BYTES);
      let failed = 0;
      reader.onError(() => (failed += 1));
      reader.listen((message) => assert.equal(message.jsonrpc, '2.0'));
      for (const chunk of chunks) socket.emit('data', chunk);
      assert.equal(socket.destroyed, failed > 0);
      reader.dispose();
      socket.destroy();
    }),
  );
});

function isReadOrMalformed(read: () => unknown): void {
  try {
    assert.ok(read());
  } catch (error) {
    assert.ok(error instanceof MalformedError, String(error));
  }
  assert.deepEqual(Object.keys(Object.prototype), []);
}
