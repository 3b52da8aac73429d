//! A snapshot on its way to counting, one step at a time.

use std::collections::VecDeque;

use mainstay_storage::Lsn;
use mainstay_storage::check::SnapshotSource;
use mainstay_storage::snapshot::{PublishStep, SNAPSHOTS_KEPT, publish};

use super::{DiskError, SimLog};

/// The steps of publishing one snapshot. Dropping it between two steps is a crash of the process there.
#[derive(Clone, Debug)]
pub struct Publication {
    steps: VecDeque<PublishStep>,
    bytes: Vec<u8>,
}

impl Publication {
    /// Publishes `bytes`, a finished snapshot at `lsn`, beside those on the log's disk.
    #[must_use]
    pub fn new(log: &SimLog, lsn: Lsn, bytes: Vec<u8>) -> Self {
        let existing = log.disk().snapshots().expect("names are always readable");
        Self { steps: publish(lsn, &existing, SNAPSHOTS_KEPT).into(), bytes }
    }

    /// Changes what is still to be done: for defects.
    pub(crate) fn edit(&mut self, change: &mut dyn FnMut(&mut Vec<PublishStep>)) {
        let mut steps = std::mem::take(&mut self.steps).into();
        change(&mut steps);
        self.steps = steps.into();
    }

    /// What comes next; `None` when the snapshot is published and the log released.
    #[must_use]
    pub fn next(&self) -> Option<&PublishStep> {
        self.steps.front()
    }

    /// Does the next step. `false`: the log is not synced far enough yet, call again after a [`super::LogStep::EndSync`];
    /// a sync was requested.
    ///
    /// # Errors
    /// The disk's; the publication is over then, its temporary file may remain.
    pub fn step(&mut self, log: &mut SimLog) -> Result<bool, DiskError> {
        let Some(step) = self.steps.front() else {
            return Ok(true);
        };
        let disk = log.disk_mut();
        match step {
            PublishStep::Write { file } => {
                disk.create(file, 0)?;
                disk.write(file, 0, &self.bytes)?;
            }
            PublishStep::Sync { file } => disk.sync(file)?,
            PublishStep::AwaitLog { lsn } => {
                if log.wal().synced_lsn() < *lsn {
                    log.request_sync();
                    return Ok(false);
                }
            }
            PublishStep::Rename { from, to } => disk.rename(from, to)?,
            PublishStep::SyncDirectory => disk.sync_directory(),
            PublishStep::Remove { file } => disk.remove(file)?,
            PublishStep::Release { upto } => log.release(*upto),
        }
        self.steps.pop_front();
        Ok(true)
    }
}
