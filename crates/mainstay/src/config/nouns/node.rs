//! Rows of the node's own sections.

use crate::config::schema::{GIB, HOUR_MS, KIB, Key, Kind, MIB, TEXT, TIB, YEAR_MS, integer, size, span_ms};
use crate::config::words::{ClientAuth, Level, LogFormat, LogLevel};

pub(super) static NODE: &[Key] = &[
    Key::new("name", Kind::Name, "The node's name, unique in its cluster.").preset("n1").restart(),
    Key::new("data_dir", Kind::Path, "Where log and snapshots live; one running node per directory.")
        .preset("./data")
        .restart(),
    Key::new("threads", integer(1, 1_024), "Worker threads. Absent: one per core.").restart(),
    Key::new("drain", span_ms(0, HOUR_MS), "How long SIGTERM lets commands in flight finish and slow readers read.")
        .preset("30s"),
    Key::new("zone", Kind::Name, "The failure domain that the node stands in.").restart().unserved(),
];

pub(super) static LISTEN: &[Key] = &[
    Key::new("resp", Kind::Address, "RESP for any Redis client.").preset("127.0.0.1:6379").restart(),
    Key::new("resp_tls", Kind::Address, "RESP over TLS; needs `[tls]`.").restart(),
    Key::new("unix", Kind::Path, "RESP over a Unix socket at this path.").restart(),
    Key::new("unix_mode", integer(0, 0o777), "Permission bits of the Unix socket, in octal: `0o700`.")
        .preset("0o700")
        .restart(),
    Key::new("admin", Kind::Address, "Admin HTTP: JSON API, `/metrics`, `/healthz`, `/readyz`.")
        .preset("127.0.0.1:8090")
        .restart(),
    Key::new(
        "admin_token",
        ONE_OR_MORE_SECRETS,
        "Admin requests must carry `Authorization: Bearer` with one of these. Absent: nothing is asked for.",
    ),
    Key::new("http", Kind::Address, "The HTTP gateway (by convention port 8080).").restart().unserved(),
    Key::new("peer", Kind::Address, "Other nodes of the cluster (by convention port 7379).").restart().unserved(),
    Key::new("dtm", Kind::Address, "DTM's saga API (by convention port 36789).").restart().unserved(),
];

pub(super) static TLS: &[Key] = &[
    Key::new("cert", Kind::Path, "PEM certificate chain, leaf first.").required(),
    Key::new("key", Kind::Path, "PEM private key.").required(),
    Key::new(
        "ca",
        Kind::Path,
        "PEM authorities that client certificates are checked against; needed unless `client_auth` is `none`.",
    ),
    Key::new("client_auth", Kind::Choice(ClientAuth::WORDS), "Whether clients must present a certificate.")
        .preset("none"),
];

pub(super) static LIMITS: &[Key] = &[
    Key::new("max_clients", integer(1, 1_000_000), "Connected clients; the next one gets an error and is closed.")
        .preset("10000"),
    Key::new("max_bulk_bytes", size(KIB, 512 * MIB), "Bytes of one bulk string of a request.").preset("512MiB"),
    Key::new("max_arguments", integer(16, 16 * 1_048_576), "Arguments of one request.").preset("1048576"),
    Key::new("max_inline_bytes", size(64, MIB), "Bytes of an inline request's line.").preset("64KiB"),
    Key::new("max_key_bytes", size(1, 64 * KIB), "Bytes of a key; a keyspace may lower it.").preset("64KiB"),
    Key::new("max_value_bytes", size(1, 512 * MIB), "Bytes of a value; a keyspace may lower it.").preset("512MiB"),
    Key::new("max_query_bytes", size(MIB, 4 * GIB), "Bytes of unfinished requests of all clients together.")
        .preset("1GiB"),
    Key::new("max_transaction", integer(1, 16 * 1_048_576), "Commands queued by one `MULTI`.").preset("131072"),
    Key::new("output_hard", size(64 * KIB, TIB), "Output buffer at which a client is closed at once.").preset("256MiB"),
    Key::new("output_soft", size(64 * KIB, TIB), "Output buffer that may be exceeded for `output_soft_for` only.")
        .preset("64MiB"),
    Key::new("output_soft_for", span_ms(0, HOUR_MS), "How long `output_soft` may be exceeded.").preset("60s"),
    Key::new("pubsub_output_hard", size(64 * KIB, TIB), "As `output_hard`, for a client that is subscribed.")
        .preset("32MiB"),
    Key::new("pubsub_output_soft", size(64 * KIB, TIB), "As `output_soft`, for a client that is subscribed.")
        .preset("8MiB"),
    Key::new("pubsub_output_soft_for", span_ms(0, HOUR_MS), "As `output_soft_for`, for a client that is subscribed.")
        .preset("60s"),
    Key::new("script_time", span_ms(1, HOUR_MS), "How long a script may run before other clients get `-BUSY`.")
        .preset("5s"),
    Key::new("unauthenticated_arguments", integer(3, 1_024), "Arguments of one request before authentication.")
        .preset("10"),
    Key::new("unauthenticated_bulk_bytes", size(64, MIB), "Bytes of one bulk string before authentication.")
        .preset("16KiB"),
];

