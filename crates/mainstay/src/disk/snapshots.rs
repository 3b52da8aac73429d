//! Snapshots: written while the node serves, read when it starts.

use super::directory::sync_directory;
use super::journal::Journal;
use mainstay_foundation::Timestamp;
use mainstay_node::engine::Engine;
use mainstay_node::shard::SnapshotStep;
use mainstay_node::slot::SHARD_COUNT;
use mainstay_storage::snapshot::{PublishStep, publish, read_snapshot, snapshot_file_name, snapshot_from_file_name};
use mainstay_storage::{ClusterId, Lsn, SnapshotHeader, SnapshotWriter, snapshot};
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The kind of snapshot records: a key with its value.
const IMAGE: u8 = 1;
/// Bytes taken from a shard while it is held: about a fifth of a millisecond of work.
const STEP_BYTES: usize = 256 << 10;

/// Why a snapshot was not made, or cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The log failed, so that the snapshot would be newer than what is durable.
    #[error("the log failed before the snapshot's position was durable")]
    Log,
    /// The file is damaged or foreign.
    #[error("{path}: {source}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        source: snapshot::SnapshotError,
    },
    /// It belongs to another cluster.
    #[error("{path} belongs to cluster {found}, this directory to {expected}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner.
        found: ClusterId,
        /// The directory's.
        expected: ClusterId,
    },
}

/// What a finished snapshot holds.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// The log position.
    pub lsn: Lsn,
    /// Keys.
    pub keys: u64,
    /// Size of the file.
    pub bytes: u64,
}

/// The snapshots of a data directory.
#[derive(Clone, Debug)]
pub struct Snapshots {
    dir: PathBuf,
    cluster: ClusterId,
    keep: usize,
}

impl Snapshots {
    /// Those in `dir`, of which the newest `keep` stay.
    #[must_use]
    pub fn new(dir: &Path, cluster: ClusterId, keep: usize) -> Self {
        Self { dir: dir.to_owned(), cluster, keep }
    }

    /// Their positions, newest first.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn list(&self) -> Result<Vec<Lsn>, SnapshotError> {
        let failed = |source| SnapshotError::Io { path: self.dir.clone(), source };
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            if let Some(lsn) = entry.map_err(failed)?.file_name().to_str().and_then(snapshot_from_file_name) {
                found.push(lsn);
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        Ok(found)
    }

    /// Reads a snapshot and hands each key's image to `deliver`. Only `Ok` means that it is whole.
    ///
    /// # Errors
    /// [`SnapshotError`]; images may have been delivered already.
    pub fn read(
        &self,
        lsn: Lsn,
        mut deliver: impl FnMut(&SnapshotHeader, &[u8]) -> Result<(), String>,
    ) -> Result<SnapshotHeader, SnapshotError> {
        let path = self.dir.join(snapshot_file_name(lsn));
        let file = File::open(&path).map_err(|source| SnapshotError::Io { path: path.clone(), source })?;
        let read = read_snapshot(BufReader::with_capacity(1 << 20, file), |header, record| match record.kind {
            IMAGE => deliver(header, record.bytes),
            kind => Err(format!("record kind {kind} is unknown")),
        });
        let (header, _) = read.map_err(|source| SnapshotError::Damaged { path: path.clone(), source })?;
        if header.cluster != self.cluster {
            return Err(SnapshotError::Foreign { path, found: header.cluster, expected: self.cluster });
        }
        Ok(header)
    }

    /// Takes a snapshot of `engine` at this instant, step by step, and publishes it. A `last` one is that of an orderly stop: it holds also what is
    /// not logged.
    ///
    /// # Errors
    /// [`SnapshotError`]; older snapshots and the log are as they were.
    pub fn take(&self, engine: &Engine, journal: &Journal, last: bool) -> Result<Taken, SnapshotError> {
        let (lsn, time) = engine.begin_snapshot(last, || Lsn(journal.last_lsn()));
        let written = self.write(engine, journal, lsn, time, last);
        if written.is_err() {
            engine.abandon_snapshot();
            let _ = fs::remove_file(self.temporary(lsn));
        }
        written
    }

    fn temporary(&self, lsn: Lsn) -> PathBuf {
        self.dir.join(format!("{}.tmp", snapshot_file_name(lsn)))
    }

    fn write(
        &self,
        engine: &Engine,
        journal: &Journal,
        lsn: Lsn,
        time: Timestamp,
        last: bool,
    ) -> Result<Taken, SnapshotError> {
        let mut taken = Taken { lsn, keys: 0, bytes: 0 };
        for step in publish(lsn, &self.list()?, self.keep) {
            let failed = |source| SnapshotError::Io { path: self.dir.clone(), source };
            match step {
                PublishStep::Write { file } => {
                    let path = self.dir.join(file);
                    let header = SnapshotHeader { cluster: self.cluster, lsn, time_floor: time, is_final: last };
                    let totals =
                        write_file(&path, engine, &header).map_err(|source| SnapshotError::Io { path, source })?;
                    (taken.keys, taken.bytes) = (totals.records, totals.bytes);
                }
                PublishStep::Sync { file } => {
                    File::open(self.dir.join(file)).and_then(|file| file.sync_all()).map_err(failed)?;
                }
                PublishStep::AwaitLog { .. } => journal.sync_now().map_err(|_| SnapshotError::Log)?,
                PublishStep::Rename { from, to } => {
                    fs::rename(self.dir.join(from), self.dir.join(to)).map_err(failed)?;
                }
                PublishStep::SyncDirectory => sync_directory(&self.dir).map_err(failed)?,
                PublishStep::Remove { file } => fs::remove_file(self.dir.join(file)).map_err(failed)?,
                PublishStep::Release { upto } => journal.release(upto),
            }
        }
        Ok(taken)
    }

    /// Removes what interrupted snapshots left.
    ///
    /// # Errors
    /// The directory cannot be read, or a file not be removed.
    pub fn clean(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let unfinished = name.to_str().and_then(|name| name.strip_suffix(".tmp")).and_then(snapshot_from_file_name);
            if unfinished.is_some() {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn write_file(path: &Path, engine: &Engine, header: &SnapshotHeader) -> io::Result<snapshot::SnapshotTotals> {
    let mut file = File::create(path)?;
    let mut writer = SnapshotWriter::new(header);
    let mut images = Vec::with_capacity(STEP_BYTES * 2);
    for shard in 0..SHARD_COUNT {
        loop {
            images.clear();
            let step = engine.snapshot_step(shard, STEP_BYTES, &mut images);
            let mut rest = images.as_slice();
            while let Some((image, after)) = take_image(rest) {
                writer.push(IMAGE, &[image]);
                rest = after;
            }
            file.write_all(writer.pending())?;
            writer.clear_pending();
            if step == SnapshotStep::Done {
                break;
            }
        }
    }
    let (rest, totals) = writer.finish();
    file.write_all(&rest)?;
    Ok(totals)
}

/// Takes one image with its LEB128 length off the front.
fn take_image(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut length, mut at) = (0usize, 0);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 0x7f) << (7 * at);
        at += 1;
        if byte < 0x80 {
            break;
        }
    }
    bytes[at..].split_at_checked(length)
}
