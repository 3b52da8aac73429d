//! Counting error replies by their code, for `INFO errorstats`.

use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Codes that are told apart; what comes later is only part of the total.
const CODES_MAX: usize = 128;
/// The longest code that is counted by itself.
const CODE_BYTES_MAX: usize = 32;

/// Error replies since the start or the last `CONFIG RESETSTAT`.
#[derive(Debug, Default)]
pub struct ErrorCounts {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    codes: BTreeMap<Box<str>, u64>,
    total: u64,
}

impl ErrorCounts {
    /// Counts a reply that begins with `-`.
    pub(super) fn count(&self, reply: &[u8]) {
        let end = reply.iter().position(|byte| matches!(byte, b' ' | b'\r')).unwrap_or(reply.len());
        let code = String::from_utf8_lossy(&reply[1.min(end)..end.min(CODE_BYTES_MAX)]);
        let mut inner = self.inner.lock();
        inner.total += 1;
        if let Some(count) = inner.codes.get_mut(&*code) {
            *count += 1;
        } else if inner.codes.len() < CODES_MAX {
            inner.codes.insert(code.into(), 1);
        }
    }

    /// Codes with their counts, in the order of the codes.
    #[must_use]
    pub fn codes(&self) -> Vec<(Box<str>, u64)> {
        self.inner.lock().codes.iter().map(|(code, count)| (code.clone(), *count)).collect()
    }

    /// All error replies.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.inner.lock().total
    }

    /// Forgets the counts.
    pub fn clear(&self) {
        *self.inner.lock() = Inner::default();
    }
}
