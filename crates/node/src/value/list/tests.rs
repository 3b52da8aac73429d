use std::collections::VecDeque;

use mainstay_foundation::Rng;

use super::*;

fn contents(list: &List) -> Vec<Vec<u8>> {
    list.iter().map(<[u8]>::to_vec).collect()
}

fn numbered(count: usize) -> List {
    let mut list = List::new();
    (0..count).for_each(|n| list.push_back(n.to_string().as_bytes()));
    list.verify();
    list
}

/// Lengths about every boundary: empty, short, the long form of lengths, nearly a node, above a node.
const LENGTHS: [usize; 10] = [0, 1, 5, 12, 253, 254, 1_000, 4_000, 8_190, 20_000];

fn random_item(rng: &mut Rng, short: bool) -> Vec<u8> {
    let length = LENGTHS[rng.below(if short { 4 } else { 10 }) as usize];
    vec![b'a' + rng.below(3) as u8; length]
}

#[test]
fn random_edits_equal_a_ring_of_vectors() {
    for seed in 0..24 {
        let mut rng = Rng::new(seed);
        let short = seed % 2 == 0;
        let (mut list, mut twin) = (List::new(), VecDeque::<Vec<u8>>::new());
        for step in 0..1_500 {
            edit(&mut list, &mut twin, &mut rng, short);
            list.verify();
            assert_eq!(list.len(), twin.len());
            if step % 20 == 0 {
                check_reads(&list, &twin, &mut rng);
            }
        }
    }
}

fn edit(list: &mut List, twin: &mut VecDeque<Vec<u8>>, rng: &mut Rng, short: bool) {
    let item = random_item(rng, short);
    let index = rng.below(twin.len() as u64 + 1) as usize;
    match rng.below(20) {
        0..=4 => {
            list.push_front(&item);
            twin.push_front(item);
        }
        5..=9 => {
            list.push_back(&item);
            twin.push_back(item);
        }
        10 => assert_eq!(list.pop_front(), twin.pop_front()),
        11 => assert_eq!(list.pop_back(), twin.pop_back()),
        12 | 13 => {
            list.insert(index, &item);
            twin.insert(index, item);
        }
        14 => {
            assert_eq!(list.set(index, &item), index < twin.len());
            if let Some(place) = twin.get_mut(index) {
                *place = item;
            }
        }
        15 => assert_eq!(list.remove_at(index), twin.remove(index).is_some()),
        16 => {
            let pivot = random_item(rng, short);
            let position = twin.iter().position(|other| *other == pivot);
            let side = if rng.chance(0.5) { Side::Before } else { Side::After };
            assert_eq!(list.insert_beside(&pivot, side, &item), position.is_some());
            if let Some(position) = position {
                twin.insert(position + usize::from(side == Side::After), item);
            }
        }
        17 => remove_value(list, twin, &item, rng),
        18 => {
            let end = index + rng.below(40) as usize;
            list.remove_range(index..end);
            twin.drain(index..end.min(twin.len()));
        }
        _ if rng.chance(0.05) => {
            let end = index + rng.below(300) as usize;
            list.trim(index..end);
            twin.truncate(end);
            twin.drain(..index);
        }
        _ => {}
    }
}

fn remove_value(list: &mut List, twin: &mut VecDeque<Vec<u8>>, item: &[u8], rng: &mut Rng) {
    let limit = rng.below(4) as usize + 1;
    let forward = rng.chance(0.5);
    let mut matches: Vec<usize> = (0..twin.len()).filter(|&index| twin[index] == item).collect();
    if !forward {
        matches.reverse();
    }
    matches.truncate(limit);
    matches.sort_unstable_by(|a, b| b.cmp(a));
    for &index in &matches {
        twin.remove(index);
    }
    let direction = if forward { Direction::Forward } else { Direction::Backward };
    assert_eq!(list.remove_value(item, limit, direction), matches.len());
}

