import { SessionClose } from '@p2p-chat/protocol/discovery';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Accounts } from '../accounts.ts';
import { Refusal } from '../refusal.ts';
import type { Reservations } from '../reservations.ts';
import type { Roster } from '../roster.ts';
import type { Account } from '../store/account-store.ts';
import type { AdminAnswer, AdminRequest, AdminUser } from './admin-api.ts';
import { backupOf } from './backup.ts';

/** What an operator's work needs of a server, whether it runs or only its folder is open. */
export interface AdministrationParts {
  readonly roster: Roster;
  readonly accounts: Accounts;
  readonly reservations: Reservations;
  /** Absolute. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What an operator does with other people's accounts. */
export class Administration {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /**
   * Resolves once what is asked is durable and those who watch have been told.
   * @throws {Refusal} `not-found`, or what Accounts throws
   */
  async answer(request: Exclude<AdminRequest, { do: 'backup' }>): Promise<AdminAnswer> {
    switch (request.do) {
      case 'list':
        return { users: this.#list() };
      case 'rename':
        return this.#rename(request.who, request.name);
      case 'remove':
        return this.#remove(request.who);
      case 'reset-identity':
        return this.#resetIdentity(request.who);
    }
  }

  /** Everything that a server needs to go on elsewhere, as of now. */
  backup(): Promise<string> {
    const { roster, reservations, folder, now } = this.#parts;
    return backupOf({
      folder,
      at: now(),
      accounts: roster.directory.all(),
      reservations: reservations.list(),
    });
  }

  #list(): AdminUser[] {
    const { roster, reservations } = this.#parts;
    const users = [...roster.directory.all()].map((account) => this.#describe(account));
    const kept = reservations.list().map(({ name, until }) => keptName(name, until));
    return [...users, ...kept].sort((one, other) =>
      one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1,
    );
  }

  async #rename(who: string, name: string): Promise<AdminAnswer> {
    const { roster, accounts } = this.#parts;
    const account = this.#find(who);
    const user = this.#describe(account);
    await accounts.rename(account.identity, name);
    // Its client learns its name from the next welcome.
    roster.endSession(account.identity, SessionClose.renamed, `this account is called ${name} now`);
    return { user };
  }

  async #remove(who: string): Promise<AdminAnswer> {
    const { accounts, reservations } = this.#parts;
    const kept = this.#findKept(who);
    if (kept !== undefined) {
      await reservations.release(kept.name);
      return { user: kept };
    }
    const account = this.#find(who);
    const user = this.#describe(account);
    await accounts.remove(account.identity);
    return { user };
  }

  async #resetIdentity(who: string): Promise<AdminAnswer> {
    const { accounts, reservations } = this.#parts;
    const kept = this.#findKept(who);
    const account = kept === undefined ? this.#find(who) : undefined;
    const user = account === undefined ? kept : this.#describe(account);
    const name = user?.name ?? who;
    // First the reservation: at no moment may somebody else have the name.
    const { code, until } = await reservations.reserve(name);
    if (account !== undefined) {
      try {
        await accounts.remove(account.identity);
      } catch (error) {
        await reservations.release(name);
        throw error;
      }
    }
    return { user: { ...(user ?? keptName(name, until)), keptUntil: until }, code };
  }

  #describe(account: Account): AdminUser {
    const { name, identity, online, lastSeen } = this.#parts.roster.describe(account);
    return { name, identity, online, registeredAt: account.registeredAt, lastSeen, keptUntil: null };
  }

  /** @throws {Refusal} not-found */
  #find(who: string): Account {
    const { directory } = this.#parts.roster;
    const found = fingerprint.safeParse(who).success ? directory.byIdentity(who) : directory.byName(who);
    if (found === undefined) throw new Refusal('not-found', `nobody here is called ${who}`);
    return found;
  }

  /** A name that is kept, and that nobody has meanwhile. */
  #findKept(who: string): AdminUser | undefined {
    const { roster, reservations } = this.#parts;
    const kept = reservations.of(who);
    if (kept === undefined || roster.directory.byName(kept.name) !== undefined) return undefined;
    return kept.name.toLowerCase() === who.toLowerCase() ? keptName(kept.name, kept.until) : undefined;
  }
}

function keptName(name: string, until: number): AdminUser {
  return { name, identity: null, online: false, registeredAt: null, lastSeen: null, keptUntil: until };
}
