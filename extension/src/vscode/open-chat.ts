import * as vscode from 'vscode';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Contact } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';
import { compareContacts } from './labels.ts';
import { contactFace, directoryFace, type PersonFace } from './person-face.ts';
import { personIcon } from './person-icon.ts';
import { sameItem } from './same-item.ts';

type Item = vscode.QuickPickItem & {
  /** The person's: another one may have the same name. */
  readonly id?: Fingerprint;
  readonly does: (() => void) | undefined;
};

export interface OpenChatParts {
  readonly title: string;
  /** Whether the person means a contact most likely: whom the chat in view is with, or the first of them. */
  readonly meansContact: boolean;
  readonly state: ChatState;
  readonly open: (person: Fingerprint) => void;
  readonly loadMore: () => void;
  readonly goOnline: () => void;
}

/** "Open Chat…", and whatever else a chat is chosen for: everybody this window knows of, live while it is open. */
export function pickChat(parts: OpenChatParts): void {
  const { state } = parts;
  const picker = vscode.window.createQuickPick<Item>();
  picker.title = parts.title;
  picker.placeholder = vscode.l10n.t('Type a name');
  picker.matchOnDescription = true;
  const refresh = (): void => {
    const [active] = picker.activeItems;
    picker.items = itemsOf(parts);
    const again = active && sameItem(picker.items, active);
    if (again !== undefined) picker.activeItems = [again];
  };
  const ends = [
    state.onContact.on(refresh),
    state.onContactsReset.on(refresh),
    state.onDirectory.on(refresh),
    state.onStatus.on(refresh),
  ];
  picker.onDidAccept(() => {
    const [chosen] = picker.activeItems;
    // Loading more keeps the list open: it grows by the push that follows.
    if (chosen?.does !== parts.loadMore) picker.hide();
    chosen?.does?.();
  });
  picker.onDidHide(() => {
    for (const end of ends) end();
    picker.dispose();
  });
  refresh();
  const contact = state.onlyChat ?? state.accepted.sort(compareContacts)[0];
  if (parts.meansContact)
    picker.activeItems = picker.items.filter(({ id }) => id === contact?.id && id !== undefined);
  picker.show();
}

function itemsOf(parts: OpenChatParts): Item[] {
  const { state } = parts;
  const now = Date.now();
  const itemOf = (contact: Contact): Item =>
    personItem(contactFace(vscode.l10n, contact, now, state.namesakes), parts);
  const requests = state.requests.sort(compareContacts).map(itemOf);
  const contacts = state.accepted.sort(compareContacts).map(itemOf);
  const others = state.directory.people.map((person) =>
    personItem(directoryFace(vscode.l10n, person, now, state.namesakes), parts),
  );
  const items = [
    ...section(vscode.l10n.t('Message Requests'), requests),
    ...section(vscode.l10n.t('Contacts'), contacts),
    ...section(vscode.l10n.t('Directory'), others),
  ];
  if (state.directory.more) {
    items.push({
      label: vscode.l10n.t('Load more…'),
      iconPath: new vscode.ThemeIcon('ellipsis'),
      alwaysShow: true,
      does: parts.loadMore,
    });
  }
  if (state.status.kind === 'offline' || state.status.kind === 'problem') {
    items.push({
      label: vscode.l10n.t('Go Online'),
      iconPath: new vscode.ThemeIcon('plug'),
      description: vscode.l10n.t('to see who else is there'),
      alwaysShow: items.length === 0,
      does: parts.goOnline,
    });
  } else if (items.length === 0) {
    items.push({ label: vscode.l10n.t('Nobody else is on this server yet'), does: undefined });
  }
  return items;
}

function section(label: string, items: Item[]): Item[] {
  return items.length === 0
    ? []
    : [{ label, kind: vscode.QuickPickItemKind.Separator, does: undefined }, ...items];
}

function personItem(face: PersonFace, { open }: OpenChatParts): Item {
  return {
    id: face.id,
    label: face.name,
    description: face.description,
    iconPath: personIcon(face),
    does: () => open(face.id),
  };
}
