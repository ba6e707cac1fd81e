import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { siteOf } from './address.ts';
import { ADDRESS_BUCKETS, ADDRESSES_APART, type Rate, type ServerLimits, SITE_FACTOR } from './limits.ts';
import { tooMany } from './refusal.ts';

/** What a limit says to one call. */
export interface Verdict {
  readonly granted: boolean;
  /** Seconds until it grants again, from 1. */
  readonly retryAfter: number;
  /** This caller has been told twice as often as it may call, in one window: it does not listen. */
  readonly deaf: boolean;
}

/** How often something may be done by one key. Counted anew after each window; nothing of it is kept on a disk. */
export class RateLimit {
  readonly #limiter: RateLimiterMemory;
  readonly #calls: number;

  constructor({ calls, seconds }: Rate) {
    this.#calls = calls;
    // No prefix: each limit has a memory of its own.
    this.#limiter = new RateLimiterMemory({ points: calls, duration: seconds, keyPrefix: '' });
  }

  /**
   * Counts one call. All verdicts take the same number of turns of the microtask queue, so that what is awaited in
   * order is answered in order.
   * @param weight as how many calls it counts, from 1
   */
  async take(key: string, weight = 1): Promise<Verdict> {
    try {
      return this.#verdict(await this.#limiter.consume(key, weight), true);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return this.#verdict(refused, false);
      throw refused;
    }
  }

  /** Counts one call. @throws {Refusal} too-many */
  async spend(key: string): Promise<void> {
    const { granted, retryAfter } = await this.take(key);
    if (!granted) throw tooMany(retryAfter);
  }

  /** Gives back what was spent on something that came to nothing. */
  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(key);
  }

  /** Callers that are counted now. */
  get size(): number {
    return this.#limiter.dump().storage.length;
  }

  /** Forgets everybody, and with them the library's timers. */
  async stop(): Promise<void> {
    for (const { key } of this.#limiter.dump().storage) await this.#limiter.delete(key);
  }

  #verdict(state: RateLimiterRes, granted: boolean): Verdict {
    return { granted, retryAfter: secondsOf(state), deaf: state.consumedPoints > 2 * this.#calls };
  }
}

/**
 * A limit by address, whose memory does not grow with the number of addresses: as many as are expected are counted
 * each for itself; those that come while so many are counted share the counters of a keyed hash, so that whoever has
 * a million addresses gets no more calls than these counters have, and cannot choose whom they share one with.
 */
export class AddressRateLimit {
  readonly #limit: RateLimit;
  readonly #windowMs: number;
  readonly #most: { readonly apart: number; readonly shared: number };
  readonly #secret = randomBytes(32);
  /** Until when each address is counted for itself. All windows are equally long, so the first ends first. */
  readonly #apart = new Map<string, number>();

  /** @param most how many addresses are counted each for itself, and how many counters the others share */
  constructor(rate: Rate, most = { apart: ADDRESSES_APART, shared: ADDRESS_BUCKETS }) {
    this.#limit = new RateLimit(rate);
    this.#most = most;
    this.#windowMs = rate.seconds * 1_000;
  }

  /** See RateLimit. */
  async take(address: string, weight = 1): Promise<Verdict> {
    return this.#limit.take(this.#counterOf(address), weight);
  }

  /** @throws {Refusal} too-many */
  async spend(address: string): Promise<void> {
    await this.#limit.spend(this.#counterOf(address));
  }

  /** Gives back what was spent on something that came to nothing. */
  async giveBack(address: string): Promise<void> {
    await this.#limit.giveBack(this.#counterOf(address));
  }

  /** Counters in use. */
  get size(): number {
    return this.#limit.size;
  }

  async stop(): Promise<void> {
    this.#apart.clear();
    await this.#limit.stop();
  }

