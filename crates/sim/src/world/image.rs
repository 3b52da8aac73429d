//! The state of an engine as a list of images, and what the oracle reads from them.

use super::records::PlacedKey;
use super::spaces::durability;
use mainstay_foundation::Timestamp;
use mainstay_node::engine::Engine;
use mainstay_node::keyspace::Durability;
use mainstay_node::shard::canonical_image;
use mainstay_node::slot::shard_of_key;

/// One key with its value in an order that does not depend on hash seeds, as [`Engine::state`] gives it.
pub(super) type Image = Vec<u8>;

/// The state of `engine` at `now`: what is logged, and what is not.
pub(super) fn state(engine: &Engine, now: Timestamp) -> (Vec<Image>, Vec<Image>) {
    engine.state(now).into_iter().partition(|image| durability(key(image)) != Durability::Never)
}

/// The image of one key at `now`, if it exists.
pub(super) fn of(engine: &Engine, (db, key): &PlacedKey, now: Timestamp) -> Option<Image> {
    let (index, mut image) = (shard_of_key(key), None);
    let mut at = 0;
    engine.each_shard(&mut |shard| {
        if at == index {
            let item = shard.db(*db).and_then(|tables| tables.item(key));
            let alive = item.filter(|item| item.expire_at().is_none_or(|due| due > now.as_millis()));
            image = alive.map(|item| canonical_image(*db, item));
        }
        at += 1;
    });
    image
}

/// The key of an image: `db (u8) expiry (u64) length key value`.
pub(super) fn key(image: &[u8]) -> &[u8] {
    let (mut length, mut at, mut shift) = (0usize, 9, 0);
    while let Some(&byte) = image.get(at) {
        length |= usize::from(byte & 0x7f) << shift;
        (at, shift) = (at + 1, shift + 7);
        if byte < 0x80 {
            break;
        }
    }
    image.get(at..at + length).unwrap_or_default()
}

/// What follows the key.
pub(super) fn value(image: &[u8]) -> &[u8] {
    let key = key(image);
    let at = key.as_ptr() as usize - image.as_ptr() as usize + key.len();
    &image[at..]
}

/// The first difference between two states, in words.
pub(super) fn difference(expected: &[Image], found: &[Image]) -> Option<String> {
    let show = |image: &[u8]| {
        let expiry = u64::from_le_bytes(image[1..9].try_into().unwrap_or_default());
        let due = if expiry == u64::MAX { "-".to_owned() } else { expiry.to_string() };
        format!("{} db {} due {due} value {}", key(image).escape_ascii(), image[0], value(image).escape_ascii())
    };
    let missing = expected.iter().find(|image| found.binary_search(image).is_err());
    let extra = found.iter().find(|image| expected.binary_search(image).is_err());
    match (missing, extra) {
        (None, None) => None,
        (missing, extra) => Some(format!(
            "expected {}; found {}",
            missing.map_or_else(|| "nothing more".to_owned(), |image| show(image)),
            extra.map_or_else(|| "nothing else".to_owned(), |image| show(image)),
        )),
    }
}
