//! The binary form of collections, as snapshots hold them.
//!
//! ```text
//! form: u8 | count: varint | elements
//!
//! 1 list                 items, front to back
//! 2 hash, packed         field, value, …; in order
//! 3 hash, table          field, value, …
//! 4 set of integers      the least as zigzag varint, then differences, each at least 1
//! 5 set, packed          members; in order
//! 6 set, table           members
//! 7 sorted set, packed   score, member, …; ascending
//! 8 sorted set, large    score, member, …; ascending
//! 9 stream               no count; the rest is the stream's own form
//! ```
//! A byte string is a varint of its length and its bytes; a varint is LEB128 with at most ten bytes; a score is eight bytes of
//! IEEE 754, little-endian. The form is written, not derived, so a collection comes back as it was: forms never go back
//! while the server runs, and must not because it restarted.
//!
//! A decoder believes nothing: a count above the bytes left, a repeated field, scores out of order or bytes left over are errors.

use super::Collection;
use crate::value::set::Form as SetForm;
use crate::value::{Hash, List, Set, Stream, ZSet};

const LIST: u8 = 1;
const HASH_PACKED: u8 = 2;
const HASH_TABLE: u8 = 3;
const SET_INTEGERS: u8 = 4;
const SET_PACKED: u8 = 5;
const SET_TABLE: u8 = 6;
const ZSET_PACKED: u8 = 7;
const ZSET_LARGE: u8 = 8;
const STREAM: u8 = 9;

/// Why bytes are not a collection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("the encoded collection ends after {at} bytes, inside an element")]
    Truncated {
        /// Bytes before the element that is cut.
        at: usize,
    },
    /// More elements are announced than bytes could hold.
    #[error("{count} elements are announced with {left} bytes left")]
    Count {
        /// The announced number.
        count: u64,
        /// Bytes left.
        left: usize,
    },
    /// A varint beyond 64 bits.
    #[error("the number at byte {at} has more than 64 bits")]
    Varint {
        /// Where it begins.
        at: usize,
    },
    /// No form has this byte.
    #[error("collection form {form} is unknown; forms are 1 to 9")]
    Form {
        /// The byte.
        form: u8,
    },
    /// A field or member is there twice.
    #[error("a field or member is there twice")]
    Duplicate,
    /// Integers or sorted members do not ascend.
    #[error("element {index} does not follow the one before it")]
    Order {
        /// Counted from 0.
        index: usize,
    },
    /// A stream's own form is malformed.
    #[error("stream: {0}")]
    Stream(crate::value::stream::DecodeError),
    /// A score is not a number.
    #[error("the score of member {index} is not a number")]
    Score {
        /// Counted from 0.
        index: usize,
    },
    /// Something follows the last element.
    #[error("{left} bytes follow the last element")]
    Trailing {
        /// How many.
        left: usize,
    },
}

/// Appends the form of `collection`.
pub(super) fn encode(collection: &Collection, out: &mut Vec<u8>) {
    if let Collection::Stream(stream) = collection {
        out.push(STREAM);
        stream.encode(out);
        return;
    }
    let form = match collection {
        Collection::List(_) => LIST,
        Collection::Hash(hash) if hash.is_packed() => HASH_PACKED,
        Collection::Hash(_) => HASH_TABLE,
        Collection::Set(set) => match set.form() {
            SetForm::Integers(_) => SET_INTEGERS,
            SetForm::Packed(_) => SET_PACKED,
            SetForm::Table(_) => SET_TABLE,
        },
        Collection::ZSet(zset) if zset.is_packed() => ZSET_PACKED,
        Collection::ZSet(_) => ZSET_LARGE,
        Collection::Stream(_) => STREAM,
    };
    out.push(form);
    put_varint(out, collection.len() as u64);
    match collection {
        Collection::List(list) => list.iter().for_each(|item| put_bytes(out, item)),
        Collection::Hash(hash) => hash.iter().for_each(|(field, value)| {
            put_bytes(out, field);
            put_bytes(out, value);
        }),
        Collection::Set(set) => match set.form() {
            SetForm::Integers(integers) => put_integers(out, integers.iter()),
            _ => set.iter().for_each(|member| put_bytes(out, &member)),
        },
        Collection::ZSet(zset) => zset.iter().for_each(|(member, score)| {
            out.extend_from_slice(&score.to_le_bytes());
            put_bytes(out, member);
        }),
        Collection::Stream(_) => {}
    }
}

