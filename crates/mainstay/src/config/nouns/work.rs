//! Rows of the cluster, of work in flight, of objectives and of experiments.

use super::node::TEXTS;
use crate::config::schema::{GIB, HOUR_MS, Key, Kind, MIB, TEXT, YEAR_MS, integer, size, span_ms};
use crate::config::words::Replication;

const SHARE: Kind = Kind::Ratio { min: 0.0, max: 1.0 };
/// A table, or several: `step = [{…}]` and `[[saga.order.step]]` alike.
const fn tables(keys: &'static [Key]) -> Kind {
    Kind::Tables(keys)
}

pub(super) static CLUSTER: &[Key] = &[
    Key::new("seeds", Kind::List { of: &Kind::Peer, max: 256 }, "Nodes to ask for the others.").required(),
    Key::new("tick", span_ms(1, 10_000), "Length of a Raft tick."),
    Key::new("election_ticks", integer(2, 1_000), "Ticks of silence before an election."),
    Key::new("max_offset", span_ms(0, HOUR_MS), "Largest offset of clocks."),
    Key::new("max_drift", SHARE, "Largest drift of clocks."),
    Key::new("redirect", Kind::Flag, "Whether cluster clients get -MOVED."),
];

pub(super) static RESHARD: &[Key] = &[
    Key::new("shadow_percent", Kind::Ratio { min: 0.0, max: 100.0 }, "Reads compared on both sides."),
    Key::new("shadow_min", span_ms(0, YEAR_MS), "How long they are compared."),
    Key::new("reverse_window", span_ms(0, YEAR_MS), "How long a move can be taken back."),
];

pub(super) static SAGA: &[Key] = &[
    Key::new("deadline", span_ms(1, YEAR_MS), "Before the pivot it compensates, after it an alert is raised.")
        .required(),
    Key::new("step", tables(STEP), "Steps, in order unless `after` says otherwise.").required(),
    Key::new("allow_hosts", TEXTS, "Hosts that steps may call."),
];

static STEP: &[Key] = &[
    Key::new("name", Kind::Name, "Its name.").required(),
    Key::new("action", TEXT, "Method and URL.").required(),
    Key::new("compensate", TEXT, "Method and URL that undo it."),
    Key::new("no_effect", Kind::Flag, "There is nothing to undo."),
    Key::new("kind", Kind::Choice(&["compensable", "pivot", "retriable"]), "What a failure means."),
    Key::new("body", Kind::Open, "The action's body."),
    Key::new("compensate_body", Kind::Open, "The compensation's body."),
    Key::new("after", TEXTS, "Steps that come before it."),
    Key::new("idempotent", Kind::Choice(&["barrier", "key", "natural"]), "Why a repeated call is safe.").required(),
    Key::new("timeout", span_ms(1, YEAR_MS), "Of one call."),
    Key::new("timeout_total", span_ms(1, YEAR_MS), "Of a step that answers ongoing."),
    Key::new("attempts", integer(1, 1_000), "Calls before it counts as failed."),
    Key::new("base", span_ms(1, HOUR_MS), "First pause."),
    Key::new("cap", span_ms(1, YEAR_MS), "Longest pause."),
    Key::new("poll", span_ms(1, HOUR_MS), "How often an ongoing step is asked."),
    Key::new("resolve_first", Kind::Flag, "Whether an ambiguous action is repeated before its compensation."),
];

pub(super) static STREAM: &[Key] = &[
    Key::new("prefix", TEXT, "What its subjects' keys begin with.").required(),
    Key::new("replication", Kind::Choice(Replication::WORDS), "How its log is replicated."),
    Key::new("replicas", integer(1, 9), "Copies of the log."),
    Key::new("personal", tables(PERSONAL), "Fields that can be erased."),
    Key::new("retention", span_ms(1, 100 * YEAR_MS), "When prefixes below every checkpoint are cut."),
    Key::new("engine", Kind::Choice(&["nats"]), "An existing engine that holds it."),
    Key::new("url", Kind::Url, "Where the engine is."),
];

static PERSONAL: &[Key] = &[
    Key::new("type", TEXT, "Event type.").required(),
    Key::new("person", TEXT, "JSON pointer to who it is about.").required(),
    Key::new("fields", TEXTS, "JSON pointers to what is personal.").required(),
];

pub(super) static PROJECTION: &[Key] = &[
    Key::new("stream", Kind::Name, "What it follows.").required(),
    Key::new("into", Kind::Choice(&["postgres", "sqlite", "http", "keyspace"]), "Where it writes.").required(),
    Key::new("url", Kind::Url, "Where that is."),
    Key::new("sql", Kind::Open, "Event type to statement and parameters."),
];

pub(super) static OUTBOX: &[Key] = &[
    Key::new("source", Kind::Choice(&["postgres", "sqlite"]), "The database.").required(),
    Key::new("url", Kind::Url, "Where it is.").required(),
    Key::new("partitions", integer(1, 1_024), "Workers that keep order per aggregate."),
    Key::new("park_after", integer(1, 1_000), "Attempts before a row is parked."),
    Key::new("sink", Kind::Table(SINK), "Where rows go.").required(),
];

static SINK: &[Key] = &[
    Key::new("kind", Kind::Choice(&["stream", "nats", "http", "redis"]), "What takes them.").required(),
    Key::new("name", TEXT, "The stream or subject."),
    Key::new("url", Kind::Url, "Where it is."),
];

