/**
 * Every step of a message's way through the stores and over a link, on both sides, as docs/architecture.md tells it under
 * "How a message travels". A peer can be killed before and after each.
 */
export const steps = [
  // Writing.
  'adding to the outbox',
  'adding to the history',
  // Sending. "After" is when the socket has the frame.
  'sending hello',
  'sending begin',
  'sending messages',
  'sending a receipt',
  // Receiving.
  'taking hello',
  'taking begin',
  'taking messages',
  'storing what arrived',
  // The receipt.
  'taking a receipt',
  'settling in the history',
  'removing from the outbox',
  // Outboxes and history are made to agree, at start.
  'reading an outbox at start',
  'adding to the history at start',
  'reading at start what is undelivered',
  'moving to the global outbox at start',
  'removing from an outbox at start',
  // A counter was lost.
  'numbering anew in the history',
  'numbering anew in the outbox',
] as const;
export type Step = (typeof steps)[number];

export type KillPoint = `before ${Step}` | `after ${Step}`;

export const killPoints: readonly KillPoint[] = steps.flatMap((step): KillPoint[] => [
  `before ${step}`,
  `after ${step}`,
]);

/** Where a process is to be killed: at a point, when it was passed so many times. */
export interface Armed {
  readonly point: KillPoint;
  readonly passes: number;
}

/** Those that a running peer comes by with any message: no particular start or loss is needed. */
export const everydayPoints: readonly KillPoint[] = killPoints.filter(
  (point) => !point.includes('at start') && !point.includes('anew'),
);
