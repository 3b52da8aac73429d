//! The files of the log, read-only: for recovery and for `storage check`.

use super::segment_map::SegmentMap;
use mainstay_storage::wal::MARK_FILE_NAME;
use mainstay_storage::{RecoveryStep, SegmentId, SegmentSource};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The segments in a directory.
#[derive(Clone, Debug)]
pub struct Segments {
    dir: PathBuf,
}

/// A segment's bytes, mapped.
#[derive(Debug)]
pub struct Mapped(SegmentMap);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl Segments {
    /// Those in `dir`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    pub(super) fn path(&self, segment: SegmentId) -> PathBuf {
        self.dir.join(segment.file_name())
    }

    /// Does one step of what recovery asked for.
    ///
    /// # Errors
    /// The system's.
    pub fn perform(&self, step: &RecoveryStep) -> io::Result<()> {
        match *step {
            RecoveryStep::Delete { segment } => {
                fs::remove_file(self.path(segment))?;
                super::directory::sync_directory(&self.dir)
            }
            RecoveryStep::Rewrite { segment, offset, bytes } => {
                SegmentMap::open(&self.path(segment))?.rewrite(offset, bytes);
                Ok(())
            }
            RecoveryStep::Zero { segment, offset, bytes } => {
                SegmentMap::open(&self.path(segment))?.zero(offset, bytes);
                Ok(())
            }
            RecoveryStep::Sync { segment } => SegmentMap::open(&self.path(segment))?.sync(),
        }
    }
}

impl SegmentSource for Segments {
    type Bytes = Mapped;

    fn segments(&self) -> io::Result<Vec<SegmentId>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            if let Some(id) = entry?.file_name().to_str().and_then(SegmentId::from_file_name) {
                found.push(id);
            }
        }
        Ok(found)
    }

    fn open(&self, segment: SegmentId) -> io::Result<Mapped> {
        SegmentMap::open(&self.path(segment)).map(Mapped)
    }

    fn mark(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.dir.join(MARK_FILE_NAME)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
