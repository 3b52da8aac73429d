//! Running scripts over shards.

use super::Engine;
use crate::command::{Command, Ctx};
use crate::session::Session;
use mainstay_foundation::Instant;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What others may know of the running script.
#[derive(Debug, Default)]
pub(super) struct ScriptRun {
    /// When it began, in nanoseconds of the monotonic clock plus one; 0: none runs.
    since: AtomicU64,
    kill: AtomicBool,
    wrote: AtomicBool,
}

impl Engine {
    /// Whether a script runs.
    #[inline]
    pub(crate) fn scripts_running(&self) -> bool {
        self.script_run.since.load(Ordering::Acquire) != 0
    }

    /// Whether the running script is over its time.
    pub(crate) fn script_is_late(&self) -> bool {
        let limit = self.settings.load().script_time_limit_ms;
        let since = self.script_run.since.load(Ordering::Acquire);
        since != 0
            && limit > 0
            && self.clock.instant().since(Instant::from_nanos(since - 1)).as_millis() >= u128::from(limit)
    }

    pub(super) fn eval_within(
        &self,
        _session: &mut Session,
        _scripts: &mut Scripts,
        _command: &Command,
        _args: &[&[u8]],
        _ctx: &mut Ctx<'_>,
    ) {
    }
}

#[derive(Debug, Default)]
pub struct Scripts;
impl Scripts {
    pub fn new() -> Self {
        Self
    }
}

pub(super) fn is_eval(command: &Command) -> bool {
    matches!(command.name, "eval" | "evalsha" | "eval_ro" | "evalsha_ro")
}
