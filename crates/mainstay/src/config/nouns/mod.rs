//! The rows of the schema, a file per family of nouns.

mod keyspace;
mod node;
mod route;
mod work;

use super::schema::{Key, Kind};

/// The top of a file.
pub(crate) static FILE: &[Key] = &[
    Key::new("node", Kind::Table(node::NODE), "The node itself.").preset(""),
    Key::new(
        "listen",
        Kind::Table(node::LISTEN),
        "Where the node listens. An address beyond loopback needs credentials: for clients an `acl.user.default` that is off or \
         has a password (or, on the TLS port, `tls.client_auth = \"required\"`), for admin requests `admin_token`.",
    )
    .preset(""),
    Key::new(
        "tls",
        Kind::Table(node::TLS),
        "Certificates of every TLS port. The files are read at start and at each reload.",
    ),
    Key::new(
        "limits",
        Kind::Table(node::LIMITS),
        "Bounds of the whole node. At a limit the client gets an error, or its connection is closed with a logged reason.",
    )
    .preset(""),
    Key::new("wal", Kind::Table(node::WAL), "The write-ahead log.").preset(""),
    Key::new("snapshot", Kind::Table(node::SNAPSHOT), "Snapshots, from which a start replays the log's tail.").preset(""),
    Key::new("log", Kind::Table(node::LOG), "The program's own messages, on standard error.").preset(""),
    Key::new("slowlog", Kind::Table(node::SLOWLOG), "Commands that took long (`SLOWLOG GET`).").preset(""),
    Key::new("acl", Kind::Table(node::ACL), "Users and their rights.").preset(""),
    Key::new(
        "keyspace",
        Kind::Named(keyspace::KEYSPACE),
        "A prefix of keys and what its values are promised. `keyspace.default` always exists and takes the keys that no prefix claims; of several prefixes that fit a key, the longest counts.",
    ).preset("default"),
    Key::new("cluster", Kind::Table(work::CLUSTER), "The nodes that this one works with. Absent: a cluster of one.")
        .unserved(),
    Key::new("reshard", Kind::Table(work::RESHARD), "Moving data between nodes in use.").unserved(),
    Key::new("gateway", Kind::Table(route::GATEWAY), "The HTTP gateway as a whole.").unserved(),
    Key::new(
        "route",
        Kind::Tables(route::ROUTE),
        "An HTTP path or host, its upstreams, and the policies in front of them.",
    )
    .unserved(),
    Key::new("saga", Kind::Named(work::SAGA), "Long-running work as steps with compensations.").unserved(),
    Key::new("stream", Kind::Named(work::STREAM), "Facts, in order.").unserved(),
    Key::new("projection", Kind::Named(work::PROJECTION), "A view that follows a stream.").unserved(),
    Key::new("outbox", Kind::Named(work::OUTBOX), "Rows of a database that become messages.").unserved(),
    Key::new("lock", Kind::Named(work::LOCK), "Leases with fencing tokens.").unserved(),
    Key::new("slo", Kind::Named(work::SLO), "An objective over a route, a keyspace or a saga.").unserved(),
    Key::new("experiment", Kind::Named(work::EXPERIMENT), "A fault, its hypothesis and its guard rails.").unserved(),
    Key::new("chaos", Kind::Table(work::CHAOS), "Whether and when experiments may run.").unserved(),
    Key::new("observe", Kind::Table(work::OBSERVE), "Bounds of metrics and traces.").unserved(),
    Key::new("otlp", Kind::Table(work::OTLP), "Where traces and metrics are sent.").unserved(),
    Key::new("plan", Kind::Table(work::PLAN), "Assumptions of `mainstay plan`.").unserved(),
];

/// Tables whose scalar keys the environment and the command line can set.
pub(crate) static OVERRIDABLE: &[&str] = &[
    "node",
    "listen",
    "tls",
    "limits",
    "wal",
    "snapshot",
    "log",
    "slowlog",
    "acl",
    "acl.user.default",
    "keyspace.default",
];
