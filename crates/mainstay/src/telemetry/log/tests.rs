use super::queue::LEVELS;
use super::*;
use serde_json::{Map, Value as JsonValue};

/// A clock that stands at a date and moves when told.
#[derive(Default)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn instant(&self) -> Instant {
        Instant::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn date(&self, at: Instant) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + at.as_nanos() / 1_000)
    }
}

/// Where lines go in a test; may be told to fail or to wait.
#[derive(Clone, Default)]
struct Sink {
    bytes: Arc<Mutex<Vec<u8>>>,
    gate: Arc<Mutex<()>>,
    failing: Arc<AtomicBool>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _open = self.gate.lock();
        if self.failing.load(Ordering::Relaxed) {
            return Err(io::Error::other("closed"));
        }
        self.bytes.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().clone()).expect("UTF-8")
    }

    fn objects(&self) -> Vec<Map<String, JsonValue>> {
        self.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

struct World {
    logger: Logger,
    sink: Sink,
    clock: Arc<Hand>,
}

fn world(format: LogFormat, redact: bool) -> World {
    let (sink, clock) = (Sink::default(), Arc::new(Hand::default()));
    let options = LogOptions { level: LogLevel::Info, format, node: "n1".to_owned(), redact, redact_key: [7; 16] };
    let logger =
        Logger::start(options, Arc::clone(&clock) as Arc<dyn Clock>, Box::new(sink.clone())).expect("a thread");
    World { logger, sink, clock }
}

#[test]
fn a_line_has_its_fixed_fields_first_then_ids_then_the_rest() {
    let World { logger, sink, .. } = world(LogFormat::Json, true);
    logger.info(
        "listener",
        "listening",
        &[("address", &"127.0.0.1:1"), ("tls", &false), ("keyspace", &"cart"), ("n", &7u64)],
    );
    logger.flush();
    assert_eq!(
        sink.text(),
        "{\"ts\":\"2023-11-14T22:13:20.000000Z\",\"level\":\"info\",\"msg\":\"listening\",\"target\":\"listener\",\"node\":\"n1\",\
         \"keyspace\":\"cart\",\"address\":\"127.0.0.1:1\",\"tls\":false,\"n\":7}\n"
    );
}

#[test]
fn text_is_for_people_and_safe_on_a_terminal() {
    let World { logger, sink, .. } = world(LogFormat::Text, true);
    logger.warn(
        "wal",
        "slow sync",
        &[("took_s", &0.25), ("file", &"a b"), ("note", &"\u{1b}[31mred\n"), ("none", &"")],
    );
    logger.flush();
    assert_eq!(
        sink.text(),
        "2023-11-14T22:13:20.000000Z WARN  wal: slow sync took_s=0.25 file=\"a b\" note=\"\\u001b[31mred\\n\" none=\"\"\n"
    );
}

#[test]
fn any_bytes_make_one_line_of_valid_json() {
    let World { logger, sink, .. } = world(LogFormat::Json, true);
    let every: Vec<u8> = (0..=255).collect();
    let text: String = (0..0x900).filter_map(char::from_u32).collect();
    logger.info("t", &text, &[("every", &every), ("inf", &f64::INFINITY), ("na\"me\n", &-3i64)]);
    logger.flush();
    let [line] = &sink.objects()[..] else { panic!("one line: {}", sink.text()) };
    assert_eq!(line["msg"], text);
    assert_eq!(line["every"], String::from_utf8_lossy(&every).into_owned());
    assert_eq!(line["inf"], "inf");
    assert_eq!(line["na\"me\n"], -3);
}

#[test]
fn reserved_names_are_moved_aside() {
    let World { logger, sink, .. } = world(LogFormat::Json, true);
    logger.info("t", "m", &[("ts", &1u64), ("node", &"other"), ("truncated", &true)]);
    logger.flush();
    let line = &sink.objects()[0];
    assert_eq!((&line["f_ts"], &line["f_node"], &line["f_truncated"]), (&1.into(), &"other".into(), &true.into()));
    assert_eq!(line["node"], "n1");
}

#[test]
fn a_long_line_is_cut_at_any_place_and_stays_valid() {
    for format in [LogFormat::Json, LogFormat::Text] {
        for length in (LINE_BYTES_MAX - 200..LINE_BYTES_MAX + 8).chain([1 << 20]) {
            let World { logger, sink, clock } = world(format, true);
            clock.0.fetch_add(1, Ordering::Relaxed);
            let filler = "x".repeat(length);
            logger.info("t", "m", &[("filler", &filler), ("tail", &"\u{1}\u{20ac}\"\\end"), ("last", &true)]);
            logger.flush();
            let text = sink.text();
            assert!(text.len() <= LINE_BYTES_MAX && text.ends_with('\n') && text.lines().count() == 1, "{length}");
            if format == LogFormat::Json {
                let line = &sink.objects()[0];
                assert_ne!(line.contains_key("truncated"), line.contains_key("last"), "{length}");
            } else {
                assert_ne!(text.ends_with(" truncated=true\n"), text.ends_with(" last=true\n"), "{length}");
            }
        }
    }
}

#[test]
fn keys_and_secrets_become_hashes_that_tell_equal_from_different() {
    for (redact, key_shows) in [(true, false), (false, true)] {
        let World { logger, sink, .. } = world(LogFormat::Json, redact);
        logger.info("t", "m", &[("key", &"user:1"), ("Password", &"hunter2"), ("url-query", &"a=1"), ("token", &7u64)]);
        logger.info("t", "m", &[("key", &"user:1"), ("Password", &"hunter3"), ("keys", &12u64)]);
        logger.flush();
        let lines = sink.objects();
        assert_eq!(lines[0]["key"] == "user:1", key_shows);
        assert_eq!(lines[0]["url-query"] == "a=1", key_shows);
        assert_eq!(lines[0]["key"], lines[1]["key"]);
        assert_eq!(lines[1]["keys"], 12, "a count is no key");
        assert_ne!(lines[0]["Password"], lines[1]["Password"]);
        for name in ["Password", "token"] {
            let hash = lines[0][name].as_str().expect("text");
            assert!(hash.len() == 10 && hash.starts_with("h:"), "{hash}");
        }
        assert!(!sink.text().contains("hunter"));
    }
}

#[test]
fn the_level_can_be_changed_for_all_clones() {
    let World { logger, sink, .. } = world(LogFormat::Json, true);
    let clone = logger.clone();
    logger.debug("t", "one", &[]);
    clone.set_level(LogLevel::Debug);
    logger.debug("t", "two", &[]);
    logger.trace("t", "three", &[]);
    assert!(logger.enabled(LogLevel::Debug) && logger.level() == LogLevel::Debug);
    clone.set_level(LogLevel::Error);
    logger.warn("t", "four", &[]);
    logger.error("t", "five", &[]);
    logger.flush();
    let lines = sink.objects();
    assert_eq!(lines.iter().map(|line| line["msg"].as_str().expect("text")).collect::<Vec<_>>(), ["two", "five"]);
    assert!(LEVELS.iter().enumerate().all(|(at, level)| *level as usize == at));
}

#[test]
fn repeats_are_folded_into_a_count() {
    let World { logger, sink, clock } = world(LogFormat::Json, true);
    for _ in 0..100 {
        logger.warn("listener", "refused", &[("client", &1u64)]);
        logger.warn("listener", "other", &[]);
    }
    clock.0.store(1_000_000_000, Ordering::Relaxed);
    logger.warn("listener", "refused", &[("client", &2u64)]);
    logger.flush();
    let lines = sink.objects();
    let refused: Vec<_> = lines.iter().filter(|line| line["msg"] == "refused").collect();
    assert_eq!(refused.len() as u64, REPEATS_PER_SECOND_MAX + 2);
    let counts: Vec<_> = lines.iter().filter_map(|line| line.get("repeated")).collect();
    assert_eq!(counts, [80, 80]);
}

#[test]
fn a_full_queue_gives_up_the_least_severe_lines_and_never_waits() {
    let World { logger, sink, clock } = world(LogFormat::Json, true);
    let shut = sink.gate.lock();
    logger.set_level(LogLevel::Trace);
    let flood = |level: LogLevel, lines: usize| {
        for at in 0..lines {
            clock.0.fetch_add(100_000_000, Ordering::Relaxed);
            logger.log(level, "t", level.as_str(), &[("at", &at)]);
        }
    };
    flood(LogLevel::Info, QUEUE_LINES_MAX);
    // What the thread has taken before it met the closed gate made room for as many.
    flood(LogLevel::Info, QUEUE_LINES_MAX);
    let before = logger.dropped();
    flood(LogLevel::Debug, 10);
    assert_eq!(logger.dropped() - before, 10, "nothing more severe gave way");
    flood(LogLevel::Error, 10);
    assert_eq!(logger.dropped() - before, 20);
    drop(shut);
    logger.flush();
    logger.flush();
    let lines = sink.objects();
    assert_eq!(lines.iter().filter(|line| line["level"] == "error").count(), 10);
    assert_eq!(lines.iter().filter(|line| line["level"] == "debug").count(), 0);
    assert!(lines.iter().any(|line| line["msg"] == "log lines were dropped" && line["lines"] == before + 20));
}

#[test]
fn long_lines_are_bounded_by_bytes() {
    let mut queue = Queue::default();
    let line = vec![b'x'; LINE_BYTES_MAX];
    let fits = QUEUE_BYTES_MAX / LINE_BYTES_MAX;
    let dropped: u64 = (0..fits + 3).map(|_| queue.push(LogLevel::Info, line.clone())).sum();
    assert_eq!(dropped, 3);
    assert_eq!(queue.push(LogLevel::Warn, line), 1);
}

#[test]
fn a_failing_sink_is_counted_and_may_come_back() {
    let World { logger, sink, .. } = world(LogFormat::Json, true);
    sink.failing.store(true, Ordering::Relaxed);
    logger.info("t", "lost", &[]);
    logger.flush();
    assert_eq!(logger.dropped(), 1);
    sink.failing.store(false, Ordering::Relaxed);
    logger.info("t", "kept", &[]);
    logger.flush();
    logger.flush();
    let messages: Vec<_> = sink.objects().iter().map(|line| line["msg"].clone()).collect();
    assert_eq!(messages, ["kept", "log lines were dropped"]);
}
