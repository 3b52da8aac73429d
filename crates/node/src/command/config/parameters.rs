//! The table of parameters: what `CONFIG GET` tells of each, and what `CONFIG SET` may do to it.
//!
//! Names are those of Redis. A parameter is here only if its value is true of this program; one that cannot be changed says why.

use super::values::{bytes, count, events, int, output_limits, parse_events, set_output_limits};
use crate::engine::{Engine, Settings};
use crate::keyspace::{Durability, KeyspaceId};
use crate::shard::DB_COUNT;

/// One parameter.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) get: fn(&Engine, &Settings) -> String,
    pub(super) set: Set,
}

/// How a parameter is changed.
pub(super) enum Set {
    /// By this function, or its text says what is wrong with the value.
    To(fn(&mut Settings, &[u8]) -> Result<(), String>),
    /// As the memory that the keyspace `default` may take; 0 is no limit.
    Memory,
    /// Not while the node runs, for this reason.
    Fixed(&'static str),
}

const FILE: Set = Set::Fixed("the configuration file decides it");
const FORM: Set = Set::Fixed("it is how lists are built");

const fn parameter(name: &'static str, get: fn(&Engine, &Settings) -> String, set: Set) -> Parameter {
    Parameter { name, get, set }
}

/// In the order of the names.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter("acllog-max-len", |_, it| it.acllog_max_len.to_string(), Set::To(set_acllog_max_len)),
    parameter("appendfsync", |engine, _| fsync(engine).into(), FILE),
    parameter("appendonly", |_, _| "yes".into(), Set::Fixed("the log is always kept")),
    parameter("bind", |engine, _| machine(engine, "bind"), FILE),
    parameter("busy-reply-threshold", script_time, Set::To(set_script_time)),
    parameter("client-output-buffer-limit", |_, it| output_limits(it), Set::To(set_output_limits)),
    parameter("client-query-buffer-limit", |_, it| it.query_bytes_max.to_string(), FILE),
    parameter("cluster-enabled", |_, _| "no".into(), FILE),
    parameter("databases", |_, _| DB_COUNT.to_string(), Set::Fixed("it is built in")),
    parameter("dir", |engine, _| machine(engine, "dir"), FILE),
    parameter("hash-max-listpack-entries", |_, it| it.hash.entries.to_string(), Set::To(set_hash_entries)),
    parameter("hash-max-listpack-value", |_, it| it.hash.value_bytes.to_string(), Set::To(set_hash_value)),
    parameter("hash-max-ziplist-entries", |_, it| it.hash.entries.to_string(), Set::To(set_hash_entries)),
    parameter("hash-max-ziplist-value", |_, it| it.hash.value_bytes.to_string(), Set::To(set_hash_value)),
    parameter("list-compress-depth", |_, _| "0".into(), FORM),
    parameter("list-max-listpack-size", |_, _| LIST_NODE.into(), FORM),
    parameter("list-max-ziplist-size", |_, _| LIST_NODE.into(), FORM),
    parameter("lua-time-limit", script_time, Set::To(set_script_time)),
    parameter("maxclients", |_, it| it.clients_max.to_string(), Set::To(set_clients_max)),
    parameter("maxmemory", |engine, _| memory_max(engine).to_string(), Set::Memory),
    parameter("maxmemory-policy", |_, _| "noeviction".into(), FILE),
    parameter("notify-keyspace-events", |_, it| events(it.notify), Set::To(set_notify)),
    parameter("port", |engine, _| machine(engine, "port"), FILE),
    parameter("proto-max-bulk-len", |_, it| it.request.bulk_bytes_max.to_string(), Set::To(set_bulk_max)),
    parameter("requirepass", |_, _| String::new(), Set::Fixed("users have passwords, see ACL SETUSER")),
    parameter("save", |_, _| String::new(), Set::Fixed("snapshots follow the size of the log")),
    parameter("set-max-intset-entries", |_, it| it.set.integers.to_string(), Set::To(set_set_integers)),
    parameter("set-max-listpack-entries", |_, it| it.set.packed.entries.to_string(), Set::To(set_set_entries)),
    parameter("set-max-listpack-value", |_, it| it.set.packed.value_bytes.to_string(), Set::To(set_set_value)),
    parameter("slowlog-log-slower-than", |_, it| it.slowlog_slower_than_us.to_string(), Set::To(set_slower_than)),
    parameter("slowlog-max-len", |_, it| it.slowlog_max_len.to_string(), Set::To(set_slowlog_max_len)),
    parameter("stream-node-max-bytes", |_, it| it.stream.bytes_max.to_string(), Set::To(set_stream_bytes)),
    parameter("stream-node-max-entries", |_, it| it.stream.entries_max.to_string(), Set::To(set_stream_entries)),
    parameter("tcp-keepalive", |engine, _| machine(engine, "tcp-keepalive"), FILE),
    parameter("timeout", |_, it| it.timeout_s.to_string(), Set::To(set_timeout)),
    parameter("zset-max-listpack-entries", |_, it| it.zset.entries.to_string(), Set::To(set_zset_entries)),
    parameter("zset-max-listpack-value", |_, it| it.zset.value_bytes.to_string(), Set::To(set_zset_value)),
    parameter("zset-max-ziplist-entries", |_, it| it.zset.entries.to_string(), Set::To(set_zset_entries)),
    parameter("zset-max-ziplist-value", |_, it| it.zset.value_bytes.to_string(), Set::To(set_zset_value)),
];

