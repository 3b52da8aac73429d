//! The slow log: the last commands that took long.

use mainstay_foundation::Timestamp;
use std::collections::VecDeque;

/// Arguments kept of an entry.
const ARGS_MAX: usize = 32;
/// Bytes kept of an argument.
const ARG_BYTES_MAX: usize = 128;

/// A slow command.
#[derive(Clone, Debug)]
pub struct SlowEntry {
    /// Rises by one with each entry.
    pub id: u64,
    /// When it ended.
    pub at: Timestamp,
    /// How long it ran, in microseconds.
    pub micros: u64,
    /// Its arguments, cut short.
    pub args: Vec<Vec<u8>>,
    /// `ip:port` of the client.
    pub address: String,
    /// The client's name.
    pub name: Vec<u8>,
}

/// The entries, newest first.
#[derive(Debug, Default)]
pub struct SlowLog {
    entries: VecDeque<SlowEntry>,
    next: u64,
}

impl SlowLog {
    /// Adds an entry and drops the oldest beyond `max`. Arguments beyond 32 and bytes beyond 128 are replaced by a note, as in Redis.
    pub fn push(&mut self, at: Timestamp, micros: u64, args: &[&[u8]], address: &str, name: &[u8], max: usize) {
        let kept = if args.len() > ARGS_MAX { ARGS_MAX - 1 } else { args.len() };
        let mut short: Vec<Vec<u8>> = args[..kept].iter().map(|arg| shorten(arg)).collect();
        if kept < args.len() {
            short.push(format!("... ({} more arguments)", args.len() - kept).into_bytes());
        }
        self.entries.push_front(SlowEntry {
            id: self.next,
            at,
            micros,
            args: short,
            address: address.into(),
            name: name.to_vec(),
        });
        self.next += 1;
        self.entries.truncate(max);
    }

    /// The newest entries first.
    pub fn iter(&self) -> impl Iterator<Item = &SlowEntry> {
        self.entries.iter()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Drops the oldest entries beyond `max`.
    pub fn truncate(&mut self, max: usize) {
        self.entries.truncate(max);
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// `args` as the log may keep them: without names and passwords of users. `command` is the full name.
pub(super) fn redacted<'a>(command: &str, args: &[&'a [u8]]) -> Vec<&'a [u8]> {
    const REDACTED: &[u8] = b"(redacted)";
    let after = |word: &str, count: usize| {
        let at = args.iter().position(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
        at.map_or(0..0, |at| at + 1..(at + 1 + count).min(args.len()))
    };
    let secret = match command {
        "auth" => 1..args.len(),
        "hello" => after("auth", 2),
        "acl|setuser" => 2..args.len(),
        "config|set" => after("requirepass", 1),
        _ => 0..0,
    };
    args.iter().enumerate().map(|(at, arg)| if secret.contains(&at) { REDACTED } else { arg }).collect()
}

fn shorten(arg: &[u8]) -> Vec<u8> {
    if arg.len() <= ARG_BYTES_MAX {
        return arg.to_vec();
    }
    let mut short = arg[..ARG_BYTES_MAX].to_vec();
    short.extend(format!("... ({} more bytes)", arg.len() - ARG_BYTES_MAX).bytes());
    short
}
