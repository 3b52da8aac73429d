//! Folding repeats of a message into a count.

use crate::config::LogLevel;
use mainstay_foundation::Instant;
use std::collections::HashMap;
use std::time::Duration;

/// Lines of one target and message that are written in a second; further ones are counted.
pub const REPEATS_PER_SECOND_MAX: u64 = 20;
/// The second.
pub(super) const WINDOW: Duration = Duration::from_secs(1);
/// Messages that are told apart at a time; beyond them lines are not folded.
const MESSAGES_MAX: usize = 1_024;

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// It is written, after the count of earlier ones.
    Write(Option<Repeats>),
    /// It was counted.
    Skip,
}

/// Lines that were not written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeats {
    pub(super) level: LogLevel,
    pub(super) target: &'static str,
    pub(super) msg: String,
    pub(super) count: u64,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    level: LogLevel,
    written: u64,
    folded: u64,
}

/// Counts by target and message.
#[derive(Debug, Default)]
pub(super) struct Folds {
    windows: HashMap<(&'static str, String), Window>,
}

impl Folds {
    /// Counts a line of `now`.
    pub(super) fn count(&mut self, now: Instant, level: LogLevel, target: &'static str, msg: &str) -> Fold {
        let key = (target, msg.to_owned());
        if self.windows.len() >= MESSAGES_MAX && !self.windows.contains_key(&key) {
            return Fold::Write(None);
        }
        let fresh = Window { began: now, level, written: 0, folded: 0 };
        let window = self.windows.entry(key).or_insert(fresh);
        let mut ended = None;
        if now.since(window.began) >= WINDOW {
            ended = repeats(target, msg, window);
            *window = Window { began: now, level, written: 0, folded: 0 };
        }
        if window.written == REPEATS_PER_SECOND_MAX {
            window.folded += 1;
            return Fold::Skip;
        }
        window.written += 1;
        Fold::Write(ended)
    }

    /// Forgets the messages whose second is over. Returns those with a count to tell.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Repeats> {
        let mut due = Vec::new();
        self.windows.retain(|(target, msg), window| {
            let over = now.since(window.began) >= WINDOW;
            if over {
                due.extend(repeats(target, msg, window));
            }
            !over
        });
        due
    }

    /// All counts to tell, now.
    pub(super) fn take_all(&mut self) -> Vec<Repeats> {
        self.windows
            .iter_mut()
            .filter_map(|((target, msg), window)| {
                let told = repeats(target, msg, window);
                window.folded = 0;
                told
            })
            .collect()
    }

    /// Whether no message is being counted.
    pub(super) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }
}

fn repeats(target: &'static str, msg: &str, window: &Window) -> Option<Repeats> {
    (window.folded > 0).then(|| Repeats { level: window.level, target, msg: msg.to_owned(), count: window.folded })
}