/// Nodes of lists hold up to 8 KiB, which is -2 in the words of Redis.
const LIST_NODE: &str = "-2";

/// What the shell tells; empty where there is none.
fn machine(engine: &Engine, name: &str) -> String {
    engine.machine().and_then(|machine| machine.parameter(name)).unwrap_or_default()
}

fn fsync(engine: &Engine) -> &'static str {
    match engine.spaces().get(KeyspaceId::DEFAULT).durability {
        Durability::Always => "always",
        Durability::EverySecond => "everysec",
        Durability::Never => "no",
    }
}

/// The limit of the keyspace `default`; 0 is none.
pub(in crate::command) fn memory_max(engine: &Engine) -> u64 {
    engine.spaces().get(KeyspaceId::DEFAULT).memory_bytes_max.unwrap_or(0)
}

fn script_time(_engine: &Engine, settings: &Settings) -> String {
    settings.script_time_limit_ms.to_string()
}

macro_rules! setters {
    ($($name:ident: $($field:ident).+ = $value:ident => $read:expr;)*) => {
        $(fn $name(settings: &mut Settings, $value: &[u8]) -> Result<(), String> {
            settings.$($field).+ = $read?;
            Ok(())
        })*
    };
}

setters! {
    set_acllog_max_len: acllog_max_len = text => count(text);
    set_script_time: script_time_limit_ms = text => int(text, 0, i64::MAX).map(|millis| millis as u64);
    set_hash_entries: hash.entries = text => count(text);
    set_hash_value: hash.value_bytes = text => value_bytes(text);
    set_zset_entries: zset.entries = text => count(text);
    set_zset_value: zset.value_bytes = text => value_bytes(text);
    set_set_integers: set.integers = text => count(text);
    set_set_entries: set.packed.entries = text => count(text);
    set_set_value: set.packed.value_bytes = text => value_bytes(text);
    set_clients_max: clients_max = text => int(text, 1, i64::from(u32::MAX)).map(|clients| clients as usize);
    set_notify: notify = text => parse_events(text);
    set_bulk_max: request.bulk_bytes_max = text => bytes(text, 1 << 20, BULK_BYTES_MAX).map(|bytes| bytes as usize);
    set_slower_than: slowlog_slower_than_us = text => int(text, -1, i64::MAX);
    set_slowlog_max_len: slowlog_max_len = text => count(text);
    set_stream_bytes: stream.bytes_max = text => value_bytes(text);
    set_stream_entries: stream.entries_max = text => int(text, 0, i64::from(u32::MAX)).map(|entries| entries as u32);
    set_timeout: timeout_s = text => int(text, 0, i64::from(i32::MAX)).map(|seconds| seconds as u64);
}

/// A limit of memory; `None` is none.
pub(super) fn memory_limit(text: &[u8]) -> Result<Option<u64>, String> {
    bytes(text, 0, i64::MAX).map(|bytes| (bytes > 0).then_some(bytes as u64))
}

/// No value may be longer, whatever is asked for.
const BULK_BYTES_MAX: i64 = 512 << 20;

fn value_bytes(text: &[u8]) -> Result<usize, String> {
    bytes(text, 0, i64::MAX).map(|bytes| bytes as usize)
}
