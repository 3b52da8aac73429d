//! Clean end, torn tail or corruption: what the bytes behind the end prove.

use std::collections::VecDeque;
use std::ops::Range;

use super::files::{Files, open};
use super::walk::{End, Unproven, Walked};
use super::{Corruption, Cut, Proof, RecoverError, Recovery, RecoveryStep, Resume, SegmentSource};
use crate::wal::Live;
use crate::wal::frame::{Decoded, Flaw, Seed, decode, glance};
use crate::wal::header::{HeaderState, SEGMENT_HEADER_BYTES};
use crate::wal::{FRAME_ALIGN, FRAME_HEADER_BYTES};
use crate::{ClusterId, Lsn, SegmentId};

/// Checksummed bytes that a search may spend per byte searched: values made by a client can look like frames, each a long
/// checksum, and must not make the start quadratic. What is beyond stays unsearched; the mark is the stronger proof anyway.
const SEARCH_COST_MAX: u64 = 32;

/// What lies behind an end.
#[derive(Debug, Default)]
struct Behind {
    /// One past the last byte that is not zero in the end's segment.
    dirty_end: usize,
    /// Something not zero is in a later segment.
    dirty_later: bool,
    /// Sound frames, unreachable from the front.
    frames: u64,
    proof: Option<Proof>,
}

pub(super) fn judge<S: SegmentSource>(
    source: &S,
    files: &Files,
    after: Lsn,
    walked: Walked,
) -> Result<Recovery, RecoverError> {
    let Some(end) = walked.end else {
        return without_segments(files, after);
    };
    let behind = search(source, files, end)?;
    let (place, dirty) = locate(files, end, &behind);
    let corruption = |proof| {
        let (segment, offset, flaw) = place;
        RecoverError::Corruption(Box::new(Corruption { segment, offset, lsn: end.lsn, flaw, proof }))
    };
    if let Some(proof) = behind.proof {
        return Err(corruption(proof));
    }
    let (segment, offset, flaw) = place;
    let cut = dirty.then_some(Cut { segment, offset, lsn: end.lsn, flaw, frames: behind.frames });
    let steps = steps(files, end, walked.unproven, &behind);
    let resume = resume(files, after, end);
    Ok(Recovery {
        cluster: files.cluster,
        records: walked.records,
        bytes: walked.bytes,
        last_lsn: resume.last,
        segments: resume.live.len() as u64,
        cut,
        steps,
        resume,
    })
}

/// An empty directory is a new log, unless the mark remembers one.
fn without_segments(files: &Files, after: Lsn) -> Result<Recovery, RecoverError> {
    if let Some(synced) = files.mark.filter(|&synced| synced > after) {
        return Err(RecoverError::Corruption(Box::new(Corruption {
            segment: SegmentId(1),
            offset: 0,
            lsn: after.next(),
            flaw: Flaw::Missing,
            proof: Proof::Mark { synced },
        })));
    }
    Ok(Recovery {
        cluster: files.cluster,
        records: 0,
        bytes: 0,
        last_lsn: after,
        segments: 0,
        cut: None,
        steps: Vec::new(),
        resume: Resume::fresh(after),
    })
}

/// Collects proofs that the frame missing at `end` was durable, and what else is behind it.
fn search<S: SegmentSource>(source: &S, files: &Files, end: End) -> Result<Behind, RecoverError> {
    let mut behind = Behind::default();
    if let Some(synced) = files.mark.filter(|&synced| synced >= end.lsn) {
        behind.proof = Some(Proof::Mark { synced });
    }
    let room = files.segments[end.index..].iter().map(|file| file.bytes).sum::<u64>();
    let wanted = Wanted { missing: end.lsn, newest: Lsn(end.lsn.0.saturating_add(room / FRAME_HEADER_BYTES as u64)) };
    for (index, file) in files.segments.iter().enumerate().skip(end.index) {
        let bytes = open(source, file.id)?;
        let bytes = bytes.as_ref();
        let from = if index == end.index { end.offset } else { 0 };
        let dirty_end = dirty_end(bytes, from);
        if index == end.index {
            behind.dirty_end = dirty_end;
        } else {
            behind.dirty_later |= dirty_end > 0;
            structural_proof(files, end, index, dirty_end > 0, &mut behind);
        }
        if let Some(cluster) = files.cluster.filter(|_| dirty_end > from) {
            wanted.search(bytes, from..dirty_end, file.id, cluster, &mut behind);
        }
    }
    Ok(behind)
}

/// Proofs by the existence of a later segment (WAL-3), or by the absence of the one between. `dirty`: `index` is not blank.
fn structural_proof(files: &Files, end: End, index: usize, dirty: bool, behind: &mut Behind) {
    let file = &files.segments[index];
    if behind.proof.is_some() || !dirty {
        return;
    }
    let expected = files.segments[index - 1].id.next();
    if expected != file.id {
        behind.proof = Some(Proof::Missing { segment: expected });
        return;
    }
    // The missing frame is in the ended segment, unless that ends in zeros and its successor has no sound header: then it
    // may as well be the successor's first.
    let here = behind.dirty_end > end.offset || end.offset == 0 || files.segments[end.index + 1].first_lsn().is_some();
    let begun_after = end.index + if here { 2 } else { 3 };
    if index >= begun_after && matches!(file.header, HeaderState::Valid(_)) {
        behind.proof = Some(Proof::Header { segment: file.id });
    }
}

