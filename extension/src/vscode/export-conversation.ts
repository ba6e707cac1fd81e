import * as vscode from 'vscode';
import type { Contact, Message, PeerClient } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';
import { chooseContact } from './choose-contact.ts';
import { type ConversationFormat, type Exported, jsonFile, markdownFile } from './conversation-file.ts';
import { besideFolder } from './save-location.ts';
import { currentSettings } from './settings.ts';

/** Messages that are asked for at once: the most that a request may have. */
const AT_ONCE = 500;

export interface ExportParts {
  readonly client: PeerClient;
  readonly state: ChatState;
}

/** "Export Conversation…": everything that was said with somebody, as Markdown or JSON, in a file of the person's choice. */
export async function exportConversation({ client, state }: ExportParts, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const title = l10n.t('Export Conversation');
  const id = await chooseContact(argument, title, state.accepted, state);
  const contact = id === undefined ? undefined : state.contacts.get(id);
  if (contact === undefined) return;
  const file = await vscode.window.showSaveDialog({
    title,
    saveLabel: l10n.t('Export'),
    filters: { [l10n.t('Markdown')]: ['md'], [l10n.t('JSON')]: ['json'] },
    ...besideFolder(`p2p-chat-${contact.name}.md`),
  });
  if (file === undefined) return;
  const format = formatOf(file, { contact, me: ownName(state), at: Date.now() });
  const count = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (_progress, wish) => write(client, contact, file, format, wish),
  );
  if (count === undefined) return;
  const open = l10n.t('Open');
  const chosen = await vscode.window.showInformationMessage(
    exported(count, contact.name, file.path.split('/').at(-1) ?? ''),
    open,
  );
  if (chosen === open) await vscode.commands.executeCommand('vscode.open', file);
}

function exported(count: number, name: string, file: string): string {
  const { l10n } = vscode;
  return count === 1
    ? l10n.t('1 message with {0} is in {1}.', name, file)
    : l10n.t('{0} messages with {1} are in {2}.', count, name, file);
}

/** Returns how many messages there are; `undefined` when the person stopped it. */
async function write(
  client: PeerClient,
  contact: Contact,
  file: vscode.Uri,
  format: ConversationFormat,
  wish: vscode.CancellationToken,
): Promise<number | undefined> {
  // The peer reads backwards.
  const pages: (readonly Message[])[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  for (let hasOlder = true; hasOlder;) {
    const page = await client.request('loadOlder', { contact: contact.id, before, limit: AT_ONCE });
    if (wish.isCancellationRequested) return undefined;
    pages.unshift(page.messages);
    before = page.messages[0]?.order ?? 0;
    hasOlder = page.hasOlder;
  }
  const pieces = [format.begin, ...pages.map(format.add), format.end];
  await vscode.workspace.fs.writeFile(file, Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
  return pages.reduce((sum, { length }) => sum + length, 0);
}

/** By its ending: what is no JSON is to be read by people. */
function formatOf(file: vscode.Uri, exported: Exported): ConversationFormat {
  if (file.path.toLowerCase().endsWith('.json')) return jsonFile(exported);
  const { l10n, env } = vscode;
  return markdownFile(exported, {
    title: l10n.t('Conversation with {0}', exported.contact.name),
    newerVersion: l10n.t('This message needs a newer version of P2P Chat.'),
    deleted: l10n.t('This message was deleted.'),
    edited: l10n.t('edited'),
    replyTo: (beginning) => l10n.t('In reply to: {0}', beginning),
    day: (at) => new Date(at).toLocaleDateString(env.language, { dateStyle: 'full' }),
    time: (at) => new Date(at).toLocaleTimeString(env.language, { timeStyle: 'short' }),
  });
}

function ownName({ status }: ChatState): string {
  return status.kind === 'offline' ? currentSettings().username : status.name;
}
