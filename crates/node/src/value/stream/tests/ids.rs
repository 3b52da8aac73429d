use super::*;

#[test]
fn ids_read_as_redis_reads_them() {
    for (text, expected) in [
        ("5", Some((5, 0))),
        ("5-3", Some((5, 3))),
        ("0-0", Some((0, 0))),
        ("18446744073709551615-18446744073709551615", Some((u64::MAX, u64::MAX))),
        ("18446744073709551616", None),
        (" 7", Some((7, 0))),
        ("+8", Some((8, 0))),
        ("09-+1", Some((9, 1))),
        ("10--0", Some((10, 0))),
        ("11--1", None),
        ("5- -3", Some((5, u64::MAX - 2))),
        ("12--9223372036854775808", None),
        ("12--9223372036854775809", Some((12, (1 << 63) - 1))),
        ("13\0junk", Some((13, 0))),
        ("13- 5\0junk", Some((13, 5))),
        ("14-", None),
        ("15-*", None),
        ("0x7", None),
        ("7 ", None),
        ("", None),
        ("-", None),
        ("+", None),
        ("-5", None),
        ("*", None),
        ("$", None),
        ("(5", None),
    ] {
        let expected = expected.map(|(ms, seq)| StreamId::new(ms, seq)).ok_or(IdError::Invalid);
        assert_eq!(StreamId::parse(text.as_bytes()), expected, "{text:?}");
    }
    assert_eq!(StreamId::parse(&[b'1'; 128]), Err(IdError::Invalid));
    assert_eq!(StreamId::parse(&[&[b'0'; 126][..], b"1"].concat()), Ok(StreamId::new(1, 0)));
}

#[test]
fn bounds_of_ranges() {
    let max = u64::MAX;
    for (text, start, end) in [
        ("-", Ok((0, 0)), Ok((0, 0))),
        ("+", Ok((max, max)), Ok((max, max))),
        ("5", Ok((5, 0)), Ok((5, max))),
        ("5-3", Ok((5, 3)), Ok((5, 3))),
        ("(5", Ok((5, 1)), Ok((5, max - 1))),
        ("(5-0", Ok((5, 1)), Ok((4, max))),
        ("(0-0", Ok((0, 1)), Err(IdError::NothingBefore)),
        ("(18446744073709551615-18446744073709551615", Err(IdError::NothingAfter), Ok((max, max - 1))),
        ("(-", Err(IdError::Invalid), Err(IdError::Invalid)),
        ("(", Err(IdError::Invalid), Err(IdError::Invalid)),
        ("((5", Err(IdError::Invalid), Err(IdError::Invalid)),
        ("5-*", Err(IdError::Invalid), Err(IdError::Invalid)),
    ] {
        let as_id = |bound: Result<(u64, u64), IdError>| bound.map(|(ms, seq)| StreamId::new(ms, seq));
        assert_eq!(StreamId::parse_range_start(text.as_bytes()), as_id(start), "start {text:?}");
        assert_eq!(StreamId::parse_range_end(text.as_bytes()), as_id(end), "end {text:?}");
    }
}

