//! Random command streams against `mainstay` and redis-server 7.0.15: every reply must be the same.
//!
//! `MAINSTAY_DIFF_SEEDS` (how many streams a family), `MAINSTAY_DIFF_FIRST_SEED` and `MAINSTAY_DIFF_COMMANDS` (how long
//! a stream) widen the search. A failure shows the seed and the shortest list of commands that was found to fail.

pub(crate) mod differences;
mod generate;
mod run;
mod shrink;
mod template;
mod words;

use crate::kit::number_from_environment;
use generate::{Family, Step, stream};
use run::{Mismatch, Pair, shown};
use std::collections::BTreeMap;

/// How often a stream is tried in shorter forms.
const SHRINK_ATTEMPTS_MAX: usize = 400;
/// How many different failures of a family are shown.
const SHOWN_MAX: usize = 12;

const STRINGS: &str = include_str!("grammar/strings.txt");
const BITS: &str = include_str!("grammar/bits.txt");
const KEYS: &str = include_str!("grammar/keys.txt");
const HASHES: &str = include_str!("grammar/hashes.txt");
const LISTS: &str = include_str!("grammar/lists.txt");
const SETS: &str = include_str!("grammar/sets.txt");
const ZSETS: &str = include_str!("grammar/zsets.txt");
const STREAMS: &str = include_str!("grammar/streams.txt");
const SORT: &str = include_str!("grammar/sort.txt");
const SCRIPTS: &str = include_str!("grammar/scripts.txt");
const ALL: &[&str] = &[STRINGS, BITS, KEYS, HASHES, LISTS, SETS, ZSETS, STREAMS, SORT, SCRIPTS];

#[test]
fn strings() {
    check("strings", &[STRINGS], 0.02);
}

#[test]
fn bits() {
    check("bits", &[BITS], 0.02);
}

#[test]
fn keys_and_expiry() {
    check("keys", &[KEYS], 0.02);
}

#[test]
fn hashes() {
    check("hashes", &[HASHES], 0.02);
}

#[test]
fn lists() {
    check("lists", &[LISTS], 0.02);
}

#[test]
fn sets() {
    check("sets", &[SETS], 0.02);
}

#[test]
fn sorted_sets() {
    check("zsets", &[ZSETS], 0.02);
}

#[test]
fn streams() {
    check("streams", &[STREAMS], 0.02);
}

#[test]
fn sorting() {
    check("sort", &[SORT], 0.02);
}

#[test]
fn scripts() {
    check("scripts", &[SCRIPTS], 0.02);
}

#[test]
fn transactions() {
    check("transactions", ALL, 0.4);
}

#[test]
fn everything() {
    check("everything", ALL, 0.05);
}

/// Runs the streams of one family and fails with every different mismatch among them.
fn check(name: &'static str, grammar: &'static [&'static str], transactions: f64) {
    let family = Family { name, grammar, transactions };
    let seeds = number_from_environment("MAINSTAY_DIFF_SEEDS", 8);
    let first = number_from_environment("MAINSTAY_DIFF_FIRST_SEED", 0);
    let length = number_from_environment("MAINSTAY_DIFF_COMMANDS", 400) as usize;
    let mut pair = Pair::start();
    let mut failures = BTreeMap::new();
    for seed in first..first + seeds {
        let steps = stream(&family, seed, length);
        // Alone, in small groups, in one piece: how commands are grouped must not matter.
        let batch = [1, 7, 1_000][(seed / 2 % 3) as usize];
        if let Err(mismatch) = pair.run(&steps, batch) {
            let kind = kind_of(&mismatch);
            if failures.len() < SHOWN_MAX && !failures.contains_key(&kind) {
                failures.insert(kind, explain(&mut pair, &family, seed, &steps, batch, mismatch));
            }
        }
    }
    let text: Vec<String> = failures.into_values().collect();
    assert!(text.is_empty(), "replies differ from redis-server's:\n\n{}", text.join("\n\n"));
}

/// Mismatches of one kind are shown once.
fn kind_of(mismatch: &Mismatch) -> String {
    let name = String::from_utf8_lossy(&mismatch.command[0]).to_uppercase();
    let ours = mismatch.ours.as_ref().map_or_else(Clone::clone, |reply| reply.error().unwrap_or_default());
    format!("{name} {ours} {}", mismatch.theirs.error().unwrap_or_default())
}

fn explain(pair: &mut Pair, family: &Family, seed: u64, steps: &[Step], batch: usize, first: Mismatch) -> String {
    let prefix = &steps[..steps.len().min(first.index + 1)];
    let mut last = first;
    let kind = kind_of(&last);
    let short = shrink::shrink(prefix, SHRINK_ATTEMPTS_MAX, |steps| match pair.run(steps, batch) {
        Err(mismatch) if kind_of(&mismatch) == kind => {
            last = mismatch;
            true
        }
        _ => false,
    });
    let line = |step: &Step| match step {
        Step::Command { connection: 0, arguments } => format!("    {}", shown(arguments)),
        Step::Command { connection, arguments } => format!("    (connection {connection}) {}", shown(arguments)),
        Step::Sleep { ms } => format!("    (wait {ms} ms)"),
    };
    let lines: Vec<String> = short.iter().map(line).collect();
    format!("  family {}, seed {seed}, batch {batch}:\n{}\n  differs at\n{last}", family.name, lines.join("\n"))
}
