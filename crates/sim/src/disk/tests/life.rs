//! A random life of a log: appends, background steps, snapshots, crashes, failures; checked against a list of what was
//! appended.

use mainstay_foundation::{Instant, Rng, Timestamp};
use mainstay_storage::check::{SnapshotSource, Verdict, check};
use mainstay_storage::{
    ClusterId, Durability, Full, Lsn, Poison, SnapshotHeader, SnapshotWriter, StreamId, WalConfig, read_snapshot,
};

use super::super::{DiskFaults, Publication, SimDisk, SimLog};

const CLUSTER: ClusterId = ClusterId(11);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LifeFaults {
    /// Crashes only, with torn sectors.
    Crashes,
    /// Also writes and syncs that fail, and a disk that is often full.
    Errors,
}

pub(super) struct Life {
    seed: u64,
    rng: Rng,
    faults: LifeFaults,
    now: u64,
    /// Every record, from lsn 1, that may still be there.
    history: Vec<Vec<u8>>,
    /// What was promised to survive a loss of power.
    durable: Lsn,
    /// What was promised to survive a crash of the process.
    written: Lsn,
    publication: Option<Publication>,
    crashes: u32,
}

impl Life {
    pub(super) fn new(seed: u64, faults: LifeFaults) -> Self {
        Self {
            seed,
            rng: Rng::new(seed),
            faults,
            now: 0,
            history: Vec::new(),
            durable: Lsn::ZERO,
            written: Lsn::ZERO,
            publication: None,
            crashes: 0,
        }
    }

    /// Lives for so many steps and gives a digest of the end.
    pub(super) fn run(mut self, steps: u32) -> (u64, u32, usize) {
        let disk = SimDisk::new(self.rng.fork(), DiskFaults::default());
        let mut log = self.start(disk, Lsn::ZERO);
        for _ in 0..steps {
            self.now += self.rng.below(400_000_000);
            log = self.step(log);
        }
        (log.disk().digest(), self.crashes, self.history.len())
    }

    fn step(&mut self, mut log: SimLog) -> SimLog {
        match self.rng.below(100) {
            0..45 => self.append(&mut log),
            45..85 => self.background(&mut log),
            85..95 => self.publish(&mut log),
            _ => return self.restart(log),
        }
        if log.wal().poisoned().is_some() && self.rng.chance(0.3) {
            return self.restart(log);
        }
        log
    }

    fn append(&mut self, log: &mut SimLog) {
        let durability = if self.rng.chance(0.5) { Durability::Always } else { Durability::EverySecond };
        let size = [10, 100, 900, 3000, 6000][self.rng.below(5) as usize];
        let payload: Vec<u8> = (0..size).map(|_| self.rng.next_u64() as u8).collect();
        match log.append(StreamId(2), 1, durability, &[&payload]) {
            Ok(lsn) => {
                self.history.truncate(lsn.0 as usize - 1);
                self.history.push(payload);
                assert_eq!(lsn.0, self.history.len() as u64, "seed {}: lsns are consecutive", self.seed);
                self.written = lsn;
            }
            // It may or may not be there after a restart, whole.
            Err(Full::Poisoned(Poison::Write)) if log.wal().last_lsn().0 == self.history.len() as u64 + 1 => {
                self.history.push(payload);
            }
            Err(full) => assert!(full.is_passing() || log.wal().poisoned().is_some(), "seed {}: {full}", self.seed),
        }
    }

    fn background(&mut self, log: &mut SimLog) {
        let now = Instant::from_nanos(self.now);
        let ready = log.ready(now);
        if ready.is_empty() {
            return;
        }
        let step = ready[self.rng.below(ready.len() as u64) as usize];
        if let Some(synced) = log.step(now, step) {
            assert!(synced >= self.durable, "seed {}: synced went back", self.seed);
            self.durable = synced;
        }
    }

    fn publish(&mut self, log: &mut SimLog) {
        let mut publication = self.publication.take().unwrap_or_else(|| {
            let lsn = log.wal().written_lsn();
            Publication::new(log, lsn, self.snapshot(lsn))
        });
        for _ in 0..=self.rng.below(4) {
            if publication.step(log).is_err() {
                return;
            }
        }
        if publication.next().is_some() {
            self.publication = Some(publication);
        }
    }

