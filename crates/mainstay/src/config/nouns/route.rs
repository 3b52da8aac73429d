//! Rows of `[[route]]` and `[gateway]`.

use super::node::TEXTS;
use crate::config::schema::{HOUR_MS, KIB, Key, Kind, MIB, TEXT, YEAR_MS, integer, size, span_ms};

const SHARE: Kind = Kind::Ratio { min: 0.0, max: 1.0 };

pub(super) static GATEWAY: &[Key] = &[
    Key::new("limits", Kind::Open, "Bounds of HTTP requests."),
    Key::new("trusted_proxies", TEXTS, "Networks whose forwarding headers count."),
    Key::new("drain", span_ms(0, HOUR_MS), "How long requests in flight may finish."),
];

pub(super) static ROUTE: &[Key] = &[
    Key::new("match", Kind::Table(MATCH), "Which requests it takes.").required(),
    Key::new("upstream", Kind::List { of: &Kind::Url, max: 1_024 }, "Where they go.").required(),
    Key::new("name", Kind::Name, "Its name in metrics."),
    Key::new("host", Kind::Choice(&["preserve", "upstream"]), "Which Host header upstreams see."),
    Key::new("idempotent", Kind::Flag, "Whether POST and PATCH may be tried again."),
    Key::new("stream", Kind::Flag, "Whether bodies are passed on as they come."),
    Key::new("criticality", Kind::Choice(&["critical", "default", "sheddable"]), "Who is shed first."),
    Key::new(
        "timeout",
        Kind::Either(&[span_ms(1, HOUR_MS), Kind::Table(TIMEOUT)]),
        "The deadline of a request, its tries included.",
    )
    .preset("30s"),
    Key::new("retry", Kind::Table(RETRY), "Tries after failures."),
    Key::new("budget", Kind::Table(BUDGET), "How many retries there may be."),
    Key::new(
        "rate_limit",
        Kind::Either(&[Kind::Table(RATE_LIMIT), Kind::Tables(RATE_LIMIT)]),
        "Who may send how much.",
    ),
    Key::new("breaker", Kind::Table(BREAKER), "When an endpoint is left alone."),
    Key::new("bulkhead", Kind::Table(BULKHEAD), "Requests at once."),
    Key::new("shed", Kind::Table(SHED), "What is refused under load."),
    Key::new("hedge", Kind::Table(HEDGE), "A second try before the first has failed."),
    Key::new(
        "balance",
        Kind::Choice(&["round-robin", "random", "p2c", "least-request", "ewma", "ring", "maglev", "rendezvous"]),
        "Which endpoint is next.",
    ),
    Key::new("outlier", Kind::Open, "When an endpoint is ejected."),
    Key::new("fallback", Kind::Table(FALLBACK), "What is answered when all else failed."),
    Key::new("cache", Kind::Table(CACHE), "Answers kept in a keyspace."),
    Key::new("headers", Kind::Table(HEADERS), "Headers to set and remove."),
];

static MATCH: &[Key] = &[
    Key::new("path", TEXT, "The path's beginning, from `/`."),
    Key::new("host", TEXT, "The exact host."),
    Key::new("method", Kind::Either(&[TEXT, TEXTS]), "Methods."),
    Key::new("headers", Kind::Open, "Headers that must be present."),
];

static TIMEOUT: &[Key] = &[
    Key::new("total", span_ms(1, HOUR_MS), "The whole request.").required(),
    Key::new("try", span_ms(1, HOUR_MS), "One try."),
];

static RETRY: &[Key] = &[
    Key::new("attempts", integer(1, 16), "Tries in all, the first included.").preset("2"),
    Key::new("base", span_ms(1, HOUR_MS), "First pause.").preset("20ms"),
    Key::new("cap", span_ms(1, HOUR_MS), "Longest pause.").preset("1s"),
    Key::new("on", TEXTS, "Statuses and failures that are tried again."),
    Key::new("try", span_ms(1, HOUR_MS), "Longest time of one try."),
];

static BUDGET: &[Key] = &[
    Key::new("ratio", SHARE, "Retries per request."),
    Key::new("min", integer(0, 1_000_000), "Retries a second that are always allowed."),
];

