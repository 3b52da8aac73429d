//! Directories with one thing wrong each: the verdict, the plan, and that the plan works.

use std::collections::BTreeMap;
use std::io;

use mainstay_foundation::{Instant, Timestamp};

use super::*;
use crate::wal::MARK_FILE_NAME;
use crate::{ClusterId, Durability, SegmentId, SnapshotHeader, SnapshotWriter, StreamId, Wal, WalConfig};

const CLUSTER: ClusterId = ClusterId(5);

/// Files by name.
#[derive(Clone, Default)]
struct Directory {
    files: BTreeMap<String, Vec<u8>>,
}

impl SegmentSource for Directory {
    type Bytes = Vec<u8>;

    fn segments(&self) -> io::Result<Vec<SegmentId>> {
        Ok(self.files.keys().filter_map(|name| SegmentId::from_file_name(name)).collect())
    }

    fn open(&self, segment: SegmentId) -> io::Result<Vec<u8>> {
        self.files.get(&segment.file_name()).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn mark(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.get(MARK_FILE_NAME).cloned())
    }
}

impl SnapshotSource for Directory {
    type Reader = io::Cursor<Vec<u8>>;

    fn snapshots(&self) -> io::Result<Vec<Lsn>> {
        Ok(self.files.keys().filter_map(|name| crate::snapshot::snapshot_from_file_name(name)).collect())
    }

    fn open_snapshot(&self, lsn: Lsn) -> io::Result<Self::Reader> {
        Ok(io::Cursor::new(self.files[&crate::snapshot::snapshot_file_name(lsn)].clone()))
    }
}

impl Directory {
    /// Three segments with two records each, snapshots at lsn 2 and 4.
    fn sample() -> Self {
        let mut directory = Self::default();
        let now = Instant::default();
        let config = WalConfig { segment_bytes: 4096, ..WalConfig::default() };
        let mut wal = Wal::new(config, CLUSTER, Lsn::ZERO).unwrap();
        for _ in 0..6 {
            if let Some(job) = wal.begin_create(now) {
                directory.files.insert(job.segment.file_name(), vec![0; job.bytes as usize]);
                wal.create_done(now, job, Ok(()));
            }
            wal.append(StreamId(0), 1, Durability::Always, &[&[7; 1900]]).unwrap();
            let write = wal.poll().unwrap();
            let file = directory.files.get_mut(&write.segment.file_name()).unwrap();
            file[write.offset as usize..][..write.bytes.len()].copy_from_slice(write.bytes);
            wal.write_done();
            let job = wal.begin_sync(now).unwrap();
            let mark = wal.sync_done(job).unwrap().mark;
            let file = directory.files.entry(MARK_FILE_NAME.to_owned()).or_insert_with(|| vec![0; 1024]);
            file[mark.offset as usize..][..mark.bytes.len()].copy_from_slice(&mark.bytes);
        }
        directory.snapshot(2);
        directory.snapshot(4);
        directory
    }

    fn snapshot(&mut self, lsn: u64) {
        let header =
            SnapshotHeader { cluster: CLUSTER, lsn: Lsn(lsn), time_floor: Timestamp::from_micros(1), is_final: false };
        let mut writer = SnapshotWriter::new(&header);
        writer.push(1, &[b"state"]);
        self.files.insert(crate::snapshot::snapshot_file_name(Lsn(lsn)), writer.finish().0);
    }

    fn flip(&mut self, file: &str, byte: usize) {
        self.files.get_mut(file).unwrap()[byte] ^= 1;
    }

    fn apply(&mut self, step: &RepairStep) {
        match step {
            RepairStep::CopyAside { file } => {
                self.files.insert(format!("{LOST_AND_FOUND}/{file}"), self.files[file].clone());
            }
            RepairStep::SetAside { file } => {
                if let Some(bytes) = self.files.remove(file) {
                    self.files.insert(format!("{LOST_AND_FOUND}/{file}"), bytes);
                }
            }
            RepairStep::Cut { file, offset } => self.files.get_mut(file).unwrap()[*offset as usize..].fill(0),
            RepairStep::SyncDirectory => {}
        }
    }
}

