import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { nameKey } from '@p2p-chat/protocol/names';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Correspondence } from './correspondence.ts';
import type { Found } from './net-ports.ts';
import type { Cancel, Clock } from './ports.ts';
import type { Roster } from './roster.ts';

/** What finding out about suspects takes. */
export interface SuspicionParts {
  readonly clock: Clock;
  readonly roster: Roster;
  /** Asks the directory; null when it does not know. */
  readonly lookUp: (identity: Fingerprint) => Promise<Found | 'unreachable' | null>;
  /** Follows statements, as far as they hold. False when a disk did not take it: they are to come again. */
  readonly follow: (chain: readonly Succession[]) => boolean;
  /** Whether the rival may still be what it seems to be. */
  readonly isRival: (of: Correspondence, rival: Fingerprint, server: string) => boolean;
  /** The person has to decide. */
  readonly flag: (of: Correspondence, rival: Fingerprint) => void;
  /** Who is shown in the directory may be different now. */
  readonly changed: () => void;
}

/** That the server gives a contact's name to somebody else. */
interface Suspicion {
  /** The newest to whom it does. */
  rival: Fingerprint;
  /** The contact's name as nameKey. */
  readonly key: string;
  readonly server: string;
  /** `waiting`: for the contact's own word, or for a directory that can be asked. */
  state: 'asking' | 'waiting';
}

/**
 * Identities that the server calls by a contact's name, while it is found out what that means: the contact may have
 * left a statement, or may have another name now. Until then such an identity is nobody. One at a time for each contact.
 */
export class Suspicions {
  readonly #parts: SuspicionParts;
  readonly #open = new Map<Correspondence, Suspicion>();
  readonly #timeouts = new Set<Cancel>();
  #isStopped = false;

  constructor(parts: SuspicionParts) {
    this.#parts = parts;
  }

  get rivals(): Fingerprint[] {
    return [...this.#open.values()].map(({ rival }) => rival);
  }

  /** The server at this origin gives the contact's name to another identity. */
  raise(of: Correspondence, rival: Fingerprint, server: string): void {
    const known = this.#open.get(of);
    if (known?.rival === rival) return;
    this.#parts.roster.get(rival)?.connection.close(LinkClose.unavailable, 'unavailable');
    if (known === undefined) {
      const suspicion: Suspicion = { rival, key: of.nameKey, server, state: 'asking' };
      this.#open.set(of, suspicion);
      void this.#ask(of, suspicion);
    } else {
      // What is asked is about the contact: the answer is the same.
      known.rival = rival;
    }
    this.#parts.changed();
  }

  /** The server gives this identity a name. */
  named(identity: Fingerprint, key: string): void {
    for (const [of, suspicion] of this.#open) {
      if (suspicion.rival === identity && suspicion.key !== key) this.#drop(of);
    }
  }

  /** The contact said what it is called, or took another name. */
  heard(of: Correspondence): void {
    const suspicion = this.#open.get(of);
    if (suspicion === undefined) return;
    if (!this.#holds(of, suspicion)) this.#drop(of);
    // It does not call itself what the server calls it.
    else if (suspicion.state === 'waiting' && of.naming.isListedOtherwise) this.#conclude(of, suspicion);
  }

  /** There is a new session with the server at this origin: what could not be found out is asked again. */
  connected(server: string): void {
    for (const [of, suspicion] of this.#open) {
      if (suspicion.server !== server) this.#drop(of);
      else if (suspicion.state === 'waiting') void this.#askAgain(of, suspicion);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#timeouts) cancel();
    this.#timeouts.clear();
  }

  async #askAgain(of: Correspondence, suspicion: Suspicion): Promise<void> {
    const { rival, key } = suspicion;
    suspicion.state = 'asking';
    const found = await this.#lookUp(rival);
    if (this.#open.get(of) !== suspicion) return;
    const isKnown = found !== 'unreachable' && found !== 'late';
    const isCalledSo = isKnown && found?.presence.identity === rival && nameKey(found.presence.name) === key;
    if (isKnown && !isCalledSo && suspicion.rival === rival) this.#drop(of);
    else await this.#ask(of, suspicion);
  }

  async #ask(of: Correspondence, suspicion: Suspicion): Promise<void> {
    const found = await this.#lookUp(of.identity);
    if (this.#isStopped) return;
    const answer = found === 'late' || found === 'unreachable' ? null : found;
    const isStored = answer === null || this.#parts.follow(answer.successions);
    if (this.#open.get(of) !== suspicion) return;
    const isRenamed =
      answer?.presence.identity === of.identity && nameKey(answer.presence.name) !== suspicion.key;
    if (isRenamed) of.setPresence(answer.presence, suspicion.server);
    if (this.#open.get(of) !== suspicion) return;
    if (!this.#holds(of, suspicion)) this.#drop(of);
    else if (found === 'unreachable' || !isStored) suspicion.state = 'waiting';
    else if (isRenamed && of.contact.changedTo === null) {
      suspicion.state = 'waiting';
      of.askName();
    } else this.#conclude(of, suspicion);
  }

  #holds(of: Correspondence, { rival, key, server }: Suspicion): boolean {
    const { roster, isRival } = this.#parts;
    // Who followed a statement meanwhile is somebody else.
    return roster.get(of.identity) === of && of.nameKey === key && isRival(of, rival, server);
  }

  #conclude(of: Correspondence, { rival }: Suspicion): void {
    this.#parts.flag(of, rival);
    this.#drop(of);
  }

  #drop(of: Correspondence): void {
    this.#open.delete(of);
    this.#parts.changed();
  }

  /** For as long as a handshake may take: a server that never answers is not waited for. */
  async #lookUp(identity: Fingerprint): Promise<Found | 'unreachable' | 'late' | null> {
    const { clock, lookUp } = this.#parts;
    const late = Promise.withResolvers<'late'>();
    const cancel = clock.after(HANDSHAKE_TIMEOUT_MS, () => late.resolve('late'));
    this.#timeouts.add(cancel);
    try {
      return await Promise.race([lookUp(identity), late.promise]);
    } finally {
      cancel();
      this.#timeouts.delete(cancel);
    }
  }
}
