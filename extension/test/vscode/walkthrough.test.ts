import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ChatState } from '../../src/vscode/chat-state.ts';
import { stepsDone } from '../../src/vscode/walkthrough-steps.ts';
import { fakeContact, fakeId } from '../fake-peer.ts';

test('the walkthrough is told which of its steps are done', () => {
  const state = new ChatState();
  const step = (name: string): string => `p2pChat.getStarted.${name}`;
  assert.deepEqual(stepsDone(state, false), []);
  assert.deepEqual(stepsDone(state, true), [step('server')]);
  state.setServerHere('http://127.0.0.1:8000');
  assert.deepEqual(stepsDone(state, false), [step('server')]);
  state.setStatus({ kind: 'online', name: 'Sam', server: 's', identity: fakeId('me'), endpoints: [] });
  state.setContact(fakeContact('A'));
  assert.deepEqual(stepsDone(state, true), [step('server'), step('online'), step('people')]);
  state.setContact(fakeContact('A', { lastMessageAt: 1 }));
  const all = stepsDone(state, true);
  assert.equal(all.length, 4);
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  for (const each of all) assert.ok(manifest.includes(`"id": "${each}"`), each);
});
