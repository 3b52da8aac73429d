//! Following frames from the first needed segment to the first place that has none.

use super::files::{File, Files, open};
use super::{Record, RecoverError, Refusal, SegmentSource};
use crate::Lsn;
use crate::wal::frame::{Decoded, Flaw, Seed, decode};
use crate::wal::header::{HeaderState, SEGMENT_HEADER_BYTES};

/// Where the walk ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// Index of the segment.
    pub(super) index: usize,
    /// Place of the first byte that belongs to no sound frame. 0: not even the header is sound.
    pub(super) offset: usize,
    /// What stands there.
    pub(super) flaw: Flaw,
    /// The lsn expected there.
    pub(super) lsn: Lsn,
}

/// What the walk found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walked {
    /// Index of the segment it began in.
    pub(super) begin: usize,
    /// `None`: there are no segments.
    pub(super) end: Option<End>,
    pub(super) records: u64,
    pub(super) bytes: u64,
}

pub(super) fn walk<S: SegmentSource>(
    source: &S,
    files: &Files,
    after: Lsn,
    mut deliver: impl FnMut(Record<'_>) -> Result<(), Refusal>,
) -> Result<Walked, RecoverError> {
    let mut walked = Walked { begin: 0, end: None, records: 0, bytes: 0 };
    let segments = &files.segments;
    let Some(begin) = segments.iter().rposition(|file| file.first_lsn().is_some_and(|lsn| lsn <= after.next())) else {
        walked.end = headless(segments, after)?;
        return Ok(walked);
    };
    walked.begin = begin;
    let mut receive = |record: Record<'_>| {
        if record.lsn > after {
            deliver(record).map_err(|refusal| RecoverError::Refused { lsn: record.lsn, refusal })?;
            walked.records += 1;
            walked.bytes += record.payload.len() as u64;
        }
        Ok(())
    };
    let mut index = begin;
    let end = loop {
        let end = follow(source, &segments[index], index, &mut receive)?;
        let next = segments.get(index + 1);
        let goes_on =
            next.is_some_and(|next| next.id == segments[index].id.next() && next.first_lsn() == Some(end.lsn));
        if !goes_on {
            break end;
        }
        index += 1;
    };
    walked.end = Some(end);
    Ok(walked)
}

/// No segment begins at or before the first needed lsn: either files are missing, or the first one's header is damaged.
fn headless(segments: &[File], after: Lsn) -> Result<Option<End>, RecoverError> {
    let Some(first) = segments.first() else {
        return Ok(None);
    };
    if let Some(lsn) = first.first_lsn() {
        return Err(RecoverError::Gap { segment: first.id, first: lsn, after });
    }
    Ok(Some(End { index: 0, offset: 0, flaw: Flaw::Header, lsn: after.next() }))
}

/// Delivers the frames of one segment with a sound header.
fn follow<S: SegmentSource>(
    source: &S,
    file: &File,
    index: usize,
    receive: &mut impl FnMut(Record<'_>) -> Result<(), RecoverError>,
) -> Result<End, RecoverError> {
    let HeaderState::Valid(header) = file.header else {
        unreachable!("only segments with a sound header are walked");
    };
    let bytes = open(source, file.id)?;
    let seed = Seed::new(header.segment, header.cluster);
    let (mut offset, mut lsn) = (SEGMENT_HEADER_BYTES, header.first_lsn);
    let flaw = loop {
        match decode(bytes.as_ref(), offset, seed) {
            Decoded::Frame { head, payload, next } if head.lsn == lsn => {
                receive(Record { lsn, stream: head.stream, kind: head.kind, payload })?;
                (offset, lsn) = (next, lsn.next());
            }
            Decoded::Frame { head, .. } => break Flaw::Order { found: head.lsn },
            Decoded::End => break Flaw::Missing,
            Decoded::Bad(flaw) => break flaw,
        }
    };
    Ok(End { index, offset, flaw, lsn })
}
