import { createHmac, randomBytes } from 'node:crypto';
import { siteOf } from './address.ts';
import { ADDRESS_BUCKETS, ADDRESSES_APART, type Rate, type ServerLimits, SITE_FACTOR } from './limits.ts';
import { tooMany } from './refusal.ts';

/** Milliseconds since some fixed moment. */
type Elapsed = () => number;

/** What a limit says to one call. */
export interface Verdict {
  readonly granted: boolean;
  /** Seconds until it grants again, from 1. */
  readonly retryAfter: number;
  /** This caller has been told twice as often as it may call, in one window: it does not listen. */
  readonly deaf: boolean;
}

/** What is counted for several servers together. */
export interface SharedLimit {
  /** Counts here what the others are still to be told. @param weight below 0: gives back */
  add(key: string, weight: number): void;
  /** Calls at all servers, as far as is known, in the window that is known; undefined: nothing is known. */
  known(key: string): { readonly calls: number; readonly leftMs: number } | undefined;
  /** Resolves once what is counted here is told, and what is counted elsewhere is known. Without the others: at once. */
  settle(key: string): Promise<void>;
  /** To be called now and then: tells the others. */
  tell(): void;
}

/** How often something may be done by one key. Counted anew after each window; nothing of it is kept on a disk. */
export class RateLimit {
  readonly #calls: number;
  readonly #windowMs: number;
  readonly #elapsed: Elapsed;
  readonly #shared: SharedLimit | undefined;
  /** One window for all: each of its own would be an object for each caller, and there are many of both. */
  #counts = new Map<string, number>();
  #windowEnd = -Infinity;

  /** @param shared counts for other servers as well; undefined: there are none */
  constructor({ calls, seconds }: Rate, elapsed: Elapsed, shared?: SharedLimit) {
    this.#calls = calls;
    this.#windowMs = seconds * 1_000;
    this.#elapsed = elapsed;
    this.#shared = shared;
  }

  /**
   * Counts one call.
   * @param weight as how many calls it counts, from 1
   */
  take(key: string, weight = 1): Verdict {
    const left = this.#left();
    return this.#count(key, (this.#counts.get(key) ?? 0) + weight, weight, left);
  }

  /** As `take`, of whoever is counted already or comes while fewer than `most` are; undefined, and nothing is counted, of others. */
  takeWithin(most: number, key: string, weight: number): Verdict | undefined {
    const left = this.#left();
    const before = this.#counts.get(key);
    if (before === undefined && this.#counts.size >= most) return undefined;
    return this.#count(key, (before ?? 0) + weight, weight, left);
  }

  #count(key: string, count: number, weight: number, left: number): Verdict {
    this.#counts.set(key, count);
    this.#shared?.add(key, weight);
    return this.#verdict(key, count, left);
  }

  /** As `spend`; where several servers count together, once it is known what the others have counted. */
  async spendForAll(key: string): Promise<void> {
    this.spend(key);
    if (this.#shared === undefined) return;
    await this.#shared.settle(key);
    const { granted, retryAfter } = this.#verdict(key, this.#counts.get(key) ?? 0, this.#left());
    if (!granted) throw tooMany(retryAfter);
  }

  #verdict(key: string, own: number, left: number): Verdict {
    const all = this.#shared?.known(key);
    const isMore = all !== undefined && all.calls > own;
    const count = isMore ? all.calls : own;
    return {
      granted: count <= this.#calls,
      retryAfter: Math.max(1, Math.ceil((isMore ? all.leftMs : left) / 1_000)),
      deaf: count > 2 * this.#calls,
    };
  }

  /** Counts one call. @throws {Refusal} too-many */
  spend(key: string): void {
    const { granted, retryAfter } = this.take(key);
    if (!granted) throw tooMany(retryAfter);
  }

  /** Gives back what was spent on something that came to nothing; of a window that is over, nothing. */
  giveBack(key: string): void {
    const count = this.has(key) ? this.#counts.get(key) : undefined;
    if (count === undefined || count <= 0) return;
    this.#counts.set(key, count - 1);
    this.#shared?.add(key, -1);
  }

  /** Whether this caller is counted now. */
  has(key: string): boolean {
    this.#left();
    return this.#counts.has(key);
  }

  /** Callers that are counted now. */
  get size(): number {
    this.#left();
    return this.#counts.size;
  }

  /** To be called now and then: forgets everybody once the window is over, should nobody come any more. */
  forget(): void {
    if (this.#counts.size > 0 && this.#elapsed() >= this.#windowEnd) this.#counts = new Map();
    this.#shared?.tell();
  }

  /** Milliseconds of the window that are left; where it is over, of the next one, which begins now. */
  #left(): number {
    const now = this.#elapsed();
    if (now >= this.#windowEnd) {
      this.#counts = new Map();
      this.#windowEnd = now + this.#windowMs;
    }
    return this.#windowEnd - now;
  }
}

/**
 * A limit by address, whose memory does not grow with the number of addresses: as many as are expected are counted
 * each for itself; those that come while so many are counted share the counters of a keyed hash, so that whoever has
 * a million addresses gets no more calls than these counters have, and cannot choose whom they share one with.
 */
export class AddressRateLimit {
  readonly #apart: RateLimit;
  readonly #shared: RateLimit;
  readonly #most: { readonly apart: number; readonly shared: number };
  readonly #secret = randomBytes(32);

