//! What running commands did beyond changing shards: records for the log, events for subscribers.

use super::edits::Edits;
use crate::keyspace::Durability;
use crate::record;
use bitflags::bitflags;
use mainstay_foundation::Timestamp;

bitflags! {
    /// Classes of keyspace events, as in `notify-keyspace-events`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct EventClass: u16 {
        /// `K`: publish to `__keyspace@<db>__:<key>`.
        const KEYSPACE = 1 << 0;
        /// `E`: publish to `__keyevent@<db>__:<event>`.
        const KEYEVENT = 1 << 1;
        /// `g`
        const GENERIC = 1 << 2;
        /// `$`
        const STRING = 1 << 3;
        /// `l`
        const LIST = 1 << 4;
        /// `s`
        const SET = 1 << 5;
        /// `h`
        const HASH = 1 << 6;
        /// `z`
        const ZSET = 1 << 7;
        /// `x`
        const EXPIRED = 1 << 8;
        /// `e`
        const EVICTED = 1 << 9;
        /// `t`
        const STREAM = 1 << 10;
        /// `m`
        const MISS = 1 << 11;
        /// `d`
        const MODULE = 1 << 12;
        /// `n`
        const NEW = 1 << 13;
        /// `A`: all but misses and new keys.
        const ALL = Self::GENERIC.bits() | Self::STRING.bits() | Self::LIST.bits() | Self::SET.bits() | Self::HASH.bits()
            | Self::ZSET.bits() | Self::EXPIRED.bits() | Self::EVICTED.bits() | Self::STREAM.bits() | Self::MODULE.bits();
    }
}

/// Something that happened to a key.
#[derive(Clone, Debug)]
pub struct KeyEvent {
    /// Its class.
    pub class: EventClass,
    /// Its name, such as `lpush`.
    pub name: &'static str,
    /// The database.
    pub db: u8,
    /// The key.
    pub key: Box<[u8]>,
}

/// A changed key of a keyspace that is logged, kept only where some keyspace is not.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The database.
    pub db: u8,
    /// The key.
    pub key: Box<[u8]>,
}

/// Gathers effects over one unit of execution: a command, a transaction, a script.
#[derive(Debug, Default)]
pub struct Effects {
    /// Changes so far; a command that leaves it as it was is not logged.
    pub dirty: u64,
    /// The record's items for the log.
    pub items: Vec<u8>,
    /// The strictest durability among the changed keys.
    pub durability: Option<Durability>,
    /// Events that subscribers may hear.
    pub events: Vec<KeyEvent>,
    /// Which events are wanted.
    pub notify: EventClass,
    /// Changed keys of the running command that are logged, where some keyspace is not.
    pub changed: Vec<Changed>,
    /// Whether the running command changed a key that is not logged.
    pub changed_unlogged: bool,
    /// Whether `changed` is to be filled.
    pub track_changed: bool,
    /// Whether the unit was cut short and must not be logged.
    pub abandoned: bool,
    /// Collections that the running command opened.
    pub(crate) edits: Edits,
    /// Whether the running command wrote its own log items.
    replaced: bool,
    /// Where the running command's items begin.
    command_at: usize,
    /// Items for the log that follow the command itself.
    after: Vec<u8>,
}

impl Effects {
    /// Forgets everything; allocations stay.
    pub fn reset(&mut self, notify: EventClass, track_changed: bool) {
        self.dirty = 0;
        self.items.clear();
        self.durability = None;
        self.events.clear();
        self.notify = notify;
        self.changed.clear();
        self.changed_unlogged = false;
        self.edits.clear();
        self.abandoned = false;
        self.track_changed = track_changed;
        self.replaced = false;
        self.command_at = 0;
        self.after.clear();
    }

    /// Logs `args` in place of the running command. May be called again for more.
    pub fn replace(&mut self, db: u8, args: &[&[u8]]) {
        self.replaced = true;
        record::put_command(&mut self.items, db, args);
    }

    /// Logs the running command as nothing, though it changed keys: for those that log images.
    pub fn replace_with_nothing(&mut self) {
        self.replaced = true;
    }

    /// Takes back what the running command logged in place of itself.
    pub fn discard_command(&mut self) {
        self.items.truncate(self.command_at);
        self.after.clear();
        self.replaced = true;
    }

    /// Logs `args` after the running command.
    pub fn follow(&mut self, db: u8, args: &[&[u8]]) {
        record::put_command(&mut self.after, db, args);
    }

    /// What follows happened at `time`.
    pub fn time(&mut self, time: Timestamp) {
        record::put_time(&mut self.items, time);
    }

    /// Whether there is something to log.
    #[must_use]
    pub const fn is_logged(&self) -> bool {
        self.dirty > 0
    }

    /// Ends a command that ran with `args` and began with `dirty_before`.
    pub fn finish_command(&mut self, db: u8, args: &[&[u8]], dirty_before: u64) {
        if self.dirty != dirty_before && !self.replaced {
            record::put_command(&mut self.items, db, args);
        }
        self.items.append(&mut self.after);
        self.command_at = self.items.len();
        self.replaced = false;
    }

    /// Records an event if it is wanted.
    #[inline]
    pub fn notify(&mut self, class: EventClass, name: &'static str, db: u8, key: &[u8]) {
        if self.notify.intersects(class) {
            self.events.push(KeyEvent { class, name, db, key: key.into() });
        }
    }
}