#[test]
fn new_ids_and_places_to_read_from() {
    for (text, expected) in [
        ("*", Ok(NewId::Auto)),
        ("*\0x", Ok(NewId::Auto)),
        ("5-*", Ok(NewId::AutoSeq(5))),
        ("5-*\0", Ok(NewId::AutoSeq(5))),
        ("5", Ok(NewId::Exact(StreamId::new(5, 0)))),
        ("5-3", Ok(NewId::Exact(StreamId::new(5, 3)))),
        ("5-3-*", Err(IdError::Invalid)),
        ("-*", Err(IdError::Invalid)),
        ("5-*x", Err(IdError::Invalid)),
        (" *", Err(IdError::Invalid)),
        ("+", Err(IdError::Invalid)),
    ] {
        assert_eq!(NewId::parse(text.as_bytes()), expected, "{text:?}");
    }
    for (text, expected) in [
        ("$", Ok(ReadFrom::Last)),
        (">", Ok(ReadFrom::New)),
        ("5-1", Ok(ReadFrom::After(StreamId::new(5, 1)))),
        ("-", Err(IdError::Invalid)),
        ("*", Err(IdError::Invalid)),
    ] {
        assert_eq!(ReadFrom::parse(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn neighbours_carry_and_stop_at_the_ends() {
    let max = u64::MAX;
    for (lower, higher) in [((5, 3), (5, 4)), ((5, max), (6, 0)), ((0, 0), (0, 1)), ((max, max - 1), (max, max))] {
        let (lower, higher) = (StreamId::new(lower.0, lower.1), StreamId::new(higher.0, higher.1));
        assert_eq!(lower.successor(), Some(higher));
        assert_eq!(higher.predecessor(), Some(lower));
        assert!(lower < higher);
    }
    assert_eq!(StreamId::MAX.successor(), None);
    assert_eq!(StreamId::MIN.predecessor(), None);
    let mut text = Vec::new();
    StreamId::MAX.write_to(&mut text);
    assert_eq!(text, StreamId::MAX.to_string().as_bytes());
    assert_eq!(StreamId::parse(&text), Ok(StreamId::MAX));
}

#[test]
fn the_id_of_a_new_entry() {
    let max = u64::MAX;
    for (last, wanted, now_ms, expected) in [
        ((0, 0), "*", 7, Ok((7, 0))),
        ((7, 0), "*", 7, Ok((7, 1))),
        ((9, 4), "*", 7, Ok((9, 5))),
        ((9, max), "*", 7, Ok((10, 0))),
        ((0, 0), "*", 0, Ok((0, 1))),
        ((max, max), "*", 7, Err(AddError::Exhausted)),
        ((5, 1), "5-*", 0, Ok((5, 2))),
        ((5, 1), "6-*", 0, Ok((6, 0))),
        ((5, 1), "4-*", 0, Err(AddError::NotAbove)),
        ((5, max), "5-*", 0, Err(AddError::NotAbove)),
        ((0, 0), "0-*", 0, Ok((0, 1))),
        ((5, 1), "5-2", 0, Ok((5, 2))),
        ((5, 1), "5-1", 0, Err(AddError::NotAbove)),
        ((5, 1), "5", 0, Err(AddError::NotAbove)),
        ((0, 0), "0-0", 0, Err(AddError::Zero)),
        ((max, max), "0", 0, Err(AddError::Zero)),
        ((max, max), "5", 0, Err(AddError::Exhausted)),
    ] {
        let mut log = Log::default();
        log.set_id(SetId { last_id: StreamId::new(last.0, last.1), entries_added: None, max_deleted_id: None })
            .unwrap();
        let wanted_id = NewId::parse(wanted.as_bytes()).unwrap();
        let expected = expected.map(|(ms, seq)| StreamId::new(ms, seq));
        assert_eq!(log.next_id(wanted_id, now_ms), expected, "{wanted} after {last:?} at {now_ms}");
    }
}

#[test]
fn setting_the_last_id() {
    let set = |last_id, added: Option<u64>, deleted: Option<&str>| SetId {
        last_id: id(last_id),
        entries_added: added,
        max_deleted_id: deleted.map(id),
    };
    let mut stream = Stream::default();
    for text in ["1 a 1", "2 a 1", "3 a 1"] {
        add(&mut stream, text).unwrap();
    }
    assert!(stream.log.delete(id("3")));
    for (set, expected) in [
        (set("1", None, None), Err(SetIdError::BelowTop)),
        (set("2", Some(1), Some("3")), Err(SetIdError::BelowDeleted)),
        (set("2", Some(1), Some("1")), Err(SetIdError::AddedBelowLength)),
        (set("2", None, None), Ok(())),
        (set("9", Some(20), Some("0")), Ok(())),
    ] {
        assert_eq!(stream.log.set_id(set), expected, "{set:?}");
    }
    let log = &stream.log;
    assert_eq!((log.last_id(), log.entries_added(), log.max_deleted_id()), (id("9"), 20, id("3")));
}