    /// One record: a digest of the history up to `lsn`.
    fn snapshot(&self, lsn: Lsn) -> Vec<u8> {
        let header =
            SnapshotHeader { cluster: CLUSTER, lsn, time_floor: Timestamp::from_micros(self.now), is_final: false };
        let mut writer = SnapshotWriter::new(&header);
        writer.push(0, &[&self.digest(lsn).to_le_bytes()]);
        writer.finish().0
    }

    fn digest(&self, lsn: Lsn) -> u64 {
        self.history[..lsn.0 as usize]
            .iter()
            .flatten()
            .fold(lsn.0, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn restart(&mut self, log: SimLog) -> SimLog {
        self.publication = None;
        self.crashes += 1;
        let (mut disk, floor) =
            if self.rng.chance(0.5) { (log.kill(), self.written) } else { (log.crash(&mut self.rng), self.durable) };
        disk.set_faults(DiskFaults::default());
        self.start(disk, floor)
    }

    /// Recovers, with further crashes on the way, checks every promise, and draws new faults. Everything up to `floor` must
    /// be there; after a loss of power on the way, only what was durable.
    fn start(&mut self, mut disk: SimDisk, mut floor: Lsn) -> SimLog {
        loop {
            let seed = self.seed;
            let after = self.load_snapshot(&disk);
            let config = WalConfig { segment_bytes: 4096, waiting_bytes_max: 20_000, ..WalConfig::default() };
            let mut found = Vec::new();
            let recovered = SimLog::recover(disk, config, CLUSTER, after, |record| {
                found.push(record.payload.to_vec());
                Ok(())
            });
            let mut recovering = recovered.unwrap_or_else(|failed| panic!("seed {seed}: {}", failed.error));
            let last = recovering.recovery().last_lsn;
            assert!(last >= floor, "seed {seed}: promised up to {floor}, found up to {last}");
            assert!(found == self.history[after.0 as usize..last.0 as usize], "seed {seed}: other records");
            self.history.truncate(last.0 as usize);
            if self.rng.chance(0.2) {
                for _ in 0..self.rng.below(3) {
                    recovering.step().expect("no faults are drawn in recovery");
                }
                disk = recovering.kill();
                if self.rng.chance(0.7) {
                    disk.crash(&mut self.rng);
                    floor = self.durable;
                }
                continue;
            }
            let mut log = recovering.finish().unwrap_or_else(|failed| panic!("seed {seed}: {}", failed.error));
            (self.durable, self.written) = (last, last);
            let report = check(log.disk()).expect("the disk is readable");
            assert_eq!(report.verdict(), Verdict::Clean, "seed {seed}: {report}");
            log.disk_mut().set_faults(self.draw_faults());
            return log;
        }
    }

    /// Every published snapshot is whole and true; gives the newest one's lsn.
    fn load_snapshot(&self, disk: &SimDisk) -> Lsn {
        let seed = self.seed;
        for lsn in disk.snapshots().expect("names are readable") {
            let file = disk.open_snapshot(lsn).expect("it was listed");
            let digest = self.digest(lsn).to_le_bytes();
            let (header, _) =
                read_snapshot(
                    file,
                    |_, record| {
                        if record.bytes == digest { Ok(()) } else { Err("another history".to_owned()) }
                    },
                )
                .unwrap_or_else(|error| panic!("seed {seed}: snapshot {lsn}: {error}"));
            assert_eq!(header.lsn, lsn);
        }
        disk.snapshots().expect("names are readable").into_iter().max().unwrap_or_default()
    }

    fn draw_faults(&mut self) -> DiskFaults {
        let tear = if self.rng.chance(0.5) { 0.5 } else { 0.0 };
        if self.faults == LifeFaults::Crashes {
            return DiskFaults { tear, ..DiskFaults::default() };
        }
        DiskFaults {
            tear,
            write_error: [0.0, 0.02][self.rng.below(2) as usize],
            sync_error: [0.0, 0.05][self.rng.below(2) as usize],
            capacity_bytes: [u64::MAX, 40_000][self.rng.below(2) as usize],
        }
    }
}
