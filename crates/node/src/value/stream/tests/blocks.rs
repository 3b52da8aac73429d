use super::*;

fn filled(ids: impl Iterator<Item = u64>, fields: impl Fn(u64) -> (String, String), limits: BlockLimits) -> Log {
    let mut log = Log::default();
    for (index, ms) in ids.enumerate() {
        let (name, value) = fields(index as u64 + 1);
        let fields = [name.as_bytes(), value.as_bytes()];
        log.add(NewId::Exact(StreamId::new(ms, 0)), 0, fields.into_iter(), limits).unwrap();
    }
    log
}

fn plain(_: u64) -> (String, String) {
    ("f".into(), "v".into())
}

/// Length, blocks, and nodes of the index over them.
fn shape(log: &Log) -> (u64, usize, usize) {
    (log.len(), log.entries().block_count(), log.entries().radix_nodes())
}

fn trim(log: &mut Log, keep: Keep, precision: Precision) -> u64 {
    log.trim(Trim { keep, precision })
}

#[test]
fn blocks_end_where_the_server_ends_them() {
    let limits = BlockLimits::default();
    let numbered = |index: u64| ("f".into(), index.to_string());
    assert_eq!(shape(&filled(1..=1000, numbered, limits)), (1000, 10, 26));
    let growing = |index: u64| (format!("field-{}", index % 3), "v".repeat(index as usize));
    let seconds = (1..=200).map(|index| 1_700_000_000_000 + index * 1_000);
    let mut log = filled(seconds, growing, limits);
    assert_eq!(shape(&log), (200, 6, 15));
    assert_eq!(trim(&mut log, Keep::Newest(100), Precision::default_blocks(limits)), 72);
    assert_eq!(shape(&log), (128, 5, 13));
    assert_eq!(shape(&filled((1..=300).map(|index| index << 16), plain, limits)), (300, 3, 8));
    let three = BlockLimits { entries_max: 3, bytes_max: 4096 };
    assert_eq!(shape(&filled((1..=300).map(|index| index * index), plain, three)), (300, 100, 207));
    assert_eq!(shape(&Log::default()), (0, 0, 1));
}

#[test]
fn approximate_trimming_drops_the_blocks_that_the_server_drops() {
    let limits = BlockLimits::default();
    let (unasked, few) = (Precision::default_blocks(limits), Precision::Blocks { limit: Some(150) });
    let mut log = filled(1..=1000, |index| ("f".into(), index.to_string()), limits);
    for (keep, precision, expected) in [
        (Keep::Newest(850), unasked, 100),
        (Keep::Newest(450), few, 100),
        (Keep::From(StreamId::new(555, 0)), unasked, 300),
        (Keep::From(StreamId::new(601, 0)), unasked, 100),
        (Keep::From(StreamId::new(655, 0)), Precision::Exact, 54),
        (Keep::Newest(0), Precision::Blocks { limit: Some(45) }, 0),
    ] {
        assert_eq!(trim(&mut log, keep, precision), expected, "{keep:?} {precision:?}");
    }
    assert_eq!(shape(&log), (346, 4, 12));
    assert_eq!(log.first_id(), StreamId::new(655, 0));
    assert_eq!(trim(&mut log, Keep::Newest(0), Precision::Blocks { limit: None }), 346);
    assert_eq!((log.first_id(), log.max_deleted_id(), log.entries().heap_bytes()), (StreamId::MIN, StreamId::MIN, 0));
}

#[test]
fn without_a_limit_approximate_trimming_has_one() {
    let limit = |entries_max| Precision::default_blocks(BlockLimits { entries_max, bytes_max: 0 });
    assert_eq!(limit(100), Precision::Blocks { limit: Some(10_000) });
    assert_eq!(limit(0), Precision::Blocks { limit: Some(10_000) });
    assert_eq!(limit(3), Precision::Blocks { limit: Some(300) });
    assert_eq!(limit(1_000_000), Precision::Blocks { limit: Some(1_000_000) });
}

#[test]
fn small_entries_weigh_no_more_than_a_listpack() {
    let seconds = (0..10_000).map(|index| 1_700_000_000_000 + index);
    let log = filled(seconds, |index| ("a".into(), (index + 9_999).to_string()), BlockLimits::default());
    let per_entry = log.entries().heap_bytes() as f64 / 10_000.0;
    assert!(per_entry < 19.3, "redis-server needs 19.3 bytes, this {per_entry}");
    let one = filled(1..=1, plain, BlockLimits::default());
    assert!(one.entries().heap_bytes() < 32, "a stream of one entry is one buffer: {}", one.entries().heap_bytes());
}

#[test]
fn ids_may_come_back_after_the_last_id_was_lowered() {
    let mut stream = Stream::default();
    let three = BlockLimits { entries_max: 3, bytes_max: 0 };
    stream.log = filled(1..=8, plain, three);
    for gone in 5..=8 {
        assert!(stream.log.delete(StreamId::new(gone, 0)));
    }
    stream.log.set_id(SetId { last_id: id("4"), entries_added: None, max_deleted_id: None }).unwrap();
    for text in ["5 again 1", "7 again 2", "9 again 3"] {
        add(&mut stream, text).unwrap();
    }
    let expected = ["1-0 f v", "2-0 f v", "3-0 f v", "4-0 f v", "5-0 again 1", "7-0 again 2", "9-0 again 3"];
    assert_eq!(show(stream.log.range(StreamId::MIN, StreamId::MAX)), expected);
    assert_eq!(show(stream.log.range(id("5"), id("8"))), expected[4..6]);
    assert_eq!(show(stream.log.range_reverse(id("4"), id("6"))), ["5-0 again 1", "4-0 f v"]);
    assert_eq!(show(stream.log.get(id("7"))), ["7-0 again 2"]);
    stream.log.entries().verify();
}

#[test]
fn entries_keep_their_bytes_whatever_they_are() {
    let mut log = Log::default();
    let all: Vec<u8> = (0..=255).collect();
    let long = vec![b'x'; 70_000];
    let shapes: [&[&[u8]]; 5] =
        [&[b"", b""], &[&all, &long], &[b"a", b"1", b"a", b"2"], &[b"a", b"1"], &[b"a", b"3", b"a", b""]];
    let limits = BlockLimits { entries_max: 0, bytes_max: 0 };
    for fields in shapes {
        log.add(NewId::Auto, 5, fields.iter().copied(), limits).unwrap();
    }
    let read: Vec<Vec<&[u8]>> = log
        .range(StreamId::MIN, StreamId::MAX)
        .map(|entry| entry.fields().flat_map(|(name, value)| [name, value]).collect())
        .collect();
    assert_eq!(read, shapes);
    assert_eq!(log.entries().block_count(), 1);
}
