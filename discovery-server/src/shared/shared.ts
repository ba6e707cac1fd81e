import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { MAX_SHARED_ACCOUNTS } from '../limits.ts';
import type { Shared } from '../others.ts';
import { checkDurability } from './durability.ts';
import { Instances } from './instances.ts';
import { openNonces } from './redis-nonces.ts';
import { sharedLimits } from './redis-limits.ts';
import { redisReservations } from './redis-reservations.ts';
import { RedisStore } from './redis-store.ts';
import { RedisError, SharedRedis } from './redis.ts';

export interface OpenShared {
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * What this server shares with others by the Redis at `url`.
 * @throws {RedisError} it cannot be used
 */
export async function openShared(url: string, { logger, clock }: OpenShared): Promise<Shared> {
  const redis = await SharedRedis.open(url, logger);
  try {
    await checkDurability(redis, logger);
    if ((await redis.command('EXISTS', redis.keys.migrating)) === 1) {
      throw new RedisError('a migration into this Redis runs, or did not end. Wait for it, or run it again.');
    }
    const store = new RedisStore(redis, MAX_SHARED_ACCOUNTS);
    return {
      store,
      reservations: redisReservations(redis),
      nonces: await openNonces(redis, clock),
      limit: await sharedLimits(redis, clock, logger),
      async join(here, moment) {
        const instance = randomBytes(12).toString('base64url');
        const others = new Instances({ redis, store, instance, moment, logger }, here);
        await others.start();
        return others;
      },
      close: () => redis.close(),
    };
  } catch (error) {
    redis.close();
    throw error;
  }
}
