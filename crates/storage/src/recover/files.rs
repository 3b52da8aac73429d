//! What lies in the directory: every segment's header and the mark.

use super::{RecoverError, SegmentSource};
use crate::wal::header::{HeaderState, SegmentHeader};
use crate::wal::mark::Mark;
use crate::wal::{MARK_FILE_NAME, SEGMENT_HEADER_BYTES};
use crate::{ClusterId, Lsn, SegmentId};

/// One segment file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    pub(crate) id: SegmentId,
    pub(crate) bytes: u64,
    pub(crate) header: HeaderState,
}

impl File {
    pub(crate) fn first_lsn(&self) -> Option<Lsn> {
        match self.header {
            HeaderState::Valid(header) => Some(header.first_lsn),
            HeaderState::Blank | HeaderState::Bad => None,
        }
    }
}

/// The directory, segments in order.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) segments: Vec<File>,
    pub(crate) cluster: Option<ClusterId>,
    pub(crate) mark: Option<Lsn>,
}

pub(crate) fn survey<S: SegmentSource>(source: &S, expected: Option<ClusterId>) -> Result<Files, RecoverError> {
    let unreadable = |file: &str| {
        let file = file.to_owned();
        move |source| RecoverError::Io { file, source }
    };
    let mut ids = source.segments().map_err(unreadable("the log directory"))?;
    ids.sort_unstable();
    ids.dedup();
    let mut cluster = expected;
    let mut segments = Vec::with_capacity(ids.len());
    for id in ids {
        let bytes = source.open(id).map_err(unreadable(&id.file_name()))?;
        let bytes = bytes.as_ref();
        let header = SegmentHeader::decode(&bytes[..bytes.len().min(SEGMENT_HEADER_BYTES)], id)?;
        if let HeaderState::Valid(header) = header {
            same_cluster(&mut cluster, header.cluster, id.file_name())?;
        }
        segments.push(File { id, bytes: bytes.len() as u64, header });
    }
    let mark = source.mark().map_err(unreadable(MARK_FILE_NAME))?.and_then(|bytes| Mark::decode(&bytes));
    if let Some(mark) = mark {
        same_cluster(&mut cluster, mark.cluster, MARK_FILE_NAME.to_owned())?;
    }
    Ok(Files { segments, cluster, mark: mark.map(|mark| mark.synced) })
}

fn same_cluster(known: &mut Option<ClusterId>, found: ClusterId, file: String) -> Result<(), RecoverError> {
    let expected = *known.get_or_insert(found);
    if expected == found { Ok(()) } else { Err(RecoverError::Foreign { file, found, expected }) }
}

/// Opens a segment, naming it in the error.
pub(crate) fn open<S: SegmentSource>(source: &S, segment: SegmentId) -> Result<S::Bytes, RecoverError> {
    source.open(segment).map_err(|source| RecoverError::Io { file: segment.file_name(), source })
}
