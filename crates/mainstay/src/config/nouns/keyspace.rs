//! Rows of `[keyspace.NAME]`.

use super::node::TEXTS;
use crate::config::schema::{GIB, HOUR_MS, KIB, Key, Kind, MIB, TEXT, TIB, YEAR_MS, integer, size, span_ms};
use crate::config::words::{Durability, Eviction, Level, Partition, Replication, Strategy, Values};

const COUNT: Kind = integer(1, i64::MAX);
const SHARE: Kind = Kind::Ratio { min: 0.0, max: 1.0 };

pub(super) static KEYSPACE: &[Key] = &[
    Key::new(
        "prefix",
        Kind::Text { bytes_max: 1_024 },
        "The bytes that its keys begin with. Needed for every keyspace but `default`, which has none.",
    ),
    Key::new("replication", Kind::Choice(Replication::WORDS), "How many copies there are and how they agree.")
        .preset("local")
        .serves(&["local"])
        .restart(),
    Key::new(
        "durability",
        Kind::Choice(Durability::WORDS),
        "What an acknowledged write survives. Absent: `always` for `raft`, `values = \"cas\"` and write-behind, else `everysec`.",
    ),
    Key::new("partition", Kind::Choice(Partition::WORDS), "How keys are cut into slices.")
        .preset("slots")
        .serves(&["slots"])
        .restart(),
    Key::new("max_memory", size(MIB, 1_024 * TIB), "Bytes of its keys and values with their bookkeeping.")
        .preset("1GiB"),
    Key::new(
        "eviction",
        Kind::Choice(Eviction::WORDS),
        "What happens when memory is full. `none`: writes are refused with `-OOM`; nothing acknowledged is dropped.",
    )
    .preset("none")
    .serves(&["none"]),
    Key::new("ttl", span_ms(1, 100 * YEAR_MS), "Time to live of keys written without one. Absent: they stay."),
    Key::new(
        "ttl_jitter",
        SHARE,
        "Each `ttl` is shortened by a random share up to this, so that keys written together do not expire together.",
    )
    .preset("0"),
    Key::new("max_key_bytes", size(1, 64 * KIB), "Bytes of a key. Absent: the node's limit, which it may not exceed."),
    Key::new(
        "max_value_bytes",
        size(1, 512 * MIB),
        "Bytes of a value. Absent: the node's limit, which it may not exceed.",
    ),
    Key::new(
        "max_keys",
        COUNT,
        "How many keys there may be; beyond it new keys are refused. Absent: as many as memory holds.",
    ),
    Key::new(
        "level",
        Kind::Choice(Level::WORDS),
        "The consistency of reads that ask for none. Absent: the strongest that the replication gives.",
    )
    .unserved(),
    Key::new("readonly_level", Kind::Choice(Level::WORDS), "The level after `READONLY`. Absent: `eventual`.")
        .unserved(),
    Key::new("max_staleness", span_ms(0, HOUR_MS), "Oldest age of weaker reads. Absent: 5s.").unserved(),
    Key::new("replicas", integer(1, 9), "Copies of a Raft keyspace; odd numbers lose nothing.")
        .preset("3")
        .restart()
        .unserved(),
    Key::new("n", integer(1, 15), "Copies of a quorum keyspace.").preset("3").restart().unserved(),
    Key::new("w", integer(1, 15), "Copies that acknowledge a write.").preset("2").unserved(),
    Key::new("r", integer(1, 15), "Copies that answer a read.").preset("2").unserved(),
    Key::new("sloppy", Kind::Flag, "Whether nodes outside the replica set may stand in for a write. Absent: false.")
        .unserved(),
    Key::new("q1", integer(1, 15), "Prepare quorum of `values = \"cas\"`.").unserved(),
    Key::new("q2", integer(1, 15), "Accept quorum of `values = \"cas\"`.").unserved(),
    Key::new("hint_window", span_ms(0, YEAR_MS), "How long writes are kept for a node that is away.").unserved(),
    Key::new("values", Kind::Choice(Values::WORDS), "What the values of a quorum keyspace are. Absent: `crdt`.")
        .restart()
        .unserved(),
    Key::new("timeout", span_ms(1, HOUR_MS), "How long a quorum is waited for.").unserved(),
    Key::new("register", TEXT, "The register type of plain strings.").unserved(),
    Key::new(
        "set",
        Kind::Choice(&["add-wins", "remove-wins"]),
        "What wins when an element is added and removed at once.",
    )
    .unserved(),
    Key::new("conditional", Kind::Choice(&["refuse", "local"]), "What conditional writes do on CRDT values.")
        .unserved(),
    Key::new("pop", Kind::Choice(&["local", "owner"]), "Who pops an element.").unserved(),
    Key::new("text_history", TEXT, "How much history texts keep.").unserved(),
    Key::new("stream_read", TEXT, "How streams are read.").unserved(),
    Key::new("log_memory", size(KIB, TIB), "Memory of the delta log.").unserved(),
    Key::new("log_disk", size(KIB, 16 * TIB), "Disk of the delta log.").unserved(),
    Key::new("hold", span_ms(0, YEAR_MS), "How long deltas with missing causes are held.").unserved(),
    Key::new("gossip", span_ms(1, HOUR_MS), "How often replicas compare vectors.").unserved(),
    Key::new("audit", span_ms(1, YEAR_MS), "How often replicas compare digests.").unserved(),
    Key::new("forget_after", span_ms(1, YEAR_MS), "When a lost replica is forgotten.").unserved(),
    Key::new("conflict_log", Kind::Choice(&["on", "off"]), "Whether merged conflicts are recorded.").unserved(),
    Key::new(
        "engine",
        Kind::Choice(&["redis", "redis-cluster", "valkey-cluster", "memcached", "postgres", "etcd", "nats", "s3"]),
        "An existing engine that holds the data; needs `url`.",
    )
    .restart()
    .unserved(),
    Key::new("url", Kind::Url, "Where `engine` is.").restart().unserved(),
    Key::new("splits", TEXTS, "Keys at which a range-partitioned keyspace is split from the start.").unserved(),
    Key::new("split_size", size(MIB, TIB), "Size at which a range is split. Absent: 512MiB.").unserved(),
    Key::new("split_qps", integer(1, 1_000_000_000), "Load at which a range is split.").unserved(),
    Key::new("salt", Kind::Table(SALT), "Spreads hot keys over parts; reads merge.").unserved(),
    Key::new("write_shards", Kind::Table(WRITE_SHARDS), "Spreads the elements of large collections.").unserved(),
    Key::new("bucket", Kind::Table(BUCKET), "Cuts keys by time.").unserved(),
    Key::new("colocate_with", Kind::Name, "A keyspace whose slices and moves it shares.").restart().unserved(),
    Key::new("partial", Kind::Choice(&["error", "mark"]), "What a gather with missing parts answers.").unserved(),
    Key::new(
        "cross_shard_read",
        Kind::Choice(&["scatter", "snapshot", "refuse"]),
        "What a read over several groups does.",
    )
    .unserved(),
    Key::new(
        "cross_shard_write",
        Kind::Choice(&["refuse", "txn", "independent"]),
        "What a write over several groups does.",
    )
    .unserved(),
    Key::new("preset", Kind::Choice(&["session"]), "Defaults for a well-known use.").unserved(),
    Key::new("idle_ttl", span_ms(1, YEAR_MS), "Time to live since the last use.").unserved(),
    Key::new("max_ttl", span_ms(1, YEAR_MS), "Longest time to live, however often it is renewed.").unserved(),
    Key::new("touch_every", SHARE, "Share of `idle_ttl` after which a use is recorded.").unserved(),
    Key::new("policy", Kind::Table(POLICY), "Fine settings of `eviction`.").unserved(),
    Key::new("max_entry", size(1, 2 * GIB), "Largest entry that is cached.").unserved(),
    Key::new("sole_writer", Kind::Flag, "Whether all writes to the origin pass through here.").unserved(),
    Key::new("fence_entries", integer(1, 100_000_000), "Version floors kept per shard.").unserved(),
    Key::new("shadow", Kind::Flag, "Whether shadow caches measure other policies.").unserved(),
    Key::new("l1", Kind::Table(L1), "Copies in the node that took the request.").unserved(),
    Key::new("l2", Kind::Table(L2), "An engine as second tier.").unserved(),
    Key::new("origin", Kind::Table(ORIGIN), "The source of truth behind a cache.").unserved(),
];

