/*
 * Every operation is one script on keys of one slot, so that each is atomic and works on a cluster. None uses KEYS or
 * SCAN. A revocation is stored as "<epoch>:<issuedBefore>" under its subject.
 */

/*
 * The server's other users may write to our keys. A key of another type would fail every operation on it for good, and
 * revocations that nobody can have made (no numbers, or an hour ahead of the clock) would void each session to come.
 */
const OURS = `
local function hash(key)
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', key) end
  return key
end
local latest = tonumber(redis.call('TIME')[1]) * 1000 + 3600000
local function revocation(text)
  local epoch, before = string.match(text or '', '^(%d+):(%d+)$')
  epoch, before = tonumber(epoch), tonumber(before)
  if not epoch or epoch > 9e14 or before > latest then return 0, 0 end
  return epoch, before
end`;

/** KEYS session, revocations; ARGV subjects. */
export const READ: string = `${OURS}
hash(KEYS[1])
hash(KEYS[2])
local session = redis.call('HMGET', KEYS[1], 'exp', 'epochs', 'record')
return { session, redis.call('HMGET', KEYS[2], unpack(ARGV)) }`;

/**
 * KEYS session, revocations; ARGV expiry, issue time, record, then epochs, then subjects. Keeps the later session, and
 * none that was revoked while it was fetched: a holder of the lock that slept cannot undo either.
 */
export const WRITE: string = `${OURS}
hash(KEYS[1])
hash(KEYS[2])
local subjects = (#ARGV - 3) / 2
local epochs = table.concat(ARGV, ',', 4, 3 + subjects)
for i = 1, subjects do
  local revoked = redis.call('HGET', KEYS[2], ARGV[3 + subjects + i])
  if revoked then
    local epoch, before = revocation(revoked)
    if epoch > tonumber(ARGV[3 + i]) or before > tonumber(ARGV[2]) then return 0 end
  end
end
local cached = redis.call('HMGET', KEYS[1], 'exp', 'epochs')
if cached[2] == epochs and (tonumber(cached[1]) or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'exp', ARGV[1], 'epochs', epochs, 'record', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], tonumber(ARGV[1]) - 5000)
return 1`;

/** KEYS session. */
export const DROP = `return redis.call('DEL', KEYS[1])`;

/** KEYS lock; ARGV token, milliseconds. A lock that does not end in that time is nobody's. */
export const LOCK = `
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left <= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS lock; ARGV token. Only the holder unlocks. */
export const UNLOCK = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** KEYS revocations; ARGV subject, epoch, issuedBefore, 1 for a new revocation, oldest that still matters. */
export const REVOKE: string = `${OURS}
hash(KEYS[1])
local subject
local epoch, before = tonumber(ARGV[2]), tonumber(ARGV[3])
for i, entry in ipairs(redis.call('HGETALL', KEYS[1])) do
  if i % 2 == 0 then
    local known, knownBefore = revocation(entry)
    if subject == ARGV[1] then
      if ARGV[4] == '1' and epoch > 0 and epoch <= known then epoch = known + 1 end
      epoch, before = math.max(epoch, known), math.max(before, knownBefore)
    elseif known < tonumber(ARGV[5]) and knownBefore < tonumber(ARGV[5]) then
      redis.call('HDEL', KEYS[1], subject)
    end
  else
    subject = entry
  end
end
local value = string.format('%.0f:%.0f', epoch, before)
redis.call('HSET', KEYS[1], ARGV[1], value)
redis.call('PEXPIRE', KEYS[1], 133200000)
return value`;

/** KEYS revocations. */
export const REVOCATIONS: string = `${OURS}
hash(KEYS[1])
return redis.call('HGETALL', KEYS[1])`;
