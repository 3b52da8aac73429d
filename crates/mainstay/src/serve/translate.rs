//! From the configuration's words to the engine's.

use crate::config::{self, Config};
use mainstay_node::acl::Acl;
use mainstay_node::command;
use mainstay_node::engine::{OutputLimit, Settings};
use mainstay_node::keyspace::{Durability, Keyspace, Keyspaces};
use mainstay_node::resp::Limits;
use mainstay_storage::WalConfig;
use std::sync::Arc;

pub(super) fn keyspaces(config: &Config) -> Arc<Keyspaces> {
    let mut all: Vec<Keyspace> = config.keyspaces.iter().map(|space| keyspace(space, &config.limits)).collect();
    // The node wants `default` first.
    all.sort_by_key(|space| !space.prefix.is_empty());
    Keyspaces::new(all)
}

fn keyspace(space: &config::Keyspace, limits: &config::Limits) -> Keyspace {
    Keyspace {
        name: space.name.clone(),
        prefix: space.prefix.as_bytes().into(),
        durability: match space.durability {
            config::Durability::Always => Durability::Always,
            config::Durability::Everysec => Durability::EverySecond,
            config::Durability::Never => Durability::Never,
        },
        memory_bytes_max: Some(space.max_memory),
        keys_max: space.max_keys,
        key_bytes_max: space.max_key_bytes.min(limits.max_key_bytes),
        value_bytes_max: space.max_value_bytes.min(limits.max_value_bytes),
        ttl_ms: space.ttl.map(|ttl| ttl.as_millis() as u64),
        ttl_jitter: space.ttl_jitter,
    }
}

/// The settings that the file decides, over `base`, which keeps what `CONFIG SET` decides alone.
pub(super) fn settings(config: &Config, base: Settings) -> Settings {
    let limits = &config.limits;
    Settings {
        slowlog_slower_than_us: config.slowlog.slower_than.as_micros() as i64,
        slowlog_max_len: config.slowlog.max_len,
        script_time_limit_ms: limits.script_time.as_millis() as u64,
        request: Limits {
            arguments_max: limits.max_arguments,
            bulk_bytes_max: limits.max_bulk_bytes,
            inline_bytes_max: limits.max_inline_bytes,
            unauthenticated: false,
        },
        unauthenticated: Limits {
            arguments_max: limits.unauthenticated_arguments,
            bulk_bytes_max: limits.unauthenticated_bulk_bytes,
            inline_bytes_max: limits.max_inline_bytes,
            unauthenticated: true,
        },
        query_bytes_max: limits.max_query_bytes,
        clients_max: limits.max_clients,
        output_normal: output(limits.output),
        output_pubsub: output(limits.pubsub_output),
        transaction_commands_max: limits.max_transaction,
        acllog_max_len: config.acl.log_max_len,
        ..base
    }
}

const fn output(limit: config::OutputLimit) -> OutputLimit {
    OutputLimit { hard: limit.hard, soft: limit.soft, soft_seconds: limit.soft_for.as_secs() }
}

/// The users of the file, their passwords read from where they are kept.
///
/// # Errors
/// Names the user and what is wrong with its rules or secret.
pub(super) fn acl(config: &Config) -> Result<Acl, String> {
    let mut acl = Acl::new(command::index());
    for user in &config.acl.users {
        let named = |error: String| format!("acl.user.{}: {error}", user.name);
        let rules = user.resolved_rules().map_err(|error| named(error.to_string()))?;
        let words: Vec<&[u8]> = rules.split_whitespace().map(str::as_bytes).collect();
        let words =
            if user.name == config::DEFAULT_USER { [&[b"reset".as_slice()], &words[..]].concat() } else { words };
        acl.set_user(user.name.as_bytes(), &words, command::index()).map_err(|error| named(error.to_string()))?;
    }
    Ok(acl)
}

pub(super) fn wal(config: &Config) -> WalConfig {
    WalConfig { segment_bytes: config.wal.segment, log_bytes_max: config.wal.max_bytes, ..WalConfig::default() }
}
