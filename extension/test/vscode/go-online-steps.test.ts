import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProblemCode } from '../../src/peer-api.ts';
import type { Answers } from '../../src/vscode/answers.ts';
import {
  askAbout,
  askFrom,
  beginFlow,
  type FlowEvent,
  type FlowState,
  nextState,
  position,
} from '../../src/vscode/go-online-steps.ts';

const answers: Answers = {
  server: 'http://127.0.0.1:8000',
  name: 'sam',
  listenHost: '',
  listenPort: 0,
  joinCode: null,
  serverKey: null,
};
const KEY = 'ab'.repeat(32);

function run(state: FlowState, ...events: FlowEvent[]): FlowState {
  return events.reduce(nextState, state);
}

function shown(state: FlowState): string {
  if (state.kind !== 'ask') return state.kind;
  const at = position(state);
  return `${state.step}${at === undefined ? '' : ` ${at.n}/${at.of}`}${state.problem === undefined ? '' : ` (${state.problem})`}`;
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
      ['join-code', 'join-code (why)'],
      ['not-online', 'cancelled'],
      ['contact-blocked', 'failed'],
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

  test('a server that nobody knows is trusted by a choice of its own, which goes with the next try', () => {
    for (const [code, step] of [
      ['server-unknown', 'unknown-key'],
      ['server-changed', 'changed-key'],
    ] as const) {
      const problem = { code, message: 'why', serverKey: KEY };
      const asked = nextState(beginFlow(answers, true, undefined), { kind: 'refused', problem });
      assert.ok(asked.kind === 'ask' && asked.step === step && asked.serverKey === KEY, code);
      assert.deepEqual(nextState(asked, { kind: 'trusted' }), {
        kind: 'connect',
        answers: { ...answers, serverKey: { key: KEY, by: 'person' } },
        advanced: false,
      });
      assert.equal(shown(nextState(asked, { kind: 'back' })), 'server 1/3');
      assert.equal(shown(nextState(asked, { kind: 'cancelled' })), 'cancelled');
    }
  });

  test('nothing is trusted that was not shown', () => {
    assert.equal(
      shown(run(beginFlow(answers, true, undefined), refused('server-unknown'))),
      'server 1/3 (why)',
    );
    const server = beginFlow(answers, false, undefined);
    assert.equal(nextState(server, { kind: 'trusted' }), server);
  });

  test('the accepted key and the join code go with each further try at this server, and to no other', () => {
    const problem = { code: 'server-unknown', message: 'why', serverKey: KEY } as const;
    const code: FlowEvent = { kind: 'answered', changes: { joinCode: 'open sesame' } };
    const again = run(
      beginFlow(answers, true, undefined),
      { kind: 'refused', problem },
      { kind: 'trusted' },
      refused('join-code'),
      code,
    );
    const serverKey = { key: KEY, by: 'person' } as const;
    assert.ok(again.kind === 'connect');
    assert.deepEqual(again.answers, { ...answers, serverKey, joinCode: 'open sesame' });
    const wrong = run(again, refused('join-code'));
    assert.equal(shown(wrong), 'join-code (why)');
    const elsewhere = run(
      wrong,
      { kind: 'back' },
      { kind: 'answered', changes: { server: 'https://b.example' } },
    );
    assert.ok(elsewhere.kind === 'ask');
    assert.deepEqual([elsewhere.answers.joinCode, elsewhere.answers.serverKey], [null, null]);
  });

  test('whoever wants to remove a problem is asked what it is about', () => {
    const about = (code: ProblemCode, serverKey?: string): string =>
      shown(askAbout({ code, message: 'why', serverKey }, answers));
    assert.equal(about('name-taken'), 'name 2/3');
    assert.equal(about('identity-lost'), 'name 2/3 (why)');
    assert.equal(about('server-changed', KEY), 'changed-key (why)');
    assert.equal(about('server-unknown', KEY), 'unknown-key (why)');
    assert.equal(about('join-code'), 'join-code (why)');
    assert.equal(about('internal'), 'server 1/3');
  });

  test('a name that belongs to another key can be had by importing that key', () => {
    const state = run(beginFlow(answers, true, undefined), refused('identity-lost'), { kind: 'import' });
    assert.equal(shown(state), 'import');
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
