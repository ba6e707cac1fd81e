// Before everything that makes a schema.
import './schema-setup.ts';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Problem, Status } from '../peer-api.ts';
import { useTranslations } from '../core/words.ts';
import { createPeerClient } from '../windows/client.ts';
import { Account } from './account.ts';
import { STAYS_OFFLINE } from './autostart.ts';
import { CardPanels } from './card-panels.ts';
import { ChatPanels } from './chat-panels.ts';
import type { ChatState } from './chat-state.ts';
import { tellOfDamagedFiles } from './damaged-files.ts';
import { Drafts } from './drafts.ts';
import type { Log } from './log.ts';
import { showOusting } from './ousted-notification.ts';
import { showNotifications } from './notification-display.ts';
import { ownerWords } from './owner-words.ts';
import { PeopleCommands, showFailure, showWarning } from './people-commands.ts';
import { PreferenceSender } from './preferences.ts';
import { problemOf } from './problem.ts';
import { currentProxy } from './proxy.ts';
import { keepJoinCode, loadSecrets } from './secrets.ts';
import type { Found } from './search-messages.ts';
import { selectionForMessage } from './selection.ts';
import { ServerCommands } from './server-commands.ts';
import { sessionCommands, type SessionCommands } from './session-commands.ts';
import { SECTION } from './settings-schema.ts';
import { currentSettings } from './settings.ts';

export interface SessionParts {
  readonly context: vscode.ExtensionContext;
  readonly state: ChatState;
  readonly log: Log;
  /** Whether to go online without being asked, unless another window is already. */
  readonly goOnline: boolean;
}

/** Everything of this window that is loaded at the first need of it, running. */
export interface Session extends SessionCommands {
  readonly panels: ChatPanels;
  /** Opens the chat with a person. The id may come from anywhere that can run a command. */
  openChat(person: string): void;
  /** The same with a text at the end of the box. */
  readonly addToBox: (person: string, text: string) => void;
  /** What is selected in the active editor, as a message has it; `undefined` where the person is told why not. */
  readonly selectionForMessage: () => string | undefined;
  /** Loads the next page of the directory. */
  moreDirectory(): Promise<void>;
  /** What this person says of themselves; empty for nothing. */
  ownStatusText(): Promise<string>;
  stop(): Promise<void>;
}

