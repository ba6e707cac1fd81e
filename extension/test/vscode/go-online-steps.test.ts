import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProblemCode } from '../../src/peer-api.ts';
import type { Answers } from '../../src/vscode/answers.ts';
import {
  askFrom,
  beginFlow,
  type FlowEvent,
  type FlowState,
  nextState,
  position,
} from '../../src/vscode/go-online-steps.ts';

const answers: Answers = { server: 'http://127.0.0.1:8000', name: 'sam', listenHost: '', listenPort: 0 };

function run(state: FlowState, ...events: FlowEvent[]): FlowState {
  return events.reduce(nextState, state);
}

function shown(state: FlowState): string {
  if (state.kind !== 'ask') return state.kind;
  const { n, of } = position(state);
  return `${state.step} ${n}/${of}${state.problem === undefined ? '' : ` (${state.problem})`}`;
}

const answered: FlowEvent = { kind: 'answered', changes: {} };
const refused = (code: ProblemCode): FlowEvent => ({ kind: 'refused', problem: { code, message: 'why' } });

describe('the steps of going online', () => {
  test('the first time: three questions, five when advanced', () => {
    const first = beginFlow(answers, false, undefined);
    assert.equal(shown(first), 'server 1/3');
    const name = run(first, answered);
    assert.equal(shown(name), 'name 2/3');
    const confirm = run(name, { kind: 'answered', changes: { name: 'Sam' } });
    assert.equal(shown(confirm), 'confirm 3/3');
    assert.deepEqual(run(confirm, { kind: 'chose', advanced: false }), {
      kind: 'connect',
      answers: { ...answers, name: 'Sam' },
      advanced: false,
    });
    const host = run(confirm, { kind: 'chose', advanced: true });
    assert.equal(shown(host), 'host 4/5');
    assert.equal(shown(run(host, answered)), 'port 5/5');
    assert.equal(shown(run(host, answered, answered)), 'connect');
  });

  test('back leads through the same questions and keeps the answers', () => {
    const port = run(
      beginFlow(answers, false, undefined),
      answered,
      { kind: 'answered', changes: { name: 'Sam' } },
      { kind: 'chose', advanced: true },
      answered,
    );
    const back: FlowEvent = { kind: 'back' };
    assert.equal(shown(run(port, back)), 'host 4/5');
    assert.equal(shown(run(port, back, back)), 'confirm 3/3');
    const name = run(port, back, back, back);
    assert.equal(shown(name), 'name 2/3');
    assert.ok(name.kind === 'ask' && name.answers.name === 'Sam');
    assert.equal(shown(run(name, back, back)), 'server 1/3');
  });

  test('with complete settings nothing is asked', () => {
    assert.equal(shown(beginFlow(answers, true, undefined)), 'connect');
    assert.equal(shown(beginFlow(answers, true, { step: 'port', why: 'no' })), 'port 5/5 (no)');
  });

  test('a refusal asks for the answer that it is about, and that one alone', () => {
    const connect = beginFlow(answers, true, undefined);
    const cases: [ProblemCode, string][] = [
      ['name-taken', 'name 2/3 (why)'],
      ['identity-has-other-name', 'name 2/3 (why)'],
      ['server-unreachable', 'server 1/3 (why)'],
      ['not-a-discovery-server', 'server 1/3 (why)'],
      ['bad-address', 'server 1/3 (why)'],
      ['port-taken', 'port 5/5 (why)'],
      ['listen-failed', 'host 4/5 (why)'],
      ['not-online', 'cancelled'],
      ['storage-failed', 'failed'],
      ['internal', 'failed'],
    ];
    for (const [code, expected] of cases) {
      const state = nextState(connect, refused(code));
      assert.equal(shown(state), expected, code);
      if (state.kind === 'ask') assert.equal(shown(nextState(state, answered)), 'connect', code);
    }
  });

  test('going back from a refused answer is the ordinary way again', () => {
    const state = run(beginFlow(answers, true, undefined), refused('name-taken'), { kind: 'back' });
    assert.equal(shown(state), 'server 1/3');
    assert.equal(shown(run(state, answered)), 'name 2/3');
  });

  test('it ends as done, failed or cancelled, and stays so', () => {
    const connect = beginFlow(answers, true, undefined);
    const done = nextState(connect, { kind: 'connected', accountCreated: true });
    assert.deepEqual(done, { kind: 'done', answers, accountCreated: true });
    assert.equal(nextState(done, { kind: 'cancelled' }), done);
    assert.equal(shown(nextState(connect, { kind: 'cancelled' })), 'cancelled');
    assert.equal(shown(nextState(askFrom('host', answers), { kind: 'cancelled' })), 'cancelled');
  });
});
