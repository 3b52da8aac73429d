//! The requests that clients send, as a table. A family joins by its rows; rows whose command does not exist are left out.
//!
//! A word in braces is drawn: `{s}` a key of a string, `{c}` of a counter, `{f}` of a fraction, `{b}` of bits, `{l}` of a list, `{h}` of a
//! hash, `{t}` of a set, `{z}` of a sorted set, `{x}` of a stream, `{p}` of a HyperLogLog, `{g}` of places, `{k}` of anything; `{v}` a
//! value, `{m}` one of a few members, `{i}` a small integer, `{n}` a small count, `{r}` a number with a fraction, `{ms}` a life in milliseconds,
//! `{wait}` a timeout in seconds. `{pair}` is the script that raises the pair.

use mainstay_foundation::Rng;
use mainstay_node::command::index;

/// Keys that are only ever raised together: equal, or something happened by halves.
pub(super) const PAIR: [&[u8]; 2] = [b"a:pair", b"k:pair"];

/// Raises the pair, with a detour over a key that it does not declare.
const PAIR_SCRIPT: &str = "local n = redis.call('incr', KEYS[1]); redis.call('incr', KEYS[2]); \
    redis.call('set', 'a:last', n); return n";

const MOVE_SCRIPT: &str = "local v = redis.call('get', KEYS[1]); if v then redis.call('set', KEYS[2], v); \
    redis.call('del', KEYS[1]) end; return v";

/// The prefixes of the keyspaces; see [`super::spaces`].
const PREFIXES: [&str; 8] = ["a:", "a:", "a:", "k:", "k:", "n:", "m:", "t:"];

