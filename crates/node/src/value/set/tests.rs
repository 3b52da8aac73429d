use std::collections::BTreeSet;

use super::*;
use crate::value::Thresholds;

const SMALL: SetThresholds = SetThresholds { integers: 12, packed: Thresholds { entries: 8, value_bytes: 20 } };

fn set_of(members: impl IntoIterator<Item = String>) -> Set {
    let mut set = Set::new(7);
    members.into_iter().for_each(|member| assert!(set.add(member.as_bytes(), &SetThresholds::default())));
    set.verify();
    set
}

fn contents(set: &Set) -> BTreeSet<Vec<u8>> {
    set.iter().map(|member| member.to_vec()).collect()
}

/// Integers of every width, strings that look like integers, short and long strings.
fn random_member(rng: &mut Rng, kinds: u64) -> Vec<u8> {
    match rng.below(kinds) {
        0 => rng.below(20).to_string().into_bytes(),
        1 => (rng.below(20) as i64 - 40_000).to_string().into_bytes(),
        2 => (i64::MIN + rng.below(20) as i64).to_string().into_bytes(),
        3 => format!("0{}", rng.below(10)).into_bytes(),
        4 => vec![b'm'; rng.below(20) as usize],
        _ => vec![b'm'; rng.below(400) as usize],
    }
}

#[test]
fn random_edits_equal_an_ordered_set() {
    for seed in 0..24 {
        let mut rng = Rng::new(seed);
        let (mut set, mut twin) = (Set::new(seed), BTreeSet::new());
        let kinds = 1 + seed % 6;
        for step in 0..2_000 {
            let member = random_member(&mut rng, kinds);
            match rng.below(20) {
                0..=10 => assert_eq!(set.add(&member, &SMALL), twin.insert(member)),
                11 if step % 3 == 0 => match set.pop(&mut rng) {
                    Some(popped) => assert!(twin.remove(&popped)),
                    None => assert!(twin.is_empty()),
                },
                _ => assert_eq!(set.remove(&member), twin.remove(&member)),
            }
            let probe = random_member(&mut rng, kinds);
            assert_eq!(set.contains(&probe), twin.contains(&probe));
            assert_eq!(set.len(), twin.len());
            if step % 50 == 0 {
                set.verify();
                assert_eq!(contents(&set), twin);
            }
        }
    }
}

#[test]
fn each_threshold_turns_a_set_large_and_nothing_turns_it_back() {
    let mut integers = set_of((0..512).map(|n| n.to_string()));
    assert_eq!(integers.encoding(), "intset");
    assert!(!integers.add(b"5", &SetThresholds::default()));
    assert_eq!(integers.encoding(), "intset");
    integers.add(b"512", &SetThresholds::default());
    assert_eq!((integers.encoding(), integers.allocations()), ("hashtable", 515));
    (1..=512).for_each(|n| assert!(integers.remove(n.to_string().as_bytes())));
    assert_eq!((integers.encoding(), integers.len()), ("hashtable", 1));

    let mut strings = set_of((0..127).map(|n| n.to_string()));
    strings.add(b"x", &SetThresholds::default());
    assert_eq!((strings.encoding(), strings.allocations()), ("hashtable", 1));
    strings.add(b"y", &SetThresholds::default());
    assert_eq!((strings.encoding(), strings.allocations()), ("hashtable", 131));

    let mut long = set_of(["1".into()]);
    long.add(&[b'x'; 65], &SetThresholds::default());
    assert_eq!(long.allocations(), 4);
}

#[test]
fn integers_are_stored_at_the_width_they_need() {
    for (value, bytes) in
        [(32_767, 2), (-32_768, 2), (32_768, 4), (-2_147_483_648, 4), (2_147_483_648, 8), (i64::MIN, 8)]
    {
        let mut integers = Integers::new();
        (0..100).for_each(|n| assert!(integers.insert(n)));
        integers.insert(value);
        assert_eq!(integers.width(), bytes, "{value}");
        assert!(integers.iter().is_sorted());
        assert_eq!(integers.search(value).map(|index| integers.get(index)), Ok(value));
        assert!(integers.heap_bytes() < 130 * bytes);
    }
}

#[test]
fn a_scan_meets_whatever_stays_while_others_come_and_go() {
    let mut set = set_of((0..1_000).map(|n| format!("member:{n}")));
    let (mut met, mut cursor, mut next) = (BTreeSet::new(), 0, 1_000);
    loop {
        cursor = set.scan(cursor, &mut |member| _ = met.insert(member.to_vec()));
        if cursor == 0 {
            break;
        }
        set.add(format!("member:{next}").as_bytes(), &SMALL);
        set.remove(format!("member:{}", next - 500).as_bytes());
        next += 1;
    }
    assert!((0..500).all(|n| met.contains(format!("member:{n}").as_bytes())));
}

#[test]
fn samples_are_members_and_pops_empty_the_set() {
    let mut rng = Rng::new(2);
    assert!(Set::new(0).sample(&mut rng).is_none());
    for prefix in ["", "m"] {
        for size in [1, 60, 2_000] {
            let mut set = set_of((0..size).map(|n| format!("{prefix}{n}")));
            for count in [0, 1, size / 5, size, size + 1] {
                let (mut distinct, mut visits) = (BTreeSet::new(), 0);
                set.sample_distinct(&mut rng, count, &mut |member| {
                    assert!(set.contains(member));
                    distinct.insert(member.to_vec());
                    visits += 1;
                });
                assert_eq!((distinct.len(), visits), (count.min(size), count.min(size)));
            }
            let popped: BTreeSet<_> = std::iter::from_fn(|| set.pop(&mut rng)).collect();
            assert_eq!(popped.len(), size);
            assert!(set.is_empty());
            set.verify();
        }
    }
}
