import type { OutgoingParts } from './outgoing.ts';
import type { Clock, Dialer, Log } from './ports.ts';
import type { ChatEvents } from './views.ts';

/** What all correspondences of one peer share. */
export interface Surroundings extends OutgoingParts {
  readonly bootId: string;
  readonly agent: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly dialer: Dialer;
  readonly events: ChatEvents;
}
