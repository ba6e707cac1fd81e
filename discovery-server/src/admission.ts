import type { JoinCode } from './join-code.ts';
import type { RateLimits } from './rate-limits.ts';
import { Refusal } from './refusal.ts';

/** Who may have a new account here. Identities that have one are not asked. */
export class Admission {
  readonly #joinCode: JoinCode | undefined;
  readonly #limits: Pick<RateLimits, 'newAccounts' | 'wrongJoinCodes'>;

  /** @param joinCode undefined: everybody who reaches the server may join */
  constructor(joinCode: JoinCode | undefined, limits: Pick<RateLimits, 'newAccounts' | 'wrongJoinCodes'>) {
    this.#joinCode = joinCode;
    this.#limits = limits;
  }

  /**
   * Lets in, and counts the account against its address.
   * @returns to be called when no account is made after all
   * @throws {Refusal} join-code, too-many
   */
  async admit(joinCode: string | undefined, address: string): Promise<() => Promise<void>> {
    const { newAccounts, wrongJoinCodes } = this.#limits;
    if (this.#joinCode !== undefined) {
      // Counted before it is compared, or guesses that come at the same moment would all be compared.
      await wrongJoinCodes.spend(address);
      if (!this.#joinCode.accepts(joinCode)) {
        throw new Refusal(
          'join-code',
          'a new account needs the join code of this server: ask whoever runs it',
        );
      }
      await wrongJoinCodes.giveBack(address);
    }
    await newAccounts.spend(address);
    return () => newAccounts.giveBack(address);
  }
}
