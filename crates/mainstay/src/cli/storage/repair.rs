//! Doing what a repair plan says. Every step may be interrupted and repeated; no file's bytes are lost by any.

use crate::disk::sync_directory;
use mainstay_storage::check::{LOST_AND_FOUND, RepairStep};
use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Zeros are written in pieces of this size.
static PIECE: [u8; 64 << 10] = [0; 64 << 10];

/// A step that failed.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
pub(super) struct StepError {
    path: PathBuf,
    source: io::Error,
}

/// Performs the steps in order, up to the first that fails.
pub(super) fn perform(dir: &Path, steps: &[RepairStep]) -> Result<(), StepError> {
    let lost = dir.join(LOST_AND_FOUND);
    for step in steps {
        let (path, done) = match step {
            RepairStep::CopyAside { file } => (dir.join(file), copy_aside(dir, &lost, file)),
            RepairStep::SetAside { file } => (dir.join(file), set_aside(dir, &lost, file)),
            RepairStep::Cut { file, offset } => (dir.join(file), cut(&dir.join(file), *offset)),
            RepairStep::SyncDirectory => (dir.to_owned(), make_durable(dir, &lost)),
        };
        done.map_err(|source| StepError { path, source })?;
    }
    Ok(())
}

fn copy_aside(dir: &Path, lost: &Path, file: &str) -> io::Result<()> {
    fs::create_dir_all(lost)?;
    let copy = free_name(lost, file);
    fs::copy(dir.join(file), &copy)?;
    OpenOptions::new().read(true).open(&copy)?.sync_all()?;
    sync_directory(lost)
}

fn set_aside(dir: &Path, lost: &Path, file: &str) -> io::Result<()> {
    fs::create_dir_all(lost)?;
    match fs::rename(dir.join(file), free_name(lost, file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Zeros from `offset` to the end: the log ends there, and the file keeps its length.
fn cut(path: &Path, offset: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len().saturating_sub(offset);
    file.seek(SeekFrom::Start(offset))?;
    while left > 0 {
        let piece = usize::try_from(left).unwrap_or(PIECE.len()).min(PIECE.len());
        file.write_all(&PIECE[..piece])?;
        left -= piece as u64;
    }
    file.sync_all()
}

fn make_durable(dir: &Path, lost: &Path) -> io::Result<()> {
    if lost.exists() {
        sync_directory(lost)?;
    }
    sync_directory(dir)
}

/// A name in `lost` that nothing has: an existing file is never replaced.
fn free_name(lost: &Path, file: &str) -> PathBuf {
    let taken = |path: &PathBuf| fs::symlink_metadata(path).is_ok();
    let numbered = (1u32..).map(|number| lost.join(format!("{file}.{number}")));
    let names = std::iter::once(lost.join(file)).chain(numbered);
    names.into_iter().find(|path| !taken(path)).unwrap_or_else(|| lost.join(file))
}
