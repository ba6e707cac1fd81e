import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProblemCode, Status } from '../../src/peer-api.ts';
import { ChatState } from '../../src/vscode/chat-state.ts';
import { watchForOusting } from '../../src/vscode/ousted.ts';
import { fakeId } from '../fake-peer.ts';

const server = 'https://chat.example.com';
const online: Status = { kind: 'online', name: 'Sam', server, identity: fakeId('me'), endpoints: [] };

function problem(code: ProblemCode): Status {
  return { kind: 'problem', name: 'Sam', server, problem: { code, message: 'why' }, retrying: false };
}

function aWindow(focused: boolean) {
  const state = new ChatState();
  const told: string[] = [];
  const listeners = new Set<() => void>();
  const focus = {
    focused,
    asked: false,
    onChanged: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const end = watchForOusting(state, focus, (remedy) => told.push(remedy));
  const look = (now: boolean): void => {
    focus.focused = now;
    for (const listener of listeners) listener();
  };
  return { state, told, look, end, listeners, focus };
}

describe('being out of the own account', () => {
  it('is told once, however often it is tried to come back by itself, and again after being online', () => {
    const { state, told } = aWindow(true);
    state.setStatus(online);
    state.setStatus(problem('signed-in-elsewhere'));
    state.setStatus({ kind: 'connecting', name: 'Sam', server });
    state.setStatus(problem('signed-in-elsewhere'));
    assert.deepEqual(told, ['take-over']);
    state.setStatus(online);
    state.setStatus(problem('signed-in-elsewhere'));
    assert.deepEqual(told, ['take-over', 'take-over']);
  });

  it('is told in a window that nobody looks at as soon as somebody does, if it is so still', () => {
    const { state, told, look, end, listeners } = aWindow(false);
    state.setStatus(problem('signed-in-elsewhere'));
    assert.deepEqual(told, []);
    look(true);
    look(false);
    look(true);
    assert.deepEqual(told, ['take-over']);
    look(false);
    state.setStatus(online);
    state.setStatus(problem('signed-in-elsewhere'));
    state.setStatus(online);
    look(true);
    assert.deepEqual(told, ['take-over']);
    end();
    assert.equal(listeners.size, 0);
  });

  it('offers to import the identity where its key was lost, but not while the person is being asked', () => {
    const { state, told, look, focus } = aWindow(true);
    focus.asked = true;
    state.setStatus(problem('identity-lost'));
    assert.deepEqual(told, []);
    focus.asked = false;
    look(true);
    assert.deepEqual(told, ['import']);
  });

  it('offers a new account where the old one was deleted', () => {
    const { state, told } = aWindow(true);
    state.setStatus(problem('no-account'));
    assert.deepEqual(told, ['make-again']);
  });

  it('is not what other problems are', () => {
    const { state, told } = aWindow(true);
    state.setStatus(problem('server-unreachable'));
    assert.deepEqual(told, []);
  });
});
