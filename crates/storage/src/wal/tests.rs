//! Byte layouts, and the machine's answers step by step.

use mainstay_foundation::Instant;

use super::*;

const CLUSTER: ClusterId = ClusterId(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);
const STREAM: StreamId = StreamId(3);

fn config() -> WalConfig {
    WalConfig { segment_bytes: 4096, record_bytes_max: 64 << 10, waiting_bytes_max: 1000, ..WalConfig::default() }
}

fn at(millis: u64) -> Instant {
    Instant::from_nanos(millis * 1_000_000)
}

fn create(wal: &mut Wal) -> CreateJob {
    let job = wal.begin_create(at(0)).expect("a segment is wanted");
    wal.create_done(at(0), job, Ok(()));
    job
}

fn started(config: WalConfig) -> Wal {
    let mut wal = Wal::new(config, CLUSTER, Lsn::ZERO).expect("a sound configuration");
    create(&mut wal);
    wal
}

fn put(wal: &mut Wal, durability: Durability, size: usize) -> Result<Lsn, Full> {
    let lsn = wal.append(STREAM, 1, durability, &[&vec![b'x'; size]])?;
    while wal.poll().is_some() {
        wal.write_done();
    }
    Ok(lsn)
}

fn sync(wal: &mut Wal) -> SyncJob {
    wal.request_sync();
    let job = wal.begin_sync(at(0)).expect("something is unsynced");
    wal.sync_done(job).expect("no poison");
    job
}

#[test]
fn the_bytes_are_as_drawn() {
    let mut wal = started(config());
    wal.append(STREAM, 7, Durability::Always, &[b"he", b"llo"]).unwrap();
    let write = wal.poll().unwrap();
    assert_eq!((write.segment, write.offset), (SegmentId(1), 0));
    let mut header = b"MSWAL\0\0\x01\x01\0\0\0\0\0\0\0".to_vec();
    header.extend_from_slice(&CLUSTER.0.to_le_bytes());
    header.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
    header.extend_from_slice(&[0; 20]);
    header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());
    let body = b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\x07hello";
    let seed = [1u64.to_le_bytes().as_slice(), &CLUSTER.0.to_le_bytes()].concat();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&seed), body);
    let frame = [&34u32.to_le_bytes()[..], &crc.to_le_bytes(), body, &[0; 6]].concat();
    assert_eq!(write.bytes, [header, frame].concat());
    wal.write_done();
    let job = wal.begin_sync(at(0)).unwrap();
    let mark = wal.sync_done(job).unwrap().mark;
    let mut expected = b"MSMARK\0\x01".to_vec();
    expected.extend_from_slice(&CLUSTER.0.to_le_bytes());
    expected.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend_from_slice(&crc32c::crc32c(&expected).to_le_bytes());
    assert_eq!((mark.offset, mark.bytes.to_vec()), (0, expected));
}

#[test]
fn appends_before_a_poll_are_one_write_and_it_repeats_until_done() {
    let mut wal = started(config());
    for _ in 0..3 {
        wal.append(STREAM, 1, Durability::EverySecond, &[b"a"]).unwrap();
    }
    let first = wal.poll().unwrap().bytes.len();
    assert_eq!(first, 64 + 3 * 32);
    wal.append(STREAM, 1, Durability::EverySecond, &[b"b"]).unwrap();
    assert_eq!(wal.poll().unwrap().bytes.len(), first, "a polled write does not grow");
    wal.write_done();
    assert_eq!(wal.written_lsn(), Lsn(3));
    assert_eq!(wal.poll().unwrap().offset, first as u64);
    wal.write_done();
    assert_eq!((wal.written_lsn(), wal.poll()), (Lsn(4), None));
    wal.write_done();
    assert_eq!(wal.written_lsn(), Lsn(4), "done without a poll is nothing");
}

