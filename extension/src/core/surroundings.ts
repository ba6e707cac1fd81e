import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { OutgoingParts } from './outgoing.ts';
import type { Dialer, LocalNetworks } from './net-ports.ts';
import type { Clock, Log } from './ports.ts';
import type { ChatEvents } from './views.ts';
import type { Ways } from './ways.ts';

/** What all correspondences of one peer share. */
export interface Surroundings extends OutgoingParts {
  readonly bootId: string;
  readonly agent: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly dialer: Dialer;
  /** All ways to a contact, dialling among them. */
  readonly ways: Ways;
  readonly localNetworks: LocalNetworks;
  readonly events: ChatEvents;
  /** What this person is called on the discovery server now; null before the first time. */
  readonly name: () => string | null;
  /** How this person's identity followed on others, oldest first: told to contacts in each hello. */
  readonly successions: readonly Succession[];
  /** The verified earlier identities of `successions`: what they wrote and nobody has yet goes on under today's. */
  readonly formerIdentities: readonly Fingerprint[];
}
