use super::exposition::{Kind, Page};
use super::*;
use mainstay_node::command;
use mainstay_node::engine::{Outcome, Recorder, Sample};
use mainstay_node::keyspace::{Keyspace, KeyspaceId, Keyspaces};

#[test]
fn the_format_follows_the_weights_of_accept() {
    let open = Format::OpenMetrics;
    let classic = Format::Classic;
    for (accept, expected) in [
        ("", classic),
        ("*/*", classic),
        ("text/html", classic),
        ("application/openmetrics-text", open),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", open),
        ("application/openmetrics-text;version=2.0.0", classic),
        ("application/openmetrics-text;q=0", classic),
        ("application/openmetrics-text;q=nonsense", classic),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.7", classic),
        ("text/plain, application/openmetrics-text", open),
        ("APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=0.4, */* ; q=0.1", open),
        // What Prometheus 2.42 sends.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            open,
        ),
    ] {
        assert_eq!(Format::from_accept(accept), expected, "{accept}");
    }
}

fn small_page(format: Format) -> String {
    let mut page = Page::new(format);
    page.family(Kind::Counter, "mainstay_things", "Things.").put(&[("name", "a\"b\\c\nd")], 3u64);
    page.gauge("mainstay_held_bytes", "Held.", 1.5);
    page.family(Kind::Info, "mainstay_build", "Build.").put(&[("version", "1")], 1u64);
    let mut counts = [0; BUCKETS];
    (counts[0], counts[BUCKETS - 1]) = (2, 1);
    page.family(Kind::Histogram, "mainstay_wait_seconds", "Wait.").histogram(&[], &counts, 2_500_000_000);
    page.finish()
}

const BUCKETS: usize = mainstay_node::engine::BUCKETS_US.len() + 1;

#[test]
fn the_two_formats_differ_where_they_must() {
    let classic = small_page(Format::Classic);
    assert!(classic.starts_with(
        "# HELP mainstay_things_total Things.\n# TYPE mainstay_things_total counter\n\
         mainstay_things_total{name=\"a\\\"b\\\\c\\nd\"} 3\n\
         # HELP mainstay_held_bytes Held.\n# TYPE mainstay_held_bytes gauge\nmainstay_held_bytes 1.5\n\
         # HELP mainstay_build_info Build.\n# TYPE mainstay_build_info gauge\nmainstay_build_info{version=\"1\"} 1\n"
    ));
    assert!(classic.contains("mainstay_wait_seconds_bucket{le=\"0.00005\"} 2\n"));
    assert!(classic.contains("mainstay_wait_seconds_bucket{le=\"1.0\"} 2\n"));
    assert!(classic.ends_with(
        "mainstay_wait_seconds_bucket{le=\"5.0\"} 2\nmainstay_wait_seconds_bucket{le=\"+Inf\"} 3\n\
         mainstay_wait_seconds_sum 2.5\nmainstay_wait_seconds_count 3\n"
    ));
    let open = small_page(Format::OpenMetrics);
    assert!(open.starts_with("# HELP mainstay_things Things.\n# TYPE mainstay_things counter\nmainstay_things_total{"));
    assert!(open.contains("# TYPE mainstay_build info\nmainstay_build_info{"));
    assert!(open.contains("# UNIT mainstay_held_bytes bytes\n"));
    assert!(open.ends_with("_count 3\n# EOF\n"));
}

fn spaces(count: usize) -> std::sync::Arc<Keyspaces> {
    let named = (1..count).map(|at| {
        let name = format!("space{at:04}");
        Keyspace { prefix: name.as_bytes().into(), name, ..Keyspace::default_space() }
    });
    Keyspaces::new(std::iter::once(Keyspace::default_space()).chain(named).collect())
}

/// One request of each command in each keyspace.
fn recorded(keyspaces: u16) -> Recorder {
    let mut recorder = Recorder::default();
    for keyspace in (0..keyspaces).map(KeyspaceId) {
        for number in 0..command::index().len() as u16 {
            let sample = Sample { number, keyspace, outcome: Outcome::Ok, micros: 60, nanos: 60_000 };
            recorder.record(&[sample]);
        }
    }
    recorder
}

fn samples<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    page.lines().filter(|line| line.starts_with(start)).collect()
}

#[test]
fn requests_are_counted_by_keyspace_and_family() {
    let mut recorder = Recorder::default();
    let get = command::index().find(b"get").expect("GET");
    let sample = |outcome, micros| Sample {
        number: get.number,
        keyspace: KeyspaceId(1),
        outcome,
        micros,
        nanos: micros.saturating_mul(1_000),
    };
    recorder.record(&[sample(Outcome::Ok, 50), sample(Outcome::Ok, 51), sample(Outcome::ClientError, 6_000_000)]);
    let mut page = Page::new(Format::Classic);
    assert_eq!(requests::families(&mut page, &recorder, &spaces(2)), 0);
    let page = page.finish();
    let labels = "surface=\"resp\",keyspace=\"space0001\",op=\"string\"";
    for line in [
        format!("mainstay_requests_total{{{labels},outcome=\"ok\"}} 2"),
        format!("mainstay_requests_total{{{labels},outcome=\"client_error\"}} 1"),
        format!("mainstay_requests_total{{{labels},outcome=\"error\"}} 0"),
        format!("mainstay_request_duration_seconds_bucket{{{labels},le=\"0.00005\"}} 1"),
        format!("mainstay_request_duration_seconds_bucket{{{labels},le=\"0.0001\"}} 2"),
        format!("mainstay_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
        format!("mainstay_request_duration_seconds_count{{{labels}}} 3"),
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    assert!(samples(&page, "mainstay_requests_total").iter().all(|line| !line.contains("timeout")));
}

#[test]
fn labels_and_series_are_bounded_and_what_is_left_out_is_counted() {
    let many = KEYSPACE_LABELS_MAX + 7;
    let mut page = Page::new(Format::Classic);
    let recorder = recorded(many as u16);
    let dropped = requests::families(&mut page, &recorder, &spaces(many));
    assert!(page.series() <= SERIES_MAX, "{}", page.series());
    let text = page.finish();
    let families = recorder.series.keys().filter(|(id, _)| id.0 == 0).count();
    let shown = samples(&text, "mainstay_request_duration_seconds_count").len();
    assert_eq!(dropped as usize, 7 + (KEYSPACE_LABELS_MAX + 1) * families - shown);
    assert_eq!(text.matches("_count{surface=\"resp\",keyspace=\"default\"").count(), families);

    let mut page = Page::new(Format::Classic);
    resources::keyspaces(&mut page, &spaces(many));
    let page = page.finish();
    assert_eq!(samples(&page, "mainstay_keyspace_keys{").len(), KEYSPACE_LABELS_MAX + 1);
    assert!(page.contains("mainstay_keyspace_keys{keyspace=\"other\"} 0\n"));
}

#[test]
fn counters_of_keyspaces_that_a_reload_removed_go_to_other() {
    let mut page = Page::new(Format::Classic);
    requests::families(&mut page, &recorded(3), &spaces(1));
    let page = page.finish();
    assert!(page.contains("keyspace=\"other\"") && page.contains("keyspace=\"default\""));
    assert!(!page.contains("space0001"));
}
