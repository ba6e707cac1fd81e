import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Contact } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';
import { compareContacts } from './labels.ts';
import { choices } from './person-face.ts';
import { presenceIcon } from './person-icon.ts';

/** A line of a tree, or an id: a command is run from menus, from pages and from the palette without either. */
const target = z.union([
  fingerprint,
  z.pipe(
    z.object({ face: z.object({ id: fingerprint }) }),
    z.transform(({ face }) => face.id),
  ),
]);

/**
 * Whom a command is about: whoever it was run at, in a list or in the title of their chat, else somebody whom the person
 * chooses of these.
 */
export async function chooseContact(
  argument: unknown,
  title: string,
  offered: readonly Contact[],
  { activeChat, onlyChat }: Pick<ChatState, 'activeChat' | 'onlyChat'>,
): Promise<string | undefined> {
  const given = target.safeParse(argument);
  if (given.success) return given.data;
  // The title of an editor gives what VS Code calls the editor.
  if (argument !== undefined && onlyChat !== undefined) return onlyChat.id;
  return pickContact(title, offered, activeChat);
}

/** Lets the person choose one of these, first whom the active chat is with; `undefined` for none. */
async function pickContact(
  title: string,
  contacts: readonly Contact[],
  active: Contact | undefined,
): Promise<string | undefined> {
  const { l10n } = vscode;
  const isActive = ({ id }: Contact): number => Number(id === active?.id);
  if (contacts.length === 0) {
    void vscode.window.showInformationMessage(l10n.t('{0}: there is nobody on this list.', title));
    return undefined;
  }
  const descriptions = choices(l10n, contacts);
  const items = contacts
    .toSorted((one, other) => isActive(other) - isActive(one) || compareContacts(one, other))
    .map(({ id, name, presence }) => ({
      label: name,
      description: descriptions.get(id) ?? '',
      iconPath: presenceIcon(presence),
      id,
    }));
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: l10n.t('Type a name') });
  return chosen?.id;
}
