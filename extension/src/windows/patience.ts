import { backoffDelay } from '../core/backoff.ts';

/** Shortest and longest pause between two looks for an owner that is just starting, milliseconds. */
const LOOK_AGAIN_MS = { min: 20, max: 200 };

/** Looks before electing for each window whose turn it is before: about as long as one takes until it listens. */
const LOOKS_FOR_EACH_BEFORE = 4;

/** Longest pause while this window's own worker may not be tried again yet: another window's may work. */
const LOOK_WHILE_BARRED_MS = 1_000;

/** Longest pause before this window's worker is tried again after it failed, milliseconds. */
const MAX_RETRY_MS = 30_000;

/** Looks before electing again, when another window has just won: about a second, in which it should listen. */
const LOOKS_AFTER_LOST_ELECTION = 9;

/**
 * Looks before electing, when a newer window takes over, or after many lost elections: about five seconds. The more
 * elections, the longer the winner of them takes to start on a busy machine.
 */
const MAX_LOOKS = 45;

/** When a window without an owner looks for one again, and when it may try to become one. Time is an argument. */
export class Patience {
  #looksLeft = 0;
  #lostElections = 0;
  #failures = 0;
  #barredUntil = 0;

  /** This window's worker may be started. */
  mayElect(now: number): boolean {
    return this.#looksLeft === 0 && now >= this.#barredUntil;
  }

  /** Milliseconds before the next look, with a random fraction: windows that lost the same owner spread out. */
  pause(now: number, fraction: number): number {
    const jitter = LOOK_AGAIN_MS.min + fraction * (LOOK_AGAIN_MS.max - LOOK_AGAIN_MS.min);
    if (this.#looksLeft > 0) {
      this.#looksLeft -= 1;
      return jitter;
    }
    return Math.max(jitter, Math.min(LOOK_WHILE_BARRED_MS, this.#barredUntil - now));
  }

  connected(): void {
    this.#looksLeft = 0;
    this.#lostElections = 0;
    this.#failures = 0;
  }

  /**
   * The owner is gone. Windows that all began to start a peer would take each other's time.
   * @param before how many windows are to take over rather than this one
   */
  lostOwner(before: number): void {
    this.#looksLeft = Math.max(this.#looksLeft, Math.min(LOOKS_FOR_EACH_BEFORE * before, MAX_LOOKS));
  }

  /** Somebody waits: this window's worker may be tried at once. */
  wanted(): void {
    this.#barredUntil = 0;
    this.#looksLeft = 0;
  }

  /** Another window won and is about to listen: the more often in a row, the longer it may take. */
  lostElection(): void {
    this.#looksLeft = Math.min(LOOKS_AFTER_LOST_ELECTION * 2 ** this.#lostElections, MAX_LOOKS);
    this.#lostElections += 1;
  }

  /** Somebody listens and does not answer, so nobody is just starting. */
  silent(): void {
    this.#looksLeft = 0;
  }

  /** A newer window is about to win. */
  handedOver(): void {
    this.#looksLeft = MAX_LOOKS;
  }

  /** This window's worker failed. */
  failed(now: number, fraction: number): void {
    this.#failures += 1;
    this.#barredUntil = now + Math.min(MAX_RETRY_MS, backoffDelay(this.#failures, fraction));
  }
}