  /**
   * @param most how many addresses are counted each for itself, and how many counters the others share
   * @param others counts what is counted each for itself, with other servers
   */
  constructor(
    rate: Rate,
    elapsed: Elapsed,
    most = { apart: ADDRESSES_APART, shared: ADDRESS_BUCKETS },
    others?: SharedLimit,
  ) {
    this.#apart = new RateLimit(rate, elapsed, others);
    this.#shared = new RateLimit(rate, elapsed);
    this.#most = most;
  }

  /** See RateLimit. */
  take(address: string, weight = 1): Verdict {
    return (
      this.#apart.takeWithin(this.#most.apart, address, weight) ??
      this.#shared.take(this.#bucketOf(address), weight)
    );
  }

  /** @throws {Refusal} too-many */
  spend(address: string): void {
    const { granted, retryAfter } = this.take(address);
    if (!granted) throw tooMany(retryAfter);
  }

  /** See RateLimit. @throws {Refusal} too-many */
  async spendForAll(address: string): Promise<void> {
    if (this.#apart.has(address) || this.#apart.size < this.#most.apart)
      await this.#apart.spendForAll(address);
    else this.spend(address);
  }

  /** Gives back what was spent on something that came to nothing. */
  giveBack(address: string): void {
    if (this.#apart.has(address)) this.#apart.giveBack(address);
    else this.#shared.giveBack(this.#bucketOf(address));
  }

  /** Counters in use. */
  get size(): number {
    return this.#apart.size + this.#shared.size;
  }

  /** See RateLimit. */
  forget(): void {
    this.#apart.forget();
    this.#shared.forget();
  }

  #bucketOf(address: string): string {
    const hash = createHmac('sha256', this.#secret).update(address).digest();
    return String(hash.readUInt32BE(0) % this.#most.shared);
  }
}

/**
 * A limit by address, and by IPv6 /48 SITE_FACTOR times it, for what one household must not use up by the many
 * addresses that it has.
 */
export class SiteRateLimit {
  readonly #byAddress: AddressRateLimit;
  readonly #bySite: AddressRateLimit;

  constructor({ calls, seconds }: Rate, elapsed: Elapsed, share?: (rate: Rate, of: string) => SharedLimit) {
    const own = { calls, seconds };
    const site = { calls: SITE_FACTOR * calls, seconds };
    this.#byAddress = new AddressRateLimit(own, elapsed, undefined, share?.(own, 'address'));
    this.#bySite = new AddressRateLimit(site, elapsed, undefined, share?.(site, 'site'));
  }

  /** See RateLimit. @param address as addressGroup names it */
  take(address: string, weight = 1): Verdict {
    const site = siteOf(address);
    const own = this.#byAddress.take(address, weight);
    const all = site === undefined ? undefined : this.#bySite.take(site, weight);
    return own.granted && all !== undefined ? all : own;
  }

  /** @param address as addressGroup names it. @throws {Refusal} too-many */
  spend(address: string): void {
    this.#byAddress.spend(address);
    const site = siteOf(address);
    if (site !== undefined) this.#bySite.spend(site);
  }

  /** See RateLimit. @throws {Refusal} too-many */
  async spendForAll(address: string): Promise<void> {
    const site = siteOf(address);
    await this.#byAddress.spendForAll(address);
    if (site !== undefined) await this.#bySite.spendForAll(site);
  }

  /** Gives back what was spent on something that came to nothing. */
  giveBack(address: string): void {
    this.#byAddress.giveBack(address);
    const site = siteOf(address);
    if (site !== undefined) this.#bySite.giveBack(site);
  }

  /** See RateLimit. */
  forget(): void {
    this.#byAddress.forget();
    this.#bySite.forget();
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
  /** To be called now and then: forgets everybody who has not come for a while. */
  forget(): void;
}

/** Which limits there are by address alone, by address and site, and by account. */
const BY_ADDRESS = ['httpCalls', 'challenges', 'registrations', 'handshakes', 'callsPerPair'] as const;
const BY_SITE = ['newAccounts', 'wrongJoinCodes', 'requestsPerAddress', 'changesPerAddress'] as const;
const BY_ACCOUNT = ['signIns', 'requests', 'changes', 'calls'] as const;

/** @param share counts with other servers; undefined: there are none */
export function rateLimits(
  limits: ServerLimits,
  elapsed: Elapsed,
  share?: (name: string, rate: Rate) => SharedLimit,
): RateLimits {
  const byAddress = {
    ...made(
      BY_ADDRESS,
      (name) => new AddressRateLimit(limits[name], elapsed, undefined, share?.(name, limits[name])),
    ),
    ...made(
      BY_SITE,
      (name) =>
        new SiteRateLimit(limits[name], elapsed, share && ((rate, of) => share(`${name}-${of}`, rate))),
    ),
  };
  const byAccount = made(
    BY_ACCOUNT,
    (name) => new RateLimit(limits[name], elapsed, share?.(name, limits[name])),
  );
  const all = [...Object.values(byAddress), ...Object.values(byAccount)];
  return {
    ...byAddress,
    ...byAccount,
    forget() {
      for (const limit of all) limit.forget();
    },
  };
}

function made<Name extends string, Limit>(
  names: readonly Name[],
  make: (name: Name) => Limit,
): Record<Name, Limit> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Limit>;
}
