import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Cancel, Clock } from '../core/ports.ts';
import type { ContactView, MessageView } from '../core/views.ts';
import type { Arrivals, Attention, PeerPushValue } from '../peer-api.ts';
import { mentions } from '../mentions.ts';

/** What a contact writes within this time is one notification. */
export const BURST_MS = 1_500;

/** Of a text only its beginning is shown, UTF-16 units. */
const MAX_EXCERPT = 500;

export interface NotifierParts {
  readonly clock: Pick<Clock, 'after'>;
  /** This person's name now. */
  readonly ownName: () => string;
  readonly notify: (window: object, arrived: PeerPushValue<'notify'>) => void;
}

/** How many messages there are, and the newest of them. */
interface Counted {
  readonly count: number;
  readonly newest: MessageView | null;
}

const NONE: Counted = { count: 0, newest: null };

/** What came of one contact and was not notified yet. */
interface Burst {
  all: Counted;
  mentions: Counted;
  /** As it was announced last; null until then. */
  contact: ContactView | null;
  readonly cancel: Cancel;
}

/**
 * Decides which of a person's windows notifies of what arrives, if any: none while the window that has the focus shows the
 * conversation, or while another one notifies of it still; else the one with the focus, or that had it last.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  /** Whoever had the focus last is last. */
  readonly #windows = new Map<object, Attention>();
  readonly #bursts = new Map<Fingerprint, Burst>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** What a window shows from now on. */
  attend(window: object, attention: Attention): void {
    const known = this.#windows.get(window);
    // Whoever loses the focus now had it last.
    if (attention.focused || known?.focused === true) this.#windows.delete(window);
    this.#windows.set(window, attention);
  }

  /** The window is gone. */
  left(window: object): void {
    this.#windows.delete(window);
  }

  /** What others wrote has just arrived. */
  arrived(messages: readonly MessageView[]): void {
    const name = this.#parts.ownName();
    for (const message of messages) {
      const burst = this.#burst(message.contact);
      burst.all = more(burst.all, message);
      if (message.text !== null && mentions(message.text, name))
        burst.mentions = more(burst.mentions, message);
    }
  }

  /** Messages look different now: what was deleted is not to be read any longer. */
  changed(messages: readonly MessageView[]): void {
    for (const message of messages) {
      const burst = this.#bursts.get(message.contact);
      if (burst === undefined) continue;
      burst.all = changed(burst.all, message);
      burst.mentions = changed(burst.mentions, message);
    }
  }

  /** A contact is new or different. */
  contact(contact: ContactView): void {
    const burst = this.#bursts.get(contact.id);
    if (burst !== undefined) burst.contact = contact;
  }

  /** What a contact wrote counts for who took their place. */
  replaced({ from, to }: { from: Fingerprint; to: ContactView }): void {
    const burst = this.#bursts.get(from);
    this.removed(from);
    if (burst === undefined) return;
    const next = this.#burst(to.id);
    next.all = { count: next.all.count + burst.all.count, newest: next.all.newest ?? burst.all.newest };
    next.mentions = {
      count: next.mentions.count + burst.mentions.count,
      newest: next.mentions.newest ?? burst.mentions.newest,
    };
    next.contact = to;
  }

  /** No contact any longer. */
  removed(contact: Fingerprint): void {
    this.#bursts.get(contact)?.cancel();
    this.#bursts.delete(contact);
  }

  stop(): void {
    for (const contact of [...this.#bursts.keys()]) this.removed(contact);
  }

  #burst(contact: Fingerprint): Burst {
    const known = this.#bursts.get(contact);
    if (known !== undefined) return known;
    const cancel = this.#parts.clock.after(BURST_MS, () => this.#end(contact));
    const burst: Burst = { all: NONE, mentions: NONE, contact: null, cancel };
    this.#bursts.set(contact, burst);
    return burst;
  }

  #end(id: Fingerprint): void {
    const burst = this.#bursts.get(id);
    this.#bursts.delete(id);
    if (burst === undefined || burst.contact === null) return;
    const { standing, muted, name, unread } = burst.contact;
    // Whoever read it meanwhile, in whatever window, knows.
    if (standing !== 'accepted' || muted || unread === 0) return;
    const windows = [...this.#windows];
    if (windows.some(([, { notifying }]) => notifying.includes(id))) return;
    const [window, attention] = windows.findLast(([, { focused }]) => focused) ?? windows.at(-1) ?? [];
    if (window === undefined || attention === undefined) return;
    if (attention.focused && attention.inView.includes(id)) return;
    const [all, mentioned] = [excerpted(burst.all, unread), excerpted(burst.mentions, unread)];
    this.#parts.notify(window, { contact: id, name, all, mentions: mentioned });
  }
}

function more({ count }: Counted, newest: MessageView): Counted {
  return { count: count + 1, newest };
}

function changed(before: Counted, message: MessageView): Counted {
  return before.newest?.order === message.order ? { ...before, newest: message } : before;
}

/** What a window is told: a text may be long, and the first of a burst may be read already. */
function excerpted({ count, newest }: Counted, unread: number): Arrivals {
  return {
    count: Math.min(count, unread),
    newest: newest?.text?.slice(0, MAX_EXCERPT).toWellFormed() ?? null,
  };
}
