//! `CLIENT PAUSE`: for a while, commands are put off instead of run.

use crate::command::{Command, Flags};
use mainstay_foundation::Instant;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Which commands are put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paused {
    /// Those that may write or publish.
    Writes,
    /// All of them.
    All,
}

/// The running pause, if there is one.
#[derive(Debug, Default)]
pub struct Pause {
    /// In nanoseconds of the monotonic clock; 0: no pause.
    until: AtomicU64,
    all: AtomicBool,
}

impl Pause {
    /// Pauses until `until`. A pause that runs already is only made longer and stricter.
    pub fn begin(&self, now: Instant, until: Instant, paused: Paused) {
        let running = self.until.load(Ordering::Relaxed) > now.as_nanos();
        self.all.store(paused == Paused::All || (running && self.all.load(Ordering::Relaxed)), Ordering::Relaxed);
        self.until.fetch_max(until.as_nanos(), Ordering::Relaxed);
    }

    /// Ends the pause.
    pub fn end(&self) {
        self.until.store(0, Ordering::Relaxed);
    }

    /// Whether a pause may be running: one load, for the hot path.
    #[inline]
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.until.load(Ordering::Relaxed) != 0
    }

    /// Whether `command` has to wait. `UNPAUSE` never does, so that a pause can be ended by whoever began it; `queued` says whether the
    /// connection's open transaction holds a command that has to wait.
    #[must_use]
    pub fn puts_off(&self, now: Instant, command: &Command, queued: impl FnOnce() -> bool) -> bool {
        if self.until.load(Ordering::Relaxed) <= now.as_nanos() || command.name == "unpause" {
            return false;
        }
        self.all.load(Ordering::Relaxed) || may_write(command) || (command.name == "exec" && queued())
    }
}

/// Whether the command may change something for others: data, or what subscribers hear.
pub(super) fn may_write(command: &Command) -> bool {
    command.flags.contains(Flags::WRITE)
        || command.name == "publish"
        || (super::scripting::is_eval(command) && !command.flags.contains(Flags::READONLY))
}