fn put_integers(out: &mut Vec<u8>, mut integers: impl Iterator<Item = i64>) {
    let Some(mut last) = integers.next() else { return };
    put_varint(out, ((last << 1) ^ (last >> 63)) as u64);
    for value in integers {
        put_varint(out, value.wrapping_sub(last) as u64);
        last = value;
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads a form to its end.
pub(super) fn decode(bytes: &[u8], seed: u64) -> Result<Collection, DecodeError> {
    if let [STREAM, rest @ ..] = bytes {
        return Stream::decode(rest).map(|stream| Collection::Stream(Box::new(stream))).map_err(DecodeError::Stream);
    }
    let mut reader = Reader { bytes, at: 0 };
    let form = reader.byte()?;
    let smallest = match form {
        LIST | SET_INTEGERS | SET_PACKED | SET_TABLE => 1,
        HASH_PACKED | HASH_TABLE => 2,
        ZSET_PACKED | ZSET_LARGE => 9,
        _ => return Err(DecodeError::Form { form }),
    };
    let count = reader.count(smallest)?;
    let collection = match form {
        LIST => list(&mut reader, count)?.into(),
        HASH_PACKED => hash(&mut reader, count, Hash::new(seed))?.into(),
        HASH_TABLE => hash(&mut reader, count, Hash::new_large(seed))?.into(),
        SET_INTEGERS => integers(&mut reader, count, Set::new(seed))?.into(),
        SET_PACKED => set(&mut reader, count, Set::new_packed(seed))?.into(),
        SET_TABLE => set(&mut reader, count, Set::new_large(seed))?.into(),
        ZSET_PACKED => zset(&mut reader, count, ZSet::new(seed))?.into(),
        _ => zset(&mut reader, count, ZSet::new_large(seed))?.into(),
    };
    match reader.left() {
        0 => Ok(collection),
        left => Err(DecodeError::Trailing { left }),
    }
}

fn list(reader: &mut Reader<'_>, count: usize) -> Result<List, DecodeError> {
    let mut list = List::new();
    for _ in 0..count {
        list.push_back(reader.byte_string()?);
    }
    Ok(list)
}

fn hash(reader: &mut Reader<'_>, count: usize, mut hash: Hash) -> Result<Hash, DecodeError> {
    let mut fields = Distinct::new(hash.is_packed());
    for _ in 0..count {
        let field = reader.byte_string()?;
        fields.note(field);
        if !hash.restore(field, reader.byte_string()?) {
            return Err(DecodeError::Duplicate);
        }
    }
    fields.check()?;
    Ok(hash)
}

fn integers(reader: &mut Reader<'_>, count: usize, mut set: Set) -> Result<Set, DecodeError> {
    let mut last = 0;
    for index in 0..count {
        let number = reader.varint()?;
        last = match index {
            0 => (number >> 1) as i64 ^ -((number & 1) as i64),
            _ => last.checked_add_unsigned(number).ok_or(DecodeError::Order { index })?,
        };
        if !set.restore_integer(last) {
            return Err(DecodeError::Order { index });
        }
    }
    Ok(set)
}

fn set(reader: &mut Reader<'_>, count: usize, mut set: Set) -> Result<Set, DecodeError> {
    let mut members = Distinct::new(matches!(set.form(), SetForm::Packed(_)));
    for _ in 0..count {
        let member = reader.byte_string()?;
        members.note(member);
        if !set.restore(member) {
            return Err(DecodeError::Duplicate);
        }
    }
    members.check()?;
    Ok(set)
}

fn zset(reader: &mut Reader<'_>, count: usize, mut zset: ZSet) -> Result<ZSet, DecodeError> {
    let mut members = Distinct::new(zset.is_packed());
    let mut last: Option<(f64, &[u8])> = None;
    for index in 0..count {
        let score = reader.score()?;
        if score.is_nan() {
            return Err(DecodeError::Score { index });
        }
        let member = reader.byte_string()?;
        if last.is_some_and(|last| last >= (score, member)) {
            return Err(DecodeError::Order { index });
        }
        last = Some((score, member));
        members.note(member);
        if !zset.restore(member, score) {
            return Err(DecodeError::Duplicate);
        }
    }
    members.check()?;
    Ok(zset)
}

/// Finds repetitions among the keys of a packed form, which has no cheap lookup of its own.
struct Distinct<'a> {
    keys: Option<Vec<&'a [u8]>>,
}

impl<'a> Distinct<'a> {
    fn new(packed: bool) -> Self {
        Self { keys: packed.then(Vec::new) }
    }

    fn note(&mut self, key: &'a [u8]) {
        if let Some(keys) = &mut self.keys {
            keys.push(key);
        }
    }

    fn check(self) -> Result<(), DecodeError> {
        let mut keys = self.keys.unwrap_or_default();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) { Err(DecodeError::Duplicate) } else { Ok(()) }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        if count > self.left() {
            return Err(DecodeError::Truncated { at: self.at });
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(self.take(1)?[0])
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let start = self.at;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::Varint { at: start })
    }

    /// A number of elements of which each takes at least `smallest` bytes.
    fn count(&mut self, smallest: usize) -> Result<usize, DecodeError> {
        let count = self.varint()?;
        let most = self.left() / smallest;
        usize::try_from(count)
            .ok()
            .filter(|&count| count <= most)
            .ok_or(DecodeError::Count { count, left: self.left() })
    }

    fn byte_string(&mut self) -> Result<&'a [u8], DecodeError> {
        let start = self.at;
        let length = self.varint()?;
        usize::try_from(length).map_or(Err(DecodeError::Truncated { at: start }), |length| self.take(length))
    }

    fn score(&mut self) -> Result<f64, DecodeError> {
        let start = self.at;
        let bytes = self.take(8)?.first_chunk().ok_or(DecodeError::Truncated { at: start })?;
        Ok(f64::from_le_bytes(*bytes))
    }
}