#[test]
fn a_sync_covers_what_was_written_before_it_began() {
    let mut wal = started(config());
    put(&mut wal, Durability::Always, 1).unwrap();
    wal.append(STREAM, 1, Durability::Always, &[b"staged"]).unwrap();
    let job = wal.begin_sync(at(0)).unwrap();
    assert_eq!((job.upto, wal.sync_due(), wal.begin_sync(at(0))), (Lsn(1), None, None));
    wal.poll();
    wal.write_done();
    assert_eq!(wal.sync_done(job).map(|synced| synced.lsn), Some(Lsn(1)));
    assert_eq!((wal.synced_lsn(), wal.waiting_bytes(), wal.sync_due()), (Lsn(1), 40, Some(SyncDue::Now)));
}

#[test]
fn everysec_syncs_once_a_period_and_always_at_once() {
    let mut wal = started(config());
    put(&mut wal, Durability::EverySecond, 1).unwrap();
    let job = wal.begin_sync(at(5_000)).expect("the first is due at once");
    wal.sync_done(job).unwrap();
    assert_eq!(wal.sync_due(), None, "nothing is unsynced");
    put(&mut wal, Durability::EverySecond, 1).unwrap();
    assert_eq!(wal.sync_due(), Some(SyncDue::At(at(6_000))));
    assert_eq!(wal.begin_sync(at(5_999)), None);
    put(&mut wal, Durability::Always, 1).unwrap();
    assert_eq!(wal.begin_sync(at(5_999)).map(|job| job.upto), Some(Lsn(3)));
}

#[test]
fn marks_take_turns() {
    let mut wal = started(config());
    let mut offsets = Vec::new();
    for _ in 0..3 {
        put(&mut wal, Durability::Always, 1).unwrap();
        let job = wal.begin_sync(at(0)).unwrap();
        offsets.push(wal.sync_done(job).unwrap().mark.offset);
    }
    assert_eq!(offsets, [0, 512, 0]);
}

#[test]
fn the_next_segment_is_wanted_at_half_and_used_when_ready() {
    let mut wal = started(config());
    put(&mut wal, Durability::EverySecond, 1000).unwrap();
    assert!(!wal.wants_create());
    put(&mut wal, Durability::EverySecond, 1000).unwrap();
    let job = wal.begin_create(at(0)).unwrap();
    assert_eq!((job, wal.begin_create(at(0))), (CreateJob { segment: SegmentId(2), bytes: 4096 }, None));
    put(&mut wal, Durability::EverySecond, 1000).unwrap();
    assert_eq!(put(&mut wal, Durability::EverySecond, 1000), Err(Full::NextSegment));
    assert_eq!(put(&mut wal, Durability::EverySecond, 100), Ok(Lsn(4)), "what fits is still taken");
    wal.create_done(at(0), job, Ok(()));
    let lsn = wal.append(STREAM, 1, Durability::EverySecond, &[&[0; 1000]]).unwrap();
    let write = wal.poll().unwrap();
    assert_eq!((lsn, write.segment, write.offset), (Lsn(5), SegmentId(2), 0));
    wal.write_done();
    let job = sync(&mut wal);
    assert_eq!((job.first, job.last, job.upto), (SegmentId(1), SegmentId(2), Lsn(5)));
}

#[test]
fn a_record_that_does_not_fit_wants_the_next_segment_before_half() {
    let mut wal = started(config());
    put(&mut wal, Durability::EverySecond, 1200).unwrap();
    assert!(!wal.wants_create());
    assert_eq!(put(&mut wal, Durability::EverySecond, 3000), Err(Full::NextSegment));
    create(&mut wal);
    assert_eq!(put(&mut wal, Durability::EverySecond, 3000), Ok(Lsn(2)));
    assert!(wal.wants_create(), "the new one is more than half full");
}

#[test]
fn a_third_segment_waits_for_the_first_to_be_durable() {
    let mut wal = started(config());
    for _ in 0..2 {
        put(&mut wal, Durability::EverySecond, 3500).unwrap();
        create(&mut wal);
    }
    assert_eq!(put(&mut wal, Durability::EverySecond, 3500), Err(Full::BusySegments));
    assert_eq!(wal.sync_due(), Some(SyncDue::Now), "the refusal hastens the sync");
    sync(&mut wal);
    assert_eq!(put(&mut wal, Durability::EverySecond, 3500), Ok(Lsn(3)));
}

