//! The options of `SORT`.

use crate::command::Failure;
use crate::command::args;
use std::ops::Range;

/// What elements are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Numeric,
    Alphabetic,
    /// Not at all: they stay as the collection has them.
    AsStored,
}

#[derive(Debug)]
pub(super) struct Options<'a> {
    pub(super) order: Order,
    pub(super) descending: bool,
    /// A pattern of the keys to sort by, in place of the elements.
    pub(super) by: Option<&'a [u8]>,
    /// Patterns of the keys to return, in place of the elements.
    pub(super) get: Vec<&'a [u8]>,
    pub(super) store: Option<&'a [u8]>,
    start: i64,
    /// Negative: all.
    count: i64,
}

impl<'a> Options<'a> {
    pub(super) fn parse(options: &[&'a [u8]]) -> Result<Self, Failure> {
        Self::parse_with(options, true)
    }

    /// Without `STORE`.
    pub(super) fn parse_readonly(options: &[&'a [u8]]) -> Result<Self, Failure> {
        Self::parse_with(options, false)
    }

    fn parse_with(options: &[&'a [u8]], may_store: bool) -> Result<Self, Failure> {
        let mut parsed = Self {
            order: Order::Numeric,
            descending: false,
            by: None,
            get: Vec::new(),
            store: None,
            start: 0,
            count: -1,
        };
        let (mut alphabetic, mut as_stored, mut rest) = (false, false, options);
        loop {
            rest = match rest {
                [] => break,
                [word, after @ ..] if args::is(word, "asc") => {
                    parsed.descending = false;
                    after
                }
                [word, after @ ..] if args::is(word, "desc") => {
                    parsed.descending = true;
                    after
                }
                [word, after @ ..] if args::is(word, "alpha") => {
                    alphabetic = true;
                    after
                }
                [word, start, count, after @ ..] if args::is(word, "limit") => {
                    (parsed.start, parsed.count) = (args::int(start)?, args::int(count)?);
                    after
                }
                [word, target, after @ ..] if may_store && args::is(word, "store") => {
                    parsed.store = Some(target);
                    after
                }
                [word, pattern, after @ ..] if args::is(word, "by") => {
                    // A pattern that names the same key for every element orders nothing, even if another one follows.
                    as_stored |= !pattern.contains(&b'*');
                    parsed.by = Some(pattern);
                    after
                }
                [word, pattern, after @ ..] if args::is(word, "get") => {
                    parsed.get.push(pattern);
                    after
                }
                _ => return Err(Failure::SYNTAX),
            };
        }
        parsed.order = match (as_stored, alphabetic) {
            (true, _) => Order::AsStored,
            (false, true) => Order::Alphabetic,
            (false, false) => Order::Numeric,
        };
        Ok(parsed)
    }

    /// Which of `len` sorted elements are shown.
    pub(super) fn limit(&self, len: usize) -> Range<usize> {
        let start = usize::try_from(self.start).unwrap_or(0).min(len);
        let count = usize::try_from(self.count).unwrap_or(len);
        start..start.saturating_add(count).min(len)
    }
}