/** Connects this window to the peer and feeds what it says into `state`. */
export function startSession({ context, state, log, goOnline }: SessionParts): Session {
  // The keys are asked for in the window that starts a peer, and in no other.
  let startsPeer = false;
  const translations = vscode.l10n.bundle ?? {};
  useTranslations(translations);
  const client = createPeerClient({
    globalStorage: context.globalStorageUri.fsPath,
    peerScript: vscode.Uri.joinPath(context.extensionUri, 'dist', 'peer.cjs').fsPath,
    version: versionOf(context),
    windowName: () => vscode.workspace.name ?? '',
    translations,
    ownerWords: ownerWords(vscode.l10n, process.pid),
    secrets: () => {
      startsPeer = true;
      return loadSecrets(context.secrets);
    },
    proxy: currentProxy,
    log: (level, text) => log.write(level, text),
  });
  const workspace = context.storageUri?.fsPath ?? null;
  const failed = (what: string) => (error: unknown) => {
    log.write('warn', `${what} failed: ${problemOf(error).message}`);
  };
  const account = new Account({
    client,
    state,
    log,
    goOnline,
    rememberOffline: (staysOffline) => {
      const { globalState } = context;
      if ((globalState.get<unknown>(STAYS_OFFLINE) === true) === staysOffline) return;
      globalState
        .update(STAYS_OFFLINE, staysOffline || undefined)
        .then(undefined, failed('Remembering who went offline'));
    },
    // Without it a later invite has no code in it; being online matters more.
    keepJoinCode: (server, code) =>
      keepJoinCode(context.secrets, server, code).catch(failed('Keeping the join code')),
  });
  const tell = (error: unknown): void => {
    const { code, message } = problemOf(error);
    log.write('error', `${code}: ${message}`);
    void showFailure(message);
  };
  const server = new ServerCommands({ context, client, state, account, log, failed: tell });
  const drafts = new Drafts(context.globalState, failed('Keeping what was typed'));
  const tellOfDrafts = (): void => state.setDrafts(drafts.begun);
  tellOfDrafts();
  const { extensionUri } = context;
  const cards = new CardPanels({ extensionUri, failed: tell, log: (text) => log.write('warn', text) });
  const people = new PeopleCommands({ client, state, cards });
  const panels = new ChatPanels({
    client,
    state,
    drafts,
    log,
    extensionUri,
    workspace,
    decide: (contact, decision, answered) => people.decide(contact, decision, answered),
    failed: tell,
  });
  const openChat = (person: string): void => panels.open(fingerprint.parse(person));
  const showMessage = (contact: Fingerprint, found: Found): void => panels.open(contact, found);
  const notifications = showNotifications({ client, panels, open: openChat, failed: tell });
  const preferences = new PreferenceSender({
    client,
    read: currentSettings,
    failed: failed('Handing on the settings'),
  });
  const settingsListener = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(SECTION)) preferences.changed();
  });
  const ends = [
    tellOfDamagedFiles({
      client,
      l10n: vscode.l10n,
      warn: (message) => void showWarning(message),
      log: (text) => log.write('error', text),
    }),
    showOusting(state, account, tell),
    drafts.onBegun.on(tellOfDrafts),
    client.onPush('status', (status) => state.setStatus(status)),
    client.onPush('contact', (contact) => state.setContact(contact)),
    client.onPush('contactReplaced', (replaced) => state.replaceContact(replaced)),
    client.onPush('contactRemoved', ({ contact }) => {
      state.removeContact(contact);
      panels.close(contact);
    }),
    client.onSilence((problem) => state.setSilence(problem === null ? undefined : silentStatus(problem))),
    client.onPush('directory', (directory) => state.setDirectory(directory)),
    client.onPush('log', ({ level, text }) => log.write(level, text)),
    client.onConnected((snapshot) => {
      const before = state.peerStatus;
      state.reset(snapshot);
      preferences.connected();
      notifications.connected();
      account.peerConnected(before, snapshot, startsPeer);
      if (startsPeer) server.ownerStarted();
      startsPeer = false;
      if (workspace !== null) void addWorkspace(workspace);
    }),
  ];
  const addWorkspace = async (folder: string): Promise<void> => {
    try {
      await client.request('addWorkspace', { workspace: folder });
    } catch (error) {
      log.write('warn', `This workspace's outbox could not be added: ${problemOf(error).message}`);
    }
  };
  client.start();
  void account.start();
  const { secrets } = context;
  return {
    ...sessionCommands({
      client,
      state,
      log,
      account,
      cards,
      people,
      server,
      secrets,
      openChat,
      showMessage,
      act: (does, order) => panels.act(does, order),
    }),
    panels,
    openChat,
    addToBox: (person, text) => panels.addToBox(fingerprint.parse(person), text),
    selectionForMessage,
    moreDirectory: async () => {
      await client.request('moreDirectory', {});
    },
    ownStatusText: async () => (await client.request('ownStatusText', {})).text,
    stop: async () => {
      for (const end of ends) end();
      settingsListener.dispose();
      notifications.dispose();
      panels.dispose();
      cards.dispose();
      drafts.dispose();
      await Promise.all([client.stop(), server.end()]);
    },
  };
}

/** As it is shown: by itself it ends as soon as the owner goes on, or another window takes over. */
function silentStatus(problem: Problem): Status {
  const { username: name, discoveryServer: server } = currentSettings();
  return { kind: 'problem', name, server, problem, retrying: true };
}

function versionOf(context: vscode.ExtensionContext): string {
  return z.object({ version: z.string() }).parse(context.extension.packageJSON).version;
}