/// Each with its weight.
const ROWS: &[(u64, &str)] = &[
    // Strings.
    (8, "SET {s} {v}"),
    (3, "SET {s} {v} PX {ms}"),
    (2, "SET {s} {v} KEEPTTL"),
    (1, "SET {s} {v} NX"),
    (1, "SET {s} {v} XX GET"),
    (8, "GET {s}"),
    (2, "GETSET {s} {v}"),
    (2, "GETDEL {s}"),
    (1, "GETEX {s} PX {ms}"),
    (1, "GETEX {s} PERSIST"),
    (4, "APPEND {s} {v}"),
    (2, "SETRANGE {s} {n} {v}"),
    (1, "STRLEN {s}"),
    (8, "INCR {c}"),
    (3, "INCRBY {c} {i}"),
    (2, "DECRBY {c} {i}"),
    (4, "GET {c}"),
    (2, "INCRBYFLOAT {f} {r}"),
    (3, "MSET {s} {v} {s} {v}"),
    (1, "MSETNX {s} {v} {s} {v}"),
    (3, "MGET {s} {c} {s}"),
    (1, "SETEX {s} 2 {v}"),
    (1, "PSETEX {s} {ms} {v}"),
    // Bits and sketches.
    (2, "SETBIT {b} {n} 1"),
    (1, "SETBIT {b} {n} 0"),
    (1, "BITOP OR {b} {b} {s}"),
    (1, "BITFIELD {b} INCRBY u8 {n} {n}"),
    (1, "BITCOUNT {b}"),
    (1, "PFADD {p} {m} {m}"),
    (1, "PFMERGE {p} {p} {p}"),
    (1, "PFCOUNT {p}"),
    // Any key.
    (4, "DEL {k}"),
    (1, "UNLINK {k} {k}"),
    (2, "EXISTS {k} {k}"),
    (1, "TYPE {k}"),
    (3, "PEXPIRE {k} {ms}"),
    (1, "EXPIRE {k} 1"),
    (1, "PEXPIRE {k} {ms} NX"),
    (1, "PERSIST {k}"),
    (2, "PTTL {k}"),
    (3, "RENAME {k} {k}"),
    (1, "RENAMENX {k} {k}"),
    (2, "COPY {k} {k} REPLACE"),
    (1, "SCAN 0 COUNT 50"),
    (1, "KEYS *"),
    (1, "DBSIZE"),
    (1, "RANDOMKEY"),
    (1, "SORT {l} ALPHA STORE {l}"),
    (1, "DUMP {k}"),
    // Lists.
    (4, "LPUSH {l} {v}"),
    (4, "RPUSH {l} {v} {v}"),
    (1, "RPUSHX {l} {v}"),
    (2, "LPOP {l}"),
    (2, "RPOP {l} {n}"),
    (1, "LINSERT {l} BEFORE {m} {m}"),
    (1, "LREM {l} 0 {m}"),
    (1, "LSET {l} 0 {m}"),
    (1, "LTRIM {l} 0 {n}"),
    (2, "LRANGE {l} 0 -1"),
    (3, "LMOVE {l} {l} LEFT RIGHT"),
    (1, "RPOPLPUSH {l} {l}"),
    (1, "LMPOP 2 {l} {l} LEFT COUNT {n}"),
    (2, "BLPOP {l} {l} {wait}"),
    (1, "BRPOP {l} {wait}"),
    (2, "BLMOVE {l} {l} LEFT RIGHT {wait}"),
    (1, "BLMPOP {wait} 2 {l} {l} RIGHT"),
    // Hashes.
    (4, "HSET {h} {m} {v}"),
    (1, "HSETNX {h} {m} {v}"),
    (2, "HDEL {h} {m} {m}"),
    (2, "HINCRBY {h} count {i}"),
    (1, "HINCRBYFLOAT {h} share {r}"),
    (2, "HGETALL {h}"),
    (1, "HGET {h} {m}"),
    (1, "HRANDFIELD {h}"),
    // Sets.
    (4, "SADD {t} {m} {m}"),
    (2, "SADD {t} {i} {i}"),
    (2, "SREM {t} {m}"),
    (2, "SPOP {t}"),
    (1, "SPOP {t} {n}"),
    (2, "SMOVE {t} {t} {m}"),
    (2, "SUNIONSTORE {t} {t} {t}"),
    (1, "SINTERSTORE {t} {t} {t}"),
    (1, "SDIFFSTORE {t} {t} {t}"),
    (2, "SMEMBERS {t}"),
    (1, "SRANDMEMBER {t} 2"),
    // Sorted sets and places.
    (4, "ZADD {z} {i} {m} {r} {m}"),
    (1, "ZADD {z} GT CH {i} {m}"),
    (2, "ZINCRBY {z} {r} {m}"),
    (2, "ZREM {z} {m}"),
    (1, "ZPOPMIN {z}"),
    (1, "ZPOPMAX {z} {n}"),
    (1, "ZRANGESTORE {z} {z} 0 -1"),
    (2, "ZUNIONSTORE {z} 2 {z} {t}"),
    (1, "ZREMRANGEBYRANK {z} 0 0"),
    (1, "ZRANGE {z} 0 -1 WITHSCORES"),
    (1, "BZPOPMIN {z} {z} {wait}"),
    (1, "BZMPOP {wait} 1 {z} MAX"),
    (1, "GEOADD {g} 13.361389 38.115556 {m}"),
    (1, "GEOSEARCHSTORE {z} {g} FROMLONLAT 15 37 BYRADIUS 200 km"),
    // Streams.
    (3, "XADD {x} * field {v}"),
    (1, "XADD {x} MAXLEN ~ 3 * field {v}"),
    (1, "XTRIM {x} MAXLEN 2"),
    (1, "XLEN {x}"),
    (1, "XRANGE {x} - +"),
    (1, "XGROUP CREATE {x} workers 0 MKSTREAM"),
    (2, "XREADGROUP GROUP workers {m} COUNT 2 STREAMS {x} >"),
    (1, "XAUTOCLAIM {x} workers {m} 0 0"),
    (1, "XREAD BLOCK 500 STREAMS {x} $"),
    // Scripts.
    (4, "EVAL {pair} 2 a:pair k:pair"),
    (2, "EVAL {move} 2 {s} {s}"),
];

