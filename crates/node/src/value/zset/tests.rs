use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::*;

const SMALL: Thresholds = Thresholds { entries: 8, value_bytes: 20 };

/// The dumb twin: a vector in order.
#[derive(Default)]
struct Twin(Vec<(Vec<u8>, f64)>);

impl Twin {
    fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let old = self.0.iter().find(|pair| pair.0 == member).map(|pair| pair.1);
        if old != Some(score) {
            self.remove(member);
            self.0.push((member.to_vec(), score));
            self.0.sort_by(|a, b| a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal).then_with(|| a.0.cmp(&b.0)));
        }
        old
    }

    fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let index = self.0.iter().position(|pair| pair.0 == member)?;
        Some(self.0.remove(index).1)
    }
}

fn verify(set: &ZSet, twin: &Twin) {
    if let Form::Large(large) = &set.form {
        large.verify();
    }
    let expected: Vec<_> = twin.0.iter().map(|(member, score)| (&member[..], *score)).collect();
    assert_eq!(set.iter().collect::<Vec<_>>(), expected);
    assert!(set.iter().rev().eq(expected.into_iter().rev()));
}

fn member(n: u64) -> Vec<u8> {
    format!("member:{n}").into_bytes()
}

fn random_score(rng: &mut Rng) -> f64 {
    match rng.below(8) {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        2 => -0.0,
        3 => 0.0,
        4 => rng.unit() * 1e300,
        _ => rng.below(10) as f64 - 5.0,
    }
}

fn random_score_range(rng: &mut Rng) -> ScoreRange {
    let mut bound = || ScoreBound { value: random_score(rng), exclusive: rng.chance(0.5) };
    ScoreRange { min: bound(), max: bound() }
}

#[test]
fn random_edits_equal_a_sorted_vector() {
    for seed in 0..18 {
        let mut rng = Rng::new(seed);
        let (mut set, mut twin) = (ZSet::new(seed), Twin::default());
        let members = [6, 40, 600][seed as usize % 3];
        for step in 0..1_500 {
            let name = member(rng.below(members));
            match rng.below(20) {
                0..=11 => {
                    let score = random_score(&mut rng);
                    assert_eq!(set.insert(&name, score, &SMALL), twin.insert(&name, score));
                }
                12..=15 => assert_eq!(set.remove(&name), twin.remove(&name)),
                16 => assert_eq!(set.pop_min(), (!twin.0.is_empty()).then(|| twin.0.remove(0))),
                17 => assert_eq!(set.pop_max(), twin.0.pop()),
                _ => {
                    let start = rng.below(twin.0.len() as u64 + 2) as usize;
                    let end = start + rng.below(6) as usize;
                    let (from, to) = (start.min(twin.0.len()), end.min(twin.0.len()));
                    assert_eq!(set.remove_range(start..end), to - from);
                    twin.0.drain(from..to);
                }
            }
            check_reads(&set, &twin, &member(rng.below(members)), &random_score_range(&mut rng));
            if step % 50 == 0 {
                verify(&set, &twin);
            }
        }
    }
}

fn check_reads(set: &ZSet, twin: &Twin, probe: &[u8], range: &ScoreRange) {
    assert_eq!((set.len(), set.is_empty()), (twin.0.len(), twin.0.is_empty()));
    let rank = twin.0.iter().position(|pair| pair.0 == probe);
    assert_eq!(set.rank(probe), rank);
    assert_eq!(set.score(probe), rank.map(|rank| twin.0[rank].1));
    let inside = |score: f64| {
        let above = if range.min.exclusive { score > range.min.value } else { score >= range.min.value };
        let below = if range.max.exclusive { score < range.max.value } else { score <= range.max.value };
        above && below
    };
    let expected: Vec<_> = twin.0.iter().filter(|pair| inside(pair.1)).map(|pair| (&pair.0[..], pair.1)).collect();
    let ranks = set.ranks_by_score(range);
    assert_eq!(ranks.len(), expected.len(), "{range:?}");
    assert_eq!(set.range(ranks).collect::<Vec<_>>(), expected);
}

#[test]
fn ranges_of_members_follow_their_bytes() {
    for count in [7u8, 200] {
        let mut set = ZSet::new(1);
        for byte in (0..count).rev() {
            set.insert(&[byte], 0.0, &Thresholds::default());
        }
        let last = [count - 1];
        let cases: [(LexBound<'_>, LexBound<'_>, Range<usize>); 9] = [
            (LexBound::Min, LexBound::Max, 0..count.into()),
            (LexBound::Inclusive(&[2]), LexBound::Inclusive(&[4]), 2..5),
            (LexBound::Exclusive(&[2]), LexBound::Exclusive(&[4]), 3..4),
            (LexBound::Exclusive(&[2]), LexBound::Exclusive(&[2]), 3..3),
            (LexBound::Exclusive(&[2]), LexBound::Inclusive(&[2, 0]), 3..3),
            (LexBound::Inclusive(&[]), LexBound::Inclusive(&last), 0..count.into()),
            (LexBound::Max, LexBound::Min, count.into()..count.into()),
            (LexBound::Inclusive(&[4]), LexBound::Inclusive(&[2]), 4..4),
            (LexBound::Min, LexBound::Exclusive(&[0]), 0..0),
        ];
        for (min, max, expected) in cases {
            assert_eq!(set.ranks_by_lex(&LexRange { min, max }), expected, "{min:?} {max:?}");
        }
    }
}

