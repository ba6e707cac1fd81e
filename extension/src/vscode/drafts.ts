import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { type Draft, draft } from '../panel-api.ts';

/** Characters of a draft that are kept: more than a message may have, so that too long a text survives a reload. */
const MAX_DRAFT_LENGTH = 256 * 1024;

/** Quiet time before a draft is written: each key press would otherwise be a write. */
const WRITE_DELAY_MS = 300;

const NONE: Draft = { text: '', replyTo: null };

const text = z.string().check(z.maxLength(MAX_DRAFT_LENGTH));
const kept = z.catch(
  z.union([
    z.object({ text, replyTo: z.catch(draft.shape.replyTo, null) }),
    // As earlier versions kept it.
    z.pipe(
      text,
      z.transform((value): Draft => ({ text: value, replyTo: null })),
    ),
  ]),
  NONE,
);

/** What was typed to each contact and not sent yet. */
export class Drafts implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #unwritten = new Map<Fingerprint, Draft>();
  #timer: NodeJS.Timeout | undefined;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  get(contact: Fingerprint): Draft {
    return this.#unwritten.get(contact) ?? kept.parse(this.#memento.get<unknown>(keyOf(contact)));
  }

  set(contact: Fingerprint, { text, replyTo }: Draft): void {
    this.#unwritten.set(contact, { text: text.slice(0, MAX_DRAFT_LENGTH), replyTo });
    this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS);
  }

  /** What was typed to a contact that goes on under another identity. */
  move(from: Fingerprint, to: Fingerprint): void {
    const moved = this.get(from);
    if (isNone(moved) || from === to) return;
    const there = this.get(to);
    this.set(to, {
      text: [there.text, moved.text].filter((part) => part !== '').join('\n'),
      replyTo: there.replyTo ?? moved.replyTo,
    });
    this.set(from, NONE);
  }

  dispose(): void {
    this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [contact, value] of this.#unwritten) {
      void this.#memento.update(keyOf(contact), isNone(value) ? undefined : value);
    }
    this.#unwritten.clear();
  }
}

function isNone({ text, replyTo }: Draft): boolean {
  return text === '' && replyTo === null;
}

function keyOf(contact: Fingerprint): string {
  return `p2pChat.draft.${contact}`;
}
