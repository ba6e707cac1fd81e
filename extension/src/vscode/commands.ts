import * as vscode from 'vscode';
import type { ChatState } from './chat-state.ts';
import { CommandId, type SessionCommand, sessionCommandNames } from './command-ids.ts';
import type { LazySession } from './lazy-session.ts';
import type { Log } from './log.ts';
import type { OpenChatParts } from './open-chat.ts';
import type { PeopleView } from './people-views.ts';

export interface CommandParts {
  readonly session: LazySession;
  readonly state: ChatState;
  readonly log: Log;
  readonly requests: PeopleView;
  readonly contacts: PeopleView;
  readonly directory: PeopleView;
}

type OwnCommand = Exclude<keyof typeof CommandId, SessionCommand>;

/** Every command, and what it does. What a command needs is loaded when it runs. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { session, state, log, requests, contacts, directory } = parts;
  const open = async (person: string): Promise<void> => (await session.get()).openChat(person);
  const loadMore = async (): Promise<void> => (await session.get()).moreDirectory();
  /** Lets the person choose whom something is for. */
  const pick = async (
    about: Pick<OpenChatParts, 'title' | 'meansContact'>,
    chosen: (person: string) => Promise<void> | void,
  ): Promise<void> => {
    const { pickChat } = await import('./open-chat.ts');
    await session.get();
    pickChat({
      ...about,
      state,
      open: (person) => void run(log, () => chosen(person)),
      loadMore: () => void run(log, loadMore),
      goOnline: () => void vscode.commands.executeCommand(CommandId.goOnline),
    });
  };
  const openSelected = async (view: PeopleView): Promise<void> => {
    const person = view.selected();
    if (person !== undefined) await open(person);
  };
  const handlers: Record<OwnCommand, () => Promise<void> | void> = {
    showLog: () => log.show(),
    openSettings: async () => {
      await vscode.commands.executeCommand('workbench.action.openSettings', '@ext:p2p-chat.p2p-chat');
    },
    showMenu: async () => {
      const { showMenu } = await import('./menu.ts');
      await showMenu(state, async () => (await session.get()).ownStatusText());
    },
    moreDirectory: loadMore,
    openRequest: () => openSelected(requests),
    openContact: () => openSelected(contacts),
    openListed: () => openSelected(directory),
    toggleDoNotDisturb: async () => {
      await vscode.commands.executeCommand('notifications.toggleDoNotDisturbMode');
    },
    getStarted: async () => (await import('./walkthrough.ts')).showWalkthrough(state),
    openUnread: async () => {
      const unread = state.accepted.filter((contact) => contact.unread > 0 && !contact.muted);
      const [only] = unread;
      if (only !== undefined && unread.length === 1) await open(only.id);
      else await vscode.commands.executeCommand(CommandId.openChat);
    },
    openChat: () => pick({ title: vscode.l10n.t('P2P Chat: Open Chat'), meansContact: false }, open),
    sendSelection: async () => {
      const { selectionForMessage, addToBox } = await session.get();
      const text = selectionForMessage();
      if (text === undefined) return;
      await pick({ title: vscode.l10n.t('P2P Chat: Send Selection to Chat'), meansContact: true }, (person) =>
        addToBox(person, text),
      );
    },
  };
  return vscode.Disposable.from(
    ...keysOf(handlers).map((key) =>
      vscode.commands.registerCommand(CommandId[key], () => run(log, handlers[key])),
    ),
    ...sessionCommandNames.map((key) =>
      vscode.commands.registerCommand(CommandId[key], (argument: unknown) =>
        run(log, async () => (await session.get()).commands[key](argument)),
      ),
    ),
    vscode.window.registerUriHandler({
      handleUri: (uri) => run(log, async () => (await session.get()).openLink(uri)),
    }),
  );
}

/** Runs what a person asked for; a failure is said in a sentence and kept in the log. */
async function run(log: Log, work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.write('error', message);
    const showLog = vscode.l10n.t('Show Log');
    if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) log.show();
  }
}

function keysOf<T extends object>(object: T): (keyof T)[] {
  const keys: (keyof T)[] = [];
  for (const key in object) keys.push(key);
  return keys;
}
