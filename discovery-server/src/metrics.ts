import { type Call, type ErrorCode, RelayClose, SessionClose } from '@p2p-chat/protocol/discovery';

/** Why a session was closed, as protocol/ names it. */
export type CloseReason = keyof typeof SessionClose;

/** Why a pair in the relay ended. */
export type RelayEnd = keyof typeof RelayClose;

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
  /** One client asked for another by way of the server. */
  called(type: Call['type']): void;
  /** A pair in the relay ended; by its close code. */
  relayEnded(code: number): void;
}

/** What is so in the relay, and what was carried since the start. */
export interface RelayState {
  /** Pairs of which both came. */
  readonly joined: number;
  /** Pairs of which one or both are still to come. */
  readonly waiting: number;
  readonly bytes: number;
  /** How often somebody had to wait, since the account had sent more than it may. */
  readonly throttles: number;
}

/** What is true at the moment at which somebody looks. */
export interface ServerState {
  readonly accounts: number;
  readonly online: number;
  readonly sessions: { readonly open: number; readonly signingIn: number };
  /** Pairs of a session and a user whom it watches. */
  readonly watches: number;
  /** Undefined: there is no relay. */
  readonly relay: RelayState | undefined;
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
  called: () => undefined,
  relayEnded: () => undefined,
};

/** The names of close codes. */
function namesOf<Name extends string>(codes: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  const names = Object.keys(codes) as Name[];
  return new Map(names.map((name) => [codes[name], name]));
}

const REASONS = namesOf(SessionClose);
const RELAY_ENDS = namesOf(RelayClose);

/** The name of a close code of a session. */
export function closeReason(code: number): CloseReason | 'other' {
  return REASONS.get(code) ?? 'other';
}

/** The name of a close code of the relay. */
export function relayEnd(code: number): RelayEnd | 'other' {
  return RELAY_ENDS.get(code) ?? 'other';
}
