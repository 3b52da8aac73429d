//! Rate, errors and duration: requests by keyspace and command family.

use super::exposition::{Kind, Page};
use super::{KEYSPACE_LABELS_MAX, SERIES_MAX};
use mainstay_node::engine::{BUCKETS_US, Outcome, Recorder, Series};
use mainstay_node::keyspace::{KeyspaceId, Keyspaces};
use std::collections::BTreeMap;

/// Where requests of these series came in.
const SURFACE: (&str, &str) = ("surface", "resp");
/// The label of keyspaces that have none of their own.
const OTHER: &str = "other";
/// Outcomes that are there from the first request on, so that a rate of them is zero and not absent.
const ALWAYS: [Outcome; 3] = [Outcome::Ok, Outcome::ClientError, Outcome::Error];
/// Samples of one keyspace and family at most: outcomes, buckets, sum and count.
const PAIR_SERIES: usize = Outcome::ALL.len() + BUCKETS_US.len() + 3;

/// The label of a keyspace.
pub(super) fn label(spaces: &Keyspaces, id: KeyspaceId) -> &str {
    let index = usize::from(id.0);
    // Counters may be older than the keyspaces, which a reload replaced.
    if index < KEYSPACE_LABELS_MAX && index < spaces.ids().len() { &spaces.get(id).name } else { OTHER }
}

/// Writes both families. Returns how many label values were left out or folded.
pub(super) fn families(page: &mut Page, recorded: &Recorder, spaces: &Keyspaces) -> u64 {
    let mut dropped = spaces.ids().len().saturating_sub(KEYSPACE_LABELS_MAX) as u64;
    let mut pairs: BTreeMap<(&str, &str), Series> = BTreeMap::new();
    for ((id, group), series) in &recorded.series {
        add(pairs.entry((label(spaces, *id), group.name())).or_default(), series);
    }
    let fits = SERIES_MAX.saturating_sub(page.series() + 1) / PAIR_SERIES;
    dropped += pairs.len().saturating_sub(fits) as u64;
    let mut requests = page.family(Kind::Counter, "mainstay_requests", "Requests that ended, by how they ended.");
    for ((keyspace, op), series) in pairs.iter().take(fits) {
        for outcome in Outcome::ALL {
            let count = series.outcomes[outcome as usize];
            if count > 0 || ALWAYS.contains(&outcome) {
                let labels = [SURFACE, ("keyspace", keyspace), ("op", op), ("outcome", outcome.name())];
                requests.put(&labels, count);
            }
        }
    }
    let help = "Time that commands took to run.";
    let mut durations = page.family(Kind::Histogram, "mainstay_request_duration_seconds", help);
    for ((keyspace, op), series) in pairs.iter().take(fits) {
        durations.histogram(&[SURFACE, ("keyspace", keyspace), ("op", op)], &series.buckets, series.sum_ns);
    }
    dropped
}

fn add(total: &mut Series, more: &Series) {
    total.sum_ns += more.sum_ns;
    total.outcomes.iter_mut().zip(&more.outcomes).for_each(|(total, more)| *total += more);
    total.buckets.iter_mut().zip(&more.buckets).for_each(|(total, more)| *total += more);
}
