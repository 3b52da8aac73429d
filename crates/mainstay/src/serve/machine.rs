//! What `INFO` and `CONFIG GET` tell of the process and the machine.

use super::node::Node;
use mainstay_node::engine::{Clock, Machine};
use std::fs;
use std::sync::Weak;
use std::sync::atomic::Ordering;

/// Ticks of the kernel's CPU accounting per second, on every Linux that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// The process that serves a node.
pub(super) struct Process {
    node: Weak<Node>,
    page_bytes: u64,
}

impl Process {
    pub(super) fn of(node: Weak<Node>) -> Self {
        Self { node, page_bytes: 4096 }
    }

    fn resident_bytes(&self) -> Option<u64> {
        let text = fs::read_to_string("/proc/self/statm").ok()?;
        Some(text.split_whitespace().nth(1)?.parse::<u64>().ok()? * self.page_bytes)
    }
}

impl Machine for Process {
    fn info(&self, section: &str) -> Vec<(&'static str, String)> {
        let Some(node) = self.node.upgrade() else { return Vec::new() };
        match section {
            "server" => server(&node),
            "memory" => self.resident_bytes().map(|bytes| ("used_memory_rss", bytes.to_string())).into_iter().collect(),
            "cpu" => cpu(),
            "persistence" => persistence(&node),
            "stats" => vec![("rejected_connections", node.rejected.load(Ordering::Relaxed).to_string())],
            _ => Vec::new(),
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let node = self.node.upgrade()?;
        let config = node.config();
        let resp = config.listen.resp;
        match name {
            "port" => Some(node.resp_port().to_string()),
            "bind" => Some(resp.map(|address| address.ip().to_string()).unwrap_or_default()),
            "dir" => Some(config.node.data_dir.display().to_string()),
            "unixsocket" => {
                Some(config.listen.unix.as_ref().map(|path| path.display().to_string()).unwrap_or_default())
            }
            "tcp-keepalive" => Some(super::listener::KEEPALIVE.as_secs().to_string()),
            _ => None,
        }
    }
}

fn server(node: &Node) -> Vec<(&'static str, String)> {
    let uptime = node.clock.now().since(node.engine.started).as_secs();
    vec![
        ("os", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("arch_bits", usize::BITS.to_string()),
        ("process_id", std::process::id().to_string()),
        ("tcp_port", node.resp_port().to_string()),
        ("uptime_in_seconds", uptime.to_string()),
        ("uptime_in_days", (uptime / 86_400).to_string()),
        ("executable", std::env::current_exe().map(|path| path.display().to_string()).unwrap_or_default()),
    ]
}

/// User and system time of the process.
fn cpu() -> Vec<(&'static str, String)> {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may hold blanks; what follows it does not.
    let mut fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    let mut seconds =
        || fields.next().and_then(|ticks| ticks.parse::<f64>().ok()).map(|ticks| ticks / TICKS_PER_SECOND);
    let (user, system) = (seconds(), seconds());
    let field = |name, value: Option<f64>| value.map(|value| (name, format!("{value:.6}")));
    field("used_cpu_sys", system).into_iter().chain(field("used_cpu_user", user)).collect()
}

fn persistence(node: &Node) -> Vec<(&'static str, String)> {
    let status = node.journal.status();
    let (taken, failed) = node.snapshotter.outcome();
    vec![
        ("rdb_bgsave_in_progress", u8::from(node.snapshotter.is_running()).to_string()),
        ("rdb_last_bgsave_status", if failed { "err" } else { "ok" }.to_owned()),
        ("rdb_saves", taken.to_string()),
        ("aof_enabled", "1".to_owned()),
        ("aof_last_write_status", if status.poisoned || status.no_space { "err" } else { "ok" }.to_owned()),
        ("aof_current_size", status.log_bytes.to_string()),
        ("wal_last_lsn", status.last_lsn.to_string()),
        ("wal_synced_lsn", status.synced_lsn.to_string()),
    ]
}