static RATE_LIMIT: &[Key] = &[
    Key::new("name", Kind::Name, "Its name, by which state survives a reload."),
    Key::new(
        "algorithm",
        Kind::Choice(&["token-bucket", "leaky-bucket", "gcra", "fixed-window", "sliding-window", "sliding-log"]),
        "How requests are counted.",
    )
    .preset("token-bucket"),
    Key::new("rate", Kind::Rate, "Requests per time.").required(),
    Key::new("burst", integer(1, 1_000_000_000), "Requests at once."),
    Key::new("key", TEXT, "Who is counted: `ip`, `header:NAME`, …"),
    Key::new("scope", Kind::Choice(&["node", "cluster"]), "Whose requests are counted together.").preset("node"),
    Key::new("store", Kind::Name, "The keyspace of a cluster-wide limit. Absent: `_limits`."),
    Key::new("accuracy", SHARE, "Allowed error of a cluster-wide limit."),
    Key::new("on_store_down", Kind::Choice(&["allow", "local", "deny"]), "What holds while the store is away."),
    Key::new("missing", Kind::Choice(&["allow", "deny", "share"]), "What holds for requests without the key."),
    Key::new("headers", Kind::Flag, "Whether answers carry RateLimit headers."),
];

static BREAKER: &[Key] = &[
    Key::new("window", Kind::Either(&[integer(1, 1_000_000), span_ms(1, HOUR_MS)]), "Calls or time that count."),
    Key::new("failure_rate", SHARE, "Share of failures that opens it."),
    Key::new("min_calls", integer(1, 1_000_000), "Calls before it may open."),
    Key::new("slow_call", span_ms(1, HOUR_MS), "When a call is slow."),
    Key::new("slow_rate", SHARE, "Share of slow calls that opens it."),
    Key::new("consecutive", integer(1, 1_000_000), "Failures in a row that open it."),
    Key::new("base", span_ms(1, HOUR_MS), "First pause."),
    Key::new("cap", span_ms(1, HOUR_MS), "Longest pause."),
    Key::new("probes", integer(1, 1_000), "Calls let through when half open."),
    Key::new("successes", integer(1, 1_000), "Successes that close it."),
    Key::new("per", Kind::Choice(&["endpoint", "upstream"]), "What it watches."),
    Key::new("mode", Kind::Choice(&["on", "metrics-only", "off"]), "Whether it acts."),
];

static BULKHEAD: &[Key] = &[
    Key::new("max", integer(1, 1_000_000), "Requests at once."),
    Key::new("queue", integer(0, 1_000_000), "Requests that wait."),
    Key::new("max_wait", span_ms(0, HOUR_MS), "How long they wait."),
    Key::new("per_key", TEXT, "A bulkhead per value of this."),
    Key::new("per_key_max", integer(1, 1_000_000), "Requests at once per key."),
];

static SHED: &[Key] = &[
    Key::new("algorithm", TEXT, "How the limit adapts."),
    Key::new("min", integer(1, 1_000_000), "Lowest limit."),
    Key::new("max", integer(1, 1_000_000), "Highest limit."),
    Key::new("slo_shed", Kind::Flag, "Whether a burning objective sheds."),
];

static HEDGE: &[Key] = &[
    Key::new(
        "delay",
        Kind::Either(&[span_ms(1, HOUR_MS), TEXT]),
        "When the second try starts: a duration or a percentile such as `p95`.",
    )
    .required(),
    Key::new("max", integer(1, 8), "Extra tries."),
];

static FALLBACK: &[Key] = &[
    Key::new("list", TEXTS, "`stale`, `upstream:URL`, `static:FILE`, tried in order.").required(),
    Key::new("on", TEXTS, "Reasons."),
    Key::new("reserve", span_ms(0, HOUR_MS), "Time of the deadline kept for it."),
];

static CACHE: &[Key] = &[
    Key::new("store", TEXT, "`keyspace:NAME`.").required(),
    Key::new("default_ttl", span_ms(0, YEAR_MS), "Of answers that name none."),
    Key::new("grace", span_ms(0, YEAR_MS), "How long stale answers are served."),
    Key::new("set_cookie", Kind::Flag, "Whether answers with cookies are kept."),
    Key::new("query", Kind::Open, "Which parameters distinguish answers."),
    Key::new("client_directives", Kind::Flag, "Whether clients' Cache-Control counts."),
    Key::new("max_object", size(KIB, 1_024 * MIB), "Largest answer that is kept."),
    Key::new("l1_ttl", span_ms(0, HOUR_MS), "Longest age in the memory tier."),
];

static HEADERS: &[Key] = &[Key::new("set", Kind::Open, "Name to value."), Key::new("remove", TEXTS, "Names.")];
