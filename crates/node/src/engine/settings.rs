//! What may be changed while the node runs, and the traits through which the shell serves the engine.

use crate::keyspace::Durability;
use crate::resp::Limits;
use crate::script::LogLevel;
use crate::shard::EventClass;
use crate::shard::Item;
use crate::value::stream::BlockLimits;
use crate::value::{SetThresholds, Thresholds};
use mainstay_foundation::{Instant, Timestamp};
use std::sync::Arc;
use thiserror::Error;

/// The machine's clocks, read by the shell.
pub trait Clock: Send + Sync {
    /// The clock that never goes back.
    fn instant(&self) -> Instant;

    /// The date at an instant of the recent past, so that one reading of a clock serves both.
    fn date(&self, at: Instant) -> Timestamp;

    /// The date.
    fn now(&self) -> Timestamp {
        self.date(self.instant())
    }
}

/// Position in the log: every record below it is in front of it.
pub type Lsn = u64;

/// Why a record cannot be logged, and so why a write is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// No space for another segment.
    #[error("NOSPACE the log has no room on its disk; writes are refused until there is, reads go on")]
    NoSpace,
    /// Too much waits for the disk.
    #[error("BUSY wal: too much data waits for the disk, try again")]
    Busy,
    /// A write or sync failed.
    #[error("MISCONF the log failed and takes no more writes until the node is restarted; reads go on")]
    Poisoned,
}

/// The write-ahead log as the engine needs it.
pub trait Log: Send + Sync {
    /// Whether a record of about `bytes` bytes would be taken now.
    ///
    /// # Errors
    /// [`LogError`] says why not: the command is refused before it runs.
    fn admit(&self, bytes: usize) -> Result<(), LogError>;

    /// Appends a record, written before this returns: it survives the process. Called with the record's shards held, so that
    /// the log has the order of execution.
    ///
    /// # Errors
    /// [`LogError`]: the outcome of the command is unknown to its client.
    fn append(&self, parts: &[&[u8]], durability: Durability) -> Result<Lsn, LogError>;

    /// A command ran whose record was refused, though it had been admitted: memory is ahead of the log. Nothing that builds on it may be
    /// acknowledged, so the log has to take no more until a restart. Called with the command's shards held.
    fn fell_behind(&self);
}

/// What the shell does for the engine besides time and log.
pub trait Background: Send + Sync {
    /// Frees something large elsewhere.
    fn free(&self, item: Box<dyn Send>);

    /// The calling thread will be busy for long: gives its other work away.
    fn hand_off(&self);

    /// A script has something to say.
    fn script_log(&self, level: LogLevel, message: &[u8]);
}

impl std::fmt::Debug for dyn Background {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Background")
    }
}

const _: fn() = || {
    fn sendable<T: Send>() {}
    sendable::<Item>();
};

/// A bound on a client's output: beyond `hard` it is closed at once, beyond `soft` after `soft_seconds`. Zero is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimit {
    /// Bytes.
    pub hard: usize,
    /// Bytes.
    pub soft: usize,
    /// Seconds.
    pub soft_seconds: u64,
}

/// Settings; immutable, replaced as a whole.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest packed hash.
    pub hash: Thresholds,
    /// The largest packed sorted set.
    pub zset: Thresholds,
    /// The largest small sets.
    pub set: SetThresholds,
    /// When a block of a stream is full.
    pub stream: BlockLimits,
    /// Keyspace events that are published.
    pub notify: EventClass,
    /// Commands slower than this many microseconds enter the slow log; negative: none.
    pub slowlog_slower_than_us: i64,
    /// Entries of the slow log.
    pub slowlog_max_len: usize,
    /// After this many milliseconds a script may be killed and others are answered `-BUSY`; 0: never.
    pub script_time_limit_ms: u64,
    /// What a connection may send.
    pub request: Limits,
    /// What it may send before it has authenticated.
    pub unauthenticated: Limits,
    /// Bytes of unfinished requests of all connections together.
    pub query_bytes_max: usize,
    /// Most connections.
    pub clients_max: usize,
    /// Output of ordinary clients.
    pub output_normal: OutputLimit,
    /// Output of subscribers.
    pub output_pubsub: OutputLimit,
    /// Idle connections are closed after this many seconds; 0: never.
    pub timeout_s: u64,
    /// Most commands of a transaction.
    pub transaction_commands_max: usize,
    /// Entries of the ACL log.
    pub acllog_max_len: usize,
    /// What the shell does on the side; without it large things are freed in place.
    pub background: Option<Arc<dyn Background>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hash: Thresholds::default(),
            zset: Thresholds::default(),
            set: SetThresholds::default(),
            stream: BlockLimits::default(),
            notify: EventClass::empty(),
            slowlog_slower_than_us: 10_000,
            slowlog_max_len: 128,
            script_time_limit_ms: 5_000,
            request: Limits::default(),
            unauthenticated: Limits::UNAUTHENTICATED,
            query_bytes_max: 1 << 30,
            clients_max: 10_000,
            output_normal: OutputLimit { hard: 256 << 20, soft: 64 << 20, soft_seconds: 60 },
            output_pubsub: OutputLimit { hard: 32 << 20, soft: 8 << 20, soft_seconds: 60 },
            timeout_s: 0,
            transaction_commands_max: 128 * 1024,
            acllog_max_len: 128,
            background: None,
        }
    }
}
