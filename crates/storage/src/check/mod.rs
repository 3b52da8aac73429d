//! `mainstay storage check` and `repair`: what a data directory holds, what is wrong with it, and what can be done.
//!
//! Checking reads everything and changes nothing. It goes the way a start would go: the newest sound snapshot, then the log
//! behind it. A [`RepairPlan`] never deletes: files are moved to `lost+found` or copied there before they are cut, and it
//! says which records that gives up.

mod repair;
mod report;
#[cfg(test)]
mod tests;

use std::io;

pub use repair::{LOST_AND_FOUND, Loss, RepairPlan, RepairStep, plan};
pub use report::{Report, SnapshotReport, Verdict};

use crate::snapshot::{SnapshotError, read_snapshot};
use crate::{Lsn, SegmentSource, recover};

/// The snapshots of a directory, read only.
pub trait SnapshotSource {
    /// A snapshot file.
    type Reader: io::Read;

    /// The lsns of all snapshot files, in any order (see [`crate::snapshot::snapshot_from_file_name`]).
    ///
    /// # Errors
    /// The directory cannot be read.
    fn snapshots(&self) -> io::Result<Vec<Lsn>>;

    /// One of them.
    ///
    /// # Errors
    /// The file cannot be opened.
    fn open_snapshot(&self, lsn: Lsn) -> io::Result<Self::Reader>;
}

/// Reads a whole directory as a start would and says what it found.
///
/// # Errors
/// The directory itself cannot be listed. Files that cannot be read are findings.
pub fn check<D: SegmentSource + SnapshotSource>(directory: &D) -> io::Result<Report> {
    let mut lsns = directory.snapshots()?;
    lsns.sort_unstable_by(|a, b| b.cmp(a));
    let snapshots: Vec<_> = lsns.into_iter().map(|lsn| check_snapshot(directory, lsn)).collect();
    let base = snapshots.iter().find_map(|found| found.outcome.as_ref().ok());
    let after = base.map_or(Lsn::ZERO, |(header, _)| header.lsn);
    let cluster = base.map(|(header, _)| header.cluster);
    let mut segments = directory.segments()?;
    segments.sort_unstable();
    let log = recover(directory, after, cluster, |_| Ok(()));
    Ok(Report { snapshots, after, segments, log })
}

fn check_snapshot<D: SnapshotSource>(directory: &D, lsn: Lsn) -> SnapshotReport {
    let outcome = directory
        .open_snapshot(lsn)
        .map_err(SnapshotError::Io)
        .and_then(|reader| read_snapshot(io::BufReader::new(reader), |_, _| Ok(())))
        .and_then(|found| {
            let header = found.0.lsn;
            if header == lsn { Ok(found) } else { Err(SnapshotError::Misnamed { name: lsn, header }) }
        });
    SnapshotReport { lsn, outcome }
}
