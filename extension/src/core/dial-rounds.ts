import type { Endpoint } from '@p2p-chat/protocol/discovery';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import type { DialAttempt, DialFault, DialStep } from './net-ports.ts';
import type { Clock } from './ports.ts';
import { type Detour, DETOURS, type Reach } from './ways.ts';

/** The steps to a link: those of the dialer, then the other side's hello. */
export type LinkStep = DialStep | 'hello';

/** What became of one endpoint in a round that led to no link. */
export interface Tried {
  readonly endpoint: Endpoint;
  /** The steps that were done, with how long each took, milliseconds. */
  readonly passed: readonly { readonly step: LinkStep; readonly ms: number }[];
  readonly failed: { readonly step: LinkStep; readonly ms: number; readonly fault: DialFault };
}

/** All endpoints dialled once. */
export interface DialRound {
  /** When it began. */
  readonly at: number;
  readonly tried: readonly Tried[];
  /** The other ways that led nowhere. */
  readonly detours: readonly Detour[];
}

/**
 * What dialling a contact came to the last time, for whoever asks why nothing is delivered. Nothing of a round shows
 * before it is over: only then is it known whether the contact turned this device away, of which nothing may show.
 */
export class DialRounds {
  readonly #clock: Clock;
  #current: {
    at: number;
    attempts: DialAttempt[];
    detours: Detour[];
    reachedAt: number | null;
    isSecret: boolean;
  } | null = null;
  #last: DialRound | null = null;
  /** Whether what became of single endpoints may be told. */
  #tells = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest round that came to nothing. */
  get last(): DialRound | null {
    return this.#last;
  }

  /** A round begins. Returns what takes what it comes to; what comes after the round is dropped. */
  begin(): Pick<Reach, 'ended' | 'inVain'> {
    const round = {
      at: this.#clock.now(),
      attempts: new Array<DialAttempt>(),
      detours: new Array<Detour>(),
      reachedAt: null,
      isSecret: false,
    };
    this.#current = round;
    return {
      ended: (attempt) => {
        if (this.#current === round) round.attempts.push(attempt);
      },
      inVain: (way) => {
        if (this.#current === round) round.detours.push(way);
      },
    };
  }

  /** An endpoint led to the peer, who is to say hello. */
  reached(): void {
    if (this.#current !== null) this.#current.reachedAt = this.#clock.now();
  }

  /** The contact turned this device away. Of such a round it is kept when it began: as of one of somebody away. */
  turnedAway(): void {
    if (this.#current !== null) this.#current.isSecret = true;
    this.#forgetDetails();
  }

  /** The round came to nothing. Returns why, in words for a log, which is read by the person too. */
  failed(): string {
    const round = this.#current;
    if (round === null) return 'nothing was tried';
    this.#current = null;
    const { at, reachedAt } = round;
    const silence = reachedAt === null ? 0 : this.#clock.now() - reachedAt;
    const tells = this.#tells && !round.isSecret;
    const attempts = tells ? round.attempts : [];
    const gone = DETOURS.filter((way) => tells && round.detours.includes(way));
    this.#last = { at, tried: attempts.map((attempt) => triedOf(attempt, silence)), detours: gone };
    const words = [...attempts.map(wordsOf), ...gone.map((way) => `${way}: nobody came`)];
    return words.length === 0 ? 'no answer' : words.join('; ');
  }

  /** There is a link: what was before it says nothing any longer. */
  linked(): void {
    this.#current = null;
    this.#last = null;
  }

  /** From now on single endpoints may be told of, or not; of those before nothing is kept. */
  tell(tells: boolean): void {
    this.#tells = tells;
    this.#forgetDetails();
  }

  /** Keeps no more than when the last round began. */
  #forgetDetails(): void {
    if (this.#last !== null) this.#last = { at: this.#last.at, tried: [], detours: [] };
  }
}

/** @param silence how long after the dialer's last step the round was over, for the endpoint that led to the peer */
function triedOf({ endpoint, passed, failed }: DialAttempt, silence: number): Tried {
  if (failed !== null) {
    const { step, ms, fault } = failed;
    return { endpoint, passed, failed: { step, ms, fault } };
  }
  const fault = silence >= HANDSHAKE_TIMEOUT_MS ? 'silent' : 'closed';
  return { endpoint, passed, failed: { step: 'hello', ms: silence, fault } };
}

function wordsOf({ endpoint: { address, port }, failed }: DialAttempt): string {
  const why = failed === null ? 'hello: none came' : `${failed.step}: ${failed.error}`;
  return `${address} port ${port}: ${why}`;
}