static SALT: &[Key] = &[
    Key::new("n", integer(2, 1_024), "Parts.").required(),
    Key::new("exact", Kind::Flag, "Whether `INCR` gathers to answer the total."),
];

static WRITE_SHARDS: &[Key] =
    &[Key::new("keys", TEXT, "Pattern of the keys.").required(), Key::new("n", integer(2, 1_024), "Parts.").required()];

static BUCKET: &[Key] = &[
    Key::new("by", Kind::Choice(&["hour", "day", "week", "month"]), "Length of a bucket.").required(),
    Key::new("fan", integer(1, 1_024), "Parts of a bucket."),
    Key::new("at", Kind::Choice(&["arrival", "key"]), "Which time counts."),
    Key::new("keep", span_ms(1, 100 * YEAR_MS), "When whole buckets are dropped."),
];

static POLICY: &[Key] = &[
    Key::new("window", SHARE, "Share of the window."),
    Key::new("segments", integer(1, 16), "Segments of SLRU."),
    Key::new("promote", integer(1, 64), "Hits that promote."),
];

static L1: &[Key] = &[
    Key::new("max_memory", size(KIB, TIB), "Bytes of copies."),
    Key::new("ttl", span_ms(1, HOUR_MS), "Longest age of a copy."),
    Key::new("silence", span_ms(1, HOUR_MS), "Silence of the owner after which copies are dropped."),
    Key::new("admit", SHARE, "Share of misses that are admitted."),
];

