//! The laws of recovery: whatever a crash leaves, acknowledged records are there, none is invented, the order is kept, and
//! damage to what was durable is never taken for a torn tail.

mod disk;
mod world;

use mainstay_foundation::Rng;
use proptest::prelude::*;

use super::*;
use disk::Disk;
use world::{CLUSTER, Step, World, config, read, read_after};

/// Small, several sectors, most of a segment, more than a segment; and both halves of a sync.
const STEPS: [Step; 6] =
    [Step::Append(60), Step::Append(1200), Step::Append(3000), Step::Append(5000), Step::BeginSync, Step::EndSync];

fn check_script(script: &[Step], crashes_max: u64, rng: &mut Rng) {
    let world = World::run(script);
    let (recovery, _) = read(&world.disk).expect("a crash of the process loses nothing");
    assert_eq!(recovery.last_lsn, world.wal.written_lsn(), "{script:?}: a written record is gone");
    for (number, disk) in world.disk.crashes(crashes_max, rng).iter().enumerate() {
        world.check_crash(disk, &format!("{script:?} crash {number}"), rng);
    }
}

#[test]
fn every_short_script_survives_every_loss_of_power() {
    let mut rng = Rng::new(1);
    for length in 0..=4 {
        for number in 0..STEPS.len().pow(length) {
            let mut rest = number;
            let script: Vec<_> = (0..length).map(|_| (STEPS[rest % STEPS.len()], rest /= STEPS.len()).0).collect();
            check_script(&script, if length < 4 { 32 } else { 4 }, &mut rng);
        }
    }
}

#[test]
fn all_subsets_of_unsynced_sectors_of_chosen_scripts() {
    use Step::{Append, BeginSync, EndSync};
    let mut rng = Rng::new(2);
    for script in [
        &[Append(60), Append(60), Append(1200)][..],
        &[Append(60), BeginSync, EndSync, Append(60), Append(500), Append(500)],
        &[Append(3000), BeginSync, EndSync, Append(900), Append(60), Append(900)],
        &[Append(60), BeginSync, Append(700), EndSync, Append(700), BeginSync, Append(60)],
        &[Append(60), BeginSync, EndSync, Append(60), BeginSync, EndSync, Append(60), BeginSync, EndSync, Append(400)],
    ] {
        for end in 0..=script.len() {
            check_script(&script[..end], 512, &mut rng);
        }
    }
}

#[test]
fn long_scripts_survive_sampled_losses_of_power() {
    let mut rng = Rng::new(3);
    for _ in 0..100 {
        let length = 5 + rng.below(8);
        let script: Vec<_> = (0..length).map(|_| STEPS[rng.below(STEPS.len() as u64) as usize]).collect();
        check_script(&script, 12, &mut rng);
    }
}

/// Two sealed segments and a tail of two records, all synced and marked; then one record that is only written.
fn long_log() -> World {
    let mut world = World::new();
    for size in [60, 1200, 2600, 60, 3000, 1000, 61] {
        world.step(Step::Append(size));
    }
    world.settle();
    world.step(Step::Append(62));
    world
}

#[test]
fn every_flip_in_what_was_durable_is_corruption_or_harmless() {
    let world = long_log();
    let synced = world.wal.synced_lsn();
    let (whole, records) = read(&world.disk).unwrap();
    assert_eq!((whole.segments, synced, whole.last_lsn), (3, Lsn(7), Lsn(8)));
    let unsynced = whole.resume.offset - crate::wal::frame::span(62);
    for (&segment, file) in &world.disk.segments {
        let bytes = file.newest();
        let used = bytes.iter().rposition(|&b| b != 0).map_or(0, |at| (at + 1).next_multiple_of(8));
        let newest = segment == SegmentId(3);
        // Every bit of headers and frames, but only a sample inside long payloads: they are all under one checksum.
        for bit in (0..bytes.len() * 8).filter(|bit| bit / 8 < 256 || bit % 61 == 0) {
            let mut disk = world.disk.clone();
            disk.flip(segment, bit);
            let at = format!("segment {segment} bit {bit}");
            match read(&disk) {
                Err(RecoverError::Corruption(_) | RecoverError::Newer(_)) => assert!(bit / 8 < used, "{at}"),
                Err(error) => panic!("{at}: {error}"),
                Ok((recovery, found)) if newest => {
                    assert!(bit as u64 / 8 >= unsynced, "{at} passed");
                    assert!(recovery.cut.is_some() && found == records[..found.len()], "{at}");
                    assert!(recovery.last_lsn >= synced, "{at}");
                }
                Ok((_, found)) => {
                    assert!(bit / 8 >= used, "{at} passed");
                    assert!(found == records, "{at}");
                }
            }
        }
    }
}