#[test]
fn ranges_of_members_over_mixed_scores_are_some_range() {
    let mut rng = Rng::new(3);
    let mut set = ZSet::new(1);
    (0..500).for_each(|n| _ = set.insert(&member(n), random_score(&mut rng), &SMALL));
    for n in 0..500 {
        let (min, max) = (member(n), member(rng.below(500)));
        let ranks = set.ranks_by_lex(&LexRange { min: LexBound::Inclusive(&min), max: LexBound::Exclusive(&max) });
        assert!(ranks.start <= ranks.end && ranks.end <= 500);
    }
}

#[test]
fn each_threshold_turns_a_set_large_and_nothing_turns_it_back() {
    let mut set = ZSet::new(1);
    (0..128).for_each(|n| _ = set.insert(&member(n), n as f64, &Thresholds::default()));
    assert_eq!(set.insert(&member(3), 1e9, &Thresholds::default()), Some(3.0));
    assert_eq!((set.encoding(), set.allocations()), ("listpack", 1));
    set.insert(&member(128), 0.5, &Thresholds::default());
    assert_eq!((set.encoding(), set.rank(&member(3))), ("skiplist", Some(128)));
    assert!(set.allocations() > 128);
    set.remove_range(1..200);
    assert_eq!((set.encoding(), set.len()), ("skiplist", 1));

    let mut long = ZSet::new(1);
    long.insert(&[b'x'; 64], 1.0, &Thresholds::default());
    assert_eq!(long.encoding(), "listpack");
    long.insert(&[b'x'; 65], 1.0, &Thresholds::default());
    assert_eq!(long.encoding(), "skiplist");
}

#[test]
fn minus_zero_equals_zero_and_only_large_sets_keep_its_sign() {
    for (thresholds, kept) in [(Thresholds::default(), false), (Thresholds { entries: 0, value_bytes: 0 }, true)] {
        let mut set = ZSet::new(1);
        set.insert(b"b", -0.0, &thresholds);
        set.insert(b"a", 0.0, &thresholds);
        assert_eq!(set.insert(b"b", 0.0, &thresholds), Some(0.0));
        let pairs: Vec<_> = set.iter().map(|(member, score)| (member, score.is_sign_negative())).collect();
        assert_eq!(pairs, [(&b"a"[..], false), (b"b", kept)]);
    }
}

#[test]
#[should_panic(expected = "NaN")]
fn not_a_number_is_refused() {
    ZSet::new(1).insert(b"member", f64::NAN, &SMALL);
}

#[test]
fn a_scan_meets_whatever_stays_while_others_come_and_go() {
    let mut set = ZSet::new(4);
    (0..1_000).for_each(|n| _ = set.insert(&member(n), n as f64, &SMALL));
    let (mut met, mut cursor, mut next) = (BTreeSet::new(), 0, 1_000);
    loop {
        cursor = set.scan(cursor, &mut |name, score| {
            assert_eq!(name, member(score as u64));
            met.insert(name.to_vec());
        });
        if cursor == 0 {
            break;
        }
        set.insert(&member(next), next as f64, &SMALL);
        set.remove(&member(next - 500));
        next += 1;
    }
    assert!((0..500).all(|n| met.contains(&member(n))));
}

#[test]
fn samples_are_members_and_distinct_samples_are_distinct() {
    let mut rng = Rng::new(2);
    assert!(ZSet::new(0).sample(&mut rng).is_none());
    for size in [1, 60, 2_000] {
        let mut set = ZSet::new(6);
        (0..size).for_each(|n| _ = set.insert(&member(n), n as f64, &Thresholds::default()));
        let (name, score) = set.sample(&mut rng).map(|(name, score)| (name.to_vec(), score)).unwrap();
        assert_eq!(set.score(&name), Some(score));
        for count in [0, 1, size / 5, size, size + 1] {
            let mut distinct = BTreeSet::new();
            let mut visits = 0;
            set.sample_distinct(&mut rng, count as usize, &mut |name, _| {
                distinct.insert(name.to_vec());
                visits += 1;
            });
            assert_eq!((distinct.len() as u64, visits), (count.min(size), count.min(size)));
        }
    }
}

#[test]
fn a_large_set_is_lean() {
    let mut rng = Rng::new(8);
    let mut set = ZSet::new(1);
    for n in 0..100_000u64 {
        set.insert(&n.to_be_bytes(), rng.unit(), &SMALL);
    }
    let per_member = set.heap_bytes() / set.len();
    assert!(per_member <= 72, "{per_member} bytes per member of 8");
}
