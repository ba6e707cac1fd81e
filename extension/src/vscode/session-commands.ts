import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { MessageAction } from '../panel-api.ts';
import type { PeerClient } from '../peer-api.ts';
import { systemClock } from '../peer/system.ts';
import { AccountCommands } from './account-commands.ts';
import type { Account } from './account.ts';
import { ContactCommands } from './contact-commands.ts';
import { CHAT_PATH } from './chat-link.ts';
import { type ChatLinkParts, openChatLink } from './chat-links.ts';
import type { CardPanels } from './card-panels.ts';
import type { ChatState } from './chat-state.ts';
import type { SessionCommand } from './command-ids.ts';
import { whyNotDelivered } from './delivery-command.ts';
import { askModal } from './dialogs.ts';
import { exportConversation } from './export-conversation.ts';
import { IdentityCommands } from './identity-commands.ts';
import { InviteCommands } from './invite-commands.ts';
import { JOIN_PATH } from './invite-link.ts';
import type { Log } from './log.ts';
import type { PeopleCommands } from './people-commands.ts';
import { type Found, searchMessages } from './search-messages.ts';
import type { ServerCommands } from './server-commands.ts';
import { setStatusText } from './status-command.ts';

export interface SessionCommandParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly log: Log;
  readonly account: Account;
  readonly cards: CardPanels;
  readonly people: PeopleCommands;
  readonly server: ServerCommands;
  readonly secrets: vscode.SecretStorage;
  readonly openChat: (person: string) => void;
  /** Shows a message in its conversation. */
  readonly showMessage: (contact: Fingerprint, found: Found) => void;
  /** Does this with a message of the active chat. */
  readonly act: (does: MessageAction, order: number) => void;
}

/** What VS Code hands on of the message whose menu was opened: see `#onMenu` of the page. */
const menuTarget = z.object({ order: z.int() });
const menuLink = z.object({ p2pChatLink: z.string() });

/** Does a command; the argument is what a menu gives with it. */
export type Does = (argument: unknown) => Promise<void>;

export interface SessionCommands {
  readonly commands: Readonly<Record<SessionCommand, Does>>;
  /** A link of this extension was opened. */
  openLink(uri: vscode.Uri): Promise<void>;
}

/** The commands that need the session: what runs before it is loaded is in commands.ts. */
export function sessionCommands(parts: SessionCommandParts): SessionCommands {
  const { account, people } = parts;
  const identity = new IdentityCommands(parts);
  const contacts = new ContactCommands(parts);
  const invites = new InviteCommands(parts);
  const own = new AccountCommands(parts);
  const links: ChatLinkParts = {
    ...parts,
    l10n: vscode.l10n,
    ask: askModal,
    tell: (sentence) => void vscode.window.showErrorMessage(sentence),
    clock: systemClock,
  };
  const act =
    (does: MessageAction): Does =>
    (argument) => {
      const target = menuTarget.safeParse(argument);
      if (target.success) parts.act(does, target.data.order);
      return Promise.resolve();
    };
  return {
    commands: {
      goOnline: () => account.goOnline(),
      goOffline: () => account.goOffline(),
      changeAccount: () => account.change(),
      renameAccount: () => own.rename(),
      deleteAccount: () => own.delete(),
      setStatus: () => setStatusText(parts.client),
      showIdentity: () => identity.show(),
      exportIdentity: () => identity.export(),
      importIdentity: () => identity.import(),
      replaceIdentity: () => identity.replace(),
      startServer: () => parts.server.start(),
      stopServer: () => parts.server.stop(),
      invite: () => invites.invite(),
      join: () => invites.join(),
      exportConversation: (argument) => exportConversation(parts, argument),
      searchMessages: () => {
        searchMessages({ client: parts.client, state: parts.state, open: parts.showMessage });
        return Promise.resolve();
      },
      searchConversation: (argument) => contacts.search(argument),
      copyLink: async (argument) => {
        const target = menuLink.safeParse(argument);
        if (target.success) await vscode.env.clipboard.writeText(target.data.p2pChatLink);
      },
      copyMessage: act('copy'),
      replyToMessage: act('reply'),
      editMessage: act('edit'),
      deleteMessage: act('delete'),
      verify: (argument) => people.verify(argument),
      acceptRequest: (argument) => people.acceptRequest(argument),
      ignoreRequest: (argument) => people.ignoreRequest(argument),
      block: (argument) => people.block(argument),
      unblock: (argument) => people.unblock(argument),
      blockedPeople: (argument) => people.unblock(argument),
      openPerson: (argument) => contacts.open(argument),
      mute: (argument) => contacts.setMuted(argument, true),
      unmute: (argument) => contacts.setMuted(argument, false),
      pin: (argument) => contacts.setPinned(argument, true),
      unpin: (argument) => contacts.setPinned(argument, false),
      setAddress: (argument) => contacts.setAddress(argument),
      copyFingerprint: (argument) => contacts.copyFingerprint(argument),
      copyChatLink: (argument) => contacts.copyChatLink(argument),
      removeContact: (argument) => contacts.remove(argument),
      deleteConversation: (argument) => contacts.deleteConversation(argument),
      clearHistory: () => contacts.clearHistory(),
      whyNotDelivered: (argument) => whyNotDelivered(parts, argument),
    },
    openLink: async ({ path, query }) => {
      if (path === JOIN_PATH) await invites.openLink(query);
      else if (path === CHAT_PATH) await openChatLink(links, query);
      else links.tell(vscode.l10n.t('P2P Chat does not know this link. Is it of a newer version?'));
    },
  };
}
