//! The disk as recovery and checks read it.

use std::io;

use mainstay_storage::check::SnapshotSource;
use mainstay_storage::snapshot::{snapshot_file_name, snapshot_from_file_name};
use mainstay_storage::wal::MARK_FILE_NAME;
use mainstay_storage::{Lsn, SegmentId, SegmentSource};

use super::{DiskError, SimDisk};

fn io_error(error: DiskError) -> io::Error {
    let kind = match error {
        DiskError::NotFound(_) => io::ErrorKind::NotFound,
        DiskError::NoSpace(_) => io::ErrorKind::StorageFull,
        DiskError::Io(_) => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

impl SegmentSource for SimDisk {
    type Bytes = Vec<u8>;

    fn segments(&self) -> io::Result<Vec<SegmentId>> {
        Ok(self.names().filter_map(SegmentId::from_file_name).collect())
    }

    fn open(&self, segment: SegmentId) -> io::Result<Vec<u8>> {
        self.read(&segment.file_name()).map_err(io_error)
    }

    fn mark(&self) -> io::Result<Option<Vec<u8>>> {
        match self.read(MARK_FILE_NAME) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(DiskError::NotFound(_)) => Ok(None),
            Err(error) => Err(io_error(error)),
        }
    }
}

impl SnapshotSource for SimDisk {
    type Reader = io::Cursor<Vec<u8>>;

    fn snapshots(&self) -> io::Result<Vec<Lsn>> {
        Ok(self.names().filter_map(snapshot_from_file_name).collect())
    }

    fn open_snapshot(&self, lsn: Lsn) -> io::Result<Self::Reader> {
        self.read(&snapshot_file_name(lsn)).map(io::Cursor::new).map_err(io_error)
    }
}
