//! A write-ahead log on a [`SimDisk`], a method per step: whoever drives it may crash between any two.

use std::collections::VecDeque;

use mainstay_foundation::{Instant, Rng};
use mainstay_storage::recover::Refusal;
use mainstay_storage::wal::{MARK_FILE_BYTES, MARK_FILE_NAME};
use mainstay_storage::{
    ClusterId, CreateError, CreateJob, Durability, Full, Lsn, Poison, Record, RecoverError, Recovery, RecoveryStep,
    SegmentId, StreamId, SyncDue, SyncJob, Wal, WalConfig, recover,
};

use super::{DiskError, SimDisk};
use crate::world::defect::{self, Defect, Given};

/// Background work of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogStep {
    /// Take the sync that is due.
    BeginSync,
    /// Do it, write the mark, and move [`Wal::synced_lsn`].
    EndSync,
    /// Take the creation that is wanted.
    BeginCreate,
    /// Do it.
    EndCreate,
    /// Remove one released segment.
    Delete,
}

/// A start that did not succeed, and the disk it failed on.
#[derive(Debug)]
pub struct FailedStart<E> {
    /// Why.
    pub error: E,
    /// To damage, repair or start again.
    pub disk: SimDisk,
}

/// A recovery whose steps are still to be done.
#[derive(Debug)]
pub struct Recovering {
    disk: SimDisk,
    config: WalConfig,
    cluster: ClusterId,
    recovery: Recovery,
    steps: VecDeque<RecoveryStep>,
}

impl Recovering {
    /// What was read.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// The disk between two steps.
    #[must_use]
    pub fn disk(&self) -> &SimDisk {
        &self.disk
    }

    /// Does the next step; `None` when all are done.
    ///
    /// # Errors
    /// The disk's: the start has failed, crash and recover again.
    pub fn step(&mut self) -> Result<Option<RecoveryStep>, DiskError> {
        let Some(&step) = self.steps.front() else {
            return Ok(None);
        };
        match step {
            RecoveryStep::Delete { segment } => {
                self.disk.remove(&segment.file_name())?;
                self.disk.sync_directory();
            }
            RecoveryStep::Rewrite { segment, offset, bytes } => {
                let found = self.disk.read(&segment.file_name())?;
                self.disk.write(&segment.file_name(), offset, &found[offset as usize..(offset + bytes) as usize])?;
            }
            RecoveryStep::Zero { segment, offset, bytes } => {
                self.disk.write(&segment.file_name(), offset, &vec![0; bytes as usize])?;
            }
            RecoveryStep::Sync { segment } => self.disk.sync(&segment.file_name())?,
        }
        Ok(self.steps.pop_front())
    }

    /// The log that goes on, after the remaining steps.
    ///
    /// # Errors
    /// The disk's, with the disk: the start has failed.
    pub fn finish(mut self) -> Result<SimLog, Box<FailedStart<DiskError>>> {
        loop {
            match self.step() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return Err(Box::new(FailedStart { error, disk: self.disk })),
            }
        }
        let wal = Wal::resume(self.config, self.cluster, self.recovery.resume).expect("a sound configuration");
        Ok(SimLog { wal, disk: self.disk, syncing: None, creating: None, defect: None })
    }

    /// A crash of the process between two steps.
    #[must_use]
    pub fn kill(self) -> SimDisk {
        self.disk
    }
}

/// A running log and its disk.
#[derive(Debug)]
pub struct SimLog {
    wal: Wal,
    disk: SimDisk,
    /// The job, and the disk's operation count when it began.
    syncing: Option<(SyncJob, u64)>,
    creating: Option<CreateJob>,
    defect: Given,
}

