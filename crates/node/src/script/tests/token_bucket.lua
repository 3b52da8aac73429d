-- KEYS[1] = bucket key, ARGV[1] = capacity, ARGV[2] = refill/sec, ARGV[3] = requested tokens
local key       = KEYS[1]
local capacity  = tonumber(ARGV[1])
local refill    = tonumber(ARGV[2])
local requested = tonumber(ARGV[3])
local now       = redis.call('TIME')
local t         = now[1] + now[2] / 1e6

local last   = tonumber(redis.call('HGET', key, 'last')) or t
local tokens = tonumber(redis.call('HGET', key, 'tokens')) or capacity

-- Refill proportional to elapsed time
tokens = math.min(capacity, tokens + (t - last) * refill)

if tokens >= requested then
    redis.call('HMSET', key, 'tokens', tokens - requested, 'last', t)
    redis.call('EXPIRE', key, 3600)
    return 1   -- allowed
else
    redis.call('HMSET', key, 'tokens', tokens, 'last', t)
    return 0   -- throttled
end
