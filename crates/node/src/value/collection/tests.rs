use std::collections::BTreeMap;

use mainstay_foundation::Rng;

use super::*;
use crate::value::{SetThresholds, Thresholds};

const PACKED: Thresholds = Thresholds { entries: 128, value_bytes: 64 };
const LARGE: Thresholds = Thresholds { entries: 0, value_bytes: 0 };

/// One collection of every form, with about `size` elements.
fn every_form(size: u64) -> Vec<Collection> {
    let mut rng = Rng::new(size);
    let text = |n: u64| format!("element:{n}").into_bytes();
    let (mut list, mut integers) = (List::new(), Set::new(1));
    let mut pairs =
        [(Hash::new(1), ZSet::new(1), Set::new(1), PACKED), (Hash::new(1), ZSet::new(1), Set::new(1), LARGE)];
    for n in 0..size {
        list.push_front(&text(n));
        let integer = (rng.next_u64() >> rng.below(64)) as i64;
        integers.add(integer.to_string().as_bytes(), &SetThresholds { integers: 1 << 20, packed: LARGE });
        for (hash, zset, set, packed) in &mut pairs {
            let thresholds = SetThresholds { integers: 0, packed: *packed };
            hash.insert(&text(n), &text(n * n), packed);
            zset.insert(&text(n), [f64::INFINITY, -0.0, rng.unit()][n as usize % 3], packed);
            set.add(&text(n), &thresholds);
        }
    }
    let mut forms: Vec<Collection> = vec![list.into(), integers.into()];
    for (hash, zset, set, _) in pairs {
        forms.extend([hash.into(), zset.into(), set.into()]);
    }
    forms
}

fn encoded(collection: &Collection) -> Vec<u8> {
    let mut bytes = Vec::new();
    collection.encode(&mut bytes);
    bytes
}

/// What a collection holds, in a form that does not depend on the order of its table: elements in order, elements by key.
type Contents = (Vec<Vec<u8>>, BTreeMap<Vec<u8>, Vec<u8>>);

fn contents(collection: &Collection) -> Contents {
    match collection {
        Collection::List(list) => (list.iter().map(<[u8]>::to_vec).collect(), BTreeMap::new()),
        Collection::Hash(hash) => (Vec::new(), hash.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect()),
        Collection::Set(set) => (Vec::new(), set.iter().map(|member| (member.to_vec(), Vec::new())).collect()),
        Collection::ZSet(zset) => (zset.iter().map(|(m, s)| [m, &s.to_be_bytes()].concat()).collect(), BTreeMap::new()),
        Collection::Stream(_) => panic!("streams are tested on their own, in `stream::tests`"),
    }
}

#[test]
fn every_form_comes_back_as_it_was() {
    for size in [0, 1, 2, 100, 3_000] {
        for collection in every_form(size) {
            let bytes = encoded(&collection);
            let decoded = Collection::decode(&bytes, 99).unwrap();
            assert_eq!(decoded.type_name(), collection.type_name());
            assert_eq!(decoded.encoding(), collection.encoding());
            assert_eq!((decoded.len(), decoded.is_empty()), (collection.len(), size == 0));
            assert_eq!(contents(&decoded), contents(&collection));
            assert_eq!(encoded(&decoded)[0], bytes[0], "the form");
            assert_eq!(decoded.is_big(), collection.is_big());
        }
    }
}

#[test]
fn equal_histories_with_equal_seeds_give_equal_bytes() {
    for (first, second) in every_form(500).iter().zip(&every_form(500)) {
        assert_eq!(encoded(first), encoded(second));
    }
}

#[test]
fn cut_bytes_and_longer_bytes_are_refused() {
    for collection in every_form(5) {
        let mut bytes = encoded(&collection);
        for end in 0..bytes.len() {
            assert!(Collection::decode(&bytes[..end], 0).is_err(), "{end} of {bytes:?}");
        }
        bytes.push(0);
        assert_eq!(Collection::decode(&bytes, 0).unwrap_err(), DecodeError::Trailing { left: 1 });
    }
}

#[test]
fn garbage_is_an_error_or_a_collection_that_encodes_again() {
    let mut rng = Rng::new(11);
    let seeds: Vec<Vec<u8>> = every_form(12).iter().map(encoded).collect();
    let mut accepted = 0;
    for round in 0..20_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len() as u64) as usize;
            bytes[at] = if rng.chance(0.5) { rng.below(256) as u8 } else { bytes[at] ^ (1 << rng.below(8)) };
        }
        if let Ok(collection) = Collection::decode(&bytes, 3) {
            let again = Collection::decode(&encoded(&collection), 3).unwrap();
            assert_eq!(contents(&again), contents(&collection));
            accepted += 1;
        }
    }
    assert!(accepted > 500, "{accepted}");
}

#[test]
fn lies_are_named() {
    let score = |value: f64| value.to_le_bytes();
    let member = |value: f64, name: u8| [&score(value)[..], &[1, name]].concat();
    let zset = |form: u8, members: &[Vec<u8>]| [&[form, members.len() as u8][..], &members.concat()].concat();
    let cases: Vec<(Vec<u8>, DecodeError)> = vec![
        (vec![], DecodeError::Truncated { at: 0 }),
        (vec![0, 0], DecodeError::Form { form: 0 }),
        (vec![10, 0], DecodeError::Form { form: 10 }),
        (vec![1, 0xff, 0xff, 0xff, 0xff, 0x0f], DecodeError::Count { count: u32::MAX.into(), left: 0 }),
        (vec![2, 2, 0, 0, 0], DecodeError::Count { count: 2, left: 3 }),
        ([&[1][..], &[0xff; 10]].concat(), DecodeError::Varint { at: 1 }),
        ([&[1, 1][..], &[0xff; 9], &[1]].concat(), DecodeError::Truncated { at: 12 }),
        (vec![1, 1, 2, 0], DecodeError::Truncated { at: 3 }),
        (vec![2, 2, 1, 7, 0, 1, 7, 0], DecodeError::Duplicate),
        (vec![3, 2, 1, 7, 0, 1, 7, 0], DecodeError::Duplicate),
        (vec![5, 2, 1, 7, 1, 7], DecodeError::Duplicate),
        (vec![6, 2, 1, 7, 1, 7], DecodeError::Duplicate),
        (vec![4, 2, 4, 0], DecodeError::Order { index: 1 }),
        ([&[4, 2, 4][..], &[0xff; 9], &[1]].concat(), DecodeError::Order { index: 1 }),
        (zset(7, &[member(2.0, 1), member(1.0, 2)]), DecodeError::Order { index: 1 }),
        (zset(8, &[member(0.0, 2), member(-0.0, 1)]), DecodeError::Order { index: 1 }),
        (zset(7, &[member(1.0, 1), member(2.0, 1)]), DecodeError::Duplicate),
        (zset(8, &[member(1.0, 1), member(2.0, 1)]), DecodeError::Duplicate),
        (zset(8, &[member(f64::NAN, 1)]), DecodeError::Score { index: 0 }),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Collection::decode(&bytes, 0).unwrap_err(), expected, "{bytes:?}");
    }
}

#[test]
fn only_collections_of_many_allocations_are_big() {
    let mut list = List::new();
    (0..200_000).for_each(|_| list.push_back(b"0123456789"));
    assert!(!Collection::from(list).is_big(), "lists are few nodes");
    let big: Vec<&str> = every_form(20_000).iter().filter(|c| c.is_big()).map(Collection::encoding).collect();
    assert_eq!(big, ["hashtable", "skiplist", "hashtable"].repeat(2));
    assert!(every_form(100).iter().all(|collection| !collection.is_big()));
}
