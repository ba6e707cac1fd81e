import * as z from 'zod';
import { timestamp } from '@p2p-chat/protocol/envelope';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { userName } from '@p2p-chat/protocol/names';

/** One account as it is kept. */
export const account = z.object({
  identity: fingerprint,
  name: userName,
  /** Milliseconds since 1970. */
  registeredAt: timestamp,
  /** The last sign of life, milliseconds since 1970; null before the first sign-in. */
  lastSeen: timestamp.nullable(),
});
export type Account = Readonly<z.infer<typeof account>>;

/** Another identity has this name, in this or another case. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

/** The identity has an account of another name, which is `registeredName`. */
export class IdentityRegisteredError extends Error {
  override readonly name = 'IdentityRegisteredError';
  readonly registeredName: string;

  constructor(registeredName: string) {
    super(`this identity is registered as ${registeredName}`);
    this.registeredName = registeredName;
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
 * Names are unique by `nameKey`, identities are unique, under any concurrency.
 */
export interface AccountStore {
  /** Every account, in no particular order. Called once, at start. */
  accounts(): Promise<readonly Account[]>;

  /**
   * Keeps a new account. When the promise resolves, the account survives the loss of power.
   * @returns `existing` when this identity has this very name already: nothing changes then
   * @throws {NameTakenError} another identity has the name; of two at the same time exactly one gets it
   * @throws {IdentityRegisteredError} the identity has another name
   * @throws {StoreFullError} there is no room for more
   * @throws {StoreFailedError} it could not be kept, and was not
   */
  add(account: Account): Promise<'added' | 'existing'>;

  /**
   * Notes when a user was last seen. Resolves once it is written, which need not survive the loss of power.
   * An identity without an account is ignored.
   * @param lastSeen milliseconds since 1970
   * @throws {StoreFailedError} it could not be written
   */
  touch(identity: Fingerprint, lastSeen: number): Promise<void>;

  /** Writes what is under way, makes all of it durable and frees everything held. Later calls do nothing. */
  close(): Promise<void>;
}
