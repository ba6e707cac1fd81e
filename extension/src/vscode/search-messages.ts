import * as vscode from 'vscode';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { type Contact, MAX_QUERY_LENGTH, type Message, type PeerClient } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';
import { distinctName } from './namesakes.ts';
import { problemOf } from './problem.ts';
import { excerpt, hitIn } from './search-hit.ts';

/** Quiet time before what is typed is searched for. */
const PAUSE_MS = 120;

/** As many as somebody looks through before they type more. */
const MAX_HITS = 50;

type Item = vscode.QuickPickItem & { readonly found?: Message };

/** A message that was found, and what it was found by. */
export interface Found {
  readonly order: number;
  readonly text: string;
}

export interface SearchParts {
  readonly client: Pick<PeerClient, 'request'>;
  readonly state: ChatState;
  /** Shows the message in its conversation. */
  readonly open: (contact: Fingerprint, found: Found) => void;
}

/** "Search Messages…": whatever was written to or by anybody, or by and to one contact alone, as one types. */
export function searchMessages({ client, state, open }: SearchParts, within?: Contact): void {
  const picker = vscode.window.createQuickPick<Item>();
  picker.title =
    within === undefined
      ? vscode.l10n.t('P2P Chat: Search Messages')
      : vscode.l10n.t('P2P Chat: Search in Conversation with {0}', distinctName(within, state.namesakes));
  picker.placeholder = vscode.l10n.t('Type a part of a message, such as a word or a name in code');
  picker.matchOnDetail = true;
  let timer: NodeJS.Timeout | undefined;
  /** Counts what was typed: only an answer to the last counts. */
  let typed = 0;
  const look = async (): Promise<void> => {
    const asked = typed;
    const text = picker.value.trim();
    try {
      const { messages } = await client.request('search', {
        text,
        limit: MAX_HITS,
        contact: within?.id ?? null,
      });
      if (asked === typed)
        picker.items = messages.length === 0 ? [nothing(text)] : messages.map(itemOf(text));
    } catch (error) {
      if (asked === typed) picker.items = [plain(problemOf(error).message, 'error')];
    }
    if (asked === typed) picker.busy = false;
  };
  const itemOf =
    (text: string) =>
    (found: Message): Item => {
      const person = state.person(found.contact);
      const name = person === undefined ? '' : distinctName(person, state.namesakes);
      const when = new Date(found.storedAt).toLocaleString(vscode.env.language, {
        dateStyle: 'medium',
        timeStyle: 'short',
      });
      return {
        found,
        label: name,
        description: found.mine ? vscode.l10n.t('{0}, by you', when) : when,
        detail: hitIn(found.text ?? '', text),
        iconPath: new vscode.ThemeIcon('comment'),
        // What the peer found is what there is: VS Code looks for something else.
        alwaysShow: true,
      };
    };
  picker.onDidChangeValue((value) => {
    typed += 1;
    clearTimeout(timer);
    const isEmpty = value.trim() === '';
    picker.busy = !isEmpty;
    if (isEmpty) picker.items = [];
    else if (value.trim().length > MAX_QUERY_LENGTH) picker.items = [nothing(value.trim())];
    else timer = setTimeout(() => void look(), PAUSE_MS);
  });
  picker.onDidAccept(() => {
    const found = picker.activeItems[0]?.found;
    if (found === undefined) return;
    const text = picker.value.trim();
    picker.hide();
    open(found.contact, { order: found.order, text });
  });
  picker.onDidHide(() => {
    typed += 1;
    clearTimeout(timer);
    picker.dispose();
  });
  picker.show();
}

function nothing(text: string): Item {
  return plain(vscode.l10n.t('No message has “{0}”', excerpt(text, text)), 'search-stop');
}

function plain(label: string, icon: string): Item {
  return { label, iconPath: new vscode.ThemeIcon(icon), alwaysShow: true };
}
