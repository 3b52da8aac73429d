use std::collections::{BTreeMap, BTreeSet};

use super::*;

const SMALL: Thresholds = Thresholds { entries: 8, value_bytes: 20 };

fn field(n: u64) -> Vec<u8> {
    format!("field:{n}").into_bytes()
}

fn filled(count: u64) -> Hash {
    let mut hash = Hash::new(5);
    (0..count).for_each(|n| assert!(hash.insert(&field(n), b"value", &Thresholds::default())));
    hash.verify();
    hash
}

#[test]
fn random_edits_equal_a_map() {
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let (mut hash, mut twin) = (Hash::new(seed), BTreeMap::<Vec<u8>, Vec<u8>>::new());
        let fields = [6, 30, 2_000][seed as usize % 3];
        for step in 0..3_000 {
            let key = field(rng.below(fields));
            if rng.chance(0.7) {
                let value = vec![b'v'; rng.below(if seed % 2 == 0 { 20 } else { 400 }) as usize];
                assert_eq!(hash.insert(&key, &value, &SMALL), twin.insert(key, value).is_none());
            } else {
                assert_eq!(hash.remove(&key), twin.remove(&key).is_some());
            }
            assert_eq!(hash.len(), twin.len());
            let probe = field(rng.below(fields));
            assert_eq!(hash.get(&probe), twin.get(&probe).map(Vec::as_slice));
            if step % 100 == 0 {
                hash.verify();
                let found: BTreeMap<_, _> = hash.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect();
                assert_eq!(found, twin);
            }
        }
    }
}

#[test]
fn each_threshold_turns_a_hash_large_and_nothing_turns_it_back() {
    let mut hash = filled(128);
    assert_eq!(hash.encoding(), "listpack");
    hash.insert(&field(5), b"again", &Thresholds::default());
    assert_eq!(hash.encoding(), "listpack");
    hash.insert(&field(128), b"", &Thresholds::default());
    assert_eq!(hash.encoding(), "hashtable");
    (0..128).for_each(|n| assert!(hash.remove(&field(n))));
    assert_eq!((hash.encoding(), hash.len()), ("hashtable", 1));

    for (name, value) in [(vec![b'f'; 65], vec![]), (vec![b'f'], vec![b'v'; 65])] {
        let mut hash = filled(1);
        hash.insert(&[b'f'; 64], &[b'v'; 64], &Thresholds::default());
        assert_eq!(hash.encoding(), "listpack");
        hash.insert(&name, &value, &Thresholds::default());
        assert_eq!((hash.encoding(), hash.get(&name)), ("hashtable", Some(&value[..])));
        hash.verify();
    }
}

#[test]
fn a_packed_hash_keeps_the_order_of_first_writes() {
    let mut hash = Hash::new(0);
    for (name, value) in [("b", "1"), ("a", "2"), ("c", "3"), ("b", "longer")] {
        hash.insert(name.as_bytes(), value.as_bytes(), &Thresholds::default());
    }
    let pairs: Vec<_> = hash.iter().collect();
    assert_eq!(pairs, [(&b"b"[..], &b"longer"[..]), (b"a", b"2"), (b"c", b"3")]);
}

#[test]
fn a_scan_meets_whatever_stays_while_others_come_and_go() {
    let mut rng = Rng::new(9);
    let mut hash = filled(1_000);
    let (mut met, mut cursor, mut next) = (BTreeSet::new(), 0, 1_000);
    loop {
        cursor = hash.scan(cursor, &mut |name, _| _ = met.insert(name.to_vec()));
        if cursor == 0 {
            break;
        }
        for _ in 0..20 {
            hash.insert(&field(next), b"value", &Thresholds::default());
            next += 1;
        }
        hash.remove(&field(500 + rng.below(500)));
    }
    assert!((0..500).all(|n| met.contains(&field(n))));
}

#[test]
fn samples_are_members_and_distinct_samples_are_distinct() {
    let mut rng = Rng::new(4);
    assert_eq!(Hash::new(0).sample(&mut rng), None);
    for size in [1, 7, 100, 3_000] {
        let hash = filled(size);
        let sampled: BTreeSet<_> = (0..size * 20).map(|_| hash.sample(&mut rng).unwrap().0.to_vec()).collect();
        assert!(sampled.iter().all(|name| hash.contains(name)));
        assert!(sampled.len() as u64 * 2 > size, "{} of {size}", sampled.len());
        for count in [0, 1, size / 5, size / 2, size, size + 10] {
            let (mut distinct, mut visits) = (BTreeSet::new(), 0);
            hash.sample_distinct(&mut rng, count as usize, &mut |name, value| {
                assert_eq!(hash.get(name), Some(value));
                distinct.insert(name.to_vec());
                visits += 1;
            });
            assert_eq!((distinct.len() as u64, visits), (count.min(size), count.min(size)));
        }
    }
}

#[test]
fn a_large_hash_is_lean() {
    let mut hash = Hash::new(1);
    for n in 0..100_000u64 {
        hash.insert(&n.to_be_bytes(), &n.to_be_bytes(), &SMALL);
    }
    hash.verify();
    let per_field = hash.heap_bytes() / hash.len();
    assert!(per_field <= 48, "{per_field} bytes per field of 8 + 8");
    assert!(hash.allocations() > 100_000);
}