impl SimLog {
    /// Reads what `disk` holds behind the snapshot at `after`, a new log for `cluster` if nothing. A failure gives the disk
    /// back.
    ///
    /// # Errors
    /// Those of [`recover()`].
    ///
    /// # Panics
    /// If `config` is outside its ranges.
    pub fn recover(
        disk: SimDisk,
        config: WalConfig,
        cluster: ClusterId,
        after: Lsn,
        deliver: impl FnMut(Record<'_>) -> Result<(), Refusal>,
    ) -> Result<Recovering, Box<FailedStart<RecoverError>>> {
        config.validate().expect("a sound configuration");
        match recover(&disk, after, Some(cluster), deliver) {
            Ok(recovery) => {
                let steps = recovery.steps.iter().copied().collect();
                Ok(Recovering { disk, config, cluster, recovery, steps })
            }
            Err(error) => Err(Box::new(FailedStart { error, disk })),
        }
    }

    /// Appends and writes one record, as the shell does under its lock. A write that fails poisons the log; the record is
    /// then neither acknowledged nor certainly lost.
    ///
    /// # Errors
    /// Those of [`Wal::append`].
    pub fn append(&mut self, stream: StreamId, kind: u8, durability: Durability, parts: &[&[u8]]) -> Result<Lsn, Full> {
        let lsn = self.wal.append(stream, kind, durability, parts)?;
        while let Some(write) = self.wal.poll() {
            if self.disk.write(&write.segment.file_name(), write.offset, write.bytes).is_err() {
                self.wal.poison(Poison::Write);
                return Err(Full::Poisoned(Poison::Write));
            }
            self.wal.write_done();
        }
        Ok(lsn)
    }

    /// The background work that can be done now, in a fixed order; the simulator picks one.
    #[must_use]
    pub fn ready(&mut self, now: Instant) -> Vec<LogStep> {
        let sync_is_due = match self.wal.sync_due() {
            Some(SyncDue::Now) => true,
            Some(SyncDue::At(at)) => at <= now,
            None => false,
        };
        let create_waits = self.wal.create_retry_at().is_some_and(|at| at > now);
        [
            (LogStep::BeginSync, sync_is_due),
            (LogStep::EndSync, self.syncing.is_some()),
            (LogStep::BeginCreate, self.wal.wants_create() && !create_waits),
            (LogStep::EndCreate, self.creating.is_some()),
            (LogStep::Delete, self.wal.wants_delete()),
        ]
        .into_iter()
        .filter_map(|(step, ready)| ready.then_some(step))
        .collect()
    }

    /// Does one step of background work. A step that is not ready does nothing. Gives the new synced lsn, if it moved.
    pub fn step(&mut self, now: Instant, step: LogStep) -> Option<Lsn> {
        match step {
            LogStep::BeginSync => {
                if let Some(job) = self.wal.begin_sync(now) {
                    self.syncing = Some((job, self.disk.operations()));
                }
            }
            LogStep::EndSync => return self.end_sync(),
            LogStep::BeginCreate => {
                if let Some(job) = self.wal.begin_create(now) {
                    self.creating = Some(job);
                }
            }
            LogStep::EndCreate => self.end_create(now),
            LogStep::Delete => self.delete(),
        }
        None
    }

    /// Does whatever is ready until nothing is.
    pub fn settle(&mut self, now: Instant) {
        while let Some(&step) = self.ready(now).last() {
            self.step(now, step);
        }
    }

    /// See [`Wal::request_sync`].
    pub fn request_sync(&mut self) {
        self.wal.request_sync();
    }

    /// See [`Wal::admits`].
    ///
    /// # Errors
    /// Those of [`Wal::admits`].
    pub fn admits(&mut self, payload: usize, reserve: u64) -> Result<(), Full> {
        self.wal.admits(payload, reserve)
    }

    /// Closes the log: what runs is ahead of it.
    pub fn poison(&mut self) {
        self.wal.poison(Poison::Write);
    }

    /// See [`Wal::release`].
    pub fn release(&mut self, upto: Lsn) {
        self.wal.release(upto);
    }

    /// The machine.
    #[must_use]
    pub fn wal(&self) -> &Wal {
        &self.wal
    }

    /// The disk.
    #[must_use]
    pub fn disk(&self) -> &SimDisk {
        &self.disk
    }

    /// The disk, to damage it or to keep other files on it.
    pub fn disk_mut(&mut self) -> &mut SimDisk {
        &mut self.disk
    }

    /// A crash of the process: everything written is still readable.
    #[must_use]
    pub fn kill(self) -> SimDisk {
        self.disk
    }

    /// A loss of power.
    #[must_use]
    pub fn crash(mut self, rng: &mut Rng) -> SimDisk {
        self.disk.crash(rng);
        self.disk
    }

    /// Gives the log a defect of the bug bank.
    pub(crate) fn set_defect(&mut self, defect: Given) {
        self.defect = defect;
    }

    fn end_sync(&mut self) -> Option<Lsn> {
        let (job, began) = self.syncing.take()?;
        if defect::is(self.defect, Defect::MarkAheadOfSync) {
            let marked = self.mark(job);
            self.sync(job, began);
            return marked;
        }
        self.sync(job, began);
        self.mark(job)
    }

    fn sync(&mut self, job: SyncJob, began: u64) {
        for segment in job.first.0..=job.last.0 {
            let name = SegmentId(segment).file_name();
            let mut synced = self.disk.sync_written_by(&name, began);
            if defect::is(self.defect, Defect::SyncErrorIgnored) && synced.is_err() {
                synced = self.disk.sync_written_by(&name, began);
            }
            if synced.is_err() {
                self.wal.poison(Poison::Sync);
                return;
            }
        }
    }

    fn mark(&mut self, job: SyncJob) -> Option<Lsn> {
        let synced = self.wal.sync_done(job)?;
        if self.disk.read(MARK_FILE_NAME).is_err() {
            self.disk.create(MARK_FILE_NAME, MARK_FILE_BYTES).ok();
            self.disk.sync_directory();
        }
        // The mark is a hint: a failed write of it only weakens later diagnosis.
        self.disk.write(MARK_FILE_NAME, synced.mark.offset, &synced.mark.bytes).ok();
        Some(synced.lsn)
    }

    fn end_create(&mut self, now: Instant) {
        let Some(job) = self.creating.take() else {
            return;
        };
        let name = job.segment.file_name();
        let made = self.disk.create(&name, job.bytes).and_then(|()| self.disk.sync(&name));
        let result = match made {
            Ok(()) => {
                if !defect::is(self.defect, Defect::SegmentNameUnsynced) {
                    self.disk.sync_directory();
                }
                Ok(())
            }
            Err(DiskError::NoSpace(_)) => Err(CreateError::NoSpace),
            Err(DiskError::NotFound(_) | DiskError::Io(_)) => Err(CreateError::Failed),
        };
        self.wal.create_done(now, job, result);
    }

    fn delete(&mut self) {
        if let Some(segment) = self.wal.begin_delete() {
            let removed = self.disk.remove(&segment.file_name()).is_ok();
            self.disk.sync_directory();
            self.wal.delete_done(removed);
        }
    }
}
