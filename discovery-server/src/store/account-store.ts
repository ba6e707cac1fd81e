import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { timestamp } from '@p2p-chat/protocol/envelope';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { userName } from '@p2p-chat/protocol/names';
import { successions } from '@p2p-chat/protocol/succession';

/** One account as it is kept. */
export const account = z.object({
  identity: fingerprint,
  name: userName,
  /** Milliseconds since 1970. */
  registeredAt: timestamp,
  /** The last sign of life, milliseconds since 1970; null before the first sign-in. */
  lastSeen: z.nullable(timestamp),
  /** The device that signed in last: another one has to take over. Absent before the first sign-in. */
  device: z.optional(fingerprint),
  /** How `identity` followed on others, oldest first, ending with it. Absent: it did not. */
  successions: z.optional(successions),
});
export type Account = Readonly<z.infer<typeof account>>;

/** What an account's sessions leave behind in it. */
export type Traces = Readonly<Partial<Pick<Account, 'lastSeen' | 'device'>>>;

/** The identities that this account's identity followed on, oldest first. */
export function earlierIdentities({ successions: chain = [] }: Pick<Account, 'successions'>): Fingerprint[] {
  return chain.map(({ from }) => createHash('sha256').update(from, 'base64').digest('hex'));
}

/** Another identity has this name, or one that looks like it. The message is for whoever asked. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(name: string) {
    super(
      `somebody else is called ${name}, or has a name that looks like it: case, "-", "_", "." and characters that ` +
        `look alike, such as 0 and O or 1, l and I, make no difference`,
    );
  }
}

/** The identity has an account of another name, which is `registeredName` and ends the message. */
export class IdentityRegisteredError extends Error {
  override readonly name = 'IdentityRegisteredError';
  readonly registeredName: string;

  constructor(registeredName: string) {
    super(`this identity is registered as ${registeredName}`);
    this.registeredName = registeredName;
  }
}

/** Another identity followed on this one and has its account, which is `registeredName` and ends the message. */
export class IdentityReplacedError extends Error {
  override readonly name = 'IdentityReplacedError';
  readonly registeredName: string;

  constructor(registeredName: string) {
    super(`this identity was replaced by a newer one, whose account is ${registeredName}`);
    this.registeredName = registeredName;
  }
}

/** The identity has no account: it never had one, or it was deleted or handed on. */
export class NoAccountError extends Error {
  override readonly name = 'NoAccountError';

  constructor() {
    super('this identity has no account here');
  }
}

/** The store holds as many accounts as it is made for. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}

/** The store could not write, or is closed; nothing of the call remains. Trying again later may work. */
export class StoreFailedError extends Error {
  override readonly name = 'StoreFailedError';
}

/**
 * The port to where accounts are kept. Every adapter passes test/store.contract.ts.
 * Names are unique by `nameKey` (but for accounts that were there before it counted look-alikes), identities are
 * unique, and nobody's earlier identity has an account or another successor, under any concurrency.
 */
export interface AccountStore {
  /** Every account, in no particular order. Called once, at start. */
  accounts(): Promise<readonly Account[]>;

  /**
   * Keeps a new account. When the promise resolves, the account survives the loss of power.
   * @returns `existing` when this identity has this very name already: nothing changes then
   * @throws {IdentityReplacedError} another identity followed on this one and has an account, whatever the name
   * @throws {NameTakenError} another identity has the name; of two at the same time exactly one gets it
   * @throws {IdentityRegisteredError} the identity has another name; or an identity that it followed on has an account
   *   still, or was replaced by another
   * @throws {StoreFullError} there is no room for more
   * @throws {StoreFailedError} it could not be kept, and was not
   */
  add(account: Account): Promise<'added' | 'existing'>;

  /**
   * Gives an account another name. When the promise resolves, that survives the loss of power.
   * @returns `existing` when it has this very name already
   * @throws {NoAccountError} there is none
   * @throws {NameTakenError} another identity has the name; of two at the same time exactly one gets it
   * @throws {StoreFailedError} it could not be kept, and was not
   */
  rename(identity: Fingerprint, name: string): Promise<'renamed' | 'existing'>;

  /**
   * Forgets an account and the identities before its own. When the promise resolves, the account does not come back
   * after a loss of power, and its name is free.
   * @returns `unknown` when there is none
   * @throws {StoreFailedError} it could not be removed, and was not
   */
  remove(identity: Fingerprint): Promise<'removed' | 'unknown'>;

  /**
   * Hands the account of `from` on to another identity, in one step: after a loss of power either of the two has it.
   * @param to what the account is from now on: of the same name, its `successions` leading through `from`
   * @returns `existing` when that was done before
   * @throws {NoAccountError} `from` has none
   * @throws {IdentityReplacedError} another identity followed on `to` and has an account
   * @throws {IdentityRegisteredError} the account has another name than `to`; or `to` has an account of its own; or an
   *   identity that it followed on has another account
   * @throws {StoreFailedError} it could not be kept, and was not
   */
  replace(from: Fingerprint, to: Account): Promise<'replaced' | 'existing'>;

  /**
   * Notes when a user was last seen, or with which device. Resolves once it is written, which need not survive the loss
   * of power. An identity without an account is ignored.
   * @throws {StoreFailedError} it could not be written
   */
  touch(identity: Fingerprint, traces: Traces): Promise<void>;

  /** Writes what is under way, makes all of it durable and frees everything held. Later calls do nothing. */
  close(): Promise<void>;
}
