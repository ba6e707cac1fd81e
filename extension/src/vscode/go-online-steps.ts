import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Problem, ProblemCode } from '../peer-api.ts';
import type { Answers } from './answers.ts';

/** The order of the questions of "Go Online" as a pure reducer; `go-online-flow.ts` asks them. */

export type Step =
  | 'server'
  | 'name'
  | 'confirm'
  | 'host'
  | 'port'
  /** The server asks for a code. */
  | 'join-code'
  /** The server's key is known to nobody yet. */
  | 'unknown-key'
  /** The server shows another key than the one that was accepted. */
  | 'changed-key';

export type FlowState =
  | {
      readonly kind: 'ask';
      readonly step: Step;
      readonly answers: Answers;
      readonly advanced: boolean;
      /** Why this is asked again; the old answer is then shown selected. */
      readonly problem: string | undefined;
      /** The key that the server shows, where the question is whether to trust it. */
      readonly serverKey: Fingerprint | undefined;
    }
  | { readonly kind: 'connect'; readonly answers: Answers; readonly advanced: boolean }
  | { readonly kind: 'done'; readonly answers: Answers; readonly accountCreated: boolean }
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** The person has the identity that the name belongs to elsewhere. */
  | { readonly kind: 'import' }
  | { readonly kind: 'cancelled' };

export type FlowEvent =
  | { readonly kind: 'answered'; readonly changes: Partial<Answers> }
  | { readonly kind: 'chose'; readonly advanced: boolean }
  | { readonly kind: 'trusted' }
  | { readonly kind: 'import' }
  | { readonly kind: 'back' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'connected'; readonly accountCreated: boolean }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** A setting that cannot be used, and where it is asked for. */
export interface BadAnswer {
  readonly step: Step;
  readonly why: string;
}

/**
 * Where the flow begins: with complete settings nothing is asked.
 * @param complete whether a name was ever given
 */
export function beginFlow(answers: Answers, complete: boolean, bad: BadAnswer | undefined): FlowState {
  if (!complete) return ask('server', answers, false);
  if (bad === undefined) return { kind: 'connect', answers, advanced: false };
  return { ...ask(bad.step, answers, isAdvanced(bad.step)), problem: bad.why };
}

/** Where the flow begins for somebody who wants to change what was answered before. */
export function askFrom(step: Step, answers: Answers): FlowState {
  return ask(step, answers, isAdvanced(step));
}

/** Where the flow begins for somebody who wants to remove a problem. */
export function askAbout(problem: Problem, answers: Answers): FlowState {
  const step = questionOf(problem);
  // Shown as it is, the question says what is wrong; answered, it is followed by what comes after it. Without its key
  // the name that is offered looks right.
  return isAside(step) || problem.code === 'identity-lost'
    ? askAgain(step ?? 'server', answers, false, problem)
    : askFrom(step ?? 'server', answers);
}

export function nextState(state: FlowState, event: FlowEvent): FlowState {
  switch (state.kind) {
    case 'ask':
      return fromAsk(state, event);
    case 'connect':
      return fromConnect(state, event);
    case 'done':
    case 'failed':
    case 'import':
    case 'cancelled':
      return state;
  }
}

/** "2 of 3": the advanced questions count once they are wanted. Nothing for a question that the server asks. */
export function position(
  state: FlowState & { readonly kind: 'ask' },
): { readonly n: number; readonly of: number } | undefined {
  if (isAside(state.step)) return undefined;
  const order: readonly Step[] = ['server', 'name', 'confirm', 'host', 'port'];
  return { n: order.indexOf(state.step) + 1, of: state.advanced ? 5 : 3 };
}

/** The question whose answer this problem is about; `undefined` when no answer helps. */
export function stepOf(code: ProblemCode): Step | undefined {
  switch (code) {
    case 'name-taken':
    case 'name-invalid':
    case 'identity-has-other-name':
    case 'identity-lost':
      return 'name';
    case 'server-unreachable':
    case 'not-a-discovery-server':
    case 'bad-address':
      return 'server';
    case 'port-taken':
      return 'port';
    case 'listen-failed':
      return 'host';
    case 'join-code':
      return 'join-code';
    case 'server-unknown':
      return 'unknown-key';
    case 'server-changed':
      return 'changed-key';
    case 'server-refused':
    case 'signed-in-elsewhere':
    case 'no-account':
    case 'storage-failed':
    case 'text-too-long':
    case 'unknown-contact':
    case 'contact-blocked':
    case 'not-online':
    case 'owner-silent':
    case 'internal':
      return undefined;
  }
}

