import * as z from 'zod/mini';
import { nameKey } from '@p2p-chat/protocol/names';
import { decodeJson } from '@p2p-chat/protocol/text';
import { reservation, type ReservationStore } from '../reservations.ts';
import type { AccountChange } from './changes.ts';
import { script, type SharedRedis } from './redis.ts';

/** KEYS: reservations, log. ARGV: the command that publishes, the channel, the change, how many are kept no more; those, and pairs. */
const CHANGE = script(`
local gone = tonumber(ARGV[4])
for place = 5, 4 + gone do redis.call('HDEL', KEYS[1], ARGV[place]) end
for place = 5 + gone, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1]) end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'c', ARGV[3])
redis.call(ARGV[1], ARGV[2], '.')
return 'done'`);

/** Reservations in Redis. What is saved is what changed since it was read last: others may have changed the rest. */
export function redisReservations(redis: SharedRedis): ReservationStore {
  const { keys } = redis;
  let known = new Map<string, string>();
  return {
    async load() {
      const all = z.array(z.string()).parse(await redis.command('HVALS', keys.reservations));
      const found = all.map((text) => decodeJson(reservation, text));
      known = new Map(found.map((each, place) => [nameKey(each.name), all[place] ?? '']));
      return found;
    },
    async save(reservations) {
      const next = new Map(reservations.map((each) => [nameKey(each.name), JSON.stringify(each)]));
      const gone = [...known.keys()].filter((key) => !next.has(key));
      const added = [...next].filter(([key, text]) => known.get(key) !== text);
      if (gone.length === 0 && added.length === 0) return;
      const change: AccountChange = { do: 'reserve' };
      const common = [redis.publish, keys.logged, JSON.stringify(change), gone.length];
      await redis.run(CHANGE, [keys.reservations, keys.log], [...common, ...gone, ...added.flat()]);
      known = next;
    },
  };
}