#[test]
fn a_record_larger_than_a_segment_gets_a_larger_segment() {
    let mut wal = started(config());
    put(&mut wal, Durability::EverySecond, 10).unwrap();
    assert_eq!(put(&mut wal, Durability::EverySecond, 10_000), Err(Full::NextSegment));
    assert_eq!(create(&mut wal), CreateJob { segment: SegmentId(2), bytes: 12_288 });
    assert_eq!(put(&mut wal, Durability::EverySecond, 10_000), Ok(Lsn(2)));
    assert_eq!(create(&mut wal).bytes, 4096, "the one after has the usual size");
    sync(&mut wal);
    assert_eq!(put(&mut wal, Durability::EverySecond, 12_250), Err(Full::NextSegment));
    assert_eq!(create(&mut wal), CreateJob { segment: SegmentId(3), bytes: 16_384 }, "a prepared one is replaced");
    let too_large = Full::TooLarge { bytes: 65_537, max: 65_536 };
    assert_eq!(put(&mut wal, Durability::EverySecond, 65_537), Err(too_large));
}

#[test]
fn no_space_refuses_until_a_later_creation_succeeds() {
    let mut wal = started(config());
    put(&mut wal, Durability::EverySecond, 3000).unwrap();
    let job = wal.begin_create(at(10)).unwrap();
    wal.create_done(at(10), job, Err(CreateError::NoSpace));
    assert_eq!(put(&mut wal, Durability::EverySecond, 2000), Err(Full::NoSpace));
    assert_eq!(put(&mut wal, Durability::EverySecond, 10), Ok(Lsn(2)), "what fits is still taken");
    assert_eq!((wal.create_retry_at(), wal.begin_create(at(1_009))), (Some(at(1_010)), None));
    let job = wal.begin_create(at(1_010)).unwrap();
    wal.create_done(at(1_010), job, Ok(()));
    assert_eq!(put(&mut wal, Durability::EverySecond, 2000), Ok(Lsn(3)));
    assert_eq!(wal.poisoned(), None);
}

#[test]
fn waiting_always_bytes_are_bounded_and_everysec_is_not_counted() {
    let mut wal = started(config());
    put(&mut wal, Durability::EverySecond, 900).unwrap();
    put(&mut wal, Durability::Always, 970).unwrap();
    assert_eq!(wal.waiting_bytes(), 1000);
    assert_eq!(put(&mut wal, Durability::Always, 1), Err(Full::Busy { waiting: 1000, max: 1000 }));
    put(&mut wal, Durability::EverySecond, 1).unwrap();
    sync(&mut wal);
    assert_eq!((wal.waiting_bytes(), put(&mut wal, Durability::Always, 1)), (0, Ok(Lsn(4))));
}

#[test]
fn poison_is_for_good() {
    let mut wal = started(config());
    put(&mut wal, Durability::Always, 1).unwrap();
    let job = wal.begin_sync(at(0)).unwrap();
    wal.append(STREAM, 1, Durability::Always, &[b"staged"]).unwrap();
    wal.poison(Poison::Sync);
    wal.poison(Poison::Write);
    assert_eq!(wal.sync_done(job), None, "a sync that ends after the poison acknowledges nothing");
    assert_eq!(put(&mut wal, Durability::Always, 1), Err(Full::Poisoned(Poison::Sync)));
    assert_eq!(wal.poll(), None);
    assert_eq!((wal.sync_due(), wal.begin_sync(at(9_999))), (None, None));
    assert_eq!((wal.synced_lsn(), wal.wants_create()), (Lsn(0), false));
}

