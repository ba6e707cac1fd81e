import { script } from './redis.ts';

/**
 * The rules of store/claims.ts, in Redis. KEYS: accounts, names, heirs, seen, devices, log. ARGV begins with: the command
 * that publishes, the channel, the most accounts, and the change as JSON for the log. Each answers with a word and, where
 * that says whose, a name. What is kept of an account is in lines: its name, the `nameKey` of that, the identities before
 * its own with spaces between, and the rest.
 */
const COMMON = `
local accounts, names, heirs, seen, devices, log = unpack(KEYS)
local function read(id)
  local kept = redis.call('HGET', accounts, id)
  if not kept then return nil end
  local name, key, earlier, rest = kept:match('^([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
  return {id = id, name = name, key = key, earlier = earlier, rest = rest}
end
local function name_of(id)
  local kept = read(id)
  return kept and kept.name or ''
end
local function taken(key, id)
  for owner in (redis.call('HGET', names, key) or ''):gmatch('%S+') do
    if owner ~= id then return true end
  end
  return false
end
local function owner_of(id)
  if redis.call('HEXISTS', accounts, id) == 1 then return id end
  return redis.call('HGET', heirs, id)
end
local function claimed_before(account, except)
  for before in account.earlier:gmatch('%S+') do
    local owner = owner_of(before)
    if owner and owner ~= except then return name_of(owner) end
  end
end
local function put(account)
  local id, key = account.id, account.key
  redis.call('HSET', accounts, id, table.concat({account.name, key, account.earlier, account.rest}, '\\n'))
  local owners = redis.call('HGET', names, key)
  redis.call('HSET', names, key, owners and (owners .. ' ' .. id) or id)
  for before in account.earlier:gmatch('%S+') do redis.call('HSET', heirs, before, id) end
end
local function take(account)
  redis.call('HDEL', accounts, account.id)
  local left = {}
  for owner in (redis.call('HGET', names, account.key) or ''):gmatch('%S+') do
    if owner ~= account.id then left[#left + 1] = owner end
  end
  if #left == 0 then redis.call('HDEL', names, account.key)
  else redis.call('HSET', names, account.key, table.concat(left, ' ')) end
  for before in account.earlier:gmatch('%S+') do redis.call('HDEL', heirs, before) end
end
local function trace(id, last_seen, device)
  if last_seen ~= '' then redis.call('HSET', seen, id, last_seen) end
  if device ~= '' then redis.call('HSET', devices, id, device) end
end
local function forget(id)
  redis.call('HDEL', seen, id)
  redis.call('HDEL', devices, id)
end
local function given(first)
  return {id = ARGV[first], name = ARGV[first + 1], key = ARGV[first + 2], earlier = ARGV[first + 3], rest = ARGV[first + 4]}
end
local function tell()
  redis.call('XADD', log, 'MAXLEN', '~', 10000, '*', 'c', ARGV[4])
  redis.call(ARGV[1], ARGV[2], '.')
end
`;

/** identity, name, its key, earlier identities, the rest, lastSeen, device. */
export const ADD = script(`${COMMON}
local to = given(5)
local own = read(to.id)
if own and own.name == to.name then return {'existing'} end
if own then return {'registered', own.name} end
local heir = redis.call('HGET', heirs, to.id)
if heir then return {'replaced', name_of(heir)} end
if taken(to.key, to.id) then return {'taken'} end
local owner = claimed_before(to)
if owner then return {'registered', owner} end
if redis.call('HLEN', accounts) >= tonumber(ARGV[3]) then return {'full'} end
put(to)
trace(to.id, ARGV[10], ARGV[11])
tell()
return {'done'}`);

/** As ADD, for an account that was kept elsewhere, maybe by older rules: nothing is refused, and nobody is told. */
export const RESTORE = script(`${COMMON}
local to = given(5)
put(to)
trace(to.id, ARGV[10], ARGV[11])
return {'done'}`);

/** identity, name, its key. */
export const RENAME = script(`${COMMON}
local own = read(ARGV[5])
if not own then return {'none'} end
if own.name == ARGV[6] then return {'existing'} end
if taken(ARGV[7], own.id) then return {'taken'} end
take(own)
own.name, own.key = ARGV[6], ARGV[7]
put(own)
tell()
return {'done'}`);

/** identity. */
export const REMOVE = script(`${COMMON}
local own = read(ARGV[5])
if not own then return {'none'} end
take(own)
forget(own.id)
tell()
return {'done'}`);

/** from; then as ADD. */
export const REPLACE = script(`${COMMON}
local from, to = read(ARGV[5]), given(6)
local own = read(to.id)
if own and own.name == to.name and not from then return {'existing'} end
if own then return {'registered', own.name} end
if not from then return {'none'} end
if from.name ~= to.name then return {'registered', from.name} end
local heir = redis.call('HGET', heirs, to.id)
if heir then return {'replaced', name_of(heir)} end
local owner = claimed_before(to, from.id)
if owner then return {'registered', owner} end
take(from)
forget(from.id)
put(to)
trace(to.id, ARGV[11], ARGV[12])
tell()
return {'done'}`);

/** identity, lastSeen, device; each of these two may be ''. */
export const TOUCH = script(`${COMMON}
if redis.call('HEXISTS', accounts, ARGV[5]) == 0 then return {'none'} end
trace(ARGV[5], ARGV[6], ARGV[7])
tell()
return {'done'}`);