  #counterOf(address: string): string {
    const now = performance.now();
    for (const [oldest, until] of this.#apart) {
      if (until > now) break;
      this.#apart.delete(oldest);
    }
    if (this.#apart.has(address)) return address;
    if (this.#apart.size < this.#most.apart) {
      this.#apart.set(address, now + this.#windowMs);
      return address;
    }
    const hash = createHmac('sha256', this.#secret).update(address).digest();
    return `#${hash.readUInt32BE(0) % this.#most.shared}`;
  }
}

/**
 * A limit by address, and by IPv6 /48 SITE_FACTOR times it, for what one household must not use up by the many
 * addresses that it has.
 */
export class SiteRateLimit {
  readonly #byAddress: AddressRateLimit;
  readonly #bySite: AddressRateLimit;

  constructor({ calls, seconds }: Rate) {
    this.#byAddress = new AddressRateLimit({ calls, seconds });
    this.#bySite = new AddressRateLimit({ calls: SITE_FACTOR * calls, seconds });
  }

  /** See RateLimit. @param address as addressGroup names it */
  async take(address: string, weight = 1): Promise<Verdict> {
    const site = siteOf(address);
    const [own, all] = await Promise.all([
      this.#byAddress.take(address, weight),
      site === undefined ? undefined : this.#bySite.take(site, weight),
    ]);
    return own.granted && all !== undefined ? all : own;
  }

  /** @param address as addressGroup names it. @throws {Refusal} too-many */
  async spend(address: string): Promise<void> {
    await this.#byAddress.spend(address);
    const site = siteOf(address);
    if (site !== undefined) await this.#bySite.spend(site);
  }

  /** Gives back what was spent on something that came to nothing. */
  async giveBack(address: string): Promise<void> {
    await this.#byAddress.giveBack(address);
    const site = siteOf(address);
    if (site !== undefined) await this.#bySite.giveBack(site);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#byAddress.stop(), this.#bySite.stop()]);
  }
}

/** Every limit on how often. */
export interface RateLimits {
  readonly httpCalls: AddressRateLimit;
  readonly challenges: AddressRateLimit;
  readonly registrations: AddressRateLimit;
  readonly newAccounts: SiteRateLimit;
  readonly wrongJoinCodes: SiteRateLimit;
  readonly handshakes: AddressRateLimit;
  /** By identity of an account, so never more than there are accounts. */
  readonly signIns: RateLimit;
  readonly requests: RateLimit;
  readonly changes: RateLimit;
  readonly requestsPerAddress: SiteRateLimit;
  readonly changesPerAddress: SiteRateLimit;
  readonly calls: RateLimit;
  /** By the two accounts and what is asked; there are too many pairs to count each. */
  readonly callsPerPair: AddressRateLimit;
  /** Frees what the limits hold. */
  stop(): Promise<void>;
}

export function rateLimits(limits: ServerLimits): RateLimits {
  const byAddress = {
    httpCalls: new AddressRateLimit(limits.httpCalls),
    challenges: new AddressRateLimit(limits.challenges),
    registrations: new AddressRateLimit(limits.registrations),
    newAccounts: new SiteRateLimit(limits.newAccounts),
    wrongJoinCodes: new SiteRateLimit(limits.wrongJoinCodes),
    handshakes: new AddressRateLimit(limits.handshakes),
    requestsPerAddress: new SiteRateLimit(limits.requestsPerAddress),
    changesPerAddress: new SiteRateLimit(limits.changesPerAddress),
    callsPerPair: new AddressRateLimit(limits.callsPerPair),
  };
  const byAccount = {
    signIns: new RateLimit(limits.signIns),
    requests: new RateLimit(limits.requests),
    changes: new RateLimit(limits.changes),
    calls: new RateLimit(limits.calls),
  };
  const all = [...Object.values(byAddress), ...Object.values(byAccount)];
  return {
    ...byAddress,
    ...byAccount,
    async stop() {
      await Promise.all(all.map((limit) => limit.stop()));
    },
  };
}

function secondsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1_000));
}
