import type * as vscode from 'vscode';
import * as z from 'zod';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';

/** Characters of a draft that are kept: more than a message may have, so that too long a text survives a reload. */
const MAX_DRAFT_LENGTH = 256 * 1024;

/** Quiet time before a draft is written: each key press would otherwise be a write. */
const WRITE_DELAY_MS = 300;

const draft = z.string().max(MAX_DRAFT_LENGTH).catch('');

/** What was typed to each contact and not sent yet. */
export class Drafts implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #unwritten = new Map<Fingerprint, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  get(contact: Fingerprint): string {
    return this.#unwritten.get(contact) ?? draft.parse(this.#memento.get<unknown>(keyOf(contact)));
  }

  set(contact: Fingerprint, text: string): void {
    this.#unwritten.set(contact, text.slice(0, MAX_DRAFT_LENGTH));
    this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS);
  }

  /** What was typed to a contact that goes on under another identity. */
  move(from: Fingerprint, to: Fingerprint): void {
    const text = this.get(from);
    if (text === '' || from === to) return;
    this.set(to, [this.get(to), text].filter((part) => part !== '').join('\n'));
    this.set(from, '');
  }

  dispose(): void {
    this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [contact, text] of this.#unwritten) {
      void this.#memento.update(keyOf(contact), text === '' ? undefined : text);
    }
    this.#unwritten.clear();
  }
}

function keyOf(contact: Fingerprint): string {
  return `p2pChat.draft.${contact}`;
}
