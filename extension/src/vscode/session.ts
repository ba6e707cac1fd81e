// Before everything that makes a schema.
import './schema-setup.ts';
import * as vscode from 'vscode';
import * as z from 'zod';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { createPeerClient } from '../windows/client.ts';
import { Account } from './account.ts';
import { ChatPanels } from './chat-panels.ts';
import type { ChatState } from './chat-state.ts';
import { Drafts } from './drafts.ts';
import type { Log } from './log.ts';
import { problemOf } from './problem.ts';
import { currentProxy } from './proxy.ts';
import { loadSecrets } from './secrets.ts';

export interface SessionParts {
  readonly context: vscode.ExtensionContext;
  readonly state: ChatState;
  readonly log: Log;
  /** Whether to go online without being asked, unless another window is already. */
  readonly goOnline: boolean;
}

/** Everything of this window that is loaded at the first need of it, running. */
export interface Session {
  readonly account: Account;
  readonly panels: ChatPanels;
  /** Opens the chat with a person. The id may come from anywhere that can run a command. */
  openChat(person: string): void;
  /** Loads the next page of the directory. */
  moreDirectory(): Promise<void>;
  stop(): Promise<void>;
}

/** Connects this window to the peer and feeds what it says into `state`. */
export function startSession({ context, state, log, goOnline }: SessionParts): Session {
  // The keys are asked for in the window that starts a peer, and in no other.
  let startsPeer = false;
  const client = createPeerClient({
    globalStorage: context.globalStorageUri.fsPath,
    peerScript: vscode.Uri.joinPath(context.extensionUri, 'dist', 'peer.cjs').fsPath,
    version: versionOf(context),
    secrets: () => {
      startsPeer = true;
      return loadSecrets(context.secrets);
    },
    proxy: currentProxy,
    log: (level, text) => log.write(level, text),
  });
  const workspace = context.storageUri?.fsPath ?? null;
  const account = new Account({ client, state, log, goOnline });
  const drafts = new Drafts(context.globalState);
  const { extensionUri } = context;
  const panels = new ChatPanels({ client, state, drafts, log, extensionUri, workspace });
  const ends = [
    client.onPush('status', (status) => state.setStatus(status)),
    client.onPush('contact', (contact) => state.setContact(contact)),
    client.onPush('directory', (directory) => state.setDirectory(directory)),
    client.onPush('log', ({ level, text }) => log.write(level, text)),
    client.onConnected((snapshot) => {
      const before = state.peerStatus;
      state.reset(snapshot);
      account.peerConnected(before, snapshot, startsPeer);
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
  return {
    account,
    panels,
    openChat: (person) => panels.open(fingerprint.parse(person)),
    moreDirectory: async () => {
      await client.request('moreDirectory', {});
    },
    stop: async () => {
      for (const end of ends) end();
      panels.dispose();
      drafts.dispose();
      await client.stop();
    },
  };
}

function versionOf(context: vscode.ExtensionContext): string {
  return z.object({ version: z.string() }).parse(context.extension.packageJSON).version;
}
