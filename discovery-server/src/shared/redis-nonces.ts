import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { NONCE_TTL_MS } from '@p2p-chat/protocol/limits';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Nonces } from '../nonces.ts';
import { StoreFailedError } from '../store/account-store.ts';
import type { SharedRedis } from './redis.ts';

/** A nonce is 12 random bytes, when it was made in 4, and what proves in 16 that one of the instances made it. */
const RANDOM = 12;
const STAMPED = 16;

/** Clocks of instances may differ by this much, seconds. */
const SKEW_SECONDS = 30;

/**
 * Nonces that any instance gives out and any other takes. Nothing is kept of those that are given out, so that strangers
 * cannot make Redis grow by asking; of each that is used, until it is too old.
 */
export async function openNonces(redis: SharedRedis, clock: Clock): Promise<Nonces> {
  const { keys } = redis;
  await redis.command('SET', keys.nonceSecret, randomBytes(32).toString('hex'), 'NX');
  const secret = z.string().parse(await redis.command('GET', keys.nonceSecret));
  const seconds = (): number => Math.floor(clock.now() / 1_000);
  const sealOf = (stamped: Buffer): Buffer =>
    createHmac('sha256', secret).update(stamped).digest().subarray(0, 16);
  return {
    issue() {
      const stamped = Buffer.concat([randomBytes(RANDOM), Buffer.alloc(4)]);
      stamped.writeUInt32BE(seconds(), RANDOM);
      return Buffer.concat([stamped, sealOf(stamped)]).toString('base64');
    },
    async take(nonce) {
      const bytes = Buffer.from(nonce, 'base64');
      const stamped = bytes.subarray(0, STAMPED);
      if (bytes.length !== 32 || !timingSafeEqual(sealOf(stamped), bytes.subarray(STAMPED))) return false;
      const age = seconds() - stamped.readUInt32BE(RANDOM);
      if (age > NONCE_TTL_MS / 1_000 || age < -SKEW_SECONDS) return false;
      const kept = NONCE_TTL_MS + 2_000 * SKEW_SECONDS;
      const used = redis.command('SET', keys.nonce(nonce), '1', 'NX', 'PX', kept);
      const answer = await used.catch((cause: unknown) => {
        throw new StoreFailedError(`Redis: ${messageOf(cause)}`, { cause });
      });
      return answer === 'OK';
    },
  };
}
