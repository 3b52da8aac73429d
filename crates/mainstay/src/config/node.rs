//! The settings of the node itself: its name, disk, listeners, log and snapshots.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::value::{Table, Value};
use super::words::{ClientAuth, LogFormat, LogLevel};

/// `[node]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The node's name, unique in its cluster.
    pub name: String,
    /// Where log and snapshots live.
    pub data_dir: PathBuf,
    /// Worker threads; `None`: one per core.
    pub threads: Option<usize>,
    /// How long SIGTERM lets clients finish.
    pub drain: Duration,
}

/// `[listen]`. An address that is `None` is not listened on.
#[derive(Clone, Debug, PartialEq)]
pub struct Listen {
    /// RESP without TLS.
    pub resp: Option<SocketAddr>,
    /// RESP over TLS; `Config::tls` is present when this is.
    pub resp_tls: Option<SocketAddr>,
    /// RESP over a Unix socket.
    pub unix: Option<PathBuf>,
    /// Permission bits of the Unix socket.
    pub unix_mode: u32,
    /// Admin HTTP: API, metrics, health.
    pub admin: Option<SocketAddr>,
    /// Bearer tokens that admin requests must present one of; empty: none is asked for (loopback only).
    pub admin_tokens: Vec<super::Secret>,
}

/// `[tls]`: PEM files, read at start and again at each reload.
#[derive(Clone, Debug, PartialEq)]
pub struct Tls {
    /// The certificate chain, leaf first.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
    /// Authorities that client certificates are checked against; present unless `client_auth` is `none`.
    pub ca: Option<PathBuf>,
    /// Whether clients present certificates.
    pub client_auth: ClientAuth,
}

/// `[wal]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Wal {
    /// Bytes of one preallocated segment file.
    pub segment: u64,
    /// Most bytes of all segments; beyond it, writes are refused until a snapshot frees some.
    pub max_bytes: u64,
}

/// `[snapshot]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// When the next one is taken.
    pub every: SnapshotEvery,
    /// How many are kept.
    pub keep: usize,
}

/// What makes a snapshot due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotEvery {
    /// This many bytes of log since the last one.
    Log(u64),
    /// This much time since the last one, if anything was written.
    Time(Duration),
}

/// `[log]`: the program's own messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// Least severe level that is written.
    pub level: LogLevel,
    /// Text or JSON.
    pub format: LogFormat,
    /// Whether clients' keys and values are left out.
    pub redact: bool,
}

/// `[slowlog]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Slowlog {
    /// Commands that ran at least this long are kept.
    pub slower_than: Duration,
    /// How many are kept, newest first.
    pub max_len: usize,
}

impl Node {
    pub(crate) fn from_table(table: &Table) -> Self {
        Self {
            name: table.text("name").unwrap_or_default().to_owned(),
            data_dir: table.path_of("data_dir").unwrap_or_default(),
            threads: table.count("threads").map(to_usize),
            drain: table.span("drain").unwrap_or_default(),
        }
    }
}

impl Listen {
    pub(crate) fn from_table(table: &Table) -> Self {
        Self {
            resp: table.address("resp"),
            resp_tls: table.address("resp_tls"),
            unix: table.path_of("unix"),
            unix_mode: table.count("unix_mode").and_then(|mode| u32::try_from(mode).ok()).unwrap_or_default(),
            admin: table.address("admin"),
            admin_tokens: table.secrets("admin_token"),
        }
    }
}

impl Tls {
    pub(crate) fn from_table(table: &Table) -> Self {
        Self {
            cert: table.path_of("cert").unwrap_or_default(),
            key: table.path_of("key").unwrap_or_default(),
            ca: table.path_of("ca"),
            client_auth: table.text("client_auth").and_then(ClientAuth::from_word).unwrap_or(ClientAuth::Required),
        }
    }
}

impl Wal {
    pub(crate) fn from_table(table: &Table) -> Self {
        Self {
            segment: table.size("segment").unwrap_or_default(),
            max_bytes: table.size("max_bytes").unwrap_or_default(),
        }
    }
}

impl Snapshot {
    pub(crate) fn from_table(table: &Table) -> Self {
        let every = match table.get("every").map(|entry| &entry.value) {
            Some(Value::Span(duration)) => SnapshotEvery::Time(*duration),
            Some(Value::Size(bytes)) => SnapshotEvery::Log(*bytes),
            _ => SnapshotEvery::Log(0),
        };
        Self { every, keep: to_usize(table.count("keep").unwrap_or_default()) }
    }
}

impl Log {
    pub(crate) fn from_table(table: &Table) -> Self {
        Self {
            level: table.text("level").and_then(LogLevel::from_word).unwrap_or(LogLevel::Info),
            format: table.text("format").and_then(LogFormat::from_word).unwrap_or(LogFormat::Auto),
            redact: table.flag("redact").unwrap_or(true),
        }
    }
}

impl Slowlog {
    pub(crate) fn from_table(table: &Table) -> Self {
        Self {
            slower_than: table.span("slower_than").unwrap_or_default(),
            max_len: to_usize(table.count("max_len").unwrap_or_default()),
        }
    }
}

/// Saturates on machines with less than 64 bits.
pub(crate) fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
