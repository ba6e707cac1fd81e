import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageId } from '@p2p-chat/protocol/envelope';
import { uuidv7 } from '../../src/vscode/uuid.ts';

test('an id is a UUIDv7 that begins with its time, and is never the same twice', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const id = uuidv7(now);
  assert.ok(messageId.safeParse(id).success, id);
  assert.equal(parseInt(id.slice(0, 8) + id.slice(9, 13), 16), now);
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuidv7(now))).size, 1000);
  for (let i = 0; i < 1000; i++) assert.ok(messageId.safeParse(uuidv7()).success);
});
