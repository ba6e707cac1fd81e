import type { Call, Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Rate } from './limits.ts';
import type { Nonces } from './nonces.ts';
import type { DeviceState, Moment } from './presence.ts';
import type { SharedLimit } from './rate-limits.ts';
import type { ReservationStore } from './reservations.ts';
import type { Feature, Member } from './roster.ts';
import type { Account, AccountStore, Traces } from './store/account-store.ts';

/** A user who is online at whatever instance. */
export interface UserElsewhere extends DeviceState {
  readonly seen: Moment;
  /** What their client takes; see Member. */
  readonly takes: readonly string[];
}

/** A user who is online here, as the others are told. */
export interface UserHere {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly endpoints: readonly Endpoint[];
  readonly member: Member;
}

/**
 * The port to the other instances of this directory. A server that is alone has none: nothing is asked, and nothing waits.
 * Where there are some, what they all agree on decides what those who watch are told: also of users who are here.
 */
export interface Others {
  /**
   * What the instances agree on about a user: of those followed, and of those online who were looked at just now. Null: the
   * user is offline; undefined: nothing is known of them by these ways.
   */
  picture(identity: Fingerprint): UserElsewhere | null | undefined;
  /** Whether it is not known yet whether a user whom somebody watches is online elsewhere. */
  isUnknown(identity: Fingerprint): boolean;
  /** Whether a user is online elsewhere with a client that takes that. */
  takes(identity: Fingerprint, what: Feature): boolean;
  /** Tells a user who is online elsewhere. It may get lost. */
  call(identity: Fingerprint, call: Call): void;
  /** Learns of these what there is to know now. @throws {Refusal} unavailable */
  look(identities: readonly Fingerprint[]): Promise<void>;
  /** Is told of every change of these from now on, for as long as somebody here watches them. Never rejects. */
  follow(identities: readonly Fingerprint[]): Promise<void>;
  /** Resolves once every account that was acknowledged before is in the directory. @throws {Refusal} unavailable */
  settled(): Promise<void>;
  /** A user is online here, or listens elsewhere now. */
  came(user: UserHere): void;
  /** A user who was online here is not any more. @param lastSeen milliseconds since 1970 */
  went(identity: Fingerprint, lastSeen: number): void;
  /** Users online at any instance, as of a second ago. */
  readonly online: number;
  /** Why this instance cannot do its work; undefined: it can. */
  readonly obstacle: string | undefined;
  /** To be called every second. */
  beat(now: Moment): void;
  /** Says no more and hears no more. Users who are here are left as they are: they come back elsewhere, or run out. */
  stop(): Promise<void>;
}

/** What the others make happen here. */
export interface Here {
  /** What is known of a user has changed: whoever watches is to be told. */
  changed(identity: Fingerprint): void;
  /** A user has signed in elsewhere: their session here is over. */
  replaced(identity: Fingerprint, member: Member): void;
  /** Another session has a user whose session is here: that is to try again. */
  lost(identity: Fingerprint, member: Member): void;
  /** Tells a user who is online here. */
  called(identity: Fingerprint, call: Call): void;
  /** The last sign of life of a user who is online here. */
  seen(identity: Fingerprint): Moment | undefined;
  /** Whether a user is online here and has not just lost the connection. */
  isConnected(identity: Fingerprint): boolean;
  /** Whether somebody here watches them. */
  isWatched(identity: Fingerprint): boolean;
  /** Accounts that this instance knows. */
  account(identity: Fingerprint): Account | undefined;
  accounts(): Iterable<Account>;
  /** Takes all accounts at once, while none is known. */
  loaded(accounts: Iterable<Account>): void;
  registered(account: Account): void;
  renamed(identity: Fingerprint, name: string): void;
  /** Ends the session of a user who is here. */
  endSession(identity: Fingerprint, code: number, reason: string): void;
  handedOn(from: Fingerprint, account: Account): void;
  removed(identity: Fingerprint): void;
  touched(identity: Fingerprint, traces: Traces): void;
  /** Names are kept for others than before. */
  reserved(): void;
}

/** What several instances have in common. Closed once, by whichever of these two was opened last. */
export interface Shared {
  readonly store: AccountStore;
  readonly reservations: ReservationStore;
  readonly nonces: Nonces;
  /** How often something may be done, counted by all together. */
  readonly limit: (name: string, rate: Rate) => SharedLimit;
  /**
   * Goes among the others.
   * @param here what happens by them
   * @param moment the moment now, of the same clock as that of `beat`
   */
  join(here: Here, moment: () => Moment): Promise<Others>;
  /** For where nobody joined. */
  close(): void;
}

/** A roster as the others see it. */
export function rosterAsHere(roster: Omit<Here, 'reserved'>, reserved: () => void): Here {
  return {
    changed: (identity) => roster.changed(identity),
    replaced: (identity, member) => roster.replaced(identity, member),
    lost: (identity, member) => roster.lost(identity, member),
    called: (identity, call) => roster.called(identity, call),
    seen: (identity) => roster.seen(identity),
    isConnected: (identity) => roster.isConnected(identity),
    isWatched: (identity) => roster.isWatched(identity),
    account: (identity) => roster.account(identity),
    accounts: () => roster.accounts(),
    loaded: (accounts) => roster.loaded(accounts),
    registered: (account) => roster.registered(account),
    renamed: (identity, name) => roster.renamed(identity, name),
    endSession: (identity, code, reason) => roster.endSession(identity, code, reason),
    handedOn: (from, account) => roster.handedOn(from, account),
    removed: (identity) => roster.removed(identity),
    touched: (identity, traces) => roster.touched(identity, traces),
    reserved,
  };
}
