import * as vscode from 'vscode';
import type { PeerClient } from '../peer-api.ts';
import { systemClock } from '../peer/system.ts';
import { hasAddress, serverAddresses } from '../server-here/addresses.ts';
import { type KeptServer, keptServer } from '../server-here/kept-server.ts';
import { ServerHere } from '../server-here/server-here.ts';
import { type RunningServer, ServerStartError, startServerProcess } from '../server-here/server-process.ts';
import type { Account } from './account.ts';
import { KEPT_SERVER } from './autostart.ts';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { askModal } from './dialogs.ts';
import { offeredAnswers } from './go-online-flow.ts';
import type { Log } from './log.ts';
import { offerRemedies, type RemedyParts } from './server-remedies.ts';
import {
  addressChoices,
  addressPrompt,
  afterStart,
  isMissed,
  moveQuestion,
  type ServerRemedy,
} from './server-words.ts';
import { currentSettings } from './settings.ts';

export interface ServerCommandParts {
  readonly context: vscode.ExtensionContext;
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly account: Account;
  readonly log: Log;
  /** Says what went wrong with what the person chose. */
  readonly failed: (error: unknown) => void;
}

type Place = Pick<KeptServer, 'host' | 'port'>;

/** Starting and stopping a discovery server in this window, with the questions and words that belong to it. */
export class ServerCommands {
  readonly #parts: ServerCommandParts;
  readonly #server: ServerHere;
  readonly #unwatch: () => void;

  constructor(parts: ServerCommandParts) {
    this.#parts = parts;
    const { context, state, log } = parts;
    const script = vscode.Uri.joinPath(context.extensionUri, 'dist', 'discovery-server.mjs').fsPath;
    const data = vscode.Uri.joinPath(context.globalStorageUri, 'discovery-server').fsPath;
    const write: Log['write'] = (level, text) => log.write(level, text);
    this.#server = new ServerHere({
      start: (place) =>
        startServerProcess(
          { execPath: process.execPath, script, env: process.env },
          { ...place, data },
          write,
        ),
      kept: {
        read: () => keptServer.safeParse(context.globalState.get<unknown>(KEPT_SERVER)).data,
        write: async (kept) => context.globalState.update(KEPT_SERVER, kept),
      },
      clock: systemClock,
      log: write,
      changed: (running) => state.setServerHere(running?.url),
      failed: (error) => void this.#offerRemedies(error, this.#server.kept ?? { host: '', port: 0 }),
    });
    // Whichever window had it is gone: every window that is left tries, and one gets it.
    this.#unwatch = state.onStatus.on((status) => {
      if (isMissed(status, this.#server.kept)) void this.#server.startAgain();
    });
  }

  /** This window has started the peer: the first of a VS Code, or the one that takes over. */
  ownerStarted(): void {
    void this.#server.startAgain();
  }

  /** The command. */
  async start(): Promise<void> {
    const { kept } = this.#server;
    if (this.#server.running !== undefined) await this.#goThere(this.#server.running);
    else if (kept?.wanted === true && hasAddress(kept.host)) await this.#startAt(kept);
    // Also for whoever stopped it: the address may be what they want to change.
    else await this.#startElsewhere(kept);
  }

  /** The command. */
  async stop(): Promise<void> {
    const { l10n } = vscode;
    const url = this.#server.running?.url;
    if (await this.#server.stop()) {
      void vscode.window.showInformationMessage(l10n.t('The discovery server at {0} is stopped.', url ?? ''));
      return;
    }
    void vscode.window.showInformationMessage(
      this.#server.kept?.wanted === true
        ? l10n.t('This window does not run the discovery server. Use this command in the window that does.')
        : l10n.t('No discovery server runs here.'),
    );
  }

  async end(): Promise<void> {
    this.#unwatch();
    await this.#server.end();
  }

  /** Asks for an address, offering the one that it had first. The port stays: it is the one that people know. */
  async #startElsewhere(before: Place | undefined): Promise<void> {
    const { l10n } = vscode;
    const host = before?.host;
    const chosen = await vscode.window.showQuickPick(addressChoices(l10n, serverAddresses(), host), {
      title: l10n.t('Start a Discovery Server Here'),
      placeHolder: addressPrompt(l10n, host === undefined || hasAddress(host) ? undefined : host),
    });
    if (chosen !== undefined) await this.#startAt({ host: chosen.value, port: before?.port ?? 0 });
  }

  async #startAt(place: Place): Promise<void> {
    let server: RunningServer;
    try {
      server = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Starting the discovery server…') },
        () => this.#server.start(place),
      );
    } catch (error) {
      if (!(error instanceof ServerStartError)) throw error;
      this.#parts.log.write('error', `The discovery server did not start: ${error.message}`);
      await this.#offerRemedies(error, error.code === 'in-use' ? (this.#server.kept ?? place) : place);
      return;
    }
    await this.#goThere(server);
  }

  #offerRemedies(error: ServerStartError, place: Place): Promise<void> {
    const parts: RemedyParts = {
      l10n: vscode.l10n,
      ask: (sentence, buttons) => vscode.window.showWarningMessage(sentence, ...buttons),
      showLog: () => vscode.commands.executeCommand(CommandId.showLog),
      remedy: (chosen) => this.#remedy(chosen, place),
      failed: this.#parts.failed,
    };
    return offerRemedies(parts, error, place);
  }

  #remedy(chosen: ServerRemedy, place: Place): Promise<void> {
    switch (chosen) {
      case 'another-port':
        return this.#startAt({ host: place.host, port: 0 });
      case 'another-address':
        return this.#startElsewhere(place);
      case 'forget':
        return this.#server.forget();
    }
  }

  /** Goes online at the server, after asking whoever has an account elsewhere; then shows what to send to colleagues. */
  async #goThere({ url, key }: RunningServer): Promise<void> {
    const { l10n } = vscode;
    const { state, account, client } = this.#parts;
    // Until the peer has answered, nobody knows whether this person is online.
    await client.request('ownIdentity', {});
    const settings = currentSettings();
    const { username: name, discoveryServer } = settings;
    const next = afterStart(url, state.peerStatus, { name, server: discoveryServer });
    if (next === 'ask') {
      const question = moveQuestion(l10n, url, discoveryServer);
      if (!question.choices.includes((await askModal(question)) ?? '')) {
        void vscode.window.showInformationMessage(l10n.t('Your discovery server runs at {0}.', url));
        return;
      }
    }
    if (next !== 'invite') {
      // This person started it: nobody else could tell them of its key.
      const serverKey = key === null ? null : { key, by: 'person' as const };
      const answers = { ...offeredAnswers(settings), server: url, joinCode: null, serverKey };
      if (!(await account.goOnlineAt(answers, name === ''))) return;
    }
    await vscode.commands.executeCommand(CommandId.invite);
  }
}
