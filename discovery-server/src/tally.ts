import { siteOf } from './address.ts';
import { SITE_FACTOR } from './limits.ts';

/** How many of something each key has at the moment. Remembers nobody who has none. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /**
   * One more, if that is within `most`.
   * @returns a function that takes it back, which may be called again; undefined when there is no room
   */
  add(key: string, most: number): (() => void) | undefined {
    const count = this.#counts.get(key) ?? 0;
    if (count >= most) return undefined;
    this.#counts.set(key, count + 1);
    let there = true;
    return () => {
      if (!there) return;
      there = false;
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left === 0) this.#counts.delete(key);
      else this.#counts.set(key, left);
    };
  }

  /** Keys that have something. */
  get size(): number {
    return this.#counts.size;
  }
}

/** How many of something each address has at the moment, and each IPv6 /48, which may have SITE_FACTOR times as many. */
export class AddressTally {
  readonly #byAddress = new Tally();
  readonly #bySite = new Tally();

  /** As Tally.add. @param address as addressGroup names it */
  add(address: string, most: number): (() => void) | undefined {
    const site = siteOf(address);
    const leaveAddress = this.#byAddress.add(address, most);
    if (leaveAddress === undefined || site === undefined) return leaveAddress;
    const leaveSite = this.#bySite.add(site, SITE_FACTOR * most);
    if (leaveSite === undefined) {
      leaveAddress();
      return undefined;
    }
    return () => {
      leaveAddress();
      leaveSite();
    };
  }

  /** Addresses and sites that have something. */
  get size(): number {
    return this.#byAddress.size + this.#bySite.size;
  }
}
