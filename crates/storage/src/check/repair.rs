//! What can be done about a damaged directory, and what that gives up.

use std::fmt;

use super::{Report, Verdict};
use crate::recover::Corruption;
use crate::snapshot::snapshot_file_name;
use crate::wal::MARK_FILE_NAME;
use crate::{Lsn, RecoverError, SegmentId};

/// The folder, inside the data directory, that receives what repair takes away.
pub const LOST_AND_FOUND: &str = "lost+found";

/// One step, in order. Names are relative to the data directory. In [`LOST_AND_FOUND`] an existing name is never
/// replaced: the shell adds `.1`, `.2` and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepairStep {
    /// Copy the file to [`LOST_AND_FOUND`] and sync the copy.
    CopyAside {
        /// Which.
        file: String,
    },
    /// Move the file to [`LOST_AND_FOUND`]; nothing if it does not exist.
    SetAside {
        /// Which.
        file: String,
    },
    /// Overwrite the file with zeros from `offset` to its end and sync it.
    Cut {
        /// Which.
        file: String,
        /// From this byte.
        offset: u64,
    },
    /// Sync the data directory and [`LOST_AND_FOUND`].
    SyncDirectory,
}

/// Acknowledged records that a repair gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The first.
    pub from: Lsn,
    /// The last that is proved to have been durable; there may be later ones. `None`: not known.
    pub upto: Option<Lsn>,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.upto {
            Some(upto) => write!(f, "records from lsn {} to at least {upto}", self.from),
            None => write!(f, "every record from lsn {} on", self.from),
        }
    }
}

/// What to do and what it costs. Check again afterwards: damage can hide behind damage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepairPlan {
    /// In order; empty if nothing need be done.
    pub steps: Vec<RepairStep>,
    /// What is given up; `None`: nothing acknowledged.
    pub loss: Option<Loss>,
}

/// The plan for a report. `None` if repair cannot help ([`Verdict::Unreadable`]).
#[must_use]
pub fn plan(report: &Report) -> Option<RepairPlan> {
    if report.verdict() == Verdict::Unreadable {
        return None;
    }
    let bad_snapshots = report.snapshots.iter().filter(|found| found.outcome.is_err());
    let mut steps: Vec<_> =
        bad_snapshots.map(|found| RepairStep::SetAside { file: snapshot_file_name(found.lsn) }).collect();
    let loss = match &report.log {
        Ok(_) => None,
        Err(RecoverError::Corruption(corruption)) => {
            give_up_behind(report, corruption, &mut steps);
            Some(Loss { from: corruption.lsn, upto: corruption.proof.synced() })
        }
        Err(RecoverError::Gap { .. }) => {
            set_aside_from(report, SegmentId(0), &mut steps);
            Some(Loss { from: report.after.next(), upto: None })
        }
        Err(RecoverError::Foreign { file, .. }) => {
            steps.push(RepairStep::SetAside { file: file.clone() });
            None
        }
        Err(_) => return None,
    };
    if !steps.is_empty() {
        steps.push(RepairStep::SyncDirectory);
    }
    Some(RepairPlan { steps, loss })
}

/// Ends the log before the damage. What is cut is copied first and the mark goes last: a repair that is interrupted is found
/// damaged again and can be repeated.
fn give_up_behind(report: &Report, corruption: &Corruption, steps: &mut Vec<RepairStep>) {
    if corruption.offset == 0 {
        return set_aside_from(report, corruption.segment, steps);
    }
    let file = corruption.segment.file_name();
    steps.push(RepairStep::CopyAside { file: file.clone() });
    set_segments_aside(report, corruption.segment.next(), steps);
    steps.push(RepairStep::Cut { file, offset: corruption.offset });
    steps.push(RepairStep::SetAside { file: MARK_FILE_NAME.to_owned() });
}

/// Moves `first` and all later segments away, and the mark that remembers them.
fn set_aside_from(report: &Report, first: SegmentId, steps: &mut Vec<RepairStep>) {
    set_segments_aside(report, first, steps);
    steps.push(RepairStep::SetAside { file: MARK_FILE_NAME.to_owned() });
}

/// Newest first, so that what is left has no hole at any time.
fn set_segments_aside(report: &Report, first: SegmentId, steps: &mut Vec<RepairStep>) {
    let gone = report.segments.iter().rev().filter(|&&segment| segment >= first);
    steps.extend(gone.map(|segment| RepairStep::SetAside { file: segment.file_name() }));
}
