import type { Endpoint, ErrorCode, Presence, User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { LinkFrame } from '@p2p-chat/protocol/link';
import type { Succession } from '@p2p-chat/protocol/succession';

/** What the core needs of the network: channels to other devices, and the session with a discovery server. */

/** What a channel tells whoever holds it. Nothing comes after `closed`, which comes exactly once. */
export interface ChannelEvents {
  frame(frame: LinkFrame, bytes: number): void;
  /**
   * `code` is a WebSocket close code; 1006 when the connection just ended. `reason` is in this end's own words, fit for
   * a log, and empty when the other end closed: its words may be anything, such as a message that it got.
   */
  closed(code: number, reason: string): void;
}

/**
 * An authenticated, encrypted, ordered stream of frames between two devices. TLS has proved who the other is; every
 * frame has passed its schema, and the adapter closes with protocolError on one that does not.
 */
export interface Channel {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  /** Whether this side dialled. */
  readonly dialled: boolean;
  /** Where the other end was dialled, or null when it dialled us, or there is a relay between. */
  readonly endpoint: Endpoint | null;
  readonly path: LinkPath;
  /** Must be called once, at once: frames that came before are handed over then. */
  bind(events: ChannelEvents): void;
  /** Frames sent after the close are dropped. Returns the size in bytes. */
  send(frame: LinkFrame): number;
  /** Says goodbye and closes; `closed` follows, at the latest after a second. */
  close(code: number, reason: string): void;
}

/** How bytes get from one end of a link to the other: from device to device, or through the discovery server. */
export type LinkPath = 'direct' | 'relayed';

/** What is done at an endpoint, in this order. */
export type DialStep = 'tcp' | 'tls' | 'identity' | 'websocket';

/** Why a step came to nothing. */
export type DialFault =
  /** The policy does not have such addresses dialled. */
  | 'forbidden'
  /** The machine answers; nobody listens on the port. */
  | 'refused'
  | 'unreachable'
  /** No answer in time. */
  | 'silent'
  /** The other side ended the connection. */
  | 'closed'
  | 'somebody-else'
  | 'other';

/** One endpoint that was dialled, once it is known where that led. */
export interface DialAttempt {
  readonly endpoint: Endpoint;
  /** The steps that were done, with how long each took, milliseconds. */
  readonly passed: readonly { readonly step: DialStep; readonly ms: number }[];
  /** Where it ended, after how long and why, also in words for a log; null when it led to the peer. */
  readonly failed: {
    readonly step: DialStep;
    readonly ms: number;
    readonly fault: DialFault;
    readonly error: string;
  } | null;
}

/** Opens channels to peers. */
export interface Dialer {
  /**
   * Races the endpoints, a short while apart, and gives the first that proves to be `identity`; the rest is closed.
   * @param ended is called for each endpoint that led to the peer or failed, not for those that came too late
   * @throws {DialError} when none does
   */
  dial(
    identity: Fingerprint,
    endpoints: readonly Endpoint[],
    signal: AbortSignal,
    ended?: (attempt: DialAttempt) => void,
  ): Promise<Channel>;
}

/** No endpoint led to the peer. One attempt per endpoint tried. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly attempts: readonly DialAttempt[];

  constructor(attempts: DialError['attempts']) {
    super(
      attempts.length === 0
        ? 'no address is known'
        : attempts
            .map(({ endpoint, failed }) => {
              const why = failed === null ? 'reached' : `${failed.step}: ${failed.error}`;
              return `${endpoint.address} port ${endpoint.port}: ${why}`;
            })
            .join('; '),
    );
    this.attempts = attempts;
  }
}

/** Somebody, as the server says, who cannot reach this device and asks to be dialled. */
export interface DialBackCall {
  readonly identity: Fingerprint;
  readonly endpoints: readonly Endpoint[];
}

/** Reports about the discovery session. Everything watched comes again, as `presence`, after each `connected`. */
export interface DirectoryEvents {
  connected(self: User): void;
  /**
   * The adapter goes on trying by itself after `unreachable`, and after `distrusted`: what the server shows is not what was
   * trusted, so that nothing is said to it. After the others it does not.
   */
  disconnected(
    why: 'unreachable' | 'distrusted' | 'replaced' | 'not-registered' | 'refused',
    detail: string,
  ): void;
  /** The newest state of a watched user, also when it is no change. */
  presence(presence: Presence): void;
  /** Somebody new on the server. */
  account(presence: Presence): void;
  /** A watched identity was replaced. Nothing of it is verified yet. */
  succession(chain: readonly Succession[]): void;
  /** An account is no more. */
  removed(identity: Fingerprint): void;
  dialBack(call: DialBackCall): void;
}

/** Whom a look-up found. Nothing of the successions is verified yet. */
export interface Found {
  readonly presence: Presence;
  /** How this identity followed on others, oldest first. */
  readonly successions: readonly Succession[];
}

/** One page of the directory; `next` is the `after` of the following one. */
export interface DirectoryPage {
  readonly users: readonly Presence[];
  readonly next: string | null;
}

/** The session with a discovery server. It reconnects, signs in again and watches again by itself. */
export interface Directory {
  /** Begins to connect. */
  start(events: DirectoryEvents): void;
  /** What the server does for two who cannot reach each other; nothing while there is no session. */
  readonly offers: { readonly dialBack: boolean; readonly relay: boolean };
  /**
   * Where this device listens, from now on and after each reconnection: the likeliest first, where MAX_ENDPOINTS are too
   * few for all. The address by which the server is reached goes before the others. To be called again
   * whenever the network is another one, with the same endpoints too.
   */
  announce(endpoints: readonly Endpoint[]): void;
  /** Adds to the users watched, MAX_WATCHES at most in all; kept over reconnections. */
  watch(identities: readonly Fingerprint[]): void;
  unwatch(identities: readonly Fingerprint[]): void;
  /**
   * @throws {DirectoryUnavailable} while there is no session
   */
  page(after: string | null, limit: number): Promise<DirectoryPage>;
  /**
   * Who this identity is on the server, or who took its place; null when the server knows neither.
   * @throws {DirectoryUnavailable} while there is no session
   * @throws {DirectoryRefusal} with `too-many`, for one
   */
  lookUp(identity: Fingerprint): Promise<Found | null>;
  /**
   * Gives this person another name.
   * @throws {DirectoryUnavailable} while there is no session
   * @throws {DirectoryRefusal} with `name-taken`, for one
   */
  rename(name: string): Promise<User>;
  /**
   * Ends this person's account; the session ends with it.
   * @throws {DirectoryUnavailable} while there is no session
   */
  deleteAccount(): Promise<void>;
  /**
   * Asks somebody to dial this device. Whether they do is not said.
   * @throws {DirectoryUnavailable} when they cannot be asked now
   */
  dialBack(identity: Fingerprint): Promise<void>;
  /**
   * A channel to somebody through the server's relay, in which they are asked to come.
   * @throws {DirectoryUnavailable} when there is none now, or they do not come
   */
  relay(identity: Fingerprint, signal: AbortSignal): Promise<Channel>;
  /** Ends the session. `signOut` tells the server that this is by wish, so that everybody sees it at once. */
  stop(signOut: boolean): Promise<void>;
}

/** What a device says in its local networks, to whoever listens. */
export interface Announcement {
  /** A name for this announcement alone. */
  readonly instance: string;
  readonly port: number;
  /** Short texts by short keys. */
  readonly text: Readonly<Record<string, string>>;
}

/** Reports of what is said in local networks, this device's own words among it: anybody may say anything. */
export interface LocalNetworksEvents {
  seen(announcement: Announcement): void;
  /** The announcement of this name is withdrawn, as somebody says. */
  gone(instance: string): void;
}

/**
 * The networks that this device is in, in which everybody hears what anybody announces. Where that does not work, nothing
 * is heard, and a log says so once.
 */
export interface LocalNetworks {
  /** Begins to listen; not twice without `stop`. What is heard comes at a bounded pace. */
  start(events: LocalNetworksEvents): void;
  /**
   * In place of what was announced before: what `make` gives for the device's own addresses in each network, if anything.
   * The networks are those of now: called again when they change.
   */
  announce(make: (addresses: readonly string[]) => Announcement | null): void;
  /** Asks whoever is there to announce themselves: what was heard comes as `seen` again. */
  ask(): void;
  /** Whether an address is of a network that this device is in. */
  has(address: string): boolean;
  /** Withdraws what is announced; nothing is heard any longer. Ends once nothing is open. */
  stop(): Promise<void>;
}

/** There is no session with the discovery server now. */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable';
}

/** The discovery server said no to a request of the session. */
export class DirectoryRefusal extends Error {
  override readonly name = 'DirectoryRefusal';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
