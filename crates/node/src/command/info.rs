//! `INFO`: the node in sections of `name:value` lines.
//!
//! Fields that only the process can know come from the shell, see [`Machine`](crate::engine::Machine); they go first in their section, and
//! stand in for what the engine would tell under the same name.

use super::config::memory_max;
use super::{Category, Command, Failure, Flags, Group, Run, args, index};
use crate::engine::{Call, Engine, Flow, Recorder};
use crate::shard::DB_COUNT;
use std::fmt::Display;
use std::fmt::Write;
use std::sync::atomic::Ordering::Relaxed;

#[cfg(test)]
mod tests;

/// The version of Redis whose commands and replies clients may count on.
pub const REDIS_VERSION: &str = "7.4.0";

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("info", -1, Group::Server, Run::Session(info))
    .flags(Flags::LOADING.union(Flags::STALE))
    .categories(Category::DANGEROUS)
    .doc("1.0.0", "O(1)", "Tells the state of the node.")];

/// Writes the engine's fields of a section.
type Fields = fn(&mut Call<'_>, &mut Section);

/// Name, title, whether it is told unasked, and its fields; in the order of the reply.
const SECTIONS: [(&str, &str, bool, Fields); 11] = [
    ("server", "Server", true, server),
    ("clients", "Clients", true, clients),
    ("memory", "Memory", true, memory),
    ("persistence", "Persistence", true, persistence),
    ("stats", "Stats", true, stats),
    ("replication", "Replication", true, replication),
    ("cpu", "CPU", true, |_, _| ()),
    ("commandstats", "Commandstats", false, commandstats),
    ("errorstats", "Errorstats", true, errorstats),
    ("cluster", "Cluster", true, |_, section| section.field("cluster_enabled", 0)),
    ("keyspace", "Keyspace", true, keyspace),
];

/// Lines of a section; the first of a name counts.
struct Section {
    fields: Vec<(String, String)>,
}

impl Section {
    fn begin(engine: &Engine, name: &str) -> Self {
        let told = engine.machine().map(|machine| machine.info(name)).unwrap_or_default();
        Self { fields: told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
    }

    fn field(&mut self, name: impl Into<String>, value: impl Display) {
        let name = name.into();
        if !self.fields.iter().any(|(known, _)| *known == name) {
            self.fields.push((name, value.to_string()));
        }
    }

    fn bytes(&mut self, name: &str, bytes: u64) {
        self.field(name, bytes);
        self.field(format!("{name}_human"), human(bytes));
    }
}

fn info(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let wants = |word: &str| args[1..].iter().any(|arg| args::is(arg, word));
    let usual = args.len() == 1 || wants("default");
    let everything = wants("all") || wants("everything");
    let mut text = String::new();
    for (name, title, default, fields) in SECTIONS {
        if !(everything || (usual && default) || wants(name)) {
            continue;
        }
        let mut section = Section::begin(call.engine, name);
        fields(call, &mut section);
        if !text.is_empty() {
            text.push_str("\r\n");
        }
        let _ = write!(text, "# {title}\r\n");
        for (name, value) in &section.fields {
            let _ = write!(text, "{name}:{value}\r\n");
        }
    }
    call.out.verbatim(text.as_bytes());
    Ok(Flow::Continue)
}

fn server(call: &mut Call<'_>, section: &mut Section) {
    let uptime_s = call.now.since(call.engine.started).as_secs();
    section.field("redis_version", REDIS_VERSION);
    section.field("mainstay_version", env!("CARGO_PKG_VERSION"));
    section.field("redis_mode", "standalone");
    section.field("arch_bits", usize::BITS);
    section.field("server_time_usec", call.now.as_micros());
    section.field("uptime_in_seconds", uptime_s);
    section.field("uptime_in_days", uptime_s / 86_400);
}

fn clients(call: &mut Call<'_>, section: &mut Section) {
    let clients = call.engine.clients.list();
    section.field("connected_clients", clients.len());
    section.field("maxclients", call.engine.settings().clients_max);
    section.field("blocked_clients", clients.iter().filter(|client| client.is_blocked()).count());
    section.field("pubsub_clients", clients.iter().filter(|client| client.is_subscriber()).count());
    section.field("watching_clients", clients.iter().filter(|client| client.watching.load(Relaxed) > 0).count());
    section.field("tracking_clients", 0);
}

fn memory(call: &mut Call<'_>, section: &mut Section) {
    let (items, mut tables) = (call.engine.spaces().bytes(), 0);
    call.each_shard(&mut |shard| {
        tables += (0..DB_COUNT).filter_map(|db| shard.db(db)).map(crate::shard::Db::table_bytes).sum::<usize>() as u64;
    });
    section.bytes("used_memory", items + tables);
    section.field("used_memory_dataset", items);
    section.field("used_memory_overhead", tables);
    section.bytes("maxmemory", memory_max(call.engine));
    section.field("maxmemory_policy", "noeviction");
    // Left out while a script runs, which has them all.
    let _ = call.with_scripts(|scripts, _| section.field("number_of_cached_scripts", scripts.count()));
}

fn persistence(call: &mut Call<'_>, section: &mut Section) {
    section.field("loading", 0);
    section.field("async_loading", 0);
    section.field("rdb_last_save_time", call.engine.saved_s());
    section.field("aof_enabled", 1);
}

fn stats(call: &mut Call<'_>, section: &mut Section) {
    let engine = call.engine;
    let calls: u64 = recorded(call).commands.iter().map(|totals| totals.calls).sum();
    section.field("total_connections_received", engine.clients.accepted());
    section.field("total_commands_processed", calls);
    section.field("expired_keys", engine.expired_keys.load(Relaxed));
    section.field("evicted_keys", 0);
    call.each_shard(&mut |shard| engine.count_lookups(shard));
    section.field("keyspace_hits", engine.hits.load(Relaxed));
    section.field("keyspace_misses", engine.misses.load(Relaxed));
    section.field("pubsub_channels", engine.pubsub.channel_count());
    section.field("pubsub_patterns", engine.pubsub.pattern_count());
    section.field("total_error_replies", engine.errors.total());
}

/// The counters, this connection's latest included.
fn recorded(call: &mut Call<'_>) -> Recorder {
    call.engine.flush_samples(call.session);
    call.engine.recorded()
}

fn replication(_call: &mut Call<'_>, section: &mut Section) {
    section.field("role", "master");
    section.field("connected_slaves", 0);
    section.field("master_failover_state", "no-failover");
    section.field("master_repl_offset", 0);
}

fn commandstats(call: &mut Call<'_>, section: &mut Section) {
    for (number, totals) in recorded(call).commands.iter().enumerate().filter(|(_, totals)| totals.calls > 0) {
        let micros = totals.ns as f64 / 1_000.0;
        section.field(
            format!("cmdstat_{}", index().name(number as u16)),
            format!(
                "calls={},usec={micros:.0},usec_per_call={:.2},rejected_calls={},failed_calls={}",
                totals.calls - totals.rejected,
                micros / totals.calls as f64,
                totals.rejected,
                totals.failed
            ),
        );
    }
}

fn errorstats(call: &mut Call<'_>, section: &mut Section) {
    for (code, count) in call.engine.errors.codes() {
        section.field(format!("errorstat_{code}"), format!("count={count}"));
    }
}

fn keyspace(call: &mut Call<'_>, section: &mut Section) {
    let mut counts = [(0, 0); DB_COUNT as usize];
    call.each_shard(&mut |shard| {
        for (db, count) in counts.iter_mut().enumerate() {
            if let Some(tables) = shard.db(db as u8) {
                count.0 += tables.len();
                count.1 += tables.expiring();
            }
        }
    });
    for (db, (keys, expires)) in counts.iter().enumerate().filter(|(_, (keys, _))| *keys > 0) {
        section.field(format!("db{db}"), format!("keys={keys},expires={expires},avg_ttl=0"));
    }
}

/// An amount as people read it: `1.85M`.
fn human(bytes: u64) -> String {
    const UNITS: [(u64, char); 4] = [(1 << 40, 'T'), (1 << 30, 'G'), (1 << 20, 'M'), (1 << 10, 'K')];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, letter)) => format!("{:.2}{letter}", bytes as f64 / *unit as f64),
        None => format!("{bytes}B"),
    }
}
