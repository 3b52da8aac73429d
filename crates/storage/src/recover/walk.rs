//! Following frames from the first needed segment to the first place that has none.

use super::files::{File, Files, open};
use super::{Record, RecoverError, Refusal, SegmentSource};
use crate::wal::frame::{Decoded, Flaw, Seed, decode};
use crate::wal::header::{HeaderState, SEGMENT_HEADER_BYTES};
use crate::{Lsn, SegmentId};

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

/// Sound bytes of one segment that the mark does not prove durable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unproven {
    pub(super) segment: SegmentId,
    pub(super) offset: usize,
    pub(super) end: usize,
}

/// What the walk found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Walked {
    /// `None`: there are no segments.
    pub(super) end: Option<End>,
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// Of the two newest segments, the older first: no other can hold any (WAL-3).
    pub(super) unproven: [Option<Unproven>; 2],
}

pub(super) fn walk<S: SegmentSource>(
    source: &S,
    files: &Files,
    after: Lsn,
    mut deliver: impl FnMut(Record<'_>) -> Result<(), Refusal>,
) -> Result<Walked, RecoverError> {
    let mut walked = Walked::default();
    let segments = &files.segments;
    let Some(begin) = segments.iter().rposition(|file| file.first_lsn().is_some_and(|lsn| lsn <= after.next())) else {
        walked.end = headless(segments, after)?;
        return Ok(walked);
    };
    let proven = files.mark.unwrap_or_default();
    let mut receive = |record: Record<'_>| {
        if record.lsn > after {
            deliver(record).map_err(|refusal| RecoverError::Refused { lsn: record.lsn, refusal })?;
            walked.records += 1;
            walked.bytes += record.payload.len() as u64;
        }
        Ok(())
    };
    let (mut index, mut unproven) = (begin, [None; 2]);
    let end = loop {
        let (end, newest) = follow(source, &segments[index], index, proven, &mut receive)?;
        unproven = [unproven[1], newest];
        let next = segments.get(index + 1);
        let goes_on =
            next.is_some_and(|next| next.id == segments[index].id.next() && next.first_lsn() == Some(end.lsn));
        if !goes_on {
            break end;
        }
        index += 1;
    };
    (walked.end, walked.unproven) = (Some(end), unproven);
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

/// Delivers the frames of one segment with a sound header. `proven`: what the mark says was synced.
fn follow<S: SegmentSource>(
    source: &S,
    file: &File,
    index: usize,
    proven: Lsn,
    receive: &mut impl FnMut(Record<'_>) -> Result<(), RecoverError>,
) -> Result<(End, Option<Unproven>), RecoverError> {
    let HeaderState::Valid(header) = file.header else {
        unreachable!("only segments with a sound header are walked");
    };
    let bytes = open(source, file.id)?;
    let seed = Seed::new(header.segment, header.cluster);
    let (mut offset, mut lsn) = (SEGMENT_HEADER_BYTES, header.first_lsn);
    // The header is written with the first frame and is as durable as that.
    let mut unproven = (lsn > proven).then_some(0);
    let flaw = loop {
        match decode(bytes.as_ref(), offset, seed) {
            Decoded::Frame { head, payload, next } if head.lsn == lsn => {
                receive(Record { lsn, stream: head.stream, kind: head.kind, payload })?;
                if lsn > proven {
                    unproven.get_or_insert(offset);
                }
                (offset, lsn) = (next, lsn.next());
            }
            Decoded::Frame { head, .. } => break Flaw::Order { found: head.lsn },
            Decoded::End => break Flaw::Missing,
            Decoded::Bad(flaw) => break flaw,
        }
    };
    let unproven = unproven.map(|from| Unproven { segment: file.id, offset: from, end: offset });
    Ok((End { index, offset, flaw, lsn }, unproven))
}
