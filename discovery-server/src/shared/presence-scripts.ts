import { script } from './redis.ts';

/**
 * Who is online, in Redis. A record is the number of the change, the session that holds the user, when that was greeted, and
 * what is told of them, with spaces between; a session is called by its instance, a colon and a number. Numbers are Redis's
 * time in microseconds, or one more than the last: they grow also where the last one is lost.
 */
const COMMON = `
local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local function number(key)
  local last = tonumber(redis.call('GET', key) or '0')
  local next = string.format('%.0f', math.max(clock(), last + 1))
  redis.call('SET', key, next)
  return next
end
local function now() return math.floor(clock() / 1000) end
local function session_of(record) return record and record:match('^%d+ (%S+) ') end
`;

/**
 * A session has a user from now on. KEYS: the user's record, online, version, accounts. ARGV: the command that publishes,
 * the user's channel, that of an instance without its name, identity, session, when that was greeted, what is told, how
 * long that holds, how long the record is kept, and over whom it goes: sessions that were greeted `before`, or `none`. What was
 * sent while Redis stood still comes in any order, so it is the time of the greeting that counts; except within ARGV[11]
 * milliseconds, in which the clocks of instances may differ: there whoever comes last has the user, and the session that
 * was greeted later by its clock is not over for good. Answers the number of the change, `other` or `none`.
 */
export const CLAIM = script(`${COMMON}
local publish, id, session = ARGV[1], ARGV[4], ARGV[5]
if redis.call('HEXISTS', KEYS[4], id) == 0 then return 'none' end
local before = redis.call('GET', KEYS[1])
local since = tonumber(ARGV[6])
local other, other_since = nil, nil
if before then other, other_since = before:match('^%d+ (%S+) (%d+) ') end
if other and other ~= session then
  local is_later = tonumber(other_since) > since + ARGV[11]
  if ARGV[10] == 'none' or is_later then return 'other' end
  local how = tonumber(other_since) > since and 'lost' or 'replaced'
  redis.call(publish, ARGV[3] .. other:match('^[^:]*'),
    '{"do":"' .. how .. '","identity":"' .. id .. '","session":"' .. other .. '"}')
end
local version = number(KEYS[3])
local record = table.concat({version, session, string.format('%.0f', since), ARGV[7]}, ' ')
redis.call('SET', KEYS[1], record, 'PX', ARGV[9])
redis.call('ZADD', KEYS[2], string.format('%.0f', now() + ARGV[8]), id)
redis.call(publish, ARGV[2], id .. ' ' .. record)
return version`);

/**
 * These sessions still have their users. KEYS: online, and the users' records. ARGV: how long that holds, how long records
 * are kept; then identity, session and number of the last change of each. A word for each: `done`, `other`, or `none` where
 * there is no record, or an earlier one of the session's: Redis lost the last, or did what was sent before after it.
 */
export const RENEW = script(`${COMMON}
local said, until_when = {}, string.format('%.0f', now() + ARGV[1])
for place = 2, #KEYS do
  local id, session, version = ARGV[3 * place - 3], ARGV[3 * place - 2], ARGV[3 * place - 1]
  local record = redis.call('GET', KEYS[place])
  local holder = session_of(record)
  if not holder then said[#said + 1] = 'none'
  elseif holder ~= session then said[#said + 1] = 'other'
  elseif record:match('^%d+') ~= version then said[#said + 1] = 'none'
  else
    redis.call('PEXPIRE', KEYS[place], ARGV[2])
    redis.call('ZADD', KEYS[1], until_when, id)
    said[#said + 1] = 'done'
  end
end
return said`);

const OFFLINE = `${COMMON}
local function offline(record, id, last_seen, online, version, seen, log, accounts, publish, channel)
  redis.call('DEL', record)
  redis.call('ZREM', online, id)
  redis.call(publish, channel, id .. ' ' .. number(version) .. ' - ' .. last_seen)
  if redis.call('HEXISTS', accounts, id) == 0 then return end
  redis.call('HSET', seen, id, last_seen)
  redis.call('XADD', log, 'MAXLEN', '~', 10000, '*', 'c',
    '{"do":"touch","identity":"' .. id .. '","traces":{"lastSeen":' .. last_seen .. '}}')
end
`;

/**
 * A session's user is gone. KEYS: the user's record, online, version, seen, log, accounts. ARGV: the command that publishes,
 * the user's channel, identity, session, and when the user was last seen.
 */
export const RELEASE = script(`${OFFLINE}
if session_of(redis.call('GET', KEYS[1])) ~= ARGV[4] then return 'other' end
offline(KEYS[1], ARGV[3], ARGV[5], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], ARGV[1], ARGV[2])
return 'done'`);

/**
 * Takes out those who were not renewed. KEYS: online, version, swept, grace, seen, log, accounts. ARGV: the command that
 * publishes, the channel of whoever asks, the beginnings of records and of users' channels, how much of an identity names
 * one, how long a renewal holds, after how long without a look all are given time, how much, and how many are taken out at
 * most. Whoever asks hears a dot: so it knows that it hears; and is answered how many are online, how many were taken out,
 * and Redis's time in milliseconds.
 */
export const SWEEP = script(`${OFFLINE}
local at = now()
redis.call(ARGV[1], ARGV[2], '.')
local last = tonumber(redis.call('GET', KEYS[3]) or '0')
redis.call('SET', KEYS[3], string.format('%.0f', at))
if at < last or at - last > tonumber(ARGV[7]) then redis.call('SET', KEYS[4], '1', 'PX', ARGV[8]) end
if redis.call('EXISTS', KEYS[4]) == 1 then return {redis.call('ZCARD', KEYS[1]), 0, at} end
local over = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', at), 'WITHSCORES', 'LIMIT', 0, ARGV[9])
for place = 1, #over, 2 do
  local id = over[place]
  local last_seen = string.format('%.0f', tonumber(over[place + 1]) - ARGV[6])
  local channel = ARGV[4] .. id:sub(1, tonumber(ARGV[5]))
  offline(ARGV[3] .. id, id, last_seen, KEYS[1], KEYS[2], KEYS[5], KEYS[6], KEYS[7], ARGV[1], channel)
end
return {redis.call('ZCARD', KEYS[1]), #over / 2, at}`);
