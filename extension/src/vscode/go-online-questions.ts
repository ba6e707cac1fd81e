import * as vscode from 'vscode';
import { checkJoinCode, checkListenHost, checkListenPort, checkName, checkServer } from './answers.ts';
import { type FlowEvent, type FlowState, position, type Step } from './go-online-steps.ts';
import { fingerprintsApart, groupedFingerprint } from './labels.ts';
import { type Answered, askChoice, askText } from './quick-input.ts';
import { DEFAULT_SERVER } from './settings-schema.ts';

type Asking = FlowState & { readonly kind: 'ask' };

/** Asks the question that the flow stands at, and tells how it was answered. */
export async function ask(state: Asking): Promise<FlowEvent> {
  const { l10n } = vscode;
  const { answers, problem } = state;
  const back = state.step !== 'server';
  const common = { title: titleOf(state.step), problem, position: position(state), back };
  switch (state.step) {
    case 'server':
      return answered(
        await askText({
          ...common,
          prompt: l10n.t(
            'Address of your discovery server: it knows who is online, and never sees a message.',
          ),
          placeholder: DEFAULT_SERVER,
          value: answers.server,
          check: (input) => checkServer(l10n, input),
        }),
        (server) => ({ kind: 'answered', changes: { server } }),
      );
    case 'name':
      return answered(
        await askText<string | typeof IMPORT>({
          ...common,
          problem:
            problem && l10n.t('{0} The key above imports an identity that you have elsewhere.', problem),
          prompt: l10n.t('Your name on this server. A new name makes a new account.'),
          placeholder: l10n.t('letters, digits, "-", "_" or "."'),
          value: answers.name,
          check: (input) => checkName(l10n, input),
          other: { label: l10n.t('Import Identity…'), icon: 'key', value: IMPORT },
        }),
        (name) => (name === IMPORT ? { kind: 'import' } : { kind: 'answered', changes: { name } }),
      );
    case 'join-code':
      return answered(
        await askText({
          ...common,
          // That a code is wanted is no complaint as long as none was given.
          problem: answers.joinCode === null ? undefined : problem,
          prompt: l10n.t(
            '{0} wants a join code for a new account. Whoever runs it or invited you knows the code.',
            answers.server,
          ),
          placeholder: l10n.t('join code'),
          value: '',
          password: true,
          check: (input) => checkJoinCode(l10n, input),
        }),
        (joinCode) => ({ kind: 'answered', changes: { joinCode } }),
      );
    case 'unknown-key':
      return answered(
        await askChoice<FlowEvent>({
          ...common,
          // What is longer is cut off.
          placeholder: l10n.t('Is this the fingerprint that the server printed when it started?'),
          choices: [
            {
              label: l10n.t('Trust This Server'),
              description: answers.server,
              iconPath: new vscode.ThemeIcon('shield'),
              detail: groupedFingerprint(state.serverKey ?? ''),
              value: { kind: 'trusted' },
            },
            {
              label: l10n.t('Use Another Server…'),
              iconPath: new vscode.ThemeIcon('edit'),
              detail: l10n.t('Nothing was sent to this one yet.'),
              value: { kind: 'back' },
            },
          ],
        }),
        (event) => event,
      );
    case 'changed-key':
      return askAboutChangedKey(state);
    case 'confirm':
      return answered(
        await askChoice({
          ...common,
          placeholder: l10n.t('Go online as {0} at {1}', answers.name, answers.server),
          choices: [
            {
              label: l10n.t('Go Online'),
              iconPath: new vscode.ThemeIcon('plug'),
              detail: firewallLine(),
              value: false,
            },
            {
              label: l10n.t('Advanced: address and port to listen on…'),
              iconPath: new vscode.ThemeIcon('settings-gear'),
              detail: l10n.t('Now: {0}', listeningOn(answers.listenHost, answers.listenPort)),
              value: true,
            },
          ],
        }),
        (advanced) => ({ kind: 'chose', advanced }),
      );
    case 'host':
      return answered(
        await askText({
          ...common,
          prompt: l10n.t('IP address of this computer to listen on; empty for every interface.'),
          placeholder: l10n.t('every interface'),
          value: answers.listenHost,
          check: (input) => checkListenHost(l10n, input),
        }),
        (listenHost) => ({ kind: 'answered', changes: { listenHost } }),
      );
    case 'port':
      return answered(
        await askText({
          ...common,
          prompt: l10n.t(
            'Port to listen on; 0 for any free port, kept for the next time. {0}',
            firewallLine(),
          ),
          placeholder: l10n.t('any free port'),
          value: String(answers.listenPort),
          check: (input) => checkListenPort(l10n, input),
        }),
        (listenPort) => ({ kind: 'answered', changes: { listenPort } }),
      );
  }
}

/** Answers the question for a name without one. */
const IMPORT = Symbol('import');

/** A dialog, whose first button is what Enter presses: nobody trusts a key by that. */
async function askAboutChangedKey({ answers, problem }: Asking): Promise<FlowEvent> {
  const { l10n } = vscode;
  const trust = l10n.t('Trust the New Key');
  const other = l10n.t('Use Another Server…');
  const chosen = await vscode.window.showWarningMessage(
    l10n.t('{0} is not the server that it was.', answers.server),
    {
      modal: true,
      detail: l10n.t(
        '{0} Do not ask by this chat, and compare the fingerprint before you trust it.',
        fingerprintsApart(problem ?? ''),
      ),
    },
    other,
    trust,
  );
  if (chosen === trust) return { kind: 'trusted' };
  return { kind: chosen === other ? 'back' : 'cancelled' };
}

function answered<T>(answer: Answered<T>, event: (value: T) => FlowEvent): FlowEvent {
  return answer.kind === 'value' ? event(answer.value) : answer;
}

/** Names the question, so that it is known even while a complaint stands where its prompt was. */
function titleOf(step: Step): string {
  const { l10n } = vscode;
  switch (step) {
    case 'server':
      return l10n.t('Go Online: Discovery Server');
    case 'name':
      return l10n.t('Go Online: Username');
    case 'confirm':
      return l10n.t('Go Online');
    case 'host':
      return l10n.t('Go Online: Address to Listen On');
    case 'port':
      return l10n.t('Go Online: Port to Listen On');
    case 'join-code':
      return l10n.t('Go Online: Join Code');
    case 'unknown-key':
      return l10n.t('Go Online: Key of the Server');
    case 'changed-key':
      return l10n.t('Go Online: Changed Key of the Server');
  }
}

function firewallLine(): string {
  return vscode.l10n.t('Your system may ask whether VS Code may accept connections: allow it.');
}

function listeningOn(host: string, port: number): string {
  const { l10n } = vscode;
  const where = host === '' ? l10n.t('every interface') : host;
  return port === 0 ? l10n.t('{0}, any free port', where) : l10n.t('{0}, port {1}', where, String(port));
}
