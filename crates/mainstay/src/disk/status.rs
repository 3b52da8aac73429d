//! How the log is doing.

use mainstay_node::engine::BUCKETS_US;

/// Figures for `INFO` and metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalStatus {
    /// Bytes of all segments kept.
    pub log_bytes: u64,
    /// Bytes of records that wait for a sync.
    pub waiting_bytes: u64,
    /// The newest record.
    pub last_lsn: u64,
    /// Durable up to here.
    pub synced_lsn: u64,
    /// Syncs done.
    pub syncs: u64,
    /// Time in syncs, in nanoseconds.
    pub sync_ns: u64,
    /// Syncs by duration: one count per bound of [`BUCKETS_US`], and one above all.
    pub sync_buckets: [u64; BUCKETS_US.len() + 1],
    /// The slowest sync since the last look, in nanoseconds.
    pub sync_ns_max: u64,
    /// Bytes appended since the start.
    pub appended_bytes: u64,
    /// Whether a write or sync failed.
    pub poisoned: bool,
    /// Whether another segment could not be made.
    pub no_space: bool,
}