/// Damages a sample, checks it, applies the plan step by step (each prefix can be repaired further), checks again.
fn check_repair(damage: impl Fn(&mut Directory), verdict: Verdict, loss: Option<(u64, Option<u64>)>, last: u64) {
    let mut damaged = Directory::sample();
    damage(&mut damaged);
    let report = check(&damaged).unwrap();
    assert_eq!(report.verdict(), verdict, "{report}");
    let plan = plan(&report).expect("repair can help");
    let expected = loss.map(|(from, upto)| Loss { from: Lsn(from), upto: upto.map(Lsn) });
    assert_eq!(plan.loss, expected, "{report}");
    for applied in 0..=plan.steps.len() {
        let mut directory = damaged.clone();
        plan.steps[..applied].iter().for_each(|step| directory.apply(step));
        let rest = super::plan(&check(&directory).unwrap()).expect("repair can help");
        rest.steps.iter().for_each(|step| directory.apply(step));
        let repaired = check(&directory).unwrap();
        assert_eq!(repaired.verdict(), Verdict::Clean, "after {applied} steps: {repaired}");
        assert_eq!(repaired.log.unwrap().last_lsn, Lsn(last));
        let kept: usize = damaged.files.keys().filter(|name| !contains(&directory, name)).count();
        assert_eq!(kept, 0, "a file is gone");
    }
}

fn contains(directory: &Directory, name: &str) -> bool {
    directory.files.contains_key(name) || directory.files.contains_key(&format!("{LOST_AND_FOUND}/{name}"))
}

fn segment(id: u64) -> String {
    SegmentId(id).file_name()
}

#[test]
fn a_sound_directory_is_clean() {
    let report = check(&Directory::sample()).unwrap();
    assert_eq!((report.verdict(), plan(&report)), (Verdict::Clean, Some(RepairPlan::default())));
    let text = report.to_string();
    for line in [
        "formats read: log 1, snapshot 1",
        "snapshot-00000000000000000004.mss: sound, 1 records, 126 bytes",
        "log: 3 segments, 2 records after lsn 4, newest lsn 6",
        "verdict: clean",
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn a_torn_tail_needs_no_repair() {
    let mut directory = Directory::sample();
    directory.flip(&segment(3), 4095);
    let report = check(&directory).unwrap();
    assert_eq!((report.verdict(), plan(&report)), (Verdict::TornTail, Some(RepairPlan::default())));
}

#[test]
fn a_bad_snapshot_falls_back_on_the_older_one() {
    let newest = "snapshot-00000000000000000004.mss";
    check_repair(|d| d.flip(newest, 80), Verdict::BadSnapshot, None, 6);
    check_repair(|d| d.files.get_mut(newest).unwrap().truncate(90), Verdict::BadSnapshot, None, 6);
    let misnamed = |d: &mut Directory| {
        let bytes = d.files[newest].clone();
        d.files.insert("snapshot-00000000000000000005.mss".to_owned(), bytes);
    };
    check_repair(misnamed, Verdict::BadSnapshot, None, 6);
}

#[test]
fn damage_in_the_log_gives_up_what_is_behind_it() {
    check_repair(|d| d.flip(&segment(3), 100), Verdict::Damaged, Some((5, Some(6))), 4);
    check_repair(|d| d.flip(&segment(3), 64 + 1936 + 40), Verdict::Damaged, Some((6, Some(6))), 5);
    check_repair(|d| d.flip(&segment(3), 20), Verdict::Damaged, Some((5, Some(6))), 4);
    check_repair(
        |d| {
            d.files.remove(&segment(3));
        },
        Verdict::Damaged,
        Some((5, Some(6))),
        4,
    );
}

#[test]
fn a_log_that_begins_too_late_is_set_aside() {
    let gap = |d: &mut Directory| {
        d.files.retain(|name, _| !name.ends_with(".mss"));
        d.files.remove(&segment(1));
    };
    check_repair(gap, Verdict::Damaged, Some((1, None)), 0);
}

#[test]
fn a_foreign_file_is_set_aside() {
    let foreign = |d: &mut Directory| {
        let header = crate::wal::SegmentHeader { segment: SegmentId(4), cluster: ClusterId(6), first_lsn: Lsn(7) };
        d.files.insert(segment(4), [&header.encode()[..], &[0; 4032]].concat());
    };
    check_repair(foreign, Verdict::Damaged, None, 6);
}

#[test]
fn a_newer_format_is_left_alone() {
    for file in [segment(3), "snapshot-00000000000000000004.mss".to_owned()] {
        let mut directory = Directory::sample();
        directory.files.get_mut(&file).unwrap()[7] = 2;
        let report = check(&directory).unwrap();
        assert_eq!((report.verdict(), plan(&report)), (Verdict::Unreadable, None), "{report}");
    }
}
