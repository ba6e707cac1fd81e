import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nameKey } from '@p2p-chat/protocol/names';
import {
  type Account,
  earlierIdentities,
  IdentityRegisteredError,
  IdentityReplacedError,
  NameTakenError,
  NoAccountError,
  StoreFullError,
} from './account-store.ts';

/** Takes back a change that could not be kept after all. Nothing that it touched may have changed since. */
export type Undo = () => void;

/** What is claimed by one account. */
interface Claim {
  readonly name: string;
  /** Which identities it was handed on from, oldest first. */
  readonly earlier: readonly Fingerprint[];
}

/**
 * Which identity owns which name, and whose place it took, in memory: the rules of uniqueness of a store that one
 * process owns. Every change throws before anything is changed, or returns how it is taken back; undefined where
 * everything was so already.
 */
export class Claims {
  readonly #maxAccounts: number;
  readonly #claims = new Map<Fingerprint, Claim>();
  /** By `nameKey`. Several have one only where they had it before look-alikes counted. */
  readonly #ownersOfKey = new Map<string, Set<Fingerprint>>();
  /** From each identity that was replaced to the one that has its account: at most MAX_SUCCESSIONS an account. */
  readonly #heirOf = new Map<Fingerprint, Fingerprint>();

  constructor(maxAccounts: number) {
    this.#maxAccounts = maxAccounts;
  }

  /** Whether this identity has an account. */
  has(identity: Fingerprint): boolean {
    return this.#claims.has(identity);
  }

  /** The name of this identity's account. */
  nameOf(identity: Fingerprint): string | undefined {
    return this.#claims.get(identity)?.name;
  }

  /** Which identities this one's account was handed on from, oldest first. */
  earlierOf(identity: Fingerprint): readonly Fingerprint[] {
    return this.#claims.get(identity)?.earlier ?? [];
  }

  /** Notes an account that is kept already; an operator may have lowered the limit below what is there. */
  restore(account: Pick<Account, 'identity' | 'name' | 'successions'>): void {
    this.#put(account.identity, { name: account.name, earlier: earlierIdentities(account) });
  }

  /**
   * Takes a name for an identity.
   * @throws {IdentityReplacedError | NameTakenError | IdentityRegisteredError | StoreFullError} as AccountStore.add
   */
  add(account: Account): Undo | undefined {
    const { identity, name } = account;
    const registered = this.nameOf(identity);
    if (registered === name) return undefined;
    if (registered !== undefined) throw new IdentityRegisteredError(registered);
    // Before the name, which is most likely that of the account handed on: "taken" would not say by whom.
    this.#refuseReplaced(identity);
    this.#refuseTaken(name, identity);
    const claim = { name, earlier: earlierIdentities(account) };
    for (const earlier of claim.earlier) this.#refuseOwner(earlier);
    if (this.#claims.size >= this.#maxAccounts) {
      throw new StoreFullError(`this directory is full: it is made for ${this.#maxAccounts} accounts`);
    }
    this.#put(identity, claim);
    return () => this.#take(identity);
  }

  /** @throws {NoAccountError | NameTakenError} as AccountStore.rename */
  rename(identity: Fingerprint, name: string): Undo | undefined {
    const claim = this.#claims.get(identity);
    if (claim === undefined) throw new NoAccountError();
    if (claim.name === name) return undefined;
    this.#refuseTaken(name, identity);
    this.#take(identity);
    this.#put(identity, { ...claim, name });
    return () => {
      this.#take(identity);
      this.#put(identity, claim);
    };
  }

  remove(identity: Fingerprint): Undo | undefined {
    const claim = this.#claims.get(identity);
    if (claim === undefined) return undefined;
    this.#take(identity);
    return () => this.#put(identity, claim);
  }

  /** @throws {NoAccountError | IdentityReplacedError | IdentityRegisteredError} as AccountStore.replace */
  replace(from: Fingerprint, to: Account): Undo | undefined {
    const own = this.nameOf(to.identity);
    const claim = this.#claims.get(from);
    if (own === to.name && claim === undefined) return undefined;
    if (own !== undefined) throw new IdentityRegisteredError(own);
    if (claim === undefined) throw new NoAccountError();
    if (claim.name !== to.name) throw new IdentityRegisteredError(claim.name);
    const next = { name: to.name, earlier: earlierIdentities(to) };
    this.#refuseReplaced(to.identity);
    for (const earlier of next.earlier) this.#refuseOwner(earlier, from);
    this.#take(from);
    this.#put(to.identity, next);
    return () => {
      this.#take(to.identity);
      this.#put(from, claim);
    };
  }

  #refuseTaken(name: string, identity: Fingerprint): void {
    const owners = this.#ownersOfKey.get(nameKey(name)) ?? [];
    for (const owner of owners) if (owner !== identity) throw new NameTakenError(name);
  }

  /** An identity that was replaced gets no other account while its own is there: it would be two people. */
  #refuseReplaced(identity: Fingerprint): void {
    const heir = this.#heirOf.get(identity);
    if (heir !== undefined) throw new IdentityReplacedError(this.nameOf(heir) ?? '');
  }

  /** Nobody follows on an identity that has an account, or that another one followed on. @param except may have been */
  #refuseOwner(earlier: Fingerprint, except?: Fingerprint): void {
    const owner = this.#claims.has(earlier) ? earlier : this.#heirOf.get(earlier);
    if (owner === undefined || owner === except) return;
    throw new IdentityRegisteredError(this.nameOf(owner) ?? '');
  }

  #put(identity: Fingerprint, claim: Claim): void {
    this.#claims.set(identity, claim);
    const key = nameKey(claim.name);
    const owners = this.#ownersOfKey.get(key);
    if (owners === undefined) this.#ownersOfKey.set(key, new Set([identity]));
    else owners.add(identity);
    for (const earlier of claim.earlier) this.#heirOf.set(earlier, identity);
  }

  #take(identity: Fingerprint): void {
    const claim = this.#claims.get(identity);
    if (claim === undefined) return;
    this.#claims.delete(identity);
    const key = nameKey(claim.name);
    const owners = this.#ownersOfKey.get(key);
    owners?.delete(identity);
    if (owners?.size === 0) this.#ownersOfKey.delete(key);
    for (const earlier of claim.earlier) this.#heirOf.delete(earlier);
  }
}