fn check_reads(list: &List, twin: &VecDeque<Vec<u8>>, rng: &mut Rng) {
    assert!(list.iter().eq(twin.iter()));
    assert_eq!(list.front(), twin.front().map(Vec::as_slice));
    assert_eq!(list.back(), twin.back().map(Vec::as_slice));
    let index = rng.below(twin.len() as u64 + 2) as usize;
    assert_eq!(list.get(index), twin.get(index).map(Vec::as_slice));
    assert!(list.iter_from(index).eq(twin.iter().skip(index)));
    let reversed = twin.iter().take(index.saturating_add(1)).rev();
    assert!(list.rev_iter_from(index).eq(reversed));
}

#[test]
fn a_list_of_a_million_keeps_its_indexes() {
    let mut list = numbered(1_000_000);
    for index in [0, 1, 499_999, 500_000, 999_999] {
        assert_eq!(list.get(index), Some(index.to_string().as_bytes()));
    }
    assert_eq!(list.get(1_000_000), None);
    list.insert(600_000, b"between");
    assert_eq!(list.get(600_000), Some(&b"between"[..]));
    assert_eq!(list.get(600_001), Some(&b"600000"[..]));
    list.trim(599_999..600_002);
    assert_eq!(contents(&list), [&b"599999"[..], b"between", b"600000"]);
    list.verify();
    assert!(list.heap_bytes() < 4 * NODE_BYTES, "{}", list.heap_bytes());
}

#[test]
fn big_items_stand_alone_and_small_ones_about_them_stay_packed() {
    let mut list = numbered(100);
    let big = vec![b'x'; 1 << 20];
    list.insert(50, &big);
    list.insert(51, &big);
    list.push_front(&big);
    list.verify();
    assert_eq!(list.nodes.len(), 5);
    assert_eq!(list.get(51), Some(&big[..]));
    assert_eq!(list.get(53), Some(&b"50"[..]));
    assert!(list.set(51, b"small"));
    assert_eq!(list.remove_value(&big, usize::MAX, Direction::Backward), 2);
    assert_eq!(list.len(), 101);
    list.verify();
    assert!(list.heap_bytes() < 2 * NODE_BYTES);
}

#[test]
fn a_queue_that_stays_short_stays_small() {
    let mut list = List::new();
    for n in 0..100_000 {
        list.push_back(n.to_string().as_bytes());
        if n >= 10 {
            list.drop_front();
        }
    }
    list.verify();
    assert_eq!(list.len(), 10);
    assert!(list.heap_bytes() < 512, "{}", list.heap_bytes());
}

#[test]
fn equal_items_leave_in_one_pass_from_either_side() {
    let mut list = List::new();
    for n in 0..200_000 {
        list.push_front(if n % 4 == 0 { b"keep" } else { b"drop" });
    }
    assert_eq!(list.remove_value(b"drop", 3, Direction::Backward), 3);
    assert_eq!(list.back(), Some(&b"keep"[..]));
    assert_eq!(list.remove_value(b"drop", usize::MAX, Direction::Forward), 149_997);
    assert_eq!(list.len(), 50_000);
    list.verify();
}

#[test]
fn a_drained_list_gives_its_room_back() {
    let mut list = numbered(700);
    let full = list.heap_bytes();
    (0..695).for_each(|n| _ = if n % 2 == 0 { list.drop_front() } else { list.drop_back() });
    list.verify();
    assert_eq!(list.len(), 5);
    assert!(list.heap_bytes() * 8 < full, "{} of {full}", list.heap_bytes());
}

#[test]
fn emptied_lists_hold_no_nodes() {
    let mut list = numbered(5_000);
    while list.drop_back() {}
    list.verify();
    assert!(list.is_empty() && !list.drop_front() && list.pop_back().is_none());
    assert_eq!((list.front(), list.back(), list.iter().next(), list.rev_iter_from(3).next()), (None, None, None, None));
    assert_eq!(list.allocations(), 1);
    list.trim(0..10);
    list.remove_range(2..2);
    assert_eq!(list.remove_value(b"", 1, Direction::Forward), 0);
}
