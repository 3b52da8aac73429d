//! The disk's own promises, and random lives of a log on it.

mod life;

use mainstay_foundation::{Instant, Rng};
use mainstay_storage::wal::MARK_FILE_NAME;
use mainstay_storage::{ClusterId, Durability, Full, Lsn, Poison, StreamId, WalConfig};

use super::*;
use life::{Life, LifeFaults};

fn disk(faults: DiskFaults) -> SimDisk {
    SimDisk::new(Rng::new(9), faults)
}

/// How often each outcome of `look` is seen after a crash of `disk`, over many draws.
fn outcomes<T: Ord>(disk: &SimDisk, look: impl Fn(&SimDisk) -> T) -> BTreeMap<T, u32> {
    let mut rng = Rng::new(4);
    let mut seen = BTreeMap::new();
    for _ in 0..200 {
        let mut disk = disk.clone();
        disk.crash(&mut rng);
        *seen.entry(look(&disk)).or_default() += 1;
    }
    seen
}

#[test]
fn names_survive_only_a_sync_of_the_directory() {
    let mut disk = disk(DiskFaults::default());
    disk.create("a", 0).unwrap();
    disk.sync("a").unwrap();
    let there = |disk: &SimDisk| disk.names().map(str::to_owned).collect::<Vec<_>>().join(" ");
    assert_eq!(outcomes(&disk, there).keys().collect::<Vec<_>>(), ["", "a"]);
    disk.sync_directory();
    assert_eq!(outcomes(&disk, there).keys().collect::<Vec<_>>(), ["a"]);
    disk.rename("a", "b").unwrap();
    assert_eq!(outcomes(&disk, there).keys().collect::<Vec<_>>(), ["a", "b"], "never both, never none");
    disk.sync_directory();
    disk.remove("b").unwrap();
    assert_eq!(outcomes(&disk, there).keys().collect::<Vec<_>>(), ["", "b"]);
    assert_eq!(disk.remove("b"), Err(DiskError::NotFound("b".to_owned())));
}

#[test]
fn each_unsynced_sector_is_kept_or_lost_by_itself() {
    let mut disk = disk(DiskFaults::default());
    disk.create("a", 1024).unwrap();
    disk.sync("a").unwrap();
    disk.sync_directory();
    disk.write("a", 511, b"xy").unwrap();
    let pair = |disk: &SimDisk| disk.read("a").unwrap()[511..513].to_vec();
    assert_eq!(outcomes(&disk, pair).len(), 4, "all four combinations");
    disk.sync("a").unwrap();
    assert_eq!(outcomes(&disk, pair).into_keys().collect::<Vec<_>>(), [b"xy".to_vec()]);
}

#[test]
fn a_slow_sync_carries_only_what_was_written_before_it_began() {
    let mut disk = disk(DiskFaults::default());
    disk.create("a", 512).unwrap();
    disk.sync("a").unwrap();
    disk.sync_directory();
    disk.write("a", 0, b"x").unwrap();
    let began = disk.operations();
    disk.write("a", 1, b"y").unwrap();
    disk.sync_written_by("a", began).unwrap();
    let pair = |disk: &SimDisk| disk.read("a").unwrap()[..2].to_vec();
    assert_eq!(outcomes(&disk, pair).into_keys().collect::<Vec<_>>(), [b"x\0".to_vec(), b"xy".to_vec()]);
}

#[test]
fn a_failed_sync_forgets_and_a_new_write_is_needed() {
    let mut disk = disk(DiskFaults { sync_error: 1.0, ..DiskFaults::default() });
    disk.create("a", 512).unwrap();
    disk.sync_directory();
    disk.write("a", 0, b"x").unwrap();
    assert!(disk.sync("a").is_err());
    disk.set_faults(DiskFaults::default());
    disk.sync("a").unwrap();
    assert_eq!(disk.read("a").unwrap()[0], b'x', "readable as before");
    let first = |disk: &SimDisk| disk.read("a").unwrap()[0];
    assert_eq!(outcomes(&disk, first).into_keys().collect::<Vec<_>>(), [0], "and gone after a crash");
    disk.write("a", 0, b"x").unwrap();
    disk.sync("a").unwrap();
    assert_eq!(outcomes(&disk, first).into_keys().collect::<Vec<_>>(), [b'x']);
}