/// No mark, and no sound frame in the newest segment; its header stays.
fn without_witnesses(world: &mut World) {
    world.disk.mark = None;
    for frame in [64, 64 + 1032, 64 + 1032 + 96] {
        world.disk.flip(SegmentId(3), (frame + 30) * 8);
    }
}

#[test]
fn without_the_mark_later_frames_and_segments_are_witnesses() {
    let mut world = long_log();
    without_witnesses(&mut world);
    world.disk.flip(SegmentId(1), (64 + 40) * 8);
    let Err(RecoverError::Corruption(found)) = read(&world.disk) else { panic!("no corruption") };
    assert_eq!((found.segment, found.offset, found.lsn), (SegmentId(1), 64, Lsn(1)));
    assert_eq!(found.proof, Proof::Header { segment: SegmentId(3) });

    let mut world = long_log();
    world.disk.mark = None;
    world.disk.flip(SegmentId(3), (64 + 40) * 8);
    let Err(RecoverError::Corruption(found)) = read(&world.disk) else { panic!("no corruption") };
    assert!(matches!(found.proof, Proof::Frame { synced: Lsn(7), .. }), "{found}");
}

#[test]
fn missing_files_are_named() {
    let mut world = long_log();
    world.disk.segments.remove(&SegmentId(2));
    let Err(RecoverError::Corruption(found)) = read(&world.disk) else { panic!("no corruption") };
    assert_eq!((found.lsn, found.flaw), (Lsn(4), crate::wal::Flaw::Missing));

    let mut world = long_log();
    without_witnesses(&mut world);
    world.disk.segments.remove(&SegmentId(2));
    let Err(RecoverError::Corruption(found)) = read(&world.disk) else { panic!("no corruption") };
    assert_eq!(found.proof, Proof::Missing { segment: SegmentId(2) });

    let mut world = long_log();
    world.disk.segments.remove(&SegmentId(1));
    assert!(matches!(read(&world.disk), Err(RecoverError::Gap { first: Lsn(4), after: Lsn(0), .. })));
    let (recovery, records) = read_after(&world.disk, Lsn(3)).expect("a snapshot covers what is gone");
    assert_eq!((recovery.records, records.len(), recovery.segments), (5, 5, 2));

    world.disk.segments.clear();
    assert!(matches!(read(&world.disk), Err(RecoverError::Corruption(_))), "the mark remembers a log");
    world.disk.mark = None;
    assert_eq!(read(&world.disk).unwrap().0.resume, Resume::fresh(Lsn::ZERO));
}

#[test]
fn only_records_after_the_snapshot_are_delivered() {
    let world = long_log();
    for after in 0..=8 {
        let (recovery, records) = read_after(&world.disk, Lsn(after)).unwrap();
        assert!(records == world.appended[after as usize..], "after {after}");
        assert_eq!((recovery.last_lsn, recovery.segments), (Lsn(8), 3));
    }
}

#[test]
fn a_log_that_ends_before_its_snapshot_goes_on_behind_it() {
    let world = long_log();
    let (recovery, records) = read_after(&world.disk, Lsn(20)).unwrap();
    assert_eq!((recovery.last_lsn, records.len()), (Lsn(20), 0));
    let mut disk = world.disk;
    for step in recovery.steps {
        disk.apply(step);
    }
    let mut wal = crate::Wal::resume(config(), CLUSTER, recovery.resume).unwrap();
    let job = wal.begin_create(Default::default()).expect("a new segment is wanted");
    assert_eq!(job.segment, SegmentId(4));
    disk.create(job.segment, job.bytes);
    wal.create_done(Default::default(), job, Ok(()));
    assert_eq!(wal.append(StreamId(0), 0, crate::Durability::Always, &[b"on"]), Ok(Lsn(21)));
    disk.write(&wal.poll().unwrap());
    let (recovery, records) = read_after(&disk, Lsn(20)).unwrap();
    assert_eq!((recovery.last_lsn, records, recovery.segments), (Lsn(21), vec![b"on".to_vec()], 4));
}