#[test]
fn segments_go_oldest_first_when_released_and_synced() {
    let mut wal = started(config());
    for _ in 0..4 {
        put(&mut wal, Durability::EverySecond, 3500).unwrap();
        create(&mut wal);
        sync(&mut wal);
    }
    wal.release(Lsn(2));
    assert_eq!(wal.begin_delete(), Some(SegmentId(1)));
    assert_eq!(wal.begin_delete(), None, "one at a time");
    wal.delete_done(false);
    assert_eq!(wal.begin_delete(), None, "a failed one waits for the next release");
    wal.release(Lsn(2));
    for segment in [1, 2] {
        assert_eq!(wal.begin_delete(), Some(SegmentId(segment)));
        wal.delete_done(true);
    }
    wal.release(Lsn(u64::MAX - 1));
    assert_eq!(wal.begin_delete(), Some(SegmentId(3)));
    wal.delete_done(true);
    assert_eq!((wal.begin_delete(), wal.log_bytes()), (None, 2 * 4096), "the newest stays");
}

#[test]
fn unsynced_frames_are_not_released() {
    let mut wal = started(config());
    put(&mut wal, Durability::EverySecond, 3500).unwrap();
    create(&mut wal);
    put(&mut wal, Durability::EverySecond, 3500).unwrap();
    wal.release(Lsn(2));
    assert_eq!(wal.begin_delete(), None);
}

#[test]
fn the_log_has_a_largest_size() {
    let mut wal = started(WalConfig { log_bytes_max: 3 * 4096, ..config() });
    for _ in 0..3 {
        put(&mut wal, Durability::EverySecond, 3500).unwrap();
        sync(&mut wal);
        if let Some(job) = wal.begin_create(at(0)) {
            wal.create_done(at(0), job, Ok(()));
        }
    }
    let full = Full::LogFull { live: 3 * 4096, max: 3 * 4096 };
    assert_eq!(put(&mut wal, Durability::EverySecond, 3500), Err(full));
    wal.release(Lsn(1));
    wal.begin_delete().unwrap();
    wal.delete_done(true);
    create(&mut wal);
    assert_eq!(put(&mut wal, Durability::EverySecond, 3500), Ok(Lsn(4)));
}

#[test]
fn configurations_outside_their_ranges_are_refused() {
    for (config, name) in [
        (WalConfig { segment_bytes: 0, ..config() }, "segment_bytes"),
        (WalConfig { segment_bytes: 5000, ..config() }, "segment_bytes"),
        (WalConfig { record_bytes_max: 0, ..config() }, "record_bytes_max"),
        (WalConfig { record_bytes_max: (2 << 30) + 1, ..config() }, "record_bytes_max"),
        (WalConfig { waiting_bytes_max: 0, ..config() }, "waiting_bytes_max"),
        (WalConfig { log_bytes_max: 8192, ..config() }, "log_bytes_max"),
    ] {
        assert_eq!(config.validate().map_err(|e| e.name), Err(name));
    }
    assert_eq!(WalConfig::default().validate(), Ok(()));
}

#[test]
fn a_record_is_admitted_only_where_it_has_a_place_for_certain() {
    let mut wal = started(config());
    assert_eq!(wal.admits(100, 1 << 20), Ok(()), "half a segment is reserved at most");
    assert!(!wal.wants_create());
    assert_eq!(wal.admits(3500, 1000), Err(Full::NextSegment));
    assert_eq!(create(&mut wal).bytes, 8192, "the segment that was asked for holds record and reserve");
    assert_eq!(wal.admits(3500, 1000), Ok(()));
    put(&mut wal, Durability::EverySecond, 3000).unwrap();
    put(&mut wal, Durability::EverySecond, 3000).unwrap();
    sync(&mut wal);
    assert_eq!(wal.admits(5000, 0), Err(Full::NextSegment));
    let job = wal.begin_create(at(0)).expect("it was asked for");
    wal.create_done(at(0), job, Err(CreateError::NoSpace));
    assert_eq!(wal.admits(5000, 0), Err(Full::NoSpace));
    assert_eq!(wal.admits(10, 100), Ok(()), "what fits the current segment is taken on a full disk");
}
