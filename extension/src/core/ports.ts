/**
 * What the core needs of the world: here time, randomness and a log, in net-ports.ts sockets, in storage-ports.ts disks.
 * Each port has a real adapter outside of core/, a twin in memory for tests, and one contract suite that both pass.
 */

/** Ends a timer or a subscription. Calling it twice does nothing. */
export type Cancel = () => void;

/** The only source of time. Milliseconds. */
export interface Clock {
  /** Milliseconds since 1970; may jump when the machine's clock is set. */
  now(): number;
  /** Calls `run` once, about `ms` later. */
  after(ms: number, run: () => void): Cancel;
  /** Calls `run` once, after the input that is waiting now has been taken: what batches are made of. */
  soon(run: () => void): Cancel;
}

/** The only source of randomness. */
export interface Random {
  uuid(): string;
  /** 0 (inclusive) to 1 (exclusive), for jitter only. */
  fraction(): number;
}

/** A line for the log: never a message's text, never a secret. */
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void;
