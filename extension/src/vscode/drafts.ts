import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { type Draft, draft } from '../panel-api.ts';
import { withTail } from '../returned-text.ts';
import { Signal } from './signal.ts';

/** Characters of a draft that are kept: more than a message may have, so that too long a text survives a reload. */
const MAX_DRAFT_LENGTH = 256 * 1024;

/** Quiet time before a draft is written: each key press would otherwise be a write. */
const WRITE_DELAY_MS = 300;

const NONE: Draft = { text: '', replyTo: null, edit: null };

const text = z.string().check(z.maxLength(MAX_DRAFT_LENGTH));
const kept = z.catch(
  z.union([
    z.object({
      text,
      replyTo: z.catch(draft.shape.replyTo, null),
      edit: z.catch(draft.shape.edit, null),
    }),
    // As earlier versions kept it.
    z.pipe(
      text,
      z.transform((value): Draft => ({ ...NONE, text: value })),
    ),
  ]),
  NONE,
);

const PREFIX = 'p2pChat.draft.';

/** What was typed to each contact and not sent yet: messages and edits. */
export class Drafts implements vscode.Disposable {
  /** Something was begun to somebody, or is no more. */
  readonly onBegun = new Signal<void>();

  readonly #memento: vscode.Memento;
  readonly #failed: (error: unknown) => void;
  readonly #unwritten = new Map<Fingerprint, Draft>();
  readonly #begun: Set<string>;
  #timer: NodeJS.Timeout | undefined;

  /** @param failed is told of what could not be written: it is there until VS Code is closed */
  constructor(memento: vscode.Memento, failed: (error: unknown) => void) {
    this.#memento = memento;
    this.#failed = failed;
    this.#begun = new Set(
      memento.keys().flatMap((key) => (key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : [])),
    );
  }

  /** To whom something was begun. */
  get begun(): ReadonlySet<string> {
    return new Set(this.#begun);
  }

  get(contact: Fingerprint): Draft {
    return this.#unwritten.get(contact) ?? kept.parse(this.#memento.get<unknown>(keyOf(contact)));
  }

  set(contact: Fingerprint, { text, replyTo, edit }: Draft): void {
    this.#unwritten.set(contact, {
      text: text.slice(0, MAX_DRAFT_LENGTH),
      replyTo,
      edit: edit === null ? null : { ...edit, text: edit.text.slice(0, MAX_DRAFT_LENGTH) },
    });
    this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS);
    const isBegun = !isNone({ text, replyTo, edit });
    if (isBegun === this.#begun.has(contact)) return;
    if (isBegun) this.#begun.add(contact);
    else this.#begun.delete(contact);
    this.onBegun.fire();
  }

  /** What was typed to a contact that goes on under another identity. */
  move(from: Fingerprint, to: Fingerprint): void {
    const moved = this.get(from);
    if (isNone(moved) || from === to) return;
    this.set(to, withReturned(this.get(to), moved));
    this.set(from, NONE);
  }

  dispose(): void {
    this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [contact, value] of this.#unwritten) {
      this.#memento.update(keyOf(contact), isNone(value) ? undefined : value).then(undefined, this.#failed);
    }
    this.#unwritten.clear();
  }
}

/** A draft with what comes back to it: before what was typed since. Of two replies, and of two edits, the newer stays. */
export function withReturned(draft: Draft, returned: Draft): Draft {
  return {
    text: [returned.text, draft.text].filter((part) => part !== '').join('\n'),
    replyTo: draft.replyTo ?? returned.replyTo,
    edit: draft.edit ?? returned.edit,
  };
}

/** A draft with a text at the end of what the box shows; a reply and an edit stay what they are. */
export function withAdded(draft: Draft, added: string): Draft {
  const { text, edit } = draft;
  return edit === null
    ? { ...draft, text: withTail(text, added) }
    : { ...draft, edit: { ...edit, text: withTail(edit.text, added) } };
}

function isNone({ text, replyTo, edit }: Draft): boolean {
  return text === '' && replyTo === null && edit === null;
}

function keyOf(contact: Fingerprint): string {
  return PREFIX + contact;
}