/// What may go wrong at any time, but seldom should.
const RARE: &[(u64, &str)] = &[(3, "FLUSHDB"), (1, "FLUSHALL"), (2, "SCRIPT FLUSH")];

/// Raises the pair by a transaction.
const PAIR_COMMANDS: [&str; 2] = ["INCR a:pair", "INCR k:pair"];

/// The rows that this build of the node can run.
#[derive(Debug)]
pub(super) struct Vocabulary {
    rows: Vec<(u64, &'static str)>,
    rare: Vec<(u64, &'static str)>,
    /// Whether `MULTI` exists.
    pub(super) transactions: bool,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let exists =
            |row: &&(u64, &str)| row.1.split(' ').next().is_some_and(|name| index().find(name.as_bytes()).is_some());
        Self {
            rows: ROWS.iter().filter(exists).copied().collect(),
            rare: RARE.iter().filter(exists).copied().collect(),
            transactions: index().find(b"multi").is_some(),
        }
    }

    /// A request.
    pub(super) fn draw(&self, rng: &mut Rng) -> Vec<Vec<u8>> {
        let rows = if rng.below(200) == 0 && !self.rare.is_empty() { &self.rare } else { &self.rows };
        let mut at = rng.below(rows.iter().map(|row| row.0).sum());
        for (weight, row) in rows {
            if at < *weight {
                return fill(row, rng);
            }
            at -= weight;
        }
        unreachable!("the draw is below the sum of the weights")
    }

    /// The requests that raise the pair as one: a transaction, or one request that sets both.
    pub(super) fn pair(&self, rng: &mut Rng) -> Vec<Vec<Vec<u8>>> {
        if !self.transactions || rng.below(3) == 0 {
            let value = rng.below(1_000).to_string();
            let words = ["MSET", "a:pair", &value, "k:pair", &value];
            return vec![words.iter().map(|word| word.as_bytes().to_vec()).collect()];
        }
        let commands = ["MULTI", PAIR_COMMANDS[0], PAIR_COMMANDS[1], "EXEC"];
        commands.iter().map(|row| fill(row, rng)).collect()
    }
}

fn fill(row: &str, rng: &mut Rng) -> Vec<Vec<u8>> {
    row.split(' ').map(|word| draw_word(word, rng)).collect()
}

fn draw_word(word: &str, rng: &mut Rng) -> Vec<u8> {
    let Some(name) = word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) else {
        return word.as_bytes().to_vec();
    };
    let text = match name {
        "v" => return value(rng),
        "m" => format!("m{}", rng.below(6)),
        "i" => (rng.below(40) as i64 - 20).to_string(),
        "n" => (rng.below(12) + 1).to_string(),
        "r" => format!("{}.{}", rng.below(9) as i64 - 4, rng.below(100)),
        "ms" => [5, 50, 900, 2_500, 60_000][rng.below(5) as usize].to_string(),
        "wait" => ["0", "0.05", "0.4", "2"][rng.below(4) as usize].to_owned(),
        "pair" => PAIR_SCRIPT.to_owned(),
        "move" => MOVE_SCRIPT.to_owned(),
        "k" => return key(["s", "c", "f", "b", "l", "h", "t", "z", "x", "p"][rng.below(10) as usize], rng),
        kind => return key(kind, rng),
    };
    text.into_bytes()
}

fn key(kind: &str, rng: &mut Rng) -> Vec<u8> {
    // Now and then a key of another type, for errors halfway.
    let kind = if rng.below(40) == 0 { "s" } else { kind };
    format!("{}{kind}{}", PREFIXES[rng.below(8) as usize], rng.below(3)).into_bytes()
}

fn value(rng: &mut Rng) -> Vec<u8> {
    let bytes = [0, 3, 12, 40, 200, 900][rng.below(6) as usize];
    let first = rng.below(26) as u8;
    (0..bytes).map(|at| b'a' + (first + (at % 23) as u8) % 26).collect()
}
