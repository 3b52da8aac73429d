//! [`Ctx`]: all that a data command may touch.

use super::spec::{Command, Flags, Run};
use crate::engine::{Clock, PubSub};
use crate::keyspace::Durability;
use crate::resp::Encoder;
use crate::shard::Keys;
use mainstay_foundation::Timestamp;

/// The answer of a blocking command whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// A missing value.
    Null,
    /// A missing array.
    NullArray,
}

impl Empty {
    /// Writes it.
    pub fn write(self, out: &mut Encoder) {
        match self {
            Self::Null => out.null(),
            Self::NullArray => out.null_array(),
        }
    }
}

/// A blocking command found nothing and wants to be run again when one of its keys changes.
#[derive(Debug)]
pub struct Wait {
    /// The keys.
    pub keys: Vec<Box<[u8]>>,
    /// For how long at most; `None`: for ever.
    pub timeout_ms: Option<u64>,
    /// What to run then, if not the same arguments (`XREAD … $` must not mean a later end).
    pub args: Option<Vec<Vec<u8>>>,
    /// The answer when the time is over.
    pub empty: Empty,
}

/// The keys, the reply, and a little more.
pub struct Ctx<'a> {
    /// The data.
    pub keys: Keys<'a>,
    /// The reply.
    pub out: &'a mut Encoder,
    /// When the command, transaction or script began.
    pub started: Timestamp,
    /// Channels, for `PUBLISH`; absent while the log replays.
    pub bus: Option<&'a PubSub>,
    /// The machine's clock, for `TIME`; absent while the log replays.
    pub clock: Option<&'a dyn Clock>,
    /// Whether a blocking command may wait: not in transactions and scripts.
    pub may_wait: bool,
    /// Whether a script called the command.
    pub in_script: bool,
    /// For a blocking command that waited and is run again: the key that changed. It alone may serve the client, and a value of
    /// another type there is no error but nothing to serve.
    pub woken_by: Option<&'a [u8]>,
    /// Set by a blocking command that found nothing.
    pub wait: Option<Wait>,
}

impl<'a> Ctx<'a> {
    /// A context that must not wait.
    pub fn new(keys: Keys<'a>, out: &'a mut Encoder) -> Self {
        let started = keys.now;
        Self {
            keys,
            out,
            started,
            bus: None,
            clock: None,
            may_wait: false,
            in_script: false,
            woken_by: None,
            wait: None,
        }
    }

    /// Ends a blocking command that found nothing: waits if it may, else answers at once that there is nothing.
    pub fn wait_or_empty(&mut self, wait: Wait) {
        if self.may_wait {
            self.wait = Some(wait);
        } else {
            wait.empty.write(self.out);
        }
    }

    /// Runs a data command: its reply or error is in `out`, its effects are gathered. Returns whether it succeeded.
    ///
    /// # Panics
    /// If the command is no data command.
    pub fn run(&mut self, command: &Command, args: &[&[u8]]) -> bool {
        let Run::Data(run) = command.run else { panic!("'{}' does not run on keys alone", command.name) };
        let (reply_at, dirty, db) = (self.out.len(), self.keys.effects.dirty, self.keys.db);
        self.keys.counts_lookups = command.flags.contains(Flags::READONLY);
        let result = run(self, args);
        if let Err(failure) = &result {
            self.out.truncate(reply_at);
            self.out.error(failure.text());
        }
        self.keys.finish();
        self.keys.db = db;
        if self.keys.effects.track_changed && self.keys.effects.dirty != dirty {
            self.log_by_durability(command, args, dirty);
        } else {
            self.keys.effects.finish_command(db, args, dirty);
        }
        result.is_ok()
    }

    /// Where some keyspaces are not logged: a command on only such keys is not logged either, and one that mixes them with others is
    /// logged as the state of the others after it, because a replay would lack what it read.
    fn log_by_durability(&mut self, command: &Command, args: &[&[u8]], dirty: u64) {
        let changed = std::mem::take(&mut self.keys.effects.changed);
        let mut mixed = std::mem::take(&mut self.keys.effects.changed_unlogged);
        if !mixed && !changed.is_empty() {
            command.for_each_key(args, &mut |at, _| mixed |= self.keys.durability(args[at]) == Durability::Never);
        }
        // Flushes change keys that nobody named: they are logged as they are.
        if mixed {
            self.keys.effects.discard_command();
            let db = self.keys.db;
            for key in &changed {
                self.keys.db = key.db;
                self.keys.log_image(&key.key);
            }
            self.keys.db = db;
        }
        self.keys.effects.finish_command(self.keys.db, args, dirty);
    }
}