#[test]
fn foreign_newer_and_refused_say_so() {
    let world = long_log();
    let foreign = recover(&world.disk, Lsn::ZERO, Some(ClusterId(1)), |_| Ok(())).unwrap_err();
    assert!(matches!(foreign, RecoverError::Foreign { found: CLUSTER, expected: ClusterId(1), .. }), "{foreign}");
    let refused = recover(&world.disk, Lsn::ZERO, None, |record| match record.lsn {
        Lsn(3) => Err(Refusal("kind 9 is unknown".to_owned())),
        _ => Ok(()),
    });
    assert_eq!(refused.unwrap_err().to_string(), "the record at lsn 3 cannot be replayed: kind 9 is unknown");
    let mut newer = world.disk.clone();
    newer.flip(SegmentId(2), 7 * 8 + 1);
    let newer = read(&newer).unwrap_err().to_string();
    assert!(
        newer.starts_with("wal-00000000000000000002.log has format version 3, this program reads up to 1"),
        "{newer}"
    );
}

#[test]
fn a_value_that_looks_like_frames_is_no_witness() {
    let mut forged = Vec::new();
    let head = crate::wal::frame::FrameHead { lsn: Lsn(900), synced: Lsn(800), stream: StreamId(0), kind: 0 };
    let seed = crate::wal::frame::Seed::new(SegmentId(1), ClusterId(0));
    crate::wal::frame::encode(&mut forged, seed, head, &[&[0; 100]]);
    let mut world = World::new();
    let payload = [&[0; 3][..], &forged].concat();
    world.wal.append(StreamId(0), 0, crate::Durability::Always, &[&payload]).unwrap();
    world.disk.write(&world.wal.poll().unwrap());
    world.disk.flip(SegmentId(1), 64 * 8);
    let (recovery, _) = read(&world.disk).expect("a torn tail");
    assert_eq!(recovery.cut.map(|cut| (cut.lsn, cut.frames)), Some((Lsn(1), 0)));
}

#[test]
fn an_empty_directory_is_a_new_log() {
    let (recovery, records) = read_after(&Disk::default(), Lsn(5)).unwrap();
    assert_eq!((recovery.last_lsn, records.len(), recovery.steps.len()), (Lsn(5), 0, 0));
}

proptest! {
    /// Whatever stands in the files, recovery ends, invents nothing and keeps the order.
    #[test]
    fn damaged_files_give_a_prefix_or_an_error(
        damage in prop::collection::vec((1u64..=3, 0usize..4096, prop::collection::vec(any::<u8>(), 1..40)), 1..6),
        with_mark: bool,
    ) {
        let mut world = long_log();
        if !with_mark {
            world.disk.mark = None;
        }
        for (segment, at, bytes) in damage {
            let mut file = world.disk.segments[&SegmentId(segment)].newest();
            let end = file.len().min(at + bytes.len());
            file[at..end].copy_from_slice(&bytes[..end - at]);
            world.disk.overwrite(SegmentId(segment), &file);
        }
        if let Ok((recovery, records)) = read(&world.disk) {
            prop_assert!(records == world.appended[..records.len()]);
            prop_assert_eq!(recovery.last_lsn, Lsn(records.len() as u64));
            prop_assert!(!with_mark || recovery.last_lsn >= world.wal.synced_lsn());
        }
    }

    #[test]
    fn files_of_noise_deliver_nothing(noise in prop::collection::vec(any::<u8>(), 4096), after in any::<u64>()) {
        let mut disk = Disk::default();
        disk.overwrite(SegmentId(u64::MAX), &noise);
        if let Ok((recovery, records)) = read_after(&disk, Lsn(after)) {
            prop_assert_eq!((recovery.last_lsn, records.len()), (Lsn(after), 0));
        }
    }
}
