//! The table against a dumb twin, and the promises of scans and segments while the table changes under them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// An item whose first 8 bytes are its key; the box lets leaks and double drops show.
struct Item(Box<(u64, [u8; 8])>);

impl Item {
    fn new(key: u64, value: u64) -> Self {
        Self(Box::new((value, key.to_be_bytes())))
    }

    fn number(&self) -> u64 {
        u64::from_be_bytes(self.0.1)
    }
}

impl Keyed for Item {
    fn key(&self) -> &[u8] {
        &self.0.1
    }
}

impl<M: Clone + Default + PartialEq> Table<Item, M> {
    fn put(&mut self, key: u64, value: u64) -> Option<u64> {
        self.insert(self.hash(&key.to_be_bytes()), Item::new(key, value)).map(|old| old.0.0)
    }

    fn value(&self, key: u64) -> Option<u64> {
        self.get(self.hash(&key.to_be_bytes()), &key.to_be_bytes()).map(|item| item.0.0)
    }

    fn delete(&mut self, key: u64) -> Option<u64> {
        self.remove(self.hash(&key.to_be_bytes()), &key.to_be_bytes()).map(|item| item.0.0)
    }

    fn starts(&self) -> Vec<u64> {
        std::iter::successors(Some(0), |&start| self.next_segment(start)).collect()
    }
}

fn filled(seed: u64, keys: u64) -> Table<Item> {
    let mut table = Table::new(seed);
    (0..keys).for_each(|key| assert_eq!(table.put(key, key), None));
    table
}

#[test]
fn agrees_with_a_tree_while_it_grows_and_shrinks() {
    for seed in 0..8 {
        let (mut rng, mut table, mut twin) = (Rng::new(seed), Table::<Item>::new(seed), BTreeMap::new());
        // Each phase draws keys from its own range and inserts with its own probability.
        for (phase, (keys, p)) in
            [(40, 0.5), (9_000, 0.9), (9_000, 0.1), (600, 0.6), (9_000, 0.02)].into_iter().enumerate()
        {
            for step in 0..8_000 {
                let (key, value) = (rng.below(keys), rng.next_u64());
                if rng.chance(p) {
                    assert_eq!(table.put(key, value), twin.insert(key, value));
                } else {
                    assert_eq!(table.delete(key), twin.remove(&key));
                }
                let probe = rng.below(keys);
                assert_eq!(table.value(probe), twin.get(&probe).copied(), "phase {phase} step {step}");
                assert_eq!(table.len(), twin.len());
                if step % 1_000 == 0 {
                    table.verify();
                }
            }
            let all: BTreeMap<u64, u64> = table.iter().map(|item| (item.number(), item.0.0)).collect();
            assert_eq!(all, twin);
            table.verify();
        }
    }
}

#[test]
fn get_mut_changes_the_item_in_place() {
    let mut table = filled(1, 1_000);
    let hash = table.hash(&7u64.to_be_bytes());
    table.get_mut(hash, &7u64.to_be_bytes()).expect("key 7 is there").0.0 = 700;
    assert_eq!(table.value(7), Some(700));
    assert!(table.get_mut(hash, b"absent").is_none());
}

#[test]
fn an_unused_table_allocates_nothing_and_answers() {
    let mut table = Table::<Item, u32>::new(3);
    assert_eq!((table.len(), table.is_empty(), table.heap_bytes()), (0, true, 0));
    assert_eq!((table.value(1), table.delete(1), table.iter().count()), (None, None, 0));
    assert_eq!(table.scan(0, &mut |_| unreachable!("no items")), 0);
    assert_eq!((table.segment_start(u64::MAX), table.next_segment(0)), (0, None));
    assert_eq!(*table.segment_meta(9), 0);
    assert_eq!(table.segment_meta_mut(9), None);
    assert!(table.sample(&mut Rng::new(0)).is_none());
    table.retain_in_segment(0, &mut |_| false, &mut Vec::new());
    table.for_each_in_segment(0, &mut |_| unreachable!("no items"));
}

#[test]
fn a_table_that_lost_its_items_gives_its_memory_back() {
    let mut table = filled(5, 50_000);
    let full = table.heap_bytes();
    assert!(full < 50_000 * 24, "{full} bytes");
    for key in 0..49_000 {
        table.delete(key);
    }
    assert!(table.heap_bytes() < full / 20, "{} of {full} bytes for 1/50 of the items", table.heap_bytes());
    for key in 49_000..50_000 {
        assert_eq!(table.delete(key), Some(key));
    }
    table.verify();
    assert_eq!(table.starts(), [0]);
    assert!(table.heap_bytes() < 512, "{}", table.heap_bytes());
}

#[test]
fn keys_with_one_hash_prefix_widen_a_segment_and_keep_the_directory_small() {
    let mut table = Table::<Item>::new(11);
    let keys: Vec<u64> = (0..).filter(|key: &u64| table.hash(&key.to_be_bytes()) >> 55 == 0x155).take(2_000).collect();
    for &key in &keys {
        table.put(key, key);
    }
    table.verify();
    assert!(table.heap_bytes() < 100_000, "{} bytes", table.heap_bytes());
    assert!(keys.iter().all(|&key| table.value(key) == Some(key)));
    let mut seen = BTreeSet::new();
    walk(&table, &mut |item| seen.extend([item.number()]));
    assert_eq!(seen.len(), keys.len());
    assert!(keys.iter().all(|&key| table.delete(key) == Some(key)));
    table.verify();
    assert!(table.heap_bytes() < 512, "{}", table.heap_bytes());
}

fn walk(table: &Table<Item>, visit: &mut dyn FnMut(&Item)) {
    let mut cursor = 0;
    loop {
        cursor = table.scan(cursor, visit);
        assert_eq!(cursor & 0xffff, 0, "the low 16 bits are the caller's");
        if cursor == 0 {
            return;
        }
    }
}