pub(super) static LOCK: &[Key] = &[
    Key::new("prefix", TEXT, "What its names begin with.").required(),
    Key::new("backend", Kind::Choice(&["embedded", "etcd", "postgres", "redlock"]), "Who grants leases.")
        .preset("embedded"),
    Key::new("url", Kind::Either(&[Kind::Url, Kind::List { of: &Kind::Url, max: 32 }]), "Where the backend is."),
    Key::new(
        "safety",
        Kind::Choice(&["correctness", "efficiency"]),
        "What the lock may be used for. `redlock` gives `efficiency` only.",
    ),
];

pub(super) static SLO: &[Key] = &[
    Key::new("over", TEXT, "`route:NAME`, `keyspace:NAME` or `saga:NAME`.").required(),
    Key::new("sli", TEXT, "What is counted as good.").required(),
    Key::new("objective", TEXT, "Share of good events, such as `99.9%`.").required(),
    Key::new("period", span_ms(HOUR_MS, YEAR_MS), "Over which time.").required(),
    Key::new("latency", span_ms(1, HOUR_MS), "Longest time of a good event."),
    Key::new("budgeting", Kind::Choice(&["events", "slices"]), "What is counted."),
    Key::new("slice", span_ms(1_000, HOUR_MS), "Length of a slice."),
    Key::new("slice_target", SHARE, "Share of good events of a good slice."),
    Key::new("min_bad_events", integer(0, 1_000_000_000), "Bad events before an alert."),
    Key::new("shed", Kind::Flag, "Whether a burning budget sheds load."),
    Key::new("burn", Kind::Open, "Burn rates that alert."),
    Key::new("no_data", Kind::Choice(&["unknown", "good", "bad"]), "What silence means."),
    Key::new("act", Kind::Open, "What follows from a spent budget."),
];

pub(super) static EXPERIMENT: &[Key] = &[
    Key::new("hypothesis", TEXTS, "What holds before, during and after.").required(),
    Key::new("target", Kind::Table(TARGET), "Whom the fault strikes.").required(),
    Key::new("fault", tables(FAULT), "What is broken.").required(),
    Key::new("duration", span_ms(1, YEAR_MS), "For how long.").required(),
    Key::new("ttl", span_ms(1, HOUR_MS), "When a fault heals by itself without its controller."),
    Key::new("recover_within", span_ms(1, HOUR_MS), "When all must be well again."),
    Key::new("seed", integer(0, i64::MAX), "Of its dice."),
    Key::new("expect_failure", TEXT, "Expected share of failures, such as `20%`."),
    Key::new("expect_unavailable", Kind::Flag, "Whether a majority may be struck."),
    Key::new("budget_share", TEXT, "Share of the error budget it may spend."),
    Key::new("guards", TEXTS, "Objectives that stop it."),
    Key::new("workload", Kind::Open, "Load during the experiment."),
];

static TARGET: &[Key] = &[
    Key::new("role", TEXT, "Leader, follower, any."),
    Key::new("keyspace", Kind::Name, "Nodes of this keyspace."),
    Key::new("node", Kind::Name, "This node."),
    Key::new("zone", Kind::Name, "Nodes of this zone."),
    Key::new("count", integer(1, 1_000), "How many."),
];

static FAULT: &[Key] = &[
    Key::new("kind", TEXT, "Family and kind, such as `net.latency`.").required(),
    Key::new("delay", span_ms(0, YEAR_MS), "Added time."),
    Key::new("jitter", span_ms(0, YEAR_MS), "Its spread."),
    Key::new("scope", TEXT, "Which traffic."),
    Key::new("rate", Kind::Either(&[SHARE, TEXT]), "How often."),
    Key::new("damaging", Kind::Flag, "Consent to damage files of one replica."),
    Key::new("with", Kind::Open, "Further settings of the kind."),
];

pub(super) static CHAOS: &[Key] = &[
    Key::new("enabled", Kind::Flag, "Whether experiments may run."),
    Key::new("max_targets", integer(1, 1_000), "Most targets of one."),
    Key::new("max_duration", span_ms(1, YEAR_MS), "Longest one."),
    Key::new("schedule", Kind::Open, "When they may run."),
];

pub(super) static OBSERVE: &[Key] = &[
    Key::new("slo_memory", size(MIB, 64 * GIB), "Memory of objectives."),
    Key::new("sample_ratio", SHARE, "Share of requests that are traced."),
    Key::new("series_max", integer(1, 10_000_000), "Most time series."),
];

pub(super) static OTLP: &[Key] = &[
    Key::new("endpoint", Kind::Url, "The collector.").required(),
    Key::new("headers", Kind::Open, "Headers; secrets as `env:NAME`."),
];

pub(super) static PLAN: &[Key] = &[
    Key::new("node_availability", SHARE, "Of one node."),
    Key::new("beta", SHARE, "Share of failures with a common cause."),
    Key::new("sample", tables(SAMPLE), "Measured throughput."),
];

static SAMPLE: &[Key] = &[
    Key::new("n", integer(1, 1_000_000), "Nodes or threads.").required(),
    Key::new("rate", Kind::Rate, "Throughput.").required(),
];
