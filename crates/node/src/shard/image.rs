//! A key with its value as bytes: what snapshots are made of, and what the log keeps where a command would not replay.
//!
//! ```text
//! image = db (u8) flags (u8: 1 = has expiry, 2 = raw string, 4 = collection) [expiry (u64, ms)] length key value
//! ```
//! `length` is LEB128; the value is the string's bytes, or a collection as `value::Collection` encodes it.

use super::db::Item;
use crate::record::{Reader, RecordError, put_bytes};
use crate::table::{Entry, Keyed, ValueRef};
use crate::value::Collection;
use thiserror::Error;

const HAS_EXPIRY: u8 = 1;
const RAW: u8 = 2;
const COLLECTION: u8 = 4;

/// Why bytes are no image.
#[derive(Debug, Error)]
pub enum ImageError {
    /// The frame around the value.
    #[error(transparent)]
    Frame(#[from] RecordError),
    /// The database number, key or flags are out of range.
    #[error("key image has {0}")]
    Range(&'static str),
    /// The collection.
    #[error("key image holds a malformed collection: {0}")]
    Collection(String),
}

/// A decoded image.
#[derive(Debug)]
pub struct KeyImage {
    /// The database.
    pub db: u8,
    /// The key with its value and expiry.
    pub item: Item,
}

/// Appends the image of `item`.
pub fn encode_image(out: &mut Vec<u8>, db: u8, item: &Item) {
    let mut flags = 0;
    if item.expire_at().is_some() {
        flags |= HAS_EXPIRY;
    }
    if item.is_raw() {
        flags |= RAW;
    }
    if matches!(item.value(), ValueRef::Coll(_)) {
        flags |= COLLECTION;
    }
    out.extend_from_slice(&[db, flags]);
    if let Some(due) = item.expire_at() {
        out.extend_from_slice(&due.to_le_bytes());
    }
    put_bytes(out, item.key());
    match item.value() {
        ValueRef::Str(value) => out.extend_from_slice(value),
        ValueRef::Coll(collection) => collection.encode(out),
    }
}

/// An image that is equal for equal values, however their tables are ordered: elements without an order are sorted. For comparing
/// states.
#[must_use]
pub fn canonical_image(db: u8, item: &Item) -> Vec<u8> {
    let mut out = vec![db];
    out.extend_from_slice(&item.expire_at().unwrap_or(u64::MAX).to_le_bytes());
    put_bytes(&mut out, item.key());
    match item.value() {
        ValueRef::Str(value) => out.extend_from_slice(value),
        ValueRef::Coll(collection) => {
            out.extend_from_slice(collection.type_name().as_bytes());
            let mut parts = collection_parts(collection);
            if matches!(collection, Collection::Hash(_) | Collection::Set(_)) {
                parts.sort_unstable();
            }
            for part in parts {
                put_bytes(&mut out, &part);
            }
        }
    }
    out
}

fn collection_parts(collection: &Collection) -> Vec<Vec<u8>> {
    match collection {
        Collection::List(list) => list.iter().map(<[u8]>::to_vec).collect(),
        Collection::Hash(hash) => {
            let pair = |(field, value): (&[u8], &[u8])| {
                let mut pair = Vec::new();
                put_bytes(&mut pair, field);
                put_bytes(&mut pair, value);
                pair
            };
            hash.iter().map(pair).collect()
        }
        Collection::Set(set) => set.iter().map(|member| member.to_vec()).collect(),
        Collection::ZSet(zset) => {
            let scored = |(member, score): (&[u8], f64)| [&score.to_bits().to_le_bytes(), member].concat();
            zset.iter().map(scored).collect()
        }
        Collection::Stream(stream) => {
            let mut bytes = Vec::new();
            stream.encode(&mut bytes);
            vec![bytes]
        }
    }
}

/// Reads an image; `seed` seeds the hash tables of its collection.
///
/// # Errors
/// [`ImageError`] on anything that [`encode_image`] does not write.
pub fn decode_image(bytes: &[u8], seed: u64) -> Result<KeyImage, ImageError> {
    let mut reader = Reader::new(bytes);
    let (db, flags) = (reader.u8()?, reader.u8()?);
    if db >= super::DB_COUNT {
        return Err(ImageError::Range("a database number above 15"));
    }
    if flags & !(HAS_EXPIRY | RAW | COLLECTION) != 0 {
        return Err(ImageError::Range("unknown flags"));
    }
    let due = if flags & HAS_EXPIRY != 0 { Some(reader.u64()?) } else { None };
    let key = reader.bytes()?;
    if key.len() > crate::table::KEY_LEN_MAX {
        return Err(ImageError::Range("a key above 64 KiB"));
    }
    let value = reader.rest();
    let item = if flags & COLLECTION != 0 {
        let collection = Collection::decode(value, seed).map_err(|error| ImageError::Collection(error.to_string()))?;
        Entry::collection(key, Box::new(collection), due)
    } else {
        let mut item = Entry::string(key, value, due);
        item.set_raw(flags & RAW != 0);
        item
    };
    Ok(KeyImage { db, item })
}
