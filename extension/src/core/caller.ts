import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { backoffDelay } from './backoff.ts';
import type { DialRounds } from './dial-rounds.ts';
import { type Channel, DialError } from './net-ports.ts';
import type { Cancel, Clock, Log, Random } from './ports.ts';
import { isSame } from './same-endpoint.ts';
import type { Ways } from './ways.ts';

/** A link that lasted so long was a good one: after it the next attempt comes at once. Milliseconds. */
const STABLE_AFTER_MS = 10_000;

/** Endpoints of one attempt: the announced and the last known ones of a well-connected laptop. */
const MAX_TRIED_ENDPOINTS = 16;

export interface CallerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly ways: Ways;
}

export interface CallerEvents {
  /** Where to try, best first. */
  endpoints(): Endpoint[];
  /** Whether the server calls the contact online, as far as it counts. */
  isThere(): boolean;
  /** A channel to the contact; `succeeded` or `failed` must follow. */
  reached(channel: Channel): void;
  changed(): void;
  /** What the attempts come to is kept there. */
  readonly rounds: DialRounds;
}

type State =
  | { kind: 'idle' }
  | { kind: 'dialing'; abort: AbortController }
  | { kind: 'greeting' }
  | { kind: 'waiting'; cancel: Cancel; until: number };

/** Dials one contact for as long as a link is wanted: at once, then with growing pauses. */
export class Caller {
  readonly #around: CallerParts;
  readonly #identity: Fingerprint;
  readonly #events: CallerEvents;
  #state: State = { kind: 'idle' };
  #wanted = false;
  #failures = 0;
  /** Whether there was news since the attempt under way began. */
  #isOutdated = false;

  constructor(around: CallerParts, identity: Fingerprint, events: CallerEvents) {
    this.#around = around;
    this.#identity = identity;
    this.#events = events;
  }

  /** Whether no attempt failed since there was last reason for hope. */
  get isHopeful(): boolean {
    return this.#failures === 0;
  }

  /** Whether an attempt is under way. */
  get isTrying(): boolean {
    return this.#state.kind === 'dialing' || this.#state.kind === 'greeting';
  }

  /** When the next attempt comes; null while one is under way, or none is wanted. */
  get nextAt(): number | null {
    return this.#state.kind === 'waiting' ? this.#state.until : null;
  }

  want(wanted: boolean): void {
    this.#wanted = wanted;
    if (!wanted) this.#stopTrying();
    else if (this.#state.kind === 'idle') this.#next();
  }

  /**
   * There is news, worth an attempt at once.
   * @param isRare whether whatever failed before counts no longer: of news that comes all the time that would be every
   * attempt
   */
  again(isRare: boolean): void {
    if (isRare) this.#failures = 0;
    this.#isOutdated = this.#state.kind === 'dialing';
    if (this.#state.kind === 'waiting') this.#dial();
  }

  /** The person wants the next attempt at once, and those after it as if it were the first. */
  now(): void {
    if (this.#state.kind !== 'waiting') return;
    this.#failures = 0;
    this.#dial();
  }

  /** The channel became the link. */
  succeeded(): void {
    if (this.#state.kind === 'greeting') this.#transition({ kind: 'idle' });
  }

  /** The channel handed over came to nothing. */
  failed(): void {
    if (this.#state.kind === 'greeting') this.#fail();
  }

  /** The link ended after `ms`. `byWish` when the other side said that it goes. */
  lost(ms: number, byWish: boolean): void {
    this.#failures = ms >= STABLE_AFTER_MS && !byWish ? 0 : this.#failures + 1;
  }

  stop(): void {
    this.want(false);
  }

  #next(): void {
    if (!this.#wanted) return;
    if (this.#failures > 0) this.#wait();
    else this.#dial();
  }

  #wait(): void {
    const { clock, random } = this.#around;
    const pause = backoffDelay(this.#failures, random.fraction());
    const cancel = clock.after(pause, () => this.#dial());
    this.#transition({ kind: 'waiting', cancel, until: clock.now() + pause });
  }

  #dial(): void {
    const abort = new AbortController();
    this.#isOutdated = false;
    this.#transition({ kind: 'dialing', abort });
    const endpoints = this.#events.endpoints().filter(isFirstOfItsKind).slice(0, MAX_TRIED_ENDPOINTS);
    const { ways, log } = this.#around;
    const { rounds } = this.#events;
    const isThere = this.#events.isThere();
    const { signal } = abort;
    ways.reach(this.#identity, { endpoints, isThere, signal, ...rounds.begin() }).then(
      (channel) => {
        this.#isOutdated = false;
        if (abort.signal.aborted) return channel.close(1000, 'not wanted any longer');
        rounds.reached();
        this.#transition({ kind: 'greeting' });
        this.#events.reached(channel);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        if (!(error instanceof DialError)) log('warn', `Dialling failed: ${String(error)}`);
        this.#fail();
      },
    );
  }

  #fail(): void {
    const isOutdated = this.#isOutdated;
    this.#isOutdated = false;
    if (!isOutdated) this.#failures += 1;
    const { log } = this.#around;
    log('debug', `Dialling ${this.#identity.slice(0, 8)} failed: ${this.#events.rounds.failed()}`);
    this.#transition({ kind: 'idle' });
    this.#next();
    this.#events.changed();
  }

  #stopTrying(): void {
    if (this.#state.kind === 'dialing' || this.#state.kind === 'waiting') this.#transition({ kind: 'idle' });
  }

  #transition(next: State): void {
    if (this.#state.kind === 'dialing' && next.kind === 'idle') this.#state.abort.abort();
    if (this.#state.kind === 'waiting') this.#state.cancel();
    this.#state = next;
  }
}

function isFirstOfItsKind(endpoint: Endpoint, index: number, all: readonly Endpoint[]): boolean {
  return all.findIndex((earlier) => isSame(earlier, endpoint)) === index;
}
