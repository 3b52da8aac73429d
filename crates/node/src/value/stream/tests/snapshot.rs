use mainstay_foundation::Rng;

use super::*;

fn encoded(stream: &Stream) -> Vec<u8> {
    let mut out = Vec::new();
    stream.encode(&mut out);
    out
}

/// Decoding gives a stream that encodes to the same bytes and reads the same.
pub(super) fn check_round_trip(stream: &Stream) {
    let bytes = encoded(stream);
    let back = Stream::decode(&bytes).unwrap();
    assert_eq!(encoded(&back), bytes);
    let all = |stream: &Stream| show(stream.log.range(StreamId::MIN, StreamId::MAX));
    assert_eq!(all(&back), all(stream));
    let numbers = |log: &Log| (log.len(), log.first_id(), log.last_id(), log.entries().block_count());
    assert_eq!(numbers(&back.log), numbers(&stream.log));
    back.log.entries().verify();
    for ((name, group), (back_name, back_group)) in stream.groups.iter().zip(back.groups.iter()) {
        assert_eq!((name, group.lag(&stream.log)), (back_name, back_group.lag(&back.log)));
        assert_eq!(group.pending_summary(), back_group.pending_summary());
        back_group.verify();
    }
}

fn sample() -> Stream {
    let mut stream = Stream::default();
    let limits = BlockLimits { entries_max: 4, bytes_max: 0 };
    for index in 0..10u64 {
        let (name, value) = (format!("f{}", index % 2), "v".repeat(index as usize * 20));
        let fields = [name.as_bytes(), value.as_bytes()];
        stream.log.add(NewId::Auto, 100 * index, fields.into_iter(), limits).unwrap();
    }
    stream.log.delete(id("500"));
    stream.groups.create(b"g", StreamId::MIN, Some(0));
    stream.groups.create(b"idle", StreamId::MAX, None);
    let Stream { log, groups } = &mut stream;
    groups.update(b"g", |group| {
        for (name, count) in [(b"zoe", 2), (b"ann", 3)] {
            let consumer = group.visit_consumer(name, 77);
            group.read_new(
                log,
                consumer,
                ReadNew { count: Some(count), acknowledge: Acknowledge::Required },
                78,
                |_| {},
            );
        }
    });
    stream
}

/// Does everything that reads or changes a stream; none of it may panic.
fn exercise(mut stream: Stream) {
    check_round_trip(&stream);
    let Stream { log, groups } = &mut stream;
    let ids: Vec<_> = log.range_reverse(StreamId::MIN, StreamId::MAX).map(|entry| entry.id).collect();
    let names: Vec<_> = groups.iter().map(|(name, _)| name.to_vec()).collect();
    for name in names {
        groups.update(&name, |group| {
            let consumer = group.visit_consumer(b"new", 1);
            group.read_new(log, consumer, ReadNew { count: None, acknowledge: Acknowledge::Required }, 1, |_| {});
            let options = AutoClaim { idle_min_ms: 0, start: StreamId::MIN, count: 5, delivery: CountDelivery::Yes };
            group.auto_claim(log, b"new", options, 2, |_| {});
            group.delete_consumer(b"new");
            group.verify();
        });
    }
    let fields: [&[u8]; 2] = [b"f0", b"1"];
    let added = log.add(NewId::Auto, 5, fields.into_iter(), BlockLimits::default());
    assert!(ids.iter().all(|&id| log.delete(id)));
    assert_eq!(log.len(), u64::from(added.is_ok()));
    log.trim(Trim { keep: Keep::Newest(0), precision: Precision::Exact });
    log.entries().verify();
}

#[test]
fn streams_survive_a_round_trip() {
    check_round_trip(&Stream::default());
    exercise(sample());
}

#[test]
fn equal_histories_are_equal_bytes_whatever_was_deleted_between() {
    let plain = sample();
    let mut detour = sample();
    detour.groups.update(b"g", |group| {
        group.create_consumer(b"bob", 1);
        group.delete_consumer(b"bob");
    });
    assert_eq!(encoded(&plain), encoded(&detour));
}

#[test]
fn every_prefix_and_every_longer_input_is_refused() {
    let bytes = encoded(&sample());
    for len in 0..bytes.len() {
        let error = Stream::decode(&bytes[..len]).unwrap_err();
        assert!(error.left <= len, "{error}");
    }
    let longer = [&bytes[..], b"\0"].concat();
    assert_eq!(Stream::decode(&longer).unwrap_err(), DecodeError { part: "the end", left: 1 });
}

#[test]
fn garbage_is_refused_or_harmless() {
    let bytes = encoded(&sample());
    for at in 0..bytes.len() {
        for value in [0, 1, 2, 3, 0x7f, 0x80, 0xff, bytes[at].wrapping_add(1), bytes[at].wrapping_sub(1)] {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Ok(stream) = Stream::decode(&changed) {
                exercise(stream);
            }
        }
    }
    let mut rng = Rng::new(11);
    for _ in 0..5_000 {
        let mut changed = bytes.clone();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(changed.len() as u64) as usize;
            changed[at] = rng.next_u64() as u8;
        }
        let cut = if rng.chance(0.5) { rng.below(changed.len() as u64) as usize } else { changed.len() };
        if let Ok(stream) = Stream::decode(&changed[..cut]) {
            exercise(stream);
        }
    }
}
