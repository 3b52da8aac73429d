//! Entries against plain structs, at every boundary of their layout.

use mainstay_foundation::Rng;

use super::head::size_class;
use super::*;

type Numbers = Entry<Vec<u32>>;

/// What an entry ought to be.
#[derive(Clone)]
struct Twin {
    key: Vec<u8>,
    value: Result<Vec<u8>, Vec<u32>>,
    expire_at_ms: Option<u64>,
    raw: bool,
    clock: u32,
}

impl Twin {
    fn entry(&self) -> Numbers {
        match &self.value {
            Ok(string) => Entry::string(&self.key, string, self.expire_at_ms),
            Err(numbers) => Entry::collection(&self.key, Box::new(numbers.clone()), self.expire_at_ms),
        }
    }

    fn check(&self, entry: &Numbers) {
        assert!(entry.key() == self.key, "keys of {} bytes differ", self.key.len());
        match (&self.value, entry.value()) {
            (Ok(string), ValueRef::Str(bytes)) => assert!(bytes == string, "strings of {} bytes differ", string.len()),
            (Err(numbers), ValueRef::Coll(collection)) => assert_eq!(collection, numbers),
            _ => panic!("a string is no collection"),
        }
        assert_eq!(entry.expire_at(), self.expire_at_ms);
        assert_eq!((entry.is_raw(), entry.access_clock()), (self.raw, self.clock));
        let value_len = self.value.as_ref().map_or(8, Vec::len);
        let expiry_len = if self.expire_at_ms.is_some() { 6 } else { 0 };
        assert_eq!(entry.heap_bytes(), size_class(10 + self.key.len() + value_len + expiry_len));
    }
}

fn bytes(rng: &mut Rng, len: usize) -> Vec<u8> {
    (0..len).map(|_| rng.next_u64() as u8).collect()
}

/// A length near a boundary of the layout or of a size class.
fn length(rng: &mut Rng, max: usize) -> usize {
    let edges = [0, 1, 8, 16, 64, 80, 112, 128, 255, 256, 1_024, 4_096, 16_384, 65_535, 65_536, 200_000];
    let edge = edges[rng.below(edges.len() as u64) as usize] + rng.below(9) as usize;
    edge.saturating_sub(4).min(max)
}

fn value(rng: &mut Rng) -> Result<Vec<u8>, Vec<u32>> {
    let len = length(rng, usize::MAX);
    if rng.chance(0.8) { Ok(bytes(rng, len)) } else { Err(vec![7; len % 50]) }
}

fn twin(rng: &mut Rng) -> Twin {
    let len = length(rng, KEY_LEN_MAX);
    Twin { key: bytes(rng, len), value: value(rng), expire_at_ms: expiry(rng), raw: false, clock: 0 }
}

fn expiry(rng: &mut Rng) -> Option<u64> {
    rng.chance(0.5).then(|| rng.next_u64() & EXPIRE_AT_MS_MAX)
}

/// Changes entry and twin in the same way.
fn step(rng: &mut Rng, entry: &mut Numbers, twin: &mut Twin) {
    match rng.below(7) {
        0 => {
            let len = length(rng, usize::MAX);
            let string = bytes(rng, len);
            entry.set_string(&string);
            (twin.value, twin.raw) = (Ok(string), false);
        }
        1 | 2 => {
            let len = length(rng, usize::MAX);
            if let Ok(string) = &mut twin.value {
                string.resize(len, 0);
                assert!(entry.resize_string(len) == string, "resized to {len}");
            }
        }
        3 => {
            twin.expire_at_ms = expiry(rng);
            entry.set_expire_at(twin.expire_at_ms);
        }
        4 => {
            (twin.raw, twin.clock) = (twin.value.is_ok(), rng.next_u64() as u32 & ACCESS_CLOCK_MAX);
            entry.set_raw(twin.raw);
            entry.set_access_clock(twin.clock);
        }
        5 => match (entry.value_mut(), &mut twin.value) {
            (ValueMut::Str(bytes), Ok(string)) => {
                bytes.reverse();
                string.reverse();
            }
            (ValueMut::Coll(collection), Err(numbers)) => {
                collection.push(1);
                numbers.push(1);
            }
            _ => panic!("a string is no collection"),
        },
        _ => {
            let len = length(rng, KEY_LEN_MAX);
            twin.key = bytes(rng, len);
            let old = std::mem::replace(entry, Entry::string(b"", b"", None));
            *entry = old.rename(&twin.key);
        }
    }
}

#[test]
fn agrees_with_a_plain_struct_under_every_change() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let mut twin = twin(&mut rng);
        let mut entry = twin.entry();
        twin.check(&entry);
        for _ in 0..25 {
            step(&mut rng, &mut entry, &mut twin);
            twin.check(&entry);
        }
    }
}

