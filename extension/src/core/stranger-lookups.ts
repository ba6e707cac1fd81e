import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { type Directory, DirectoryRefusal, DirectoryUnavailable, type Found } from './net-ports.ts';
import type { Clock } from './ports.ts';

/** Look-ups for strangers at once: more than a team's mornings. */
export const LOOKUP_BURST = 20;

/**
 * And so many more each second. A server lets an account ask 50 times a second on average: with a tenth of it for those
 * who knock, this person's own questions always get through.
 */
export const LOOKUPS_PER_SECOND = 5;

/** How long an identity that the server did not know is not asked about again, milliseconds. */
export const NOBODY_FOR_MS = 60_000;

/** Identities remembered as nobody's: the newest, more than can be asked about in that time. */
const MAX_NOBODIES = 512;

/** What is known of a stranger. */
export type StrangerAnswer =
  | Found
  /** The server knows the identity as nobody's own. */
  | 'nobody'
  /** The server cannot be reached now, so nobody can be named. */
  | 'unreachable'
  /** This device or the server is asked too often to answer now. */
  | 'busy';

/**
 * Asks a discovery server who strangers are, with this person's account: so seldom that strangers, who need no account
 * for it, cannot use up what the server grants.
 */
export class StrangerLookUps {
  readonly #session: Directory;
  readonly #clock: Clock;
  /** Since when identities are known to be nobody's, oldest first. */
  readonly #nobodies = new Map<Fingerprint, number>();
  #left = LOOKUP_BURST;
  #countedAt: number;

  constructor(session: Directory, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    this.#countedAt = clock.now();
  }

  async ask(identity: Fingerprint): Promise<StrangerAnswer> {
    if (this.#isNobody(identity)) return 'nobody';
    if (!this.#spend()) return 'busy';
    const found = await this.#lookUp(identity);
    // Whoever knocks under an identity that was replaced is nobody any longer.
    if (found === 'unreachable' || found === 'busy' || found?.presence.identity === identity) return found;
    this.#nobodies.delete(identity);
    this.#nobodies.set(identity, this.#clock.now());
    const [oldest] = this.#nobodies.keys();
    if (this.#nobodies.size > MAX_NOBODIES && oldest !== undefined) this.#nobodies.delete(oldest);
    return 'nobody';
  }

  /** The server has just named somebody. */
  named(identity: Fingerprint): void {
    this.#nobodies.delete(identity);
  }

  #isNobody(identity: Fingerprint): boolean {
    const since = this.#nobodies.get(identity);
    if (since === undefined) return false;
    const ms = this.#clock.now() - since;
    return ms >= 0 && ms < NOBODY_FOR_MS;
  }

  #spend(): boolean {
    const now = this.#clock.now();
    // A clock that was set back gives nothing, and takes nothing.
    const earned = (Math.max(0, now - this.#countedAt) / 1_000) * LOOKUPS_PER_SECOND;
    this.#left = Math.min(LOOKUP_BURST, this.#left + earned);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** For as long as a handshake may take. */
  async #lookUp(identity: Fingerprint): Promise<Found | 'unreachable' | 'busy' | null> {
    let cancel = (): void => undefined;
    const tooLate = new Promise<'unreachable'>((resolve) => {
      cancel = this.#clock.after(HANDSHAKE_TIMEOUT_MS, () => resolve('unreachable'));
    });
    try {
      return await Promise.race([this.#session.lookUp(identity), tooLate]);
    } catch (error) {
      if (error instanceof DirectoryUnavailable) return 'unreachable';
      if (error instanceof DirectoryRefusal) return 'busy';
      throw error;
    } finally {
      cancel();
    }
  }
}
