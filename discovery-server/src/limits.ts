import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';

/**
 * Limits that are this server's own policy. What both ends of a wire must agree on stands in protocol/src/limits.ts.
 */

/** How often the server looks for what is overdue, milliseconds: OFFLINE_AFTER_MS plus one stays under 15 s. */
export const HEARTBEAT_MS = 1_000;

/**
 * A heartbeat that comes this late, milliseconds, means that this process itself did not run (a laptop slept, a
 * debugger stopped it): nobody had a chance to be heard, so the time lost counts against nobody.
 */
export const STALL_MS = 3 * HEARTBEAT_MS;

/**
 * Unsent bytes of one session beyond which pushes are dropped: two full frames. The sequence counts on, so the
 * client sees the gap and asks for a resync, which costs less than any longer backlog.
 */
export const PUSH_BACKLOG_BYTES = 256 * 1024;

/**
 * Unsent bytes of one session beyond which it is closed: results must not be dropped, and a client that asks
 * without reading makes this grow. With 5,000 such clients the server still has memory.
 */
export const SESSION_BACKLOG_BYTES = 1024 * 1024;

/** How long a session may have the next piece of an answer waiting while its client reads nothing, milliseconds. */
export const SLOW_READER_MS = 10_000;

/** `watch` and `resync` count as one request for each so many users that they are about. */
export const USERS_PER_REQUEST = 10;

/** What somebody is told to wait who comes while the server stops, seconds: a restart is done by then. */
export const STOPPING_RETRY_SECONDS = 5;

/** The longest drain, seconds: systemd waits 90 for a service to stop unless told otherwise. */
export const MAX_DRAIN_SECONDS = 60;

/** How often some sessions are closed while the server drains, milliseconds. */
export const DRAIN_STEP_MS = 100;

/** Sessions that are looked after in one go: thousands of pings would hold up everybody else. */
export const SESSIONS_AT_ONCE = 250;

/** How long the other end may take to answer a close frame before its socket is cut, milliseconds. */
export const CLOSE_GRACE_MS = 1_000;

/** At most one line about refused registrations and sign-ins in this time, milliseconds: strangers do not fill a disk. */
export const REFUSAL_LOG_MS = 10_000;

/** Header block of one HTTP request, bytes: ours are under 1 KiB, a corporate proxy may add as much. */
export const MAX_HEADER_BYTES = 8 * 1024;

/** One line of the accounts file, bytes. A record is under 300, with MAX_SUCCESSIONS under 5,000. */
export const MAX_ACCOUNT_LINE_BYTES = 64 * 1024;

/** How often Node looks for HTTP requests that take too long, milliseconds. */
export const CONNECTIONS_CHECK_MS = 1_000;

/**
 * For how long after a write that failed, milliseconds, the server says that it is not ready. Not until one goes well: where
 * that keeps everybody away there is none.
 */
export const STORE_FAILING_MS = 60_000;

/** How long a name is kept for whoever has the operator's code, milliseconds: a week, with a weekend in it. */
export const RESERVATION_MS = 7 * 24 * 3_600_000;

/** Sockets at once of those who collect metrics: one is enough, and a few may hang. */
export const METRICS_SOCKETS = 16;

/** For one request for metrics to be complete, milliseconds. */
export const METRICS_TIMEOUT_MS = 5_000;
/** Bytes from one end of a relayed pair that the other has not taken, beyond which no more is read: four full messages. */
export const RELAY_BACKLOG_BYTES = 256 * 1024;

/** What a message in the relay counts besides its own bytes: about what it takes until it is sent. */
export const RELAY_MESSAGE_COST_BYTES = 256;

/** A pair through which nothing goes for so long is ended, milliseconds: a link of ours pings every four seconds. */
export const RELAY_IDLE_MS = 30_000;

/** And one of which one end takes nothing for so long of what the other has sent. */
export const RELAY_STUCK_MS = 30_000;

/** How often the relay looks whether an account may send again, milliseconds, while one may not. */
export const RELAY_TICK_MS = 50;

/** At most so many calls in so many seconds. */
export interface Rate {
  readonly calls: number;
  /** Whole seconds, from 1. */
  readonly seconds: number;
}

/**
 * What strangers and clients may make grow. "An address" is an IPv4 address or the /64 of an IPv6 address, since a
 * household gets at least that; new accounts, wrong join codes, session requests, pairs in the relay and sockets count by /48 as
 * well, by SITE_FACTOR; behind a trusted proxy it is the one that the proxy reports. A whole company may
 * stand behind one address, so what counts by address leaves room for several hundred honest people.
 */