pub(super) static WAL: &[Key] = &[
    Key::new("segment", size(MIB, GIB), "Bytes of one preallocated segment file.").preset("64MiB").restart(),
    Key::new(
        "max_bytes",
        size(4 * MIB, 16 * TIB),
        "Bytes of all segments; at least four segments. Beyond it writes are refused until a snapshot frees some.",
    )
    .preset("16GiB")
    .restart(),
    Key::new("dir", Kind::Path, "A directory for the log alone.").restart().unserved(),
];

pub(super) static SNAPSHOT: &[Key] = &[
    Key::new(
        "every",
        Kind::Either(&[size(MIB, 16 * TIB), span_ms(1_000, YEAR_MS)]),
        "Bytes of log, or time, after which the next snapshot is taken.",
    )
    .preset("1GiB")
    .restart(),
    Key::new("keep", integer(1, 100), "How many snapshots are kept, the newest included.").preset("2").restart(),
];

pub(super) static LOG: &[Key] = &[
    Key::new("level", Kind::Choice(LogLevel::WORDS), "Least severe level that is written.").preset("info"),
    Key::new("format", Kind::Choice(LogFormat::WORDS), "`auto`: text on a terminal, else JSON.")
        .preset("auto")
        .restart(),
    Key::new("redact", Kind::Flag, "Leave clients' keys and values out of messages.").preset("true").restart(),
];

pub(super) static SLOWLOG: &[Key] = &[
    Key::new(
        "slower_than",
        span_ms(0, HOUR_MS),
        "Commands that ran at least this long are kept; `0s` keeps every command.",
    )
    .preset("10ms"),
    Key::new("max_len", integer(0, 1_000_000), "How many are kept.").preset("128"),
];

pub(super) static ACL: &[Key] = &[
    Key::new(
        "user",
        Kind::Named(USER),
        "A user. `default` is the user of connections that have not authenticated; undeclared, it may do everything without a \
         password, which is accepted on loopback only.",
    )
    .preset("default"),
    Key::new("log_max_len", integer(0, 100_000), "How many refusals `ACL LOG` keeps.").preset("128"),
];

static USER: &[Key] = &[
    Key::new(
        "rules",
        Kind::Text { bytes_max: 16_384 },
        "Rules as in `ACL SETUSER`, such as `on ~app:* +@all -@dangerous`. Passwords appear as SHA-256 only (`#<64 hex digits>`); \
         `>password` is refused. Needed for every user but `default`.",
    ),
    Key::new("password", ONE_OR_MORE_SECRETS, "Passwords that are accepted, read at start and at each reload."),
    Key::new("level", Kind::Choice(Level::WORDS), "The consistency of this user's reads.").unserved(),
];

const ONE_OR_MORE_SECRETS: Kind = Kind::Either(&[Kind::Secret, Kind::List { of: &Kind::Secret, max: 16 }]);

pub(super) const TEXTS: Kind = Kind::List { of: &TEXT, max: 1_024 };
