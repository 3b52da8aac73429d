//! A log on the forgetful disk, and what it promised so far.

use mainstay_foundation::{Instant, Rng};

use super::disk::Disk;
use crate::recover::{RecoverError, Recovery};
use crate::{ClusterId, Durability, Full, Lsn, StreamId, SyncJob, Wal, WalConfig, recover};

pub(super) const CLUSTER: ClusterId = ClusterId(77);
const NOW: Instant = Instant::from_nanos(0);

/// One step of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Append and write a record of so many bytes.
    Append(usize),
    /// Begin a sync of all that is written, if none runs.
    BeginSync,
    /// End the sync under way, if one is, and write the mark.
    EndSync,
}

pub(super) struct World {
    pub(super) wal: Wal,
    pub(super) disk: Disk,
    /// Payloads in order, from lsn 1.
    pub(super) appended: Vec<Vec<u8>>,
    syncing: Option<SyncJob>,
}

impl World {
    pub(super) fn new() -> Self {
        let wal = Wal::new(config(), CLUSTER, Lsn::ZERO).expect("a sound configuration");
        let mut world = Self { wal, disk: Disk::default(), appended: Vec::new(), syncing: None };
        world.create();
        world
    }

    pub(super) fn run(script: &[Step]) -> Self {
        let mut world = Self::new();
        for &step in script {
            world.step(step);
        }
        world
    }

    pub(super) fn step(&mut self, step: Step) {
        match step {
            Step::Append(size) => self.append(size),
            Step::BeginSync => {
                if self.syncing.is_none() {
                    self.wal.request_sync();
                    self.syncing = self.wal.begin_sync(NOW);
                }
            }
            Step::EndSync => self.end_sync(),
        }
    }

    /// Everything written is synced and marked.
    pub(super) fn settle(&mut self) {
        self.end_sync();
        self.step(Step::BeginSync);
        self.end_sync();
    }

    fn append(&mut self, size: usize) {
        let number = self.appended.len() as u8;
        let payload: Vec<u8> = (0..size).map(|i| number.wrapping_mul(31).wrapping_add(i as u8)).collect();
        loop {
            match self.wal.append(StreamId(1), number, Durability::Always, &[&payload]) {
                Ok(lsn) => break assert_eq!(lsn, Lsn(self.appended.len() as u64 + 1), "WAL-1"),
                Err(Full::NextSegment) => self.create(),
                Err(Full::BusySegments) => self.settle(),
                Err(full) => panic!("{full}"),
            }
        }
        self.appended.push(payload);
        while let Some(write) = self.wal.poll() {
            self.disk.write(&write);
            self.wal.write_done();
        }
    }

    fn create(&mut self) {
        let job = self.wal.begin_create(NOW).expect("a segment is wanted");
        self.disk.create(job.segment, job.bytes);
        self.wal.create_done(NOW, job, Ok(()));
    }

    fn end_sync(&mut self) {
        if let Some(job) = self.syncing.take() {
            self.disk.sync(job);
            let synced = self.wal.sync_done(job).expect("no poison");
            self.disk.write_mark(&synced.mark);
        }
    }

    /// Recovers `disk`, checks the laws that hold after any crash, and gives the log's state after the steps.
    pub(super) fn check_crash(&self, disk: &Disk, why: &str, rng: &mut Rng) {
        let (recovery, records) = read(disk).unwrap_or_else(|error| panic!("{why}: {error}"));
        assert!(recovery.last_lsn >= self.wal.synced_lsn(), "{why}: an acknowledged record is gone");
        assert!(records == self.appended[..records.len()], "{why}: invented or out of order");
        assert_eq!(recovery.last_lsn.0, records.len() as u64, "{why}");
        let after = self.check_repeats(disk, &recovery, &records, why, rng);
        self.check_goes_on(after, recovery, records, why);
    }

    /// A crash after any number of steps recovers the same records, and after all of them nothing is left to cut.
    fn check_repeats(&self, disk: &Disk, first: &Recovery, records: &[Vec<u8>], why: &str, rng: &mut Rng) -> Disk {
        let mut disk = disk.clone();
        for &step in &first.steps {
            disk.apply(step);
            let crashed = disk.crashed(|versions| rng.below(versions));
            let (_, again) = read(&crashed).unwrap_or_else(|error| panic!("{why}: after {step:?}: {error}"));
            assert!(again == records, "{why}: after {step:?} other records");
        }
        let (second, again) = read(&disk).unwrap_or_else(|error| panic!("{why}: second recovery: {error}"));
        assert!(again == records, "{why}: second recovery differs");
        assert_eq!((second.cut, second.resume), (None, first.resume.clone()), "{why}");
        disk
    }

    /// The log takes new records where it ended, and nothing that was cut comes back.
    fn check_goes_on(&self, disk: Disk, recovery: Recovery, records: Vec<Vec<u8>>, why: &str) {
        let wal = Wal::resume(config(), CLUSTER, recovery.resume).expect("a sound configuration");
        let mut world = Self { wal, disk, appended: records, syncing: None };
        world.append(40);
        world.settle();
        let (_, again) = read(&world.disk).unwrap_or_else(|error| panic!("{why}: going on: {error}"));
        assert!(again == world.appended, "{why}: going on differs");
    }
}

pub(super) fn config() -> WalConfig {
    WalConfig { segment_bytes: 4096, ..WalConfig::default() }
}

pub(super) fn read(disk: &Disk) -> Result<(Recovery, Vec<Vec<u8>>), RecoverError> {
    read_after(disk, Lsn::ZERO)
}

pub(super) fn read_after(disk: &Disk, after: Lsn) -> Result<(Recovery, Vec<Vec<u8>>), RecoverError> {
    let mut records = Vec::new();
    let recovery = recover(disk, after, Some(CLUSTER), |record| {
        records.push(record.payload.to_vec());
        Ok(())
    })?;
    Ok((recovery, records))
}
