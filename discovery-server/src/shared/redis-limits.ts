import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { Rate } from '../limits.ts';
import type { SharedLimit } from '../rate-limits.ts';
import type { SharedRedis } from './redis.ts';

/** Limits that all instances count together. Addresses do not stand in Redis: what is counted goes by a keyed hash. */
export async function sharedLimits(
  redis: SharedRedis,
  clock: Clock,
  logger: Logger,
): Promise<(name: string, rate: Rate) => SharedLimit> {
  const secret = z.string().parse(await redis.command('GET', redis.keys.nonceSecret));
  return (name, rate) => {
    const hash = (key: string): string =>
      createHmac('sha256', secret).update(`${name}\n${key}`).digest('base64url').slice(0, 16);
    const limiter = new RateLimiterRedis({
      storeClient: redis.client,
      keyPrefix: redis.keys.limit(name),
      points: rate.calls,
      duration: rate.seconds,
      rejectIfRedisNotReady: true,
    });
    const count = async (key: string, weight: number): Promise<RateLimiterRes> => {
      try {
        return await (weight < 0 ? limiter.reward(hash(key), -weight) : limiter.consume(hash(key), weight));
      } catch (error) {
        // So it says that it is too many.
        if (error instanceof RateLimiterRes) return error;
        throw error;
      }
    };
    return new RedisLimit(count, () => clock.elapsed(), logger);
  };
}

/** What one key has called at all instances. */
interface Counted {
  /** As Redis said, and until when that holds. */
  calls: number;
  until: number;
  /** What Redis was not told yet, and what it is being told. */
  untold: number;
  telling: Promise<void> | undefined;
}

class RedisLimit implements SharedLimit {
  readonly #count: (key: string, weight: number) => Promise<RateLimiterRes>;
  readonly #elapsed: () => number;
  readonly #logger: Logger;
  readonly #all = new Map<string, Counted>();

  constructor(
    count: (key: string, weight: number) => Promise<RateLimiterRes>,
    elapsed: () => number,
    logger: Logger,
  ) {
    this.#count = count;
    this.#elapsed = elapsed;
    this.#logger = logger;
  }

  add(key: string, weight: number): void {
    const counted = this.#all.get(key) ?? { calls: 0, until: -Infinity, untold: 0, telling: undefined };
    counted.untold += weight;
    this.#all.set(key, counted);
  }

  known(key: string): { calls: number; leftMs: number } | undefined {
    const counted = this.#all.get(key);
    const leftMs = (counted?.until ?? -Infinity) - this.#elapsed();
    return counted === undefined || leftMs <= 0
      ? undefined
      : { calls: counted.calls + counted.untold, leftMs };
  }

  async settle(key: string): Promise<void> {
    const counted = this.#all.get(key);
    if (counted === undefined) return;
    // What is being told may not have this call in it.
    await counted.telling;
    await this.#tell(key, counted);
  }

  tell(): void {
    const now = this.#elapsed();
    for (const [key, counted] of this.#all) {
      if (counted.untold !== 0) void this.#tell(key, counted);
      else if (counted.telling === undefined && counted.until <= now) this.#all.delete(key);
    }
  }

  /** Never rejects: without Redis each instance counts for itself. */
  async #tell(key: string, counted: Counted): Promise<void> {
    if (counted.telling === undefined && counted.untold !== 0) {
      const weight = counted.untold;
      counted.untold = 0;
      counted.telling = this.#count(key, weight)
        .then(
          ({ consumedPoints, msBeforeNext }) => {
            counted.calls = consumedPoints;
            counted.until = this.#elapsed() + msBeforeNext;
          },
          (error: unknown) =>
            this.#logger.debug({ err: error }, 'a limit could not be counted with the others'),
        )
        .finally(() => (counted.telling = undefined));
    }
    await counted.telling;
  }
}
