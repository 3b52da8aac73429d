//! The options of `SET` and `GETEX`, which share their words.

use crate::command::Failure;
use crate::command::args::{self, TimeForm};

/// Whose options they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Set,
    GetEx,
}

/// What was asked for. At most one of `expiry`, `keep_ttl` and `persist` is.
#[derive(Debug, Default)]
pub(super) struct Options<'a> {
    pub(super) only_absent: bool,
    pub(super) only_present: bool,
    pub(super) get: bool,
    pub(super) keep_ttl: bool,
    pub(super) persist: bool,
    /// A time, not read yet: a syntax error further on comes first.
    pub(super) expiry: Option<(TimeForm, &'a [u8])>,
}

impl<'a> Options<'a> {
    pub(super) fn parse(options: &[&'a [u8]], verb: Verb) -> Result<Self, Failure> {
        let mut parsed = Self::default();
        let mut rest = options;
        while let [word, after @ ..] = rest {
            rest = after;
            if let Some(form) = TimeForm::of_option(word) {
                let [value, after @ ..] = rest else { return Err(Failure::SYNTAX) };
                // The same word may come again, and the last one counts.
                let other_form = parsed.expiry.is_some_and(|(first, _)| first != form);
                if other_form || parsed.keep_ttl || parsed.persist {
                    return Err(Failure::SYNTAX);
                }
                parsed.expiry = Some((form, value));
                rest = after;
            } else if !parsed.take_switch(word, verb) {
                return Err(Failure::SYNTAX);
            }
        }
        Ok(parsed)
    }

    /// Notes a word without a value; whether it may stand there.
    fn take_switch(&mut self, word: &[u8], verb: Verb) -> bool {
        match verb {
            Verb::Set if args::is(word, "nx") && !self.only_present => self.only_absent = true,
            Verb::Set if args::is(word, "xx") && !self.only_absent => self.only_present = true,
            Verb::Set if args::is(word, "get") => self.get = true,
            Verb::Set if args::is(word, "keepttl") && self.expiry.is_none() => self.keep_ttl = true,
            Verb::GetEx if args::is(word, "persist") && self.expiry.is_none() => self.persist = true,
            Verb::Set | Verb::GetEx => return false,
        }
        true
    }
}

/// When a key ends, in milliseconds since 1970; the time that was asked for must be positive.
pub(super) fn positive_due(form: TimeForm, value: &[u8], now_ms: u64, command: &str) -> Result<u64, Failure> {
    let value = args::int(value)?;
    if value <= 0 {
        return Err(Failure::made(format!("ERR invalid expire time in '{command}' command")));
    }
    Ok(form.resolve(value, now_ms, command)?.max(0) as u64)
}
