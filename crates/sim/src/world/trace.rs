//! What happened, line by line, and as one number.

use std::fmt::Write as _;

/// Whether lines are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    /// Only the digest.
    Digest,
    /// Every line.
    Lines,
}

/// The trace of one run. Equal runs have equal ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    lines: Option<String>,
    digest: u64,
}

impl Trace {
    pub(super) fn new(tracing: Tracing) -> Self {
        let lines = (tracing == Tracing::Lines).then(String::new);
        Self { lines, digest: 0xcbf2_9ce4_8422_2325 }
    }

    /// Adds a line, whose text is only made where lines are kept; `place` are the step, the time in microseconds, the newest record and
    /// the newest synced one.
    pub(super) fn line(&mut self, place: [u64; 4], text: impl FnOnce() -> String) {
        for number in place {
            self.mix(&number.to_le_bytes());
        }
        if let Some(lines) = &mut self.lines {
            let [step, micros, last, synced] = place;
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{step:>5} {micros:>11} {last:>5} {synced:>5}  {}", text());
        }
    }

    /// Adds bytes to the digest.
    pub(super) fn mix(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// One number for all that happened.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The lines, under a heading; empty if none were kept.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.lines.as_deref().unwrap_or_default();
        format!("{:>5} {:>11} {:>5} {:>5}\n{lines}", "step", "us", "last", "sync")
    }
}
