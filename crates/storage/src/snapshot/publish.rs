//! From written bytes to a snapshot that counts.

use super::snapshot_file_name;
use crate::Lsn;

/// Snapshots that stay unless told otherwise: the newest, and one to fall back on.
pub const SNAPSHOTS_KEPT: usize = 2;

/// What to do, in this order; stop at the first failure and remove the temporary file. A crash between any two steps
/// leaves the older snapshots and the log as they were, or the new snapshot whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishStep {
    /// Write the bytes to this name, replacing what an earlier attempt left.
    Write {
        /// The temporary name.
        file: String,
    },
    /// Sync the file.
    Sync {
        /// The temporary name.
        file: String,
    },
    /// Wait until [`crate::Wal::synced_lsn`] is at least this ([`crate::Wal::request_sync`] hastens it).
    AwaitLog {
        /// The snapshot's lsn.
        lsn: Lsn,
    },
    /// Give it its final name.
    Rename {
        /// The temporary name.
        from: String,
        /// The final one.
        to: String,
    },
    /// Sync the directory: now the snapshot counts.
    SyncDirectory,
    /// Remove a snapshot that is no longer kept.
    Remove {
        /// Its name.
        file: String,
    },
    /// Call [`crate::Wal::release`]: the oldest of the snapshots kept covers this much.
    Release {
        /// Up to here.
        upto: Lsn,
    },
}

/// The steps that publish a snapshot at `lsn` beside the `existing` ones, of which with it `keep` stay (at least 1).
#[must_use]
pub fn publish(lsn: Lsn, existing: &[Lsn], keep: usize) -> Vec<PublishStep> {
    let to = snapshot_file_name(lsn);
    let file = format!("{to}.tmp");
    let mut steps = vec![
        PublishStep::Write { file: file.clone() },
        PublishStep::Sync { file: file.clone() },
        PublishStep::AwaitLog { lsn },
        PublishStep::Rename { from: file, to },
        PublishStep::SyncDirectory,
    ];
    let mut all: Vec<_> = existing.iter().copied().chain([lsn]).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup();
    steps.extend(all.iter().skip(keep).map(|&old| PublishStep::Remove { file: snapshot_file_name(old) }));
    if let Some(upto) = release_after(&all, keep) {
        steps.push(PublishStep::Release { upto });
    }
    steps
}

/// Up to where the log may go when these snapshots exist and `keep` of them stay: the lsn of the oldest one kept. `None` with fewer
/// than `keep`: the log from its beginning is then the only other way back.
#[must_use]
pub fn release_after(snapshots: &[Lsn], keep: usize) -> Option<Lsn> {
    let mut newest_first = snapshots.to_vec();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    newest_first.dedup();
    newest_first.get(keep.max(1) - 1).copied()
}
