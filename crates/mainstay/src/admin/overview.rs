//! The node in one answer.

use super::Admin;
use super::answer::Answer;
use super::health::{Readiness, readiness};
use super::keyspaces::described;
use super::routes::Query;
use crate::config::Listen;
use crate::serve::{Node, Phase};
use crate::telemetry::metrics::resident_bytes;
use hyper::StatusCode;
use mainstay_foundation::Timestamp;
use mainstay_node::engine::{Clock, Outcome};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// `/api/v1/overview`.
pub(super) fn overview(admin: &Admin, _: &Query) -> Answer {
    let node = &*admin.node;
    let config = node.config();
    let reasons = match readiness(node) {
        Readiness::Ready => Vec::new(),
        Readiness::NotReady(reasons) => reasons,
    };
    let body = json!({
        "node": config.node.name,
        "version": env!("CARGO_PKG_VERSION"),
        "phase": phase(node.phase()),
        "ready": reasons.is_empty(),
        "reasons": reasons,
        "started": node.engine.started.to_string(),
        "uptime_seconds": node.clock.now().since(node.engine.started).as_secs(),
        "listeners": listeners(&config.listen),
        "memory": { "keyspaces_bytes": node.engine.spaces().bytes(), "resident_bytes": resident_bytes() },
        "keyspaces": described(node),
        "requests": requests(node),
        "wal": wal(node, config.wal.max_bytes),
        "snapshot": snapshot(node),
        "clients": clients(node),
        "log": { "level": node.logger.level().as_str(), "dropped_lines": node.logger.dropped() },
    });
    Answer::json(StatusCode::OK, &body)
}

const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Loading => "loading",
        Phase::Ready => "ready",
        Phase::Draining => "draining",
    }
}

/// The configured addresses.
fn listeners(listen: &Listen) -> Value {
    let text = |address: Option<std::net::SocketAddr>| address.map(|address| address.to_string());
    json!({
        "resp": text(listen.resp),
        "resp_tls": text(listen.resp_tls),
        "unix": listen.unix.as_ref().map(|path| path.display().to_string()),
        "admin": text(listen.admin),
    })
}

fn requests(node: &Node) -> Value {
    let recorded = node.engine.recorded();
    let of = |outcome: Outcome| recorded.series.values().map(|series| series.outcomes[outcome as usize]).sum::<u64>();
    let outcomes = Outcome::ALL.map(|outcome| (outcome.name().to_owned(), Value::from(of(outcome))));
    json!({
        "total": Outcome::ALL.map(of).iter().sum::<u64>(),
        "outcomes": outcomes.into_iter().collect::<serde_json::Map<_, _>>(),
        "expired_keys": node.engine.expired_keys.load(Ordering::Relaxed),
        "hits": node.engine.hits.load(Ordering::Relaxed),
        "misses": node.engine.misses.load(Ordering::Relaxed),
    })
}

fn wal(node: &Node, bytes_max: u64) -> Value {
    let status = node.journal.status();
    json!({
        "bytes": status.log_bytes,
        "max_bytes": bytes_max,
        "waiting_bytes": status.waiting_bytes,
        "last_lsn": status.last_lsn,
        "synced_lsn": status.synced_lsn,
        "syncs": status.syncs,
        "sync_mean_seconds": status.sync_ns as f64 / 1e9 / status.syncs.max(1) as f64,
        "poisoned": status.poisoned,
        "no_space": status.no_space,
    })
}

fn snapshot(node: &Node) -> Value {
    let (taken, failed) = node.snapshotter.outcome();
    let last = Timestamp::from_millis(node.engine.saved_s().saturating_mul(1_000));
    json!({ "taken": taken, "last_failed": failed, "running": node.snapshotter.is_running(), "last": last.to_string() })
}

fn clients(node: &Node) -> Value {
    let clients = node.engine.clients.list();
    json!({
        "connected": clients.len(),
        "blocked": clients.iter().filter(|client| client.blocked().is_some()).count(),
        "max": node.engine.settings().clients_max,
        "rejected": node.rejected.load(Ordering::Relaxed),
    })
}
