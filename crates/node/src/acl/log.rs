//! The latest denials, for `ACL LOG`.

use super::check::Denied;
use mainstay_foundation::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// Denials of the same kind within this time count as one entry.
const GROUPING_MAX: Duration = Duration::from_secs(60);
/// How many of the latest entries are looked at for one of the same kind.
const LOOKBACK: usize = 10;
/// Bytes of an object, a user's name or a client's description that are kept.
const TEXT_BYTES_MAX: usize = 1_024;

/// Where a denied command came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// From a client, outside of a transaction.
    TopLevel,
    /// Within `MULTI`.
    Multi,
    /// From a script.
    Script,
}

impl Context {
    /// The name in `ACL LOG`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TopLevel => "toplevel",
            Self::Multi => "multi",
            Self::Script => "lua",
        }
    }
}

/// What was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The command.
    Command,
    /// A key.
    Key,
    /// A channel.
    Channel,
    /// A login.
    Auth,
}

impl Cause {
    /// The name in `ACL LOG`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Key => "key",
            Self::Channel => "channel",
            Self::Auth => "auth",
        }
    }
}

/// An entry of the log: one denial or several alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Grows by one with each entry, from 0.
    pub id: u64,
    /// How many denials the entry stands for.
    pub count: u64,
    /// What was denied.
    pub cause: Cause,
    /// Where the command came from.
    pub context: Context,
    /// The full name of the command, the key, the channel, or the command of the login.
    pub object: Box<[u8]>,
    /// The user, or who the client wanted to be.
    pub username: Box<[u8]>,
    /// The first of the denials.
    pub created: Timestamp,
    /// The latest of the denials.
    pub updated: Timestamp,
    /// The client of the latest denial, as `CLIENT LIST` describes it.
    pub client: Box<[u8]>,
}

impl Entry {
    /// Seconds since the latest denial.
    #[must_use]
    pub fn age_seconds(&self, now: Timestamp) -> f64 {
        now.as_millis().saturating_sub(self.updated.as_millis()) as f64 / 1_000.0
    }

    fn is_like(&self, other: &Self) -> bool {
        let apart = other.updated.since(self.updated).max(self.updated.since(other.updated));
        self.cause == other.cause
            && self.context == other.context
            && apart <= GROUPING_MAX
            && self.object == other.object
            && self.username == other.username
    }
}

/// The latest entries, newest first, up to a limit.
#[derive(Debug)]
pub struct Log {
    entries: VecDeque<Entry>,
    length_max: usize,
    next_id: u64,
}

impl Log {
    /// Entries that are kept unless the configuration (`acllog-max-len`) says otherwise.
    pub const LENGTH_MAX_DEFAULT: usize = 128;

    /// An empty log of at most `length_max` entries; 0 keeps none.
    #[must_use]
    pub fn new(length_max: usize) -> Self {
        Self { entries: VecDeque::new(), length_max, next_id: 0 }
    }

    /// Changes the limit, and drops the oldest entries beyond it.
    pub fn set_length_max(&mut self, length_max: usize) {
        self.length_max = length_max;
        self.entries.truncate(length_max);
    }

    /// Notes that a call was denied. `command` is the full name of the command.
    pub fn record_denied(&mut self, now: Timestamp, denied: &Denied, command: &str, origin: Origin<'_>) {
        let (cause, object) = match denied {
            Denied::Command => (Cause::Command, command.as_bytes()),
            Denied::Key(key) => (Cause::Key, &**key),
            Denied::Channel(channel) => (Cause::Channel, &**channel),
        };
        self.record(now, cause, object, origin);
    }

    /// Notes that a login failed. `command` is how the client sent it (`AUTH`, `hello`); `origin` names who it wanted to be.
    pub fn record_login(&mut self, now: Timestamp, command: &[u8], origin: Origin<'_>) {
        self.record(now, Cause::Auth, command, origin);
    }

    fn record(&mut self, now: Timestamp, cause: Cause, object: &[u8], origin: Origin<'_>) {
        let entry = Entry {
            id: self.next_id,
            count: 1,
            cause,
            context: origin.context,
            object: keep(object),
            username: keep(origin.username),
            created: now,
            updated: now,
            client: keep(origin.client),
        };
        let alike = self.entries.iter().take(LOOKBACK).position(|known| known.is_like(&entry));
        if let Some(known) = alike.and_then(|at| self.entries.remove(at)) {
            self.entries.push_front(Entry { id: known.id, count: known.count + 1, created: known.created, ..entry });
        } else {
            self.next_id += 1;
            self.entries.push_front(entry);
            self.entries.truncate(self.length_max);
        }
    }

    /// The entries, newest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// `ACL LOG RESET`.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// Who asked, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Where the command came from.
    pub context: Context,
    /// The user of the session, or who it wanted to be.
    pub username: &'a [u8],
    /// The client, as `CLIENT LIST` describes it.
    pub client: &'a [u8],
}

fn keep(text: &[u8]) -> Box<[u8]> {
    text[..text.len().min(TEXT_BYTES_MAX)].into()
}
