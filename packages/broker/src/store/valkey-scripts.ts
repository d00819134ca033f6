/*
 * Every operation is one script on keys of one slot, so that it is atomic and works on a cluster. The scripts use these
 * commands and no others, since the guide's access list allows no others: TYPE, DEL, HMGET, HGETALL, HLEN, HSET,
 * HDEL, GET, SET, PTTL, PEXPIRE, PEXPIREAT.
 *
 * A revocation is stored under its subject as text with a MAC. Scripts compare that text, and the process verifies it: a
 * writer without a key of the keyring cannot revoke, and cannot stop sessions from being stored.
 */

/*
 * Other users of the server may write to these keys. A key of another type would make every operation on it fail, and a
 * value of hundreds of megabytes would fill the memory of each process that reads it: one that is longer than ours counts
 * as empty.
 */

/** A record holds the canonical description of its session and its token, each of some kilobytes. */
const MAX_RECORD = 1_048_576;
/** Two numbers of 15 digits, a MAC of 43 characters and the id of a key, with colons. */
const MAX_REVOCATION = 331;
/** A SHA-256 in hex. */
const MAX_SUBJECT = 64;

const OURS = `
local function hash(key)
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', key) end
  return key
end
local function bounded(values, max)
  for i, value in ipairs(values) do
    if value and #value > max then values[i] = '' end
  end
  return values
end
local function revocations(key, subjects) return bounded(redis.call('HMGET', key, unpack(subjects)), ${MAX_REVOCATION}) end`;

/** Records end this much before their session, in milliseconds. */
export const ENDS_BEFORE_MS = 5000;

/**
 * KEYS session, revocations; ARGV subjects. The third value: how long the server keeps the record. What is there and is no
 * record at all is read as an empty one, so that it raises an alarm.
 */
export const READ: string = `${OURS}
local isThere = redis.call('TYPE', KEYS[1]).ok ~= 'none'
hash(KEYS[1])
hash(KEYS[2])
local session = bounded(redis.call('HMGET', KEYS[1], 'exp', 'epochs', 'record'), ${MAX_RECORD})
if isThere and not (session[1] or session[2] or session[3]) then session = { '', '', '' } end
return { session, revocations(KEYS[2], ARGV), redis.call('PTTL', KEYS[1]) }`;

/**
 * KEYS session, revocations; ARGV expiry, epochs, record, then subjects, then their revocations as the process read them.
 * Returns -1 when a revocation has changed since: the process must read again. Keeps the session that lasts longer, so a
 * process that slept while it held the lease overwrites nothing.
 */
export const WRITE: string = `${OURS}
hash(KEYS[1])
hash(KEYS[2])
local subjects = (#ARGV - 3) / 2
for i = 1, subjects do
  local revoked = revocations(KEYS[2], { ARGV[3 + i] })[1] or ''
  if revoked ~= ARGV[3 + subjects + i] then return -1 end
end
local stored = redis.call('HMGET', KEYS[1], 'exp', 'epochs')
if stored[2] == ARGV[2] and (tonumber(stored[1]) or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'exp', ARGV[1], 'epochs', ARGV[2], 'record', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], tonumber(ARGV[1]) - ${ENDS_BEFORE_MS})
return 1`;

/** KEYS session. */
export const DROP = `return redis.call('DEL', KEYS[1])`;

/** KEYS lease; ARGV token, milliseconds. A key that lasts longer than a lease was written by another user: replace it. */
export const LOCK = `
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left <= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS lease; ARGV token, milliseconds. Only the holder extends its lease. */
export const EXTEND = `
if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** KEYS lease; ARGV token. Only the holder ends its lease. */
export const UNLOCK = `
if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * KEYS revocations; ARGV subject, the revocation as the process read it, the new one, the most that are read. Returns 0 when
 * it has changed, -1 when there is no room: with one more, no process would read any.
 */
export const REVOKE: string = `${OURS}
hash(KEYS[1])
local stored = revocations(KEYS[1], { ARGV[1] })[1]
if (stored or '') ~= ARGV[2] then return 0 end
if not stored and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return -1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], 133200000)
return 1`;

/** KEYS revocations; ARGV subject. */
export const REVOCATION: string = `${OURS}
return revocations(hash(KEYS[1]), ARGV)[1]`;

/** KEYS revocations; ARGV the most that are read. Returns nil when there are more. Removes subjects that are too long. */
export const REVOCATIONS: string = `${OURS}
hash(KEYS[1])
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then return false end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if #all[i] > ${MAX_SUBJECT} then
    redis.call('HDEL', KEYS[1], all[i])
    all[i] = ''
  end
end
return bounded(all, ${MAX_REVOCATION})`;

/** KEYS revocations; ARGV pairs of a subject and its revocation as the process read it. Removes those that are unchanged. */
export const PRUNE: string = `${OURS}
hash(KEYS[1])
for i = 1, #ARGV, 2 do
  if revocations(KEYS[1], { ARGV[i] })[1] == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 1`;

/** KEYS id; ARGV milliseconds. Returns 1 for the first use. */
export const ONCE = `
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`;
