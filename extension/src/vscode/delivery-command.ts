import * as vscode from 'vscode';
import type { Contact, PeerClient } from '../peer-api.ts';
import type { CardPanels } from './card-panels.ts';
import { deliveryCard } from './cards.ts';
import type { ChatState } from './chat-state.ts';
import { chooseContact } from './choose-contact.ts';
import { CommandId } from './command-ids.ts';

/** The card counts seconds. */
const REFRESH_MS = 1_000;

export interface DeliveryCommandParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly cards: CardPanels;
}

/** "Why Is It Not Delivered?": about a contact of the menu or of the chat, or one chosen from a list. */
export async function whyNotDelivered(
  { client, state, cards }: DeliveryCommandParts,
  argument: unknown,
): Promise<void> {
  const { l10n } = vscode;
  const title = l10n.t('Why Is It Not Delivered?');
  const id = await chooseContact(argument, title, state.accepted, state);
  const chosen = id === undefined ? undefined : state.contacts.get(id);
  if (chosen === undefined) return;
  let shown = chosen;
  const current = (): Contact => (shown = state.contacts.get(shown.id) ?? shown);
  cards.show('delivery', {
    get title() {
      return l10n.t('Delivery to {0}', shown.name);
    },
    read: async () => {
      const report = await client.request('deliveryReport', { contact: current().id });
      return deliveryCard(current(), report, Date.now());
    },
    did: async ({ type }) => {
      if (type === 'try-now') await client.request('tryNow', { contact: current().id });
      else if (type === 'go-online') await vscode.commands.executeCommand(CommandId.goOnline);
    },
    refreshMs: REFRESH_MS,
    watch: (changed) => {
      const ends = [
        state.onContact.on(({ id: of }) => {
          if (of === shown.id) changed();
        }),
        client.onPush('contactReplaced', ({ from, to }) => {
          if (from !== shown.id) return;
          shown = to;
          changed();
        }),
      ];
      return () => ends.forEach((end) => end());
    },
  });
}