#[test]
fn tears_mix_two_versions_of_a_sector() {
    let mut disk = disk(DiskFaults { tear: 1.0, ..DiskFaults::default() });
    disk.create("a", 512).unwrap();
    disk.sync("a").unwrap();
    disk.sync_directory();
    disk.write("a", 0, &[1; 512]).unwrap();
    let ones = |disk: &SimDisk| disk.read("a").unwrap().iter().filter(|&&b| b == 1).count();
    let seen = outcomes(&disk, ones);
    assert!(seen.len() > 20 && seen.keys().all(|ones| ones % 8 == 0), "{seen:?}");
}

#[test]
fn capacity_is_kept_and_freed() {
    let mut disk = disk(DiskFaults { capacity_bytes: 1000, ..DiskFaults::default() });
    disk.create("a", 600).unwrap();
    assert_eq!(disk.create("b", 500), Err(DiskError::NoSpace("b".to_owned())));
    assert_eq!(disk.write("a", 600, &[0; 500]), Err(DiskError::NoSpace("a".to_owned())));
    disk.create("a", 900).expect("it replaces the other");
    disk.remove("a").unwrap();
    disk.create("b", 1000).unwrap();
}

fn log(faults: DiskFaults) -> SimLog {
    let config = WalConfig { segment_bytes: 4096, ..WalConfig::default() };
    let recovering = SimLog::recover(disk(faults), config, ClusterId(3), Lsn::ZERO, |_| Ok(())).expect("a new log");
    let mut log = recovering.finish().expect("nothing to do");
    log.settle(Instant::default());
    log
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let mut log = log(DiskFaults { capacity_bytes: 10_000, ..DiskFaults::default() });
    let put = |log: &mut SimLog| {
        let lsn = log.append(StreamId(0), 0, Durability::Always, &[&[1; 1500]]);
        log.settle(Instant::default());
        lsn
    };
    let taken = (0..10).take_while(|_| put(&mut log).is_ok()).count();
    assert_eq!((taken, put(&mut log)), (4, Err(Full::NoSpace)));
    log.disk_mut().set_faults(DiskFaults::default());
    log.settle(Instant::from_nanos(2_000_000_000));
    assert_eq!(put(&mut log), Ok(Lsn(5)));
    assert_eq!(log.wal().poisoned(), None);
}

#[test]
fn a_failed_sync_closes_the_log_and_acknowledges_nothing() {
    let mut log = log(DiskFaults::default());
    log.disk_mut().set_faults(DiskFaults { sync_error: 1.0, ..DiskFaults::default() });
    log.append(StreamId(0), 0, Durability::Always, &[b"x"]).unwrap();
    log.settle(Instant::default());
    assert_eq!((log.wal().synced_lsn(), log.wal().poisoned()), (Lsn::ZERO, Some(Poison::Sync)));
    assert!(log.disk().names().all(|name| name != MARK_FILE_NAME));
    let refused = log.append(StreamId(0), 0, Durability::EverySecond, &[b"x"]);
    assert_eq!(refused, Err(Full::Poisoned(Poison::Sync)));
}

#[test]
fn lives_with_losses_of_power_keep_every_promise() {
    for seed in 0..60 {
        Life::new(seed, LifeFaults::Crashes).run(120);
    }
}

#[test]
fn lives_with_failing_disks_keep_every_promise() {
    for seed in 1000..1060 {
        Life::new(seed, LifeFaults::Errors).run(120);
    }
}

#[test]
fn the_same_seed_is_the_same_life() {
    for seed in [5, 6] {
        let [first, second] = [(); 2].map(|()| Life::new(seed, LifeFaults::Errors).run(150));
        assert_eq!(first, second);
    }
    assert_ne!(Life::new(5, LifeFaults::Errors).run(150), Life::new(6, LifeFaults::Errors).run(150));
}