#[test]
fn every_small_size_round_trips() {
    let text: Vec<u8> = (0..=255).collect();
    for key_len in 0..40 {
        for value_len in 0..140 {
            for expire_at_ms in [None, Some(1_700_000_000_123)] {
                let (key, value) = (&text[..key_len], &text[..value_len]);
                let mut entry = Numbers::string(key, value, expire_at_ms);
                let twin = |expire_at_ms| Twin {
                    key: key.into(),
                    value: Ok(value.into()),
                    expire_at_ms,
                    raw: false,
                    clock: 0,
                };
                twin(expire_at_ms).check(&entry);
                for changed in [Some(5), None] {
                    entry.set_expire_at(changed);
                    twin(changed).check(&entry);
                }
            }
        }
    }
}

#[test]
fn a_small_key_costs_one_size_class_with_and_without_expiry() {
    assert_eq!(size_of::<Option<Numbers>>(), 8);
    for expire_at_ms in [None, Some(1)] {
        assert_eq!(Numbers::string(&[b'k'; 16], &[b'v'; 64], expire_at_ms).heap_bytes(), 96);
    }
}

#[test]
fn the_longest_key_and_the_latest_expiry_fit() {
    let key = vec![b'k'; KEY_LEN_MAX];
    let mut entry = Numbers::string(&key, b"v", Some(u64::MAX));
    assert!(entry.key() == key);
    assert_eq!(entry.expire_at(), Some(EXPIRE_AT_MS_MAX));
    entry.set_access_clock(u32::MAX);
    assert_eq!((entry.access_clock(), entry.value()), (ACCESS_CLOCK_MAX, ValueRef::Str(b"v")));
}

#[test]
#[should_panic(expected = "a key of 65537 bytes got past the limit of 65536")]
fn a_longer_key_is_a_callers_bug() {
    let _ = Numbers::string(&[0; KEY_LEN_MAX + 1], b"", None);
}

#[test]
#[should_panic(expected = "a string of 536870913 bytes got past the limit of 536870912")]
fn a_longer_string_is_a_callers_bug() {
    Numbers::string(b"k", b"", None).resize_string(VALUE_LEN_MAX + 1);
}

#[test]
#[should_panic(expected = "only a string has a length to change")]
fn a_collection_has_no_length_to_change() {
    Numbers::collection(b"k", Box::default(), None).resize_string(3);
}

#[test]
fn a_string_is_built_in_place_over_zeros() {
    let entry = Numbers::string_with_len(b"key", 300, Some(9), |value| {
        assert_eq!(value, [0; 300]);
        value[299] = 1;
    });
    assert!(matches!(entry.value(), ValueRef::Str(value) if value.len() == 300 && value[299] == 1));
    assert_eq!(entry.expire_at(), Some(9));
}

#[test]
fn appending_byte_by_byte_moves_rarely() {
    let mut entry = Numbers::string(b"log", b"", Some(1));
    let (mut moves, mut class) = (0, entry.heap_bytes());
    for len in 1..=2_000_000 {
        entry.resize_string(len)[len - 1] = len as u8;
        moves += usize::from(entry.heap_bytes() != class);
        class = entry.heap_bytes();
    }
    assert!(moves < 80, "{moves} moves");
    let ValueRef::Str(value) = entry.value() else { panic!("a string stays a string") };
    assert!(value.iter().enumerate().all(|(at, &byte)| byte == (at + 1) as u8));
}

#[test]
fn collections_are_dropped_once_and_survive_what_keeps_them() {
    use std::sync::Arc;
    let witness = Arc::new(());
    let entry = || Entry::collection(b"k", Box::new(witness.clone()), Some(1));
    let count = || Arc::strong_count(&witness) - 1;

    drop(entry());
    assert_eq!(count(), 0);
    let mut replaced = entry();
    replaced.set_string(b"text");
    assert_eq!((count(), replaced.value()), (0, ValueRef::Str(b"text")));
    assert!(replaced.into_collection().is_none());

    let renamed = entry().rename(b"a longer key than before");
    assert_eq!((count(), renamed.key()), (1, b"a longer key than before".as_slice()));
    let taken = renamed.into_collection();
    assert_eq!(count(), 1);
    drop(taken);
    assert_eq!(count(), 0);
}

#[test]
fn a_panic_while_filling_frees_the_entry() {
    let fill = || Numbers::string_with_len(b"k", 100, None, |_| panic!("disk gone"));
    assert!(std::panic::catch_unwind(fill).is_err());
}
