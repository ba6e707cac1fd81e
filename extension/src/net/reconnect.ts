/**
 * When a session with the discovery server is tried again. A pure state machine: whoever runs it opens a connection
 * on entering `connecting` and waits `delay` on entering `waiting`.
 */
import { backoffDelay } from '../core/backoff.ts';

/** A session that lived this long was a good one, milliseconds: the pauses start again from the first. */
export const STABLE_AFTER_MS = 30_000;

/**
 * Why a connection could not be made or broke: nothing left this machine; nothing came back; or somebody was there, who
 * may be many people's server and is not to be pressed.
 */
export type LossCause = 'no-way' | 'silence' | 'other';

/**
 * For how long after a loss it is tried again within two seconds, milliseconds: a network that is back is used within
 * three. Silence may be a server's machine that is away, to which not everybody may come back at once: that has a limit.
 */
export const HURRY_FOR_MS: Readonly<Record<LossCause, number>> = {
  'no-way': 600_000,
  silence: 60_000,
  other: 0,
};

/** After a session that broke by silence: by the time that this was noticed the network may be back. */
const FIRST_HURRIED_DELAY_MS = 500;

/** Between two attempts in a hurry, milliseconds; as much again is chance. */
const HURRIED_DELAY_MS = 1_000;

/** An attempt, or the pause before one. */
interface Trying {
  /** Those that count: the pause grows with them. */
  readonly failures: number;
  /** When there was a session last, or the first attempt failed; null before that. */
  readonly lostAt: number | null;
  /** Whether this attempt is not to wait long for an answer from the network. */
  readonly hurried: boolean;
}

export type ReconnectState =
  | { readonly kind: 'idle' }
  | ({ readonly kind: 'connecting' } & Trying)
  | { readonly kind: 'signed-in'; readonly failures: number; readonly since: number }
  | ({ readonly kind: 'waiting'; readonly delay: number } & Trying)
  | { readonly kind: 'ended' };

export type ReconnectEvent =
  | { readonly type: 'start' }
  | { readonly type: 'welcome'; readonly now: number }
  /** The connection could not be made or broke; `fraction` is random, 0 to 1. */
  | { readonly type: 'lost'; readonly now: number; readonly fraction: number; readonly cause: LossCause }
  /** The pause is over, or there is reason to think that the network is back. */
  | { readonly type: 'retry' }
  /** Not wanted any more, by either side. */
  | { readonly type: 'end' };

/** The next state; the same object when the event changes nothing. */
export function reconnect(state: ReconnectState, event: ReconnectEvent): ReconnectState {
  if (state.kind === 'ended') return state;
  switch (event.type) {
    case 'start':
      return state.kind === 'idle'
        ? { kind: 'connecting', failures: 0, lostAt: null, hurried: false }
        : state;
    case 'welcome':
      return state.kind === 'connecting'
        ? { kind: 'signed-in', failures: state.failures, since: event.now }
        : state;
    case 'lost': {
      if (state.kind !== 'connecting' && state.kind !== 'signed-in') return state;
      const stable = state.kind === 'signed-in' && event.now - state.since >= STABLE_AFTER_MS;
      const before = stable ? 0 : state.failures;
      const { now, fraction, cause } = event;
      const lostAt = state.kind === 'signed-in' ? now : (state.lostAt ?? now);
      if (now - lostAt < HURRY_FOR_MS[cause]) {
        const delay =
          state.kind === 'signed-in' ? FIRST_HURRIED_DELAY_MS * fraction : HURRIED_DELAY_MS * (1 + fraction);
        return { kind: 'waiting', failures: before, lostAt, hurried: true, delay: Math.round(delay) };
      }
      const failures = before + 1;
      return { kind: 'waiting', failures, lostAt, hurried: false, delay: backoffDelay(failures, fraction) };
    }
    case 'retry': {
      if (state.kind !== 'waiting') return state;
      const { failures, lostAt, hurried } = state;
      return { kind: 'connecting', failures, lostAt, hurried };
    }
    case 'end':
      return { kind: 'ended' };
  }
}
