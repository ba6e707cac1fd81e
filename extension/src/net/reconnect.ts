/**
 * When a session with the discovery server is tried again. A pure state machine: whoever runs it opens a connection
 * on entering `connecting` and waits `delay` on entering `waiting`.
 */
import { backoffDelay } from '../core/backoff.ts';

/** A session that lived this long was a good one, milliseconds: the pauses start again from the first. */
export const STABLE_AFTER_MS = 30_000;

export type ReconnectState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly failures: number }
  | { readonly kind: 'signed-in'; readonly failures: number; readonly since: number }
  | { readonly kind: 'waiting'; readonly failures: number; readonly delay: number }
  | { readonly kind: 'ended' };

export type ReconnectEvent =
  | { readonly type: 'start' }
  | { readonly type: 'welcome'; readonly now: number }
  /** The connection could not be made or broke; `fraction` is random, 0 to 1. */
  | { readonly type: 'lost'; readonly now: number; readonly fraction: number }
  /** The pause is over, or there is reason to think that the network is back. */
  | { readonly type: 'retry' }
  /** Not wanted any more, by either side. */
  | { readonly type: 'end' };

/** The next state; the same object when the event changes nothing. */
export function reconnect(state: ReconnectState, event: ReconnectEvent): ReconnectState {
  if (state.kind === 'ended') return state;
  switch (event.type) {
    case 'start':
      return state.kind === 'idle' ? { kind: 'connecting', failures: 0 } : state;
    case 'welcome':
      return state.kind === 'connecting'
        ? { kind: 'signed-in', failures: state.failures, since: event.now }
        : state;
    case 'lost': {
      if (state.kind !== 'connecting' && state.kind !== 'signed-in') return state;
      const stable = state.kind === 'signed-in' && event.now - state.since >= STABLE_AFTER_MS;
      const before = stable ? 0 : state.failures;
      return { kind: 'waiting', failures: before + 1, delay: backoffDelay(before + 1, event.fraction) };
    }
    case 'retry':
      return state.kind === 'waiting' ? { kind: 'connecting', failures: state.failures } : state;
    case 'end':
      return { kind: 'ended' };
  }
}
