import * as os from 'node:os';
import * as vscode from 'vscode';
import {
  type Answers,
  checkListenHost,
  checkListenPort,
  checkName,
  checkServer,
  suggestName,
} from './answers.ts';
import { ask } from './go-online-questions.ts';
import { type BadAnswer, type FlowEvent, type FlowState, nextState } from './go-online-steps.ts';
import { problemOf } from './problem.ts';
import type { Settings } from './settings-schema.ts';

/** How long going online may take before a notification shows progress: the status bar shows it at once. */
const PROGRESS_DELAY_MS = 1_000;

/** What the flow does with complete answers. */
export interface Connector {
  /**
   * Goes online.
   * @throws {PeerError} whose code says which answer is to be given again
   */
  connect(answers: Answers): Promise<{ accountCreated: boolean }>;
  /** Gives up what `connect` is doing. */
  abort(): void;
}

/** How a flow ended. */
export type FlowEnd = FlowState & { readonly kind: 'done' | 'failed' | 'import' | 'cancelled' };

/**
 * Asks and connects until it is done, has failed for good or was cancelled. Stores nothing.
 * @param begin see beginFlow and askFrom
 */
export async function runFlow(begin: FlowState, connector: Connector): Promise<FlowEnd> {
  let state = begin;
  for (;;) {
    switch (state.kind) {
      case 'ask':
        state = nextState(state, await ask(state));
        break;
      case 'connect':
        state = nextState(state, await tryToConnect(state.answers, connector));
        break;
      case 'done':
      case 'failed':
      case 'import':
      case 'cancelled':
        return state;
    }
  }
}

/** What the questions offer: the settings, and where nothing was ever set a name out of the system's. */
export function offeredAnswers(settings: Settings): Answers {
  return {
    server: settings.discoveryServer,
    name: settings.username === '' ? suggestName(systemUserName()) : settings.username,
    listenHost: settings.listenHost,
    listenPort: settings.listenPort,
    joinCode: null,
    serverKey: null,
  };
}

/** The first answer out of settings that could not be given in the flow either. */
export function findBadAnswer(answers: Answers): BadAnswer | undefined {
  const { l10n } = vscode;
  const checks = [
    { step: 'server', checked: checkServer(l10n, answers.server) },
    { step: 'name', checked: checkName(l10n, answers.name) },
    { step: 'host', checked: checkListenHost(l10n, answers.listenHost) },
    { step: 'port', checked: checkListenPort(l10n, String(answers.listenPort)) },
  ] as const;
  for (const { step, checked } of checks) if (!checked.ok) return { step, why: checked.why };
  return undefined;
}

/** Connects; what takes longer than a moment says so and can be cancelled. */
async function tryToConnect(answers: Answers, connector: Connector): Promise<FlowEvent> {
  const connected = connector.connect(answers).then<FlowEvent, FlowEvent>(
    ({ accountCreated }) => ({ kind: 'connected', accountCreated }),
    (error: unknown) => ({ kind: 'refused', problem: problemOf(error) }),
  );
  const moment = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => moment.resolve(undefined), PROGRESS_DELAY_MS);
  const soon = await Promise.race([connected, moment.promise]);
  clearTimeout(timer);
  return soon ?? (await withCancel(answers, connected, connector));
}

async function withCancel(
  answers: Answers,
  connected: Promise<FlowEvent>,
  connector: Connector,
): Promise<FlowEvent> {
  return vscode.window.withProgress<FlowEvent>(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('P2P Chat: going online as {0}…', answers.name),
      cancellable: true,
    },
    async (_progress, token) => {
      const cancelled = Promise.withResolvers<FlowEvent>();
      const listener = token.onCancellationRequested(() => {
        cancelled.resolve({ kind: 'cancelled' });
        connector.abort();
      });
      try {
        return await Promise.race([connected, cancelled.promise]);
      } finally {
        listener.dispose();
      }
    },
  );
}

function systemUserName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // An account without an entry in the user database has no name to offer.
    return '';
  }
}
