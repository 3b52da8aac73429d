//! The ends of ranges as clients write them.
//!
//! | range | spelling |
//! |---|---|
//! | scores | a double, `-inf`, `+inf`; `(` before it leaves the score itself out |
//! | members | `-`, `+`, `[member`, `(member` to leave the member itself out |
//! | ranks | integers; negative ones count from the end, -1 is the last |

use crate::command::{Failure, args};
use crate::text::float;
use crate::value::{LexBound, LexRange, ScoreBound, ScoreRange, ZSet};
use std::ops::Range;

/// Which members, in one of the three ways to say it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bounds<'a> {
    /// From the first to the last rank, in the order of the answer.
    Ranks(i64, i64),
    Scores(ScoreRange),
    Members(LexRange<'a>),
}

/// The order of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Rising,
    Falling,
}

impl<'a> Bounds<'a> {
    pub(super) fn ranks(start: &[u8], end: &[u8]) -> Result<Self, Failure> {
        Ok(Self::Ranks(args::int(start)?, args::int(end)?))
    }

    pub(super) fn scores(min: &[u8], max: &[u8]) -> Result<Self, Failure> {
        let bound = |text| score_bound(text).ok_or(Failure::Fixed("ERR min or max is not a float"));
        Ok(Self::Scores(ScoreRange { min: bound(min)?, max: bound(max)? }))
    }

    pub(super) fn members(min: &'a [u8], max: &'a [u8]) -> Result<Self, Failure> {
        let bound = |text| lex_bound(text).ok_or(Failure::Fixed("ERR min or max not valid string range item"));
        Ok(Self::Members(LexRange { min: bound(min)?, max: bound(max)? }))
    }

    /// The ranks of the members meant, counted from the lowest; those of a falling order too.
    pub(super) fn of(&self, zset: &ZSet, order: Order) -> Range<usize> {
        match self {
            Self::Ranks(start, end) => ranks_from_both_ends(*start, *end, zset.len(), order),
            Self::Scores(range) => zset.ranks_by_score(range),
            Self::Members(range) => zset.ranks_by_lex(range),
        }
    }
}

fn ranks_from_both_ends(start: i64, end: i64, len: usize, order: Order) -> Range<usize> {
    let count = len as i64;
    let from_end = |at: i64| if at < 0 { count.saturating_add(at) } else { at };
    let (start, end) = (from_end(start).max(0), from_end(end).min(count - 1));
    if start > end {
        return 0..0;
    }
    let (start, end) = (start as usize, end as usize + 1);
    match order {
        Order::Rising => start..end,
        Order::Falling => len - end..len - start,
    }
}

/// One end of a range of scores. As in C, blanks may lead, nothing at all is 0, and what a double cannot hold becomes the
/// nearest that it can, since as a bound that means the same.
fn score_bound(text: &[u8]) -> Option<ScoreBound> {
    let text = memchr::memchr(0, text).map_or(text, |end| &text[..end]);
    let (text, exclusive) = text.strip_prefix(b"(").map_or((text, false), |text| (text, true));
    let digits = text.trim_ascii_start();
    let value = match text {
        [] => 0.0,
        _ => float::parse(digits).or_else(|| nearest(digits))?,
    };
    Some(ScoreBound { value, exclusive })
}

fn nearest(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!value.is_nan()).then_some(value)
}

fn lex_bound(text: &[u8]) -> Option<LexBound<'_>> {
    match text {
        [b'-'] | [b'-', 0, ..] => Some(LexBound::Min),
        [b'+'] | [b'+', 0, ..] => Some(LexBound::Max),
        [b'[', member @ ..] => Some(LexBound::Inclusive(member)),
        [b'(', member @ ..] => Some(LexBound::Exclusive(member)),
        _ => None,
    }
}
