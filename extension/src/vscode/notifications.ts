import * as z from 'zod/mini';
import type { PeerPushValue } from '../peer-api.ts';
import type { L10n } from './l10n.ts';
import { plainText } from './plain-text.ts';

/** Which messages of contacts a person wants to be notified of. */
export const notificationsWanted = z.enum(['all', 'mentions', 'none']);
export type NotificationsWanted = z.infer<typeof notificationsWanted>;

/** How long a notification that a person could see counts as open: VS Code does not tell when it slides away. */
export const OPEN_MS = 30_000;

/** Of a message only its beginning is shown. */
const MAX_SHOWN = 120;

export interface NotificationParts {
  readonly l10n: L10n;
  readonly wanted: () => NotificationsWanted;
  readonly isFocused: () => boolean;
  /** Shows a notification with these buttons; resolves with the one that was chosen when it is closed. */
  readonly show: (text: string, buttons: readonly string[]) => PromiseLike<string | undefined>;
  readonly reply: (contact: string) => void;
  readonly mute: (contact: string) => void;
  /** What the person chose failed, or nothing could be shown. */
  readonly failed: (error: unknown) => void;
  /** Other notifications are open now. */
  readonly changed: () => void;
  /** Returns what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

interface Open {
  cancel: (() => void) | undefined;
}

/** Makes what the peer gives this window to notify of into notifications: one of each contact at a time. */
export class Notifications {
  readonly #parts: NotificationParts;
  readonly #open = new Map<string, Open>();

  constructor(parts: NotificationParts) {
    this.#parts = parts;
  }

  /** Of whom a notification is open. */
  get open(): string[] {
    return [...this.#open.keys()];
  }

  /** The peer chose this window. */
  notify(arrived: PeerPushValue<'notify'>): void {
    const { l10n, wanted, show, changed, failed } = this.#parts;
    const { contact } = arrived;
    const text = notificationText(l10n, arrived, wanted());
    if (text === null || this.#open.has(contact)) return;
    const open: Open = { cancel: undefined };
    this.#open.set(contact, open);
    this.focusChanged();
    changed();
    const [reply, mute] = [l10n.t('Reply'), l10n.t('Mute')];
    const end = (chosen?: string): void => {
      this.#end(contact, open);
      if (chosen === reply) this.#parts.reply(contact);
      if (chosen === mute) this.#parts.mute(contact);
    };
    show(text, [reply, mute])
      .then(end, (error: unknown) => {
        end();
        throw error;
      })
      .then(undefined, failed);
  }

  /** A notification waits for the person in a window that is not focused, and slides away a while after it is. */
  focusChanged(): void {
    if (!this.#parts.isFocused()) return;
    for (const [contact, open] of this.#open) {
      open.cancel ??= this.#parts.after(OPEN_MS, () => this.#end(contact, open));
    }
  }

  dispose(): void {
    for (const { cancel } of this.#open.values()) cancel?.();
    this.#open.clear();
  }

  #end(contact: string, open: Open): void {
    open.cancel?.();
    if (this.#open.get(contact) !== open) return;
    this.#open.delete(contact);
    this.#parts.changed();
  }
}

/** What a notification says; null for one that is not wanted. */
export function notificationText(
  l10n: L10n,
  { name, all, mentions }: PeerPushValue<'notify'>,
  wanted: NotificationsWanted,
): string | null {
  if (wanted === 'none') return null;
  const { count, newest } = wanted === 'mentions' ? mentions : all;
  if (count === 0) return null;
  const who = harmless(name);
  const said = newest === null ? '' : harmless(plainText(newest));
  if (count === 1) return said === '' ? l10n.t('New message from {0}', who) : l10n.t('{0}: {1}', who, said);
  return said === ''
    ? l10n.t('{0} new messages from {1}', count, who)
    : l10n.t('{0} new messages from {1}: {2}', count, who, said);
}

/** One short line, without what VS Code would make a link of, and without characters that reorder or hide others. */
export function harmless(text: string): string {
  const line = text
    .replace(/[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, ' ')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/\]\(/g, '] (')
    .trim();
  const characters = Array.from(line);
  return characters.length <= MAX_SHOWN ? line : `${characters.slice(0, MAX_SHOWN).join('').trimEnd()}…`;
}
