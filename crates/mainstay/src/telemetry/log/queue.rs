//! Lines that wait for the sink.

use crate::config::LogLevel;
use std::collections::VecDeque;

/// Most lines that wait.
pub const QUEUE_LINES_MAX: usize = 8_192;
/// Most bytes that wait, whatever the lines' length.
pub const QUEUE_BYTES_MAX: usize = 16 << 20;

/// Every level, most severe first, as in [`LogLevel`].
pub(super) const LEVELS: [LogLevel; 5] =
    [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];

/// A bounded queue that gives up its least severe lines first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By level; each line with its place in the order of all.
    lines: [VecDeque<(u64, Vec<u8>)>; LEVELS.len()],
    next: u64,
    waiting: usize,
    bytes: usize,
    settled: u64,
}

impl Queue {
    /// Adds a line. Returns how many were dropped for it: the oldest of the least severe ones that are no more severe, or itself.
    pub(super) fn push(&mut self, level: LogLevel, line: Vec<u8>) -> u64 {
        let mut dropped = 0;
        while self.waiting >= QUEUE_LINES_MAX || self.bytes + line.len() > QUEUE_BYTES_MAX {
            dropped += 1;
            let Some(victim) = (level as usize + 1..LEVELS.len()).rev().find(|index| !self.lines[*index].is_empty())
            else {
                return dropped;
            };
            let (_, old) = self.lines[victim].pop_front().unwrap_or_default();
            self.waiting -= 1;
            self.bytes -= old.len();
        }
        self.waiting += 1;
        self.bytes += line.len();
        self.lines[level as usize].push_back((self.next, line));
        self.next += 1;
        dropped
    }

    /// Takes the oldest line.
    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        let oldest = self.lines.iter_mut().min_by_key(|lines| lines.front().map_or(u64::MAX, |(order, _)| *order))?;
        let (_, line) = oldest.pop_front()?;
        self.waiting -= 1;
        self.bytes -= line.len();
        Some(line)
    }

    /// The place that the next line gets.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Notes that all lines taken so far are written or lost.
    pub(super) fn settle(&mut self) {
        let fronts = self.lines.iter().filter_map(|lines| lines.front().map(|(order, _)| *order));
        self.settled = fronts.min().unwrap_or(self.next);
    }

    /// Every line before this place is written or lost.
    pub(super) const fn settled(&self) -> u64 {
        self.settled
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }
}
