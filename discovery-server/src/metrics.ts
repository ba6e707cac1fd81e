import { type ErrorCode, SessionClose } from '@p2p-chat/protocol/discovery';

/** Why a session was closed, as protocol/ names it. */
export type CloseReason = keyof typeof SessionClose;

/** What a store does that takes time. */
export type StoreOperation = 'add' | 'rename' | 'remove' | 'replace' | 'touch';

/**
 * The port by which the server tells what happens, to be counted. Nothing that it is told names a person, an address or
 * a key, and every label has few values, whatever strangers send.
 */
export interface Metrics {
  /** @param route a path that the server has, or one word for all others */
  httpAnswered(route: string, status: number): void;
  refused(where: 'http' | 'session', code: ErrorCode): void;
  registered(result: 'created' | 'known' | ErrorCode): void;
  signedIn(): void;
  /** By this server, before (`signedIn` false: the sign-in failed) or after the welcome. */
  sessionClosed(reason: CloseReason | 'other', signedIn: boolean): void;
  /** A push, or one that was dropped because the client does not read. */
  pushed(type: string, sent: boolean): void;
  stored(operation: StoreOperation, seconds: number, ok: boolean): void;
}

/** What is true at the moment at which somebody looks. */
export interface ServerState {
  readonly accounts: number;
  readonly online: number;
  readonly sessions: { readonly open: number; readonly signingIn: number };
  /** Pairs of a session and a user whom it watches. */
  readonly watches: number;
  readonly ready: boolean;
}

/** Metrics that can be read. */
export interface ReadableMetrics extends Metrics {
  readonly contentType: string;
  /** Asked whenever somebody reads. */
  observe(state: () => ServerState): void;
  /** All of them, as text. */
  read(): Promise<string>;
}

/** Counts nothing. */
export const noMetrics: Metrics = {
  httpAnswered: () => undefined,
  refused: () => undefined,
  registered: () => undefined,
  signedIn: () => undefined,
  sessionClosed: () => undefined,
  pushed: () => undefined,
  stored: () => undefined,
};

const REASONS = new Map<number, CloseReason>(
  Object.entries(SessionClose).map(([reason, code]) => [code, reason as CloseReason]),
);

/** The name of a close code. */
export function closeReason(code: number): CloseReason | 'other' {
  return REASONS.get(code) ?? 'other';
}
