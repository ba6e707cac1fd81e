import type { Logger } from 'pino';
import * as z from 'zod/mini';
import { messageOf } from '../errors.ts';
import type { SharedRedis } from './redis.ts';

const setting = z.tuple([z.string(), z.string()], z.string());

/** Says what of Redis's settings lets accounts get lost that were acknowledged. Never refuses: a test may want it so. */
export async function checkDurability(redis: SharedRedis, logger: Logger): Promise<void> {
  const read = async (name: string): Promise<string> =>
    setting.parse(await redis.command('CONFIG', 'GET', name))[1];
  let settings: { appendonly: string; appendfsync: string; policy: string; memory: string };
  try {
    settings = {
      appendonly: await read('appendonly'),
      appendfsync: await read('appendfsync'),
      policy: await read('maxmemory-policy'),
      memory: await read('maxmemory'),
    };
  } catch (error) {
    logger.warn(
      `Redis does not tell its settings (${messageOf(error)}): see for yourself that it has appendonly yes, ` +
        `appendfsync always and maxmemory-policy noeviction, or accounts may get lost.`,
    );
    return;
  }
  const { appendonly, appendfsync, policy, memory } = settings;
  if (appendonly !== 'yes') {
    logger.warn(
      `Redis has appendonly ${appendonly}: a restart loses accounts that were acknowledged. Set appendonly yes and ` +
        `appendfsync always.`,
    );
  } else if (appendfsync !== 'always') {
    const howMuch = appendfsync === 'everysec' ? 'the last second' : 'what the system has not written yet';
    logger.warn(
      `Redis has appendfsync ${appendfsync}: a loss of power loses ${howMuch} of accounts that were acknowledged. ` +
        `Set appendfsync always, unless you accept that.`,
    );
  }
  if (memory !== '0' && policy !== 'noeviction') {
    logger.warn(
      `Redis has maxmemory-policy ${policy}: when its memory is full it may drop accounts. Set noeviction.`,
    );
  }
}
