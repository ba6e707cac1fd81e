import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../src/peer-api.ts';
import { nameAt } from '../../src/vscode/status.ts';
import { fakeId } from '../fake-peer.ts';

const server = 'https://chat.example.com:8443';
const online: Status = { kind: 'online', name: 'Samantha', server, identity: fakeId('me'), endpoints: [] };

test('an account that was renamed elsewhere is called what the server calls it, at that server only', () => {
  assert.equal(nameAt(online, { name: 'Sam', server: `${server}/` }), 'Samantha');
  for (const elsewhere of ['https://chat.example.com', 'nowhere']) {
    assert.equal(nameAt(online, { name: 'Sam', server: elsewhere }), 'Sam');
  }
  assert.equal(nameAt({ kind: 'connecting', name: 'Max', server }, { name: 'Sam', server }), 'Sam');
});
