//! Bytes as promised, round trips of any shape, and no flip or cut that passes.

use mainstay_foundation::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{ClusterId, Lsn};

const HEADER: SnapshotHeader = SnapshotHeader {
    cluster: ClusterId(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10),
    lsn: Lsn(0x1122),
    time_floor: Timestamp::from_micros(0x33),
    is_final: true,
};

fn encode(records: &[(u8, Vec<u8>)]) -> (Vec<u8>, SnapshotTotals) {
    let mut writer = SnapshotWriter::new(&HEADER);
    let mut file = Vec::new();
    for (kind, bytes) in records {
        let (front, back) = bytes.split_at(bytes.len() / 3);
        writer.push(*kind, &[front, back]);
        file.extend_from_slice(writer.pending());
        writer.clear_pending();
    }
    let (rest, totals) = writer.finish();
    file.extend_from_slice(&rest);
    (file, totals)
}

type Decoded = (SnapshotHeader, SnapshotTotals, Vec<(u8, Vec<u8>)>);

fn decode(file: &[u8]) -> Result<Decoded, SnapshotError> {
    let mut records = Vec::new();
    let (header, totals) = read_snapshot(file, |_, record| {
        records.push((record.kind, record.bytes.to_vec()));
        Ok(())
    })?;
    Ok((header, totals, records))
}

fn check_round_trip(records: &[(u8, Vec<u8>)]) {
    let (file, totals) = encode(records);
    assert_eq!(totals.bytes, file.len() as u64);
    let (header, read, decoded) = decode(&file).expect("a whole snapshot reads");
    assert_eq!((header, read), (HEADER, totals));
    assert!(decoded == records, "records differ");
}

#[test]
fn the_bytes_are_as_drawn() {
    let (file, totals) = encode(&[(9, b"abc".to_vec())]);
    assert_eq!(totals, SnapshotTotals { records: 1, chunks: 1, bytes: 64 + 12 + 8 + 40 });
    let mut expected = b"MSSNAP\0\x01".to_vec();
    expected.extend_from_slice(&HEADER.cluster.0.to_le_bytes());
    expected.extend_from_slice(&[0x22, 0x11, 0, 0, 0, 0, 0, 0, 0x33, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expected.extend_from_slice(&[0; 16]);
    expected.extend_from_slice(&crc32c::crc32c(&expected).to_le_bytes());
    let chunk = [1, 0, 0, 0, 3, 0, 0, 0, 9, b'a', b'b', b'c'];
    expected.extend_from_slice(&8u32.to_le_bytes());
    expected.extend_from_slice(&chunk_crc(0, &chunk).to_le_bytes());
    expected.extend_from_slice(&chunk);
    let hash = xxhash_rust::xxh3::xxh3_128(&expected);
    let mut footer = [1u64.to_le_bytes(), 1u64.to_le_bytes()].concat();
    footer.extend_from_slice(&hash.to_le_bytes());
    expected.extend_from_slice(&[0; 4]);
    expected.extend_from_slice(&chunk_crc(1, &footer).to_le_bytes());
    expected.extend_from_slice(&footer);
    assert_eq!(file, expected);
}

#[test]
fn records_of_every_size_round_trip() {
    let edge = CHUNK_BYTES_MAX - RECORD_HEADER_BYTES;
    check_round_trip(&[]);
    check_round_trip(&[(0, Vec::new()), (255, vec![0; 3])]);
    for size in [edge - 1, edge, edge + 1, 2 * CHUNK_BYTES_MAX - RECORD_HEADER_BYTES, 3 * CHUNK_BYTES_MAX + 17] {
        let big: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        check_round_trip(&[(1, big.clone())]);
        check_round_trip(&[(1, vec![7; 10]), (2, big.clone()), (3, vec![8; 10]), (4, big), (5, Vec::new())]);
    }
}

#[test]
fn every_bit_flip_and_every_cut_is_found() {
    let (file, _) = encode(&[(1, b"first".to_vec()), (2, vec![0; 40]), (3, Vec::new())]);
    for bit in 0..file.len() * 8 {
        let mut bad = file.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&bad).is_err(), "bit {bit} passed");
    }
    for end in 0..file.len() {
        assert!(matches!(decode(&file[..end]), Err(SnapshotError::Cut { .. })), "cut at {end}");
    }
    let longer = [file.as_slice(), &[0]].concat();
    let at = file.len() as u64;
    assert!(matches!(decode(&longer), Err(SnapshotError::Trailing { offset }) if offset == at));
}

