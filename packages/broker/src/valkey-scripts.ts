/*
 * Every operation is one script on keys of one slot, so that each is atomic and works on a cluster. None uses KEYS or
 * SCAN. A revocation is stored as "<epoch>:<issuedBefore>" under its subject.
 */

/** KEYS session, revocations; ARGV subjects. */
export const READ = `
local session = redis.call('HMGET', KEYS[1], 'exp', 'epochs', 'record')
return { session, redis.call('HMGET', KEYS[2], unpack(ARGV)) }`;

/**
 * KEYS session, revocations; ARGV expiry, issue time, record, then epochs, then subjects. Keeps the later session, and
 * none that was revoked while it was fetched: a holder of the lock that slept cannot undo either.
 */
export const WRITE = `
local subjects = (#ARGV - 3) / 2
local epochs = table.concat(ARGV, ',', 4, 3 + subjects)
for i = 1, subjects do
  local revoked = redis.call('HGET', KEYS[2], ARGV[3 + subjects + i])
  if revoked then
    local epoch, before = string.match(revoked, '^(%d+):(%d+)$')
    if tonumber(epoch) > tonumber(ARGV[3 + i]) or tonumber(before) > tonumber(ARGV[2]) then return 0 end
  end
end
local held = redis.call('HMGET', KEYS[1], 'exp', 'epochs')
if held[1] and held[2] == epochs and tonumber(held[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'exp', ARGV[1], 'epochs', epochs, 'record', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], tonumber(ARGV[1]) - 5000)
return 1`;

/** KEYS session. */
export const DROP = `return redis.call('DEL', KEYS[1])`;

/** KEYS lock; ARGV token, milliseconds. */
export const LOCK = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0`;

/** KEYS lock; ARGV token. Only the holder unlocks. */
export const UNLOCK = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** KEYS revocations; ARGV subject, epoch, issuedBefore, 1 for a new revocation, oldest that still matters. */
export const REVOKE = `
local subject
local epoch, before = tonumber(ARGV[2]), tonumber(ARGV[3])
for i, entry in ipairs(redis.call('HGETALL', KEYS[1])) do
  if i % 2 == 0 then
    local known, knownBefore = string.match(entry, '^(%d+):(%d+)$')
    known, knownBefore = tonumber(known), tonumber(knownBefore)
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
export const REVOCATIONS = `return redis.call('HGETALL', KEYS[1])`;