/// One past the last byte from `from` on that is not zero; `from` if all are.
fn dirty_end(bytes: &[u8], from: usize) -> usize {
    const ZEROS: [u8; 4096] = [0; 4096];
    let from = from.min(bytes.len());
    let mut end = bytes.len();
    while end > from {
        let start = end.saturating_sub(ZEROS.len()).max(from);
        if bytes[start..end] != ZEROS[..end - start] {
            break;
        }
        end = start;
    }
    let page = end.saturating_sub(ZEROS.len()).max(from);
    bytes[page..end].iter().rposition(|&b| b != 0).map_or(from, |at| page + at + 1)
}

/// Which frames to look for: those that follow the missing one, of which each takes at least its header.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    missing: Lsn,
    newest: Lsn,
}

impl Wanted {
    /// Tries every place in `range` and remembers the frame that proves most.
    fn search(self, bytes: &[u8], range: Range<usize>, segment: SegmentId, cluster: ClusterId, behind: &mut Behind) {
        let seed = Seed::new(segment, cluster);
        let mut budget = range.len() as u64 * SEARCH_COST_MAX;
        let mut offset = range.start.max(SEGMENT_HEADER_BYTES).next_multiple_of(FRAME_ALIGN);
        while offset < range.end {
            let length = self.glance(bytes, offset).filter(|&length| length <= budget);
            let Some(length) = length else {
                offset += FRAME_ALIGN;
                continue;
            };
            budget -= length;
            let Decoded::Frame { head, next, .. } = decode(bytes, offset, seed) else {
                offset += FRAME_ALIGN;
                continue;
            };
            behind.frames += 1;
            let known = behind.proof.and_then(|proof| proof.synced()).unwrap_or_default();
            if head.synced >= self.missing && head.synced > known {
                behind.proof = Some(Proof::Frame { segment, offset: offset as u64, synced: head.synced });
            }
            offset = next;
        }
    }

    /// The length of what may be a wanted frame, before any checksum.
    fn glance(self, bytes: &[u8], offset: usize) -> Option<u64> {
        let (length, head) = glance(bytes, offset)?;
        let wanted = length != 0 && (self.missing..=self.newest).contains(&head.lsn) && head.synced < head.lsn;
        wanted.then_some(u64::from(length))
    }
}

/// The file and place to name: where the walk ended, or the next segment's header if only that is damaged.
fn locate(files: &Files, end: End, behind: &Behind) -> ((SegmentId, u64, Flaw), bool) {
    let dirty_here = behind.dirty_end > end.offset;
    let ended = &files.segments[end.index];
    let next = files.segments.get(end.index + 1).filter(|next| next.id == ended.id.next());
    match next {
        Some(next) if !dirty_here && behind.dirty_later && next.first_lsn().is_none() => {
            ((next.id, 0, Flaw::Header), true)
        }
        _ => ((ended.id, end.offset as u64, end.flaw), dirty_here || behind.dirty_later),
    }
}

/// Removes what is behind the end, newest first, then makes what is kept durable.
fn steps(files: &Files, end: End, unproven: [Option<Unproven>; 2], behind: &Behind) -> Vec<RecoveryStep> {
    let kept = end.index + usize::from(end.offset > 0);
    let mut steps: Vec<_> =
        files.segments[kept..].iter().rev().map(|file| RecoveryStep::Delete { segment: file.id }).collect();
    let segment = files.segments[end.index].id;
    let tail = (end.offset > 0 && behind.dirty_end > end.offset).then(|| RecoveryStep::Zero {
        segment,
        offset: end.offset as u64,
        bytes: (behind.dirty_end - end.offset) as u64,
    });
    for Unproven { segment, offset, end } in unproven.into_iter().flatten() {
        steps.push(RecoveryStep::Rewrite { segment, offset: offset as u64, bytes: (end - offset) as u64 });
        if segment != files.segments[kept - 1].id {
            steps.push(RecoveryStep::Sync { segment });
        }
    }
    steps.extend(tail);
    if end.offset > 0 {
        steps.push(RecoveryStep::Sync { segment });
    }
    steps
}

/// The state after the steps.
fn resume(files: &Files, after: Lsn, end: End) -> Resume {
    let kept = &files.segments[..end.index + usize::from(end.offset > 0)];
    let Some(newest) = kept.last() else {
        let next_id = files.segments.first().map_or(SegmentId(1), |file| file.id);
        return Resume { next_id, ..Resume::fresh(after) };
    };
    let mut live = VecDeque::with_capacity(kept.len());
    let mut following = end.lsn;
    for file in kept.iter().rev() {
        following = file.first_lsn().unwrap_or(following);
        live.push_front(Live { id: file.id, first_lsn: following, bytes: file.bytes });
    }
    let logged = end.lsn.previous();
    // A log that ends before its snapshot cannot go on in the same segment: lsns in a segment are consecutive.
    let offset = if logged < after { newest.bytes } else { end.offset as u64 };
    Resume { live, next_id: newest.id.next(), offset, capacity: newest.bytes, last: logged.max(after) }
}
