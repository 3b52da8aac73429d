//! The ends of ranges over scores and over members.

/// One end of a range of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreBound {
    /// A score; infinities are allowed, NaN is not.
    pub value: f64,
    /// Whether members with exactly this score are outside.
    pub exclusive: bool,
}

/// Scores from `min` to `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    /// The lower end.
    pub min: ScoreBound,
    /// The upper end.
    pub max: ScoreBound,
}

impl ScoreRange {
    /// Whether `score` lies below the range.
    #[inline]
    pub(super) fn is_above(&self, score: f64) -> bool {
        if self.min.exclusive { score <= self.min.value } else { score < self.min.value }
    }

    /// Whether `score` lies below or within the range, as far as its upper end goes.
    #[inline]
    pub(super) fn reaches(&self, score: f64) -> bool {
        if self.max.exclusive { score < self.max.value } else { score <= self.max.value }
    }
}

/// One end of a range of members, compared byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexBound<'a> {
    /// Before every member.
    Min,
    /// After every member.
    Max,
    /// This member is inside.
    Inclusive(&'a [u8]),
    /// This member is outside.
    Exclusive(&'a [u8]),
}

/// Members from `min` to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LexRange<'a> {
    /// The lower end.
    pub min: LexBound<'a>,
    /// The upper end.
    pub max: LexBound<'a>,
}

impl LexRange<'_> {
    /// Whether `member` lies below the range.
    #[inline]
    pub(super) fn is_above(&self, member: &[u8]) -> bool {
        match self.min {
            LexBound::Min => false,
            LexBound::Max => true,
            LexBound::Inclusive(bound) => member < bound,
            LexBound::Exclusive(bound) => member <= bound,
        }
    }

    /// Whether `member` lies below or within the range, as far as its upper end goes.
    #[inline]
    pub(super) fn reaches(&self, member: &[u8]) -> bool {
        match self.max {
            LexBound::Min => false,
            LexBound::Max => true,
            LexBound::Inclusive(bound) => member <= bound,
            LexBound::Exclusive(bound) => member < bound,
        }
    }
}
