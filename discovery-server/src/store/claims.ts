import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nameKey } from '@p2p-chat/protocol/names';
import { type Account, IdentityRegisteredError, NameTakenError, StoreFullError } from './account-store.ts';

/** Which identity owns which name, in memory: the rule of uniqueness of a store that one process owns. */
export class Claims {
  readonly #maxAccounts: number;
  readonly #ownerOfKey = new Map<string, Fingerprint>();
  readonly #nameOfOwner = new Map<Fingerprint, string>();

  constructor(maxAccounts: number) {
    this.#maxAccounts = maxAccounts;
  }

  /** Whether this identity has an account. */
  has(identity: Fingerprint): boolean {
    return this.#nameOfOwner.has(identity);
  }

  /**
   * Takes the name for the identity.
   * @returns `existing` when the identity has this very name already
   * @throws {NameTakenError | IdentityRegisteredError | StoreFullError} as AccountStore.add; nothing is taken then
   */
  claim({ identity, name }: Account): 'added' | 'existing' {
    const key = nameKey(name);
    const registered = this.#nameOfOwner.get(identity);
    if (registered === name) return 'existing';
    if (registered !== undefined) throw new IdentityRegisteredError(registered);
    if (this.#ownerOfKey.has(key)) throw new NameTakenError(`the name ${name} belongs to another identity`);
    if (this.#nameOfOwner.size >= this.#maxAccounts) {
      throw new StoreFullError(`this directory is full: it is made for ${this.#maxAccounts} accounts`);
    }
    this.restore({ identity, name });
    return 'added';
  }

  /** Notes an account that is kept already; an operator may have lowered the limit below what is there. */
  restore({ identity, name }: Pick<Account, 'identity' | 'name'>): void {
    this.#ownerOfKey.set(nameKey(name), identity);
    this.#nameOfOwner.set(identity, name);
  }

  /** Gives back what `claim` took for an account that was not kept after all. */
  release({ identity, name }: Account): void {
    this.#ownerOfKey.delete(nameKey(name));
    this.#nameOfOwner.delete(identity);
  }
}
