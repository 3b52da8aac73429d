//! A data directory as the checker reads it.

use crate::disk::Segments;
use mainstay_storage::check::SnapshotSource;
use mainstay_storage::snapshot::{snapshot_file_name, snapshot_from_file_name};
use mainstay_storage::{Lsn, SegmentId, SegmentSource};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Its log and its snapshots.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    segments: Segments,
}

impl Directory {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), segments: Segments::new(path) }
    }
}

impl SegmentSource for Directory {
    type Bytes = <Segments as SegmentSource>::Bytes;

    fn segments(&self) -> io::Result<Vec<SegmentId>> {
        self.segments.segments()
    }

    fn open(&self, segment: SegmentId) -> io::Result<Self::Bytes> {
        self.segments.open(segment)
    }

    fn mark(&self) -> io::Result<Option<Vec<u8>>> {
        self.segments.mark()
    }
}

impl SnapshotSource for Directory {
    type Reader = fs::File;

    fn snapshots(&self) -> io::Result<Vec<Lsn>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            found.extend(entry?.file_name().to_str().and_then(snapshot_from_file_name));
        }
        Ok(found)
    }

    fn open_snapshot(&self, lsn: Lsn) -> io::Result<fs::File> {
        OpenOptions::new().read(true).open(self.path.join(snapshot_file_name(lsn)))
    }
}