export interface ServerLimits {
  /** Sockets at once, idle ones and those in a TLS handshake included. */
  readonly sockets: number;
  /** Of these, by address; and WebSockets by address behind a proxy, whose own sockets are not counted. */
  readonly socketsPerAddress: number;
  /** WebSockets that have not signed in yet, by address: each holds a nonce, a timer's turn and buffers. */
  readonly waitingPerAddress: number;
  /** HTTP requests of any kind, unknown paths and refused ones included, by address. */
  readonly httpCalls: Rate;
  /** Challenges by address: one address alone must not push everybody else's out of MAX_OPEN_NONCES. */
  readonly challenges: Rate;
  /** Attempts to register by address: each costs a signature check. */
  readonly registrations: Rate;
  /** Accounts made, by address: names are for good, and a directory holds MAX_ACCOUNTS. */
  readonly newAccounts: Rate;
  /** Wrong or missing join codes by address: one address guesses one of eight letters in 20,000 years. */
  readonly wrongJoinCodes: Rate;
  /** WebSocket handshakes by address: each costs a signature check, and is how somebody signs in. */
  readonly handshakes: Rate;
  /** Proved sign-ins by account: each is told to everybody who watches. A reloading window makes one. */
  readonly signIns: Rate;
  /**
   * Requests on sessions by account: 60 a second on average, all of a window at once if need be; `watch` and `resync`
   * count by USERS_PER_REQUEST. A client with 1,000 contacts that watches them and looks each of them up when it
   * starts stays within it, and may resync. Beyond it each is answered
   * `too-many`; a client that sends twice as many all the same is closed.
   */
  readonly requests: Rate;
  /**
   * Of these, the ones that everybody who watches is told of (other endpoints, another name), by account: one client
   * must not keep all others busy. A laptop that changes networks makes a few.
   */
  readonly changes: Rate;
  /**
   * Both once more for everybody at one address, so that somebody who made many accounts gets no more by them: what 33,
   * and 20, of them may do. Several hundred honest people behind one address use a small part of it, and each asks again
   * by itself when it was too many.
   */
  readonly requestsPerAddress: Rate;
  readonly changesPerAddress: Rate;
  /**
   * Requests for somebody to dial back, or for the relay, by account: each is told to another client. Somebody with 20
   * contacts whom they cannot reach makes three a minute for each.
   */
  readonly calls: Rate;
  /** Of these, those of one kind for one other account. */
  readonly callsPerPair: Rate;
  /** Pairs in the relay at once, those that wait included; a pair costs up to half a MiB. 0: there is no relay. */
  readonly relays: number;
  /** Of these, by account that asked. */
  readonly relaysPerAccount: number;
  /**
   * And by its address, so that a few dozen accounts of one stranger do not take all there are. Of an office whose people
   * all reach others through the relay, half a dozen each.
   */
  readonly relaysPerAddress: number;
  /** What one account may send through the relay, bytes a second, and twice as many at once. */
  readonly relayBytesPerSecond: number;
  /** For a TLS handshake, for an HTTP request to be complete, milliseconds. */
  readonly handshakeMs: number;
  /** For the next request on a kept-alive socket, milliseconds: our clients never send one. */
  readonly idleMs: number;
}

/** What holds unless a caller says otherwise. */
export const SERVER_LIMITS: ServerLimits = {
  sockets: 10_000,
  socketsPerAddress: 2_000,
  waitingPerAddress: 200,
  httpCalls: { calls: 3_000, seconds: 60 },
  challenges: { calls: 1_000, seconds: 60 },
  registrations: { calls: 1_000, seconds: 60 },
  newAccounts: { calls: 100, seconds: 3_600 },
  wrongJoinCodes: { calls: 10, seconds: 60 },
  handshakes: { calls: 1_000, seconds: 60 },
  signIns: { calls: 60, seconds: 60 },
  requests: { calls: 1_200, seconds: 20 },
  changes: { calls: 60, seconds: 60 },
  requestsPerAddress: { calls: 40_000, seconds: 20 },
  changesPerAddress: { calls: 1_200, seconds: 60 },
  calls: { calls: 120, seconds: 60 },
  callsPerPair: { calls: 12, seconds: 60 },
  relays: 1_000,
  relaysPerAccount: 32,
  relaysPerAddress: 200,
  relayBytesPerSecond: 1024 * 1024,
  handshakeMs: HANDSHAKE_TIMEOUT_MS,
  idleMs: 5_000,
};

/** How many times what one address may have all the addresses of one IPv6 /48 may have together. */
export const SITE_FACTOR = 4;

/** What somebody is told to wait when too many of their connections are open at the moment, seconds. */
export const BUSY_RETRY_SECONDS = 10;

/** Addresses that a limit counts each for itself: more than a company has, and a few MiB with the counters below. */
export const ADDRESSES_APART = 16_384;

/** Counters that all addresses beyond those share. */
export const ADDRESS_BUCKETS = 16_384;

/** How long Redis may take to answer or to let somebody in, milliseconds; half of what clients wait for an answer. */
export const REDIS_PATIENCE_MS = 2_500;

/** Pauses before Redis is tried again, milliseconds: they double, and a part of each is chance. */
export const REDIS_RETRY_MS = { first: 50, most: 1_000 };

/**
 * Accounts of a directory that several servers share. Each has all of them in memory, half a KiB or so of each: see
 * docs/capacity.md.
 */
export const MAX_SHARED_ACCOUNTS = 2_000_000;

/**
 * How often an instance says of each of its users that they are online, and for how long that holds, milliseconds: an
 * instance that crashed right after it is shown in the second after, so under 15 s.
 */
export const PRESENCE_RENEWED_EVERY_MS = 3_000;
export const PRESENCE_HOLDS_MS = 10_000;

/** How much the clocks of two instances may differ, measured by that of Redis, milliseconds. */
export const CLOCKS_DIFFER_MS = 250;

/** A measurement of Redis's clock that took no longer counts; and for how long the best one counts alone. */
export const CLOCK_MEASURED_MS = 20;
export const CLOCK_KEPT_MS = 60_000;

/** How long a record is kept that nobody renews and nobody takes out: for the case that no instance runs. */
export const PRESENCE_KEPT_MS = 60_000;

/** Users in one script or one question: Redis does nothing else meanwhile, for less than a millisecond. */
export const PRESENCE_AT_ONCE = 250;

/**
 * After how long without a look nobody is taken out, because Redis stood still and not its users, and how long it is waited
 * then, milliseconds: twice as long as a renewal takes to come.
 */
export const PRESENCE_UNSWEPT_MS = 3_000;
export const PRESENCE_GRACE_MS = 6_000;

/** For how long an instance may hear nothing of what is published, itself included, milliseconds. */
export const REDIS_SILENCE_MS = 6_000;

/** How often an instance lets go of channels and states for which nobody watches any more, milliseconds. */
export const UNFOLLOW_EVERY_MS = 10_000;
