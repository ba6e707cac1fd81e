import type { Logger } from 'pino';
import type { ErrorCode, User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { Refusal } from './refusal.ts';
import type { Reservations } from './reservations.ts';
import type { Member, Roster } from './roster.ts';
import {
  type AccountStore,
  IdentityRegisteredError,
  IdentityReplacedError,
  NameTakenError,
  NoAccountError,
  StoreFailedError,
  StoreFullError,
} from './store/account-store.ts';

/** What changing accounts needs of the server. */
export interface AccountsParts {
  readonly store: AccountStore;
  readonly roster: Roster;
  readonly reservations: Reservations;
  readonly logger: Logger;
}

/** What people do with their own accounts once they are signed in. */
export class Accounts {
  readonly #parts: AccountsParts;
  /** Whose account is being changed: one change at a time, so that nobody can make a queue of them grow. */
  readonly #changing = new Set<Fingerprint>();

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  /**
   * Gives the account of `identity` another name; resolves once that is durable and those who watch have been told.
   * @throws {Refusal} `name-taken`, `not-registered`, `too-many` or `unavailable`
   */
  async rename(identity: Fingerprint, name: string): Promise<User> {
    if (this.#parts.reservations.of(name) !== undefined) throw taken(name);
    const outcome = await this.#change(identity, (store) => store.rename(identity, name));
    if (outcome === 'renamed') this.#parts.roster.renamed(identity, name);
    return { name, identity };
  }

  /**
   * Ends the account of `identity`; resolves once that is durable and those who watch have been told.
   * @param by the session that asks, which the caller closes; any other of this identity is closed here. Undefined: an
   *   operator asks
   * @throws {Refusal} `too-many` or `unavailable`
   */
  async remove(identity: Fingerprint, by?: Member): Promise<void> {
    const outcome = await this.#change(identity, (store) => store.remove(identity));
    if (outcome === 'removed') this.#parts.roster.removed(identity, by);
  }

  async #change<Outcome>(
    identity: Fingerprint,
    change: (store: AccountStore) => Promise<Outcome>,
  ): Promise<Outcome> {
    if (this.#changing.has(identity)) {
      throw new Refusal('too-many', 'this account is being changed already: wait for the answer');
    }
    this.#changing.add(identity);
    try {
      return await change(this.#parts.store);
    } catch (error) {
      throw refusalOf(error, this.#parts.logger);
    } finally {
      this.#changing.delete(identity);
    }
  }
}

/** What a client is told of a name that is kept for somebody else: the same as of one that somebody has. */
export function taken(name: string): Refusal {
  return new Refusal('name-taken', new NameTakenError(name).message);
}

/** What a client is told of an error of the store; anything else stays what it is. */
export function refusalOf(error: unknown, logger: Logger): unknown {
  if (error instanceof NameTakenError) return new Refusal('name-taken', error.message);
  if (error instanceof IdentityRegisteredError) return ofAccount('identity-registered', error);
  if (error instanceof IdentityReplacedError) return ofAccount('identity-replaced', error);
  if (error instanceof NoAccountError) return new Refusal('not-registered', error.message);
  if (error instanceof StoreFullError) return new Refusal('directory-full', error.message);
  if (error instanceof StoreFailedError) {
    logger.error({ err: error }, `an account could not be stored: ${error.message}`);
    return new Refusal('unavailable', 'the account could not be stored: try again later');
  }
  return error;
}

function ofAccount(code: ErrorCode, error: IdentityRegisteredError | IdentityReplacedError): Refusal {
  return new Refusal(code, error.message, undefined, { accountName: error.registeredName });
}
