//! Trimming from the front: `MAXLEN` and `MINID`.
//!
//! Exact trimming makes tombstones in the first block that stays. Approximate trimming (`~`) only ever drops whole
//! blocks, which costs nothing per entry; it stops at the first block that it would have to cut.

use super::block::Block;
use super::entries::{BlockLimits, Entries};
use super::id::StreamId;

/// What to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// `MAXLEN`: this many of the newest entries.
    Newest(u64),
    /// `MINID`: entries with this id or a higher one.
    From(StreamId),
}

/// How closely to trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// `=`: to the entry.
    Exact,
    /// `~`: to the block, and at most `limit` entries in one go; `None` (`LIMIT 0`) for as many as there are.
    Blocks {
        /// Entries that may go.
        limit: Option<u64>,
    },
}

/// A whole trimming clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trim {
    /// What to keep.
    pub keep: Keep,
    /// How closely.
    pub precision: Precision,
}

/// What to do with the first block.
enum Step {
    Stop,
    DropBlock,
    Cut,
}

impl Precision {
    /// `~` without `LIMIT`: a hundred blocks' worth of entries, 1,000,000 at most; 10,000 where blocks have no limit.
    #[must_use]
    pub fn default_blocks(limits: BlockLimits) -> Self {
        let limit = match u64::from(limits.entries_max) {
            0 => 10_000,
            entries => (100 * entries).min(1_000_000),
        };
        Self::Blocks { limit: Some(limit) }
    }
}

impl Entries {
    /// Trims; returns how many entries went. Cost: O(1) amortised per block that goes, plus a walk through one block
    /// when exact.
    pub(super) fn trim(&mut self, trim: Trim) -> u64 {
        let mut trimmed = 0;
        loop {
            let len = self.len;
            let Some(block) = self.first_block_mut() else { break };
            let live = u64::from(block.live);
            match step(block, trim, len, trimmed) {
                Step::Stop => break,
                Step::DropBlock => {
                    let master = block.master;
                    self.remove_block(master);
                    self.len -= live;
                    trimmed += live;
                }
                Step::Cut => {
                    let cut = cut(block, trim.keep, len);
                    self.len -= cut;
                    trimmed += cut;
                    break;
                }
            }
        }
        if trimmed > 0 {
            self.refresh_first_id();
        }
        trimmed
    }
}

fn step(block: &Block, trim: Trim, len: u64, trimmed: u64) -> Step {
    let live = u64::from(block.live);
    let limit = match trim.precision {
        Precision::Exact => None,
        Precision::Blocks { limit } => limit,
    };
    if limit.is_some_and(|limit| trimmed + live > limit) {
        return Step::Stop;
    }
    let whole = match trim.keep {
        Keep::Newest(max) if len <= max => return Step::Stop,
        Keep::Newest(max) => len - live >= max,
        Keep::From(min) => block.last < min,
    };
    match (whole, trim.precision) {
        (true, _) => Step::DropBlock,
        (false, Precision::Exact) => Step::Cut,
        (false, Precision::Blocks { .. }) => Step::Stop,
    }
}

/// Buries entries at the front of `block` until what is left is to be kept. A block of nothing but tombstones stays, as
/// in Redis: its last id still holds the place.
fn cut(block: &mut Block, keep: Keep, len: u64) -> u64 {
    let (mut at, mut buried) = (block.start(), 0);
    while let Some(stored) = block.entry_at(at) {
        let (start, deleted) = (stored.start, stored.deleted);
        let kept = match keep {
            Keep::Newest(max) => len - buried <= max,
            Keep::From(min) => stored.entry.id >= min,
        };
        at = stored.end;
        if kept {
            break;
        }
        if !deleted {
            block.bury(start);
            buried += 1;
        }
    }
    buried
}
