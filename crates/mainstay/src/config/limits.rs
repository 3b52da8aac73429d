//! The node-wide limits. Each has a name, a default and an error that clients see.

use std::time::Duration;

use super::node::to_usize;
use super::value::Table;

/// `[limits]`. Byte counts are inclusive.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Connected clients.
    pub max_clients: usize,
    /// Bytes of one bulk string of a request.
    pub max_bulk_bytes: usize,
    /// Arguments of one request.
    pub max_arguments: usize,
    /// Bytes of an inline request's line.
    pub max_inline_bytes: usize,
    /// Bytes of a key.
    pub max_key_bytes: usize,
    /// Bytes of a value.
    pub max_value_bytes: usize,
    /// Bytes of unfinished requests of all clients together.
    pub max_query_bytes: usize,
    /// Commands queued by one `MULTI`.
    pub max_transaction: usize,
    /// Output buffer of a client.
    pub output: OutputLimit,
    /// Output buffer of a client that is subscribed.
    pub pubsub_output: OutputLimit,
    /// How long a script may run before others get `-BUSY`.
    pub script_time: Duration,
    /// Arguments of one request before authentication.
    pub unauthenticated_arguments: usize,
    /// Bytes of one bulk string before authentication.
    pub unauthenticated_bulk_bytes: usize,
}

/// When a slow reader's connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimit {
    /// At once beyond this many bytes.
    pub hard: usize,
    /// Beyond this many bytes for `soft_for`.
    pub soft: usize,
    /// How long `soft` may be exceeded.
    pub soft_for: Duration,
}

impl Limits {
    pub(crate) fn from_table(table: &Table) -> Self {
        let bytes = |name| to_usize(table.size(name).unwrap_or_default());
        let count = |name| to_usize(table.count(name).unwrap_or_default());
        let output = |hard, soft, soft_for| OutputLimit {
            hard: bytes(hard),
            soft: bytes(soft),
            soft_for: table.span(soft_for).unwrap_or_default(),
        };
        Self {
            max_clients: count("max_clients"),
            max_bulk_bytes: bytes("max_bulk_bytes"),
            max_arguments: count("max_arguments"),
            max_inline_bytes: bytes("max_inline_bytes"),
            max_key_bytes: bytes("max_key_bytes"),
            max_value_bytes: bytes("max_value_bytes"),
            max_query_bytes: bytes("max_query_bytes"),
            max_transaction: count("max_transaction"),
            output: output("output_hard", "output_soft", "output_soft_for"),
            pubsub_output: output("pubsub_output_hard", "pubsub_output_soft", "pubsub_output_soft_for"),
            script_time: table.span("script_time").unwrap_or_default(),
            unauthenticated_arguments: count("unauthenticated_arguments"),
            unauthenticated_bulk_bytes: bytes("unauthenticated_bulk_bytes"),
        }
    }
}