function fromAsk(state: FlowState & { readonly kind: 'ask' }, event: FlowEvent): FlowState {
  const { step, advanced } = state;
  switch (event.kind) {
    case 'answered': {
      const answers = merge(state.answers, event.changes);
      // Whoever is sent back to one answer mends that one: the others were given already.
      if (state.problem !== undefined || step === 'port' || isAside(step)) {
        return { kind: 'connect', answers, advanced };
      }
      return ask(after(step), answers, advanced);
    }
    case 'chose':
      return event.advanced
        ? ask('host', state.answers, true)
        : { kind: 'connect', answers: state.answers, advanced: false };
    case 'trusted': {
      if (state.serverKey === undefined) return state;
      const serverKey = { key: state.serverKey, by: 'person' as const };
      return { kind: 'connect', answers: { ...state.answers, serverKey }, advanced };
    }
    case 'import':
      return { kind: 'import' };
    case 'back': {
      const previous = before(step);
      return ask(previous, state.answers, isAdvanced(previous));
    }
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'connected':
    case 'refused':
      return state;
  }
}

function fromConnect(state: FlowState & { readonly kind: 'connect' }, event: FlowEvent): FlowState {
  switch (event.kind) {
    case 'connected':
      return { kind: 'done', answers: state.answers, accountCreated: event.accountCreated };
    case 'refused': {
      // Somebody, perhaps in another window, went offline meanwhile.
      if (event.problem.code === 'not-online') return { kind: 'cancelled' };
      const step = questionOf(event.problem);
      if (step === undefined) return { kind: 'failed', problem: event.problem };
      return askAgain(step, state.answers, state.advanced || isAdvanced(step), event.problem);
    }
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'answered':
    case 'chose':
    case 'trusted':
    case 'import':
    case 'back':
      return state;
  }
}

function ask(step: Step, answers: Answers, advanced: boolean): FlowState & { readonly kind: 'ask' } {
  return { kind: 'ask', step, answers, advanced, problem: undefined, serverKey: undefined };
}

function askAgain(
  step: Step,
  answers: Answers,
  advanced: boolean,
  { message, serverKey }: Problem,
): FlowState {
  return { ...ask(step, answers, advanced), problem: message, serverKey };
}

/** Like stepOf; a key that is not told cannot be trusted. */
function questionOf({ code, serverKey }: Problem): Step | undefined {
  const step = stepOf(code);
  const isAboutKey = step === 'unknown-key' || step === 'changed-key';
  return isAboutKey && serverKey === undefined ? 'server' : step;
}

/** What was accepted of one server, or typed for it, is nothing to another. */
function merge(answers: Answers, changes: Partial<Answers>): Answers {
  const moved = changes.server !== undefined && changes.server !== answers.server;
  return { ...answers, ...(moved ? { joinCode: null, serverKey: null } : {}), ...changes };
}

/** Whether a question is asked only because the server has a say in it. */
function isAside(step: Step | undefined): boolean {
  return step === 'join-code' || step === 'unknown-key' || step === 'changed-key';
}

function isAdvanced(step: Step): boolean {
  return step === 'host' || step === 'port';
}

function after(step: Step): Step {
  switch (step) {
    case 'server':
      return 'name';
    case 'name':
      return 'confirm';
    case 'confirm':
      return 'host';
    case 'host':
    case 'port':
    case 'join-code':
    case 'unknown-key':
    case 'changed-key':
      return 'port';
  }
}

function before(step: Step): Step {
  switch (step) {
    case 'server':
    case 'name':
    case 'join-code':
    case 'unknown-key':
    case 'changed-key':
      return 'server';
    case 'confirm':
      return 'name';
    case 'host':
      return 'confirm';
    case 'port':
      return 'host';
  }
}
