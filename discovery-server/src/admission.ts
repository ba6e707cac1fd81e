import type { JoinCode } from './join-code.ts';
import type { RateLimits } from './rate-limits.ts';
import { taken } from './accounts.ts';
import { Refusal } from './refusal.ts';
import type { Reservations } from './reservations.ts';

/** Who may have a new account here. Identities that have one are not asked. */
export class Admission {
  readonly #joinCode: JoinCode | undefined;
  readonly #reservations: Reservations;
  readonly #limits: Pick<RateLimits, 'newAccounts' | 'wrongJoinCodes'>;

  /** @param joinCode undefined: everybody who reaches the server may join */
  constructor(
    joinCode: JoinCode | undefined,
    reservations: Reservations,
    limits: Pick<RateLimits, 'newAccounts' | 'wrongJoinCodes'>,
  ) {
    this.#joinCode = joinCode;
    this.#reservations = reservations;
    this.#limits = limits;
  }

  /**
   * Lets in, and counts the account against its address.
   * @param name of the account; one that is kept needs its own code instead
   * @returns to be called when no account is made after all
   * @throws {Refusal} join-code, name-taken, too-many
   */
  async admit(name: string, joinCode: string | undefined, address: string): Promise<() => void> {
    const { newAccounts, wrongJoinCodes } = this.#limits;
    const isKept = this.#reservations.of(name) !== undefined;
    if (this.#joinCode !== undefined || isKept) {
      await wrongJoinCodes.spendForAll(address);
      this.#check(name, joinCode, isKept);
      wrongJoinCodes.giveBack(address);
    }
    await newAccounts.spendForAll(address);
    return () => newAccounts.giveBack(address);
  }

  /** Whoever has no code at all is not told whether a name is kept where a code is asked for anyway. */
  #check(name: string, joinCode: string | undefined, isKept: boolean): void {
    const isMember = this.#joinCode?.accepts(joinCode) ?? false;
    if (isKept ? this.#reservations.accepts(name, joinCode) : isMember) return;
    if (isMember) throw taken(name);
    throw new Refusal(
      'join-code',
      this.#joinCode === undefined
        ? 'this name is kept for its owner, who has a code for it from whoever runs this server'
        : 'a new account needs the join code of this server: ask whoever runs it',
    );
  }
}
