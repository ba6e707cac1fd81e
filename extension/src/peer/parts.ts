import type { Clock } from '../core/ports.ts';
import { createDialer } from '../net/dialer.ts';
import { createLocalNetworks } from '../net/local-networks.ts';
import { createListener } from '../net/listener.ts';
import { openHistory } from '../storage/history.ts';
import { openOutbox } from '../storage/outbox.ts';
import type { CreateListener } from './listening.ts';
import { systemClock } from './system.ts';

/** What a peer stands on: time, disks and sockets. A test may put something between them and the core. */
export interface PeerParts {
  readonly clock: Clock;
  readonly openHistory: typeof openHistory;
  readonly openOutbox: typeof openOutbox;
  readonly createDialer: typeof createDialer;
  readonly createListener: CreateListener;
  readonly createLocalNetworks: typeof createLocalNetworks;
}

/** The machine's own. */
export const realParts: PeerParts = {
  clock: systemClock,
  openHistory,
  openOutbox,
  createDialer,
  createListener,
  createLocalNetworks,
};
