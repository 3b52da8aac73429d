//! Utilization, saturation and errors of what the node is made of.

use super::exposition::{Kind, Page};
use super::requests::label;
use crate::admin::{Readiness, readiness};
use crate::disk::JournalStatus;
use crate::serve::Node;
use mainstay_node::keyspace::Keyspaces;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// Who this is, since when, and whether it serves.
pub(super) fn identity(page: &mut Page, node: &Node) {
    page.family(Kind::Info, "mainstay_build", "The running version.")
        .put(&[("version", env!("CARGO_PKG_VERSION"))], 1u64);
    let started = node.engine.started.as_micros() as f64 / 1e6;
    page.gauge("mainstay_start_time_seconds", "When the node began, since 1970.", started);
    page.gauge(
        "mainstay_ready",
        "Whether the node should be sent clients, as /readyz says: 1 or 0.",
        readiness(node) == Readiness::Ready,
    );
    let help = "Log lines lost to a full queue or a failing sink.";
    page.counter("mainstay_log_lines_dropped", help, node.logger.dropped());
}

#[derive(Default)]
struct Held {
    keys: u64,
    bytes: u64,
    bytes_max: Option<u64>,
    keys_max: Option<u64>,
}

/// What keyspaces hold and may hold.
pub(super) fn keyspaces(page: &mut Page, spaces: &Keyspaces) {
    let mut all: BTreeMap<&str, Held> = BTreeMap::new();
    for id in spaces.ids() {
        let (space, usage) = (spaces.get(id), spaces.usage(id));
        let held = all.entry(label(spaces, id)).or_default();
        held.keys += usage.keys();
        held.bytes += usage.bytes();
        held.bytes_max = sum(held.bytes_max, space.memory_bytes_max);
        held.keys_max = sum(held.keys_max, space.keys_max);
    }
    let mut each = |name, help, value: fn(&Held) -> Option<f64>| {
        let mut family = page.family(Kind::Gauge, name, help);
        for (name, held) in &all {
            if let Some(value) = value(held) {
                family.put(&[("keyspace", name)], value);
            }
        }
    };
    each("mainstay_keyspace_keys", "Keys.", |held| Some(held.keys as f64));
    each("mainstay_keyspace_bytes", "Bytes of keys and values with their bookkeeping.", |held| Some(held.bytes as f64));
    each("mainstay_keyspace_limit_bytes", "Bytes at which writes are refused.", |held| {
        held.bytes_max.map(|max| max as f64)
    });
    each("mainstay_keyspace_limit_keys", "Keys at which new ones are refused.", |held| {
        held.keys_max.map(|max| max as f64)
    });
    each("mainstay_keyspace_utilization_ratio", "Bytes held of bytes allowed.", |held| {
        held.bytes_max.map(|max| held.bytes as f64 / max.max(1) as f64)
    });
}

fn sum(total: Option<u64>, more: Option<u64>) -> Option<u64> {
    match (total, more) {
        (Some(total), Some(more)) => Some(total.saturating_add(more)),
        (one, other) => one.or(other),
    }
}

/// Connections of clients.
pub(super) fn connections(page: &mut Page, node: &Node) {
    let clients = node.engine.clients.list();
    let (now, limit) = (clients.len(), node.engine.settings().clients_max);
    let blocked = clients.iter().filter(|client| client.blocked().is_some()).count();
    page.gauge("mainstay_connections", "Connections of clients.", now);
    page.gauge("mainstay_connections_limit", "Connections at which new ones are refused.", limit);
    page.gauge(
        "mainstay_connections_utilization_ratio",
        "Connections of those allowed.",
        now as f64 / limit.max(1) as f64,
    );
    page.gauge("mainstay_connections_blocked", "Connections that wait for a key.", blocked);
    let rejected = node.rejected.load(Ordering::Relaxed);
    page.counter("mainstay_connections_rejected", "Connections refused because there were too many.", rejected);
}

/// Keys that expired and were looked up, and what else the engine keeps.
pub(super) fn data(page: &mut Page, node: &Node) {
    let engine = &node.engine;
    page.counter(
        "mainstay_expired_keys",
        "Keys removed because they expired.",
        engine.expired_keys.load(Ordering::Relaxed),
    );
    let mut lookups = page.family(Kind::Counter, "mainstay_key_lookups", "Look-ups of keys by reading commands.");
    lookups.put(&[("result", "hit")], engine.hits.load(Ordering::Relaxed));
    lookups.put(&[("result", "miss")], engine.misses.load(Ordering::Relaxed));
    page.gauge("mainstay_slowlog_entries", "Commands in the slow log.", engine.slowlog.lock().len());
    page.gauge("mainstay_pubsub_channels", "Channels with subscribers.", engine.pubsub.channel_count());
    page.gauge("mainstay_pubsub_patterns", "Patterns with subscribers.", engine.pubsub.pattern_count());
}

/// The write-ahead log.
pub(super) fn wal(page: &mut Page, status: &JournalStatus, bytes_max: u64) {
    page.family(Kind::Histogram, "mainstay_wal_fsync_seconds", "Time of syncs of the log.").histogram(
        &[],
        &status.sync_buckets,
        status.sync_ns,
    );
    page.gauge("mainstay_wal_bytes", "Bytes of all segments of the log.", status.log_bytes);
    page.gauge("mainstay_wal_limit_bytes", "Bytes at which writes are refused until a snapshot frees some.", bytes_max);
    let used = status.log_bytes as f64 / bytes_max.max(1) as f64;
    page.gauge("mainstay_wal_utilization_ratio", "Bytes of the log of those allowed.", used);
    page.gauge("mainstay_wal_waiting_bytes", "Bytes of records that wait for a sync.", status.waiting_bytes);
    let waiting = status.last_lsn.saturating_sub(status.synced_lsn);
    page.gauge("mainstay_wal_queue_depth", "Records that wait for a sync.", waiting);
    page.counter("mainstay_wal_appended_bytes", "Bytes of records appended.", status.appended_bytes);
    page.gauge("mainstay_wal_poisoned", "Whether the log failed and takes no more writes: 1 or 0.", status.poisoned);
    page.gauge("mainstay_wal_no_space", "Whether another segment could not be made: 1 or 0.", status.no_space);
}

/// Snapshots.
pub(super) fn snapshots(page: &mut Page, node: &Node) {
    let (taken, failed) = node.snapshotter.outcome();
    page.counter("mainstay_snapshots", "Snapshots taken since the start.", taken);
    page.gauge("mainstay_snapshot_failed", "Whether the latest attempt failed: 1 or 0.", failed);
    page.gauge("mainstay_snapshot_running", "Whether one is being taken: 1 or 0.", node.snapshotter.is_running());
    page.gauge("mainstay_snapshot_time_seconds", "When the latest was taken, since 1970.", node.engine.saved_s());
}