static L2: &[Key] = &[
    Key::new("kind", Kind::Choice(&["redis", "redis-cluster", "valkey-cluster", "memcached"]), "The engine.")
        .required(),
    Key::new("url", Kind::Url, "Where it is.").required(),
];

static ORIGIN: &[Key] = &[
    Key::new("kind", Kind::Choice(&["postgres", "sqlite", "redis", "memcached", "http", "etcd", "s3"]), "The engine.")
        .required(),
    Key::new("url", Kind::Url, "Where it is; credentials come from `env:` or `file:`.").required(),
    Key::new("replicas", Kind::List { of: &Kind::Url, max: 32 }, "Replicas that may serve reads."),
    Key::new("max_lag", span_ms(0, HOUR_MS), "Lag at which a replica is not asked."),
    Key::new("version", TEXT, "What orders versions: `origin` for the database's own, or a column's name."),
    Key::new("load", TEXT, "The statement or request that loads one key as `$1`."),
    Key::new("load_many", TEXT, "The same for many keys."),
    Key::new("store", TEXT, "The statement that stores a key's value."),
    Key::new("delete", TEXT, "The statement that deletes a key."),
    Key::new("keys", TEXT, "The statement that lists keys."),
    Key::new("keys_since", TEXT, "The statement that lists new keys."),
    Key::new("key_type", TEXT, "The database type of keys."),
    Key::new("strategy", Kind::Choice(Strategy::WORDS), "Who reads and writes the origin, and when.")
        .preset("cache-aside"),
    Key::new("allocate", Kind::Choice(&["write", "none"]), "Whether a write leaves a copy."),
    Key::new("client_fill", Kind::Flag, "Whether clients may fill a read-through cache."),
    Key::new("load_timeout", span_ms(1, HOUR_MS), "How long a load may take."),
    Key::new("write_timeout", span_ms(1, HOUR_MS), "How long a write may take."),
    Key::new("soft_timeout", span_ms(1, HOUR_MS), "When a stale value is served instead of waiting."),
    Key::new("unknown_hold", span_ms(1, HOUR_MS), "How long a write of unknown outcome is suspected."),
    Key::new("stampede", Kind::Table(STAMPEDE), "Early and stale serving around expiry."),
    Key::new("hold_stale", span_ms(0, HOUR_MS), "How long stale values are held after failures."),
    Key::new("hold_error", span_ms(0, HOUR_MS), "How long a failure is remembered."),
    Key::new("negative_ttl", span_ms(0, HOUR_MS), "How long an absent row is remembered.").preset("5s"),
    Key::new("bloom", Kind::Either(&[Kind::Flag, Kind::Table(BLOOM)]), "A filter that knows absent keys."),
    Key::new("seed_jitter", SHARE, "Jitter of bulk loads."),
    Key::new("warm", Kind::Table(WARM), "What is loaded at start."),
    Key::new("max_concurrency", integer(1, 100_000), "Requests to the origin at once."),
    Key::new("rate", Kind::Rate, "Requests to the origin per time."),
    Key::new("max_waiters", integer(1, 10_000_000), "Callers that wait for one load."),
    Key::new("behind", Kind::Table(BEHIND), "Bounds of the write-behind queue."),
    Key::new("create_fence_table", Kind::Flag, "Whether the fence table is created."),
    Key::new("honor_cache_control", Kind::Flag, "Whether an HTTP origin's Cache-Control counts."),
    Key::new("feed", TEXT, "The stream of changes that invalidates copies."),
];

static STAMPEDE: &[Key] = &[
    Key::new("beta", Kind::Ratio { min: 0.0, max: 10.0 }, "How early a value is refreshed; 0 switches it off.")
        .preset("1"),
    Key::new("grace", span_ms(0, YEAR_MS), "How long a stale value is served while one caller reloads."),
];

static BLOOM: &[Key] = &[
    Key::new("bits_per_key", Kind::Ratio { min: 4.0, max: 32.0 }, "Size."),
    Key::new("rebuild", span_ms(1_000, YEAR_MS), "How often it is built anew."),
];

static WARM: &[Key] = &[
    Key::new("keys", TEXT, "The statement that lists them.").required(),
    Key::new("limit", integer(1, 1_000_000_000), "At most this many."),
];

static BEHIND: &[Key] = &[
    Key::new("flush_after", span_ms(1, HOUR_MS), "Oldest age that starts a batch."),
    Key::new("batch", integer(1, 10_000), "Operations of a batch."),
    Key::new("high", SHARE, "Share of memory at which writes wait."),
    Key::new("hard", SHARE, "Share of memory at which writes are refused."),
    Key::new("attempts", integer(1, 1_000), "Attempts before the dead letter."),
    Key::new("dead", Kind::Choice(&["park", "discard", "halt"]), "What a dead letter does."),
    Key::new("single_copy_ok", Kind::Flag, "Whether one copy of the queue is enough in a cluster."),
];