#[test]
fn a_walk_over_a_table_at_rest_visits_each_item_once() {
    for keys in [1, 13, 14, 15, 100, 392, 393, 5_000] {
        let table = filled(keys, keys);
        let mut seen = Vec::new();
        walk(&table, &mut |item| seen.push(item.number()));
        seen.sort_unstable();
        assert_eq!(seen, (0..keys).collect::<Vec<_>>());
    }
}

#[test]
fn a_walk_visits_what_stays_whatever_comes_and_goes_between_its_steps() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let stays = rng.below(600);
        let mut table = filled(seed, stays);
        let (mut missing, mut cursor): (BTreeSet<u64>, u64) = ((0..stays).collect(), 0);
        // Others flood in and drain away, in turns, so that segments split and merge around the cursor.
        let (mut flood, mut others) = (rng.chance(0.5), Vec::new());
        loop {
            cursor = table.scan(cursor, &mut |item| {
                missing.remove(&item.number());
            });
            if cursor == 0 {
                break;
            }
            flood ^= rng.chance(0.15);
            for _ in 0..rng.below(400) {
                if flood {
                    others.push(1_000_000 + rng.next_u64() / 2);
                    table.put(others[others.len() - 1], 0);
                } else if !others.is_empty() {
                    let gone = others.swap_remove(rng.below(others.len() as u64) as usize);
                    table.delete(gone);
                }
            }
        }
        assert_eq!(missing, BTreeSet::new(), "seed {seed}");
        table.verify();
    }
}

#[test]
fn a_cursor_from_anywhere_is_a_lower_bound() {
    let table = filled(2, 3_000);
    let mut rng = Rng::new(2);
    for _ in 0..200 {
        let from = rng.next_u64();
        let (mut seen, mut cursor) = (BTreeSet::new(), from);
        while {
            cursor = table.scan(cursor, &mut |item| seen.extend([item.number()]));
            cursor != 0
        } {}
        assert!((0..3_000u64).filter(|key| table.hash(&key.to_be_bytes()) >= from).all(|key| seen.contains(&key)));
    }
}

#[test]
fn segments_in_order_hold_everything_once() {
    let table = filled(4, 20_000);
    let mut seen = Vec::new();
    let starts = table.starts();
    assert!(starts.is_sorted() && starts.len() > 50, "{} segments", starts.len());
    for &start in &starts {
        table.for_each_in_segment(start, &mut |item| {
            assert_eq!(table.segment_start(table.hash(item.key())), start);
            seen.push(item.number());
        });
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..20_000).collect::<Vec<_>>());
}

#[test]
fn halves_inherit_metadata_and_only_equals_merge() {
    let mut table = Table::<Item, u32>::new(6);
    (0..3_000).for_each(|key| assert_eq!(table.put(key, key), None));
    for (number, start) in table.starts().into_iter().enumerate() {
        *table.segment_meta_mut(start).expect("a segment") = number as u32;
    }
    let marks: Vec<u32> = (0..3_000u64).map(|key| *table.segment_meta(table.hash(&key.to_be_bytes()))).collect();
    (3_000..30_000).for_each(|key| assert_eq!(table.put(key, key), None));
    (3_000..30_000).for_each(|key| assert_eq!(table.delete(key), Some(key)));
    for (key, mark) in (0..3_000u64).zip(marks) {
        assert_eq!(*table.segment_meta(table.hash(&key.to_be_bytes())), mark);
    }
    table.verify();
    let (apart, starts) = (table.starts().len(), table.starts());
    starts.into_iter().for_each(|start| *table.segment_meta_mut(start).expect("a segment") = 0);
    (0..2_990).for_each(|key| assert_eq!(table.delete(key), Some(key)));
    assert!(apart >= 8 && table.starts().len() == 1, "{apart} segments, then {}", table.starts().len());
}

#[test]
fn retain_takes_out_what_is_refused_and_shrinks() {
    let mut table = filled(8, 10_000);
    let mut removed = Vec::new();
    let mut at = Some(0);
    while let Some(start) = at {
        table.retain_in_segment(
            start,
            &mut |item| {
                item.0.0 += 1;
                item.number() % 50 == 0
            },
            &mut removed,
        );
        at = table.next_segment(start);
    }
    assert_eq!((table.len(), removed.len()), (200, 9_800));
    assert!(removed.iter().all(|item| item.number() % 50 != 0));
    assert!(table.iter().all(|item| item.number() % 50 == 0 && item.0.0 > item.number()));
    table.verify();
    assert!(table.starts().len() < 4, "{} segments for 200 items", table.starts().len());
}

#[test]
fn samples_are_close_to_uniform() {
    let table = filled(9, 1_000);
    let mut rng = Rng::new(9);
    let mut counts = vec![0u32; 1_000];
    for _ in 0..200_000 {
        counts[table.sample(&mut rng).expect("not empty").number() as usize] += 1;
    }
    let (low, high) = (counts.iter().min().copied(), counts.iter().max().copied());
    assert!(low > Some(100) && high < Some(320), "200 expected of each, {low:?} to {high:?}");
}

#[test]
fn sequential_keys_spread_over_groups_like_random_ones() {
    for seed in 0..4 {
        let table = filled(seed, 100_000);
        // Uniform hashes let segments be half to 7/8 full; clumps would split some of them early.
        let per_segment = table.len() / table.starts().len();
        assert!((180..393).contains(&per_segment), "{per_segment} items per segment");
    }
}

#[test]
fn tables_may_change_threads_with_what_they_hold() {
    fn sends<T: Send>() {}
    sends::<Table<Entry<Vec<u8>>, u64>>();
}