#[test]
fn exchanged_or_missing_chunks_are_found() {
    let records: Vec<_> = (0..3).map(|kind| (kind, vec![kind; CHUNK_BYTES_MAX - RECORD_HEADER_BYTES])).collect();
    let (file, _) = encode(&records);
    let chunk = CHUNK_HEADER_BYTES + CHUNK_BYTES_MAX;
    let at = |n: usize| SNAPSHOT_HEADER_BYTES + n * chunk;
    let exchanged = [&file[..at(0)], &file[at(1)..at(2)], &file[at(0)..at(1)], &file[at(2)..]].concat();
    let missing = [&file[..at(1)], &file[at(2)..]].concat();
    assert!(matches!(decode(&exchanged), Err(SnapshotError::ChunkChecksum { .. })));
    assert!(matches!(decode(&missing), Err(SnapshotError::ChunkChecksum { .. })));
}

#[test]
fn a_newer_format_and_a_refused_record_say_so() {
    let (mut file, _) = encode(&[(1, b"x".to_vec())]);
    let refused = read_snapshot(file.as_slice(), |_, _| Err("unknown kind 1".to_owned())).unwrap_err();
    assert_eq!(refused.to_string(), "record 0 cannot be loaded: unknown kind 1");
    file[7] = 2;
    let newer = decode(&file).unwrap_err();
    assert!(matches!(&newer, SnapshotError::Newer(e) if (e.found, e.supported) == (2, 1)), "{newer}");
}

#[test]
fn names_round_trip() {
    assert_eq!(snapshot_file_name(Lsn(42)), "snapshot-00000000000000000042.mss");
    assert_eq!(snapshot_from_file_name("snapshot-00000000000000000042.mss"), Some(Lsn(42)));
    for name in ["snapshot-00000000000000000042.mss.tmp", "snapshot-42.mss", "wal-00000000000000000042.log"] {
        assert_eq!(snapshot_from_file_name(name), None, "{name}");
    }
}

#[test]
fn publishing_keeps_two_and_releases_up_to_the_older() {
    let file = |lsn| snapshot_file_name(Lsn(lsn));
    let temporary = || format!("{}.tmp", file(9));
    let steps = publish(Lsn(9), &[Lsn(2), Lsn(5)], SNAPSHOTS_KEPT);
    assert_eq!(
        steps,
        [
            PublishStep::Write { file: temporary() },
            PublishStep::Sync { file: temporary() },
            PublishStep::AwaitLog { lsn: Lsn(9) },
            PublishStep::Rename { from: temporary(), to: file(9) },
            PublishStep::SyncDirectory,
            PublishStep::Remove { file: file(2) },
            PublishStep::Release { upto: Lsn(5) },
        ]
    );
    assert!(!publish(Lsn(9), &[], SNAPSHOTS_KEPT).iter().any(|step| matches!(step, PublishStep::Release { .. })));
    assert_eq!(release_after(&[Lsn(3), Lsn(3)], SNAPSHOTS_KEPT), None, "the same snapshot twice is one");
}

#[test]
fn the_log_reaches_back_to_the_oldest_snapshot_kept() {
    for (keep, removed, released) in [(1, 2, Some(9)), (2, 1, Some(5)), (3, 0, Some(2)), (4, 0, None)] {
        let steps = publish(Lsn(9), &[Lsn(2), Lsn(5)], keep);
        let removals = steps.iter().filter(|step| matches!(step, PublishStep::Remove { .. }));
        assert_eq!(removals.count(), removed, "keep {keep}");
        let release = steps.iter().find_map(|step| match step {
            PublishStep::Release { upto } => Some(upto.0),
            _ => None,
        });
        assert_eq!(release, released, "keep {keep}");
    }
}

proptest! {
    #[test]
    fn any_records_round_trip(records in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..600)), 0..60)) {
        check_round_trip(&records);
    }

    #[test]
    fn noise_is_no_snapshot(noise in prop::collection::vec(any::<u8>(), 0..400), keep in 0usize..80) {
        let (mut file, _) = encode(&[(1, b"x".to_vec())]);
        file.truncate(keep);
        file.extend_from_slice(&noise);
        prop_assert!(decode(&file).is_err());
    }
}
