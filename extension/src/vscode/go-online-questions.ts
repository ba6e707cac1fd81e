import * as vscode from 'vscode';
import { checkListenHost, checkListenPort, checkName, checkServer } from './answers.ts';
import { type FlowEvent, type FlowState, position, type Step } from './go-online-steps.ts';
import { type Answered, askChoice, askText } from './quick-input.ts';
import { DEFAULT_SERVER } from './settings-schema.ts';

/** Asks the question that the flow stands at, and tells how it was answered. */
export async function ask(state: FlowState & { readonly kind: 'ask' }): Promise<FlowEvent> {
  const { l10n } = vscode;
  const { answers, problem } = state;
  const common = { title: titleOf(state.step), problem, ...position(state) };
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
        await askText({
          ...common,
          prompt: l10n.t('Your name on this server. A new name makes a new account.'),
          placeholder: l10n.t('letters, digits, "-", "_" or "."'),
          value: answers.name,
          check: (input) => checkName(l10n, input),
        }),
        (name) => ({ kind: 'answered', changes: { name } }),
      );
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
