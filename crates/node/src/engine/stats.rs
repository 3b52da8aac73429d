//! Counting what was done: plain arrays, filled by connections in batches.

use crate::command::Group;
use crate::keyspace::KeyspaceId;
use std::collections::HashMap;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// As asked.
    Ok,
    /// The client erred: wrong type, arity, syntax, rights.
    ClientError,
    /// The node could not: log, memory of the machine.
    Error,
    /// A blocking command's time was over.
    Timeout,
    /// Refused under pressure.
    Shed,
    /// Refused by a limit.
    Limited,
    /// The client left.
    Cancelled,
    /// A level could not be given.
    StaleRefused,
}

impl Outcome {
    /// Every outcome, in label order.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::ClientError,
        Self::Error,
        Self::Timeout,
        Self::Shed,
        Self::Limited,
        Self::Cancelled,
        Self::StaleRefused,
    ];

    /// The label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientError => "client_error",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Shed => "shed",
            Self::Limited => "limited",
            Self::Cancelled => "cancelled",
            Self::StaleRefused => "stale_refused",
        }
    }
}

/// One finished request.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The command's number.
    pub number: u16,
    /// The keyspace of its first key.
    pub keyspace: KeyspaceId,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, saturating at 71 minutes.
    pub micros: u32,
    /// Nanoseconds, for sums; saturating at 4 s.
    pub nanos: u32,
}

/// Upper bounds of the duration buckets, in microseconds.
pub const BUCKETS_US: [u32; 16] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000,
];

/// Requests of one command family in one keyspace.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// By outcome, in the order of [`Outcome::ALL`].
    pub outcomes: [u64; 8],
    /// By duration: one per bound of [`BUCKETS_US`], and one above all.
    pub buckets: [u64; 17],
    /// Sum of durations.
    pub sum_ns: u64,
}

/// Totals of one command.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommandTotals {
    /// Calls.
    pub calls: u64,
    /// Time in them.
    pub ns: u64,
    /// Calls that failed while running.
    pub failed: u64,
    /// Calls that were refused before.
    pub rejected: u64,
}

/// Counters of some connections.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// By family and keyspace.
    pub series: HashMap<(KeyspaceId, Group), Series>,
    /// By command number.
    pub commands: Vec<CommandTotals>,
}

impl Recorder {
    /// Counts `samples`.
    pub fn record(&mut self, samples: &[Sample]) {
        let index = crate::command::index();
        if self.commands.len() < index.len() {
            self.commands.resize(index.len(), CommandTotals::default());
        }
        for sample in samples {
            let Some(found) = index.get(sample.number) else { continue };
            let totals = &mut self.commands[usize::from(sample.number)];
            match sample.outcome {
                Outcome::Ok | Outcome::Timeout => {}
                Outcome::Shed | Outcome::Limited => totals.rejected += 1,
                _ => totals.failed += 1,
            }
            totals.calls += 1;
            totals.ns += u64::from(sample.nanos);
            let series = self.series.entry((sample.keyspace, found.command.group)).or_default();
            series.outcomes[sample.outcome as usize] += 1;
            series.buckets[BUCKETS_US.partition_point(|bound| *bound < sample.micros)] += 1;
            series.sum_ns += u64::from(sample.nanos);
        }
    }

    /// Adds `other`'s counts.
    pub fn merge(&mut self, other: &Self) {
        self.commands.resize(self.commands.len().max(other.commands.len()), CommandTotals::default());
        for (total, more) in self.commands.iter_mut().zip(&other.commands) {
            total.calls += more.calls;
            total.ns += more.ns;
            total.failed += more.failed;
            total.rejected += more.rejected;
        }
        for (key, more) in &other.series {
            let series = self.series.entry(*key).or_default();
            series.sum_ns += more.sum_ns;
            series.outcomes.iter_mut().zip(&more.outcomes).for_each(|(total, more)| *total += more);
            series.buckets.iter_mut().zip(&more.buckets).for_each(|(total, more)| *total += more);
        }
    }
}
