//! Log records: what a unit of execution did, at what time.
//!
//! ```text
//! record  = time (u64 little endian, microseconds since 1970) item*
//! item    = 0x01 db count (length bytes)*      a command with its arguments
//!         | 0x02 image                         a key with its value, see `shard::image`
//!         | 0x03 db length key                 a key is gone
//!         | 0x04 time                          what follows happened at this later time
//! ```
//! `count` and `length` are LEB128. A record is applied whole or not at all: it is one frame of the log. Replay runs the
//! commands at the record's time, so that expiry decides as it did then.

use mainstay_foundation::Timestamp;
use thiserror::Error;

const COMMAND: u8 = 1;
const IMAGE: u8 = 2;
const GONE: u8 = 3;
const TIME: u8 = 4;

/// One item of a record.
#[allow(missing_docs, reason = "the fields are told by their variant")]
#[derive(Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// Run this command in database `db`.
    Command { db: u8, args: Vec<&'a [u8]> },
    /// Put this key; the bytes are for [`decode_image`](crate::shard::decode_image).
    Image(&'a [u8]),
    /// Remove this key.
    Gone { db: u8, key: &'a [u8] },
}

/// The bytes are no record: written by another program, or by a newer format.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("log record is malformed at byte {at}: {what}")]
pub struct RecordError {
    /// Offset within the record.
    pub at: usize,
    /// What was expected.
    pub what: &'static str,
}

/// Appends `n` as LEB128.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends length and bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) fn put_command(out: &mut Vec<u8>, db: u8, args: &[&[u8]]) {
    out.extend_from_slice(&[COMMAND, db]);
    put_varint(out, args.len() as u64);
    for arg in args {
        put_bytes(out, arg);
    }
}

pub(crate) fn put_image(out: &mut Vec<u8>, image: &[u8]) {
    out.push(IMAGE);
    put_bytes(out, image);
}

pub(crate) fn put_time(out: &mut Vec<u8>, time: Timestamp) {
    out.push(TIME);
    out.extend_from_slice(&time.as_micros().to_le_bytes());
}

pub(crate) fn put_gone(out: &mut Vec<u8>, db: u8, key: &[u8]) {
    out.extend_from_slice(&[GONE, db]);
    put_bytes(out, key);
}

/// Reads values off a byte string.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    const fn error(&self, what: &'static str) -> RecordError {
        RecordError { at: self.at, what }
    }

    pub(crate) fn u8(&mut self) -> Result<u8, RecordError> {
        let byte = *self.bytes.get(self.at).ok_or(self.error("a byte"))?;
        self.at += 1;
        Ok(byte)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, RecordError> {
        let bytes = self.bytes.get(self.at..self.at + 8).ok_or(self.error("eight bytes"))?;
        self.at += 8;
        Ok(u64::from_le_bytes(bytes.try_into().unwrap_or_default()))
    }

    pub(crate) fn varint(&mut self) -> Result<u64, RecordError> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err(self.error("a number of at most 64 bits"))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], RecordError> {
        let length = usize::try_from(self.varint()?).map_err(|_| self.error("a length"))?;
        let end = self
            .at
            .checked_add(length)
            .filter(|end| *end <= self.bytes.len())
            .ok_or(self.error("as many bytes as announced"))?;
        let bytes = &self.bytes[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        self.at = self.bytes.len();
        rest
    }

    fn db(&mut self) -> Result<u8, RecordError> {
        let db = self.u8()?;
        if db < crate::shard::DB_COUNT { Ok(db) } else { Err(self.error("a database below 16")) }
    }
}

/// Calls `visit` with each item of `record` and its time, and returns the record's last time.
///
/// # Errors
/// [`RecordError`] if the bytes are no record; items before the defect were visited. An error of `visit` ends the walk.
pub fn walk<'a, E: From<RecordError>>(
    record: &'a [u8],
    visit: &mut dyn FnMut(Timestamp, Item<'a>) -> Result<(), E>,
) -> Result<Timestamp, E> {
    let mut reader = Reader::new(record);
    let mut time = Timestamp::from_micros(reader.u64()?);
    while !reader.is_empty() {
        let item = match reader.u8()? {
            COMMAND => {
                let db = reader.db()?;
                let count = reader.varint()?;
                let mut args = Vec::with_capacity(count.min(1024) as usize);
                for _ in 0..count {
                    args.push(reader.bytes()?);
                }
                if args.is_empty() {
                    return Err(reader.error("a command with a name").into());
                }
                Item::Command { db, args }
            }
            IMAGE => Item::Image(reader.bytes()?),
            GONE => Item::Gone { db: reader.db()?, key: reader.bytes()? },
            TIME => {
                time = Timestamp::from_micros(reader.u64()?);
                continue;
            }
            _ => return Err(reader.error("an item of kind 1 to 4").into()),
        };
        visit(time, item)?;
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_and_garbage_is_refused() {
        let mut record = 77u64.to_le_bytes().to_vec();
        let long = vec![b'x'; 300];
        put_command(&mut record, 3, &[b"SET", b"k", &long]);
        put_gone(&mut record, 0, b"old");
        put_image(&mut record, b"img");
        let mut seen = Vec::new();
        let time = walk::<RecordError>(&record, &mut |_, item| {
            seen.push(item);
            Ok(())
        });
        assert_eq!(time, Ok(Timestamp::from_micros(77)));
        let args: Vec<&[u8]> = vec![b"SET", b"k", &long];
        assert_eq!(seen, [Item::Command { db: 3, args }, Item::Gone { db: 0, key: b"old" }, Item::Image(b"img")]);
        for end in 1..record.len() {
            let _ = walk::<RecordError>(&record[..end], &mut |_, _| Ok(()));
        }
        record[8] = 9;
        assert!(walk::<RecordError>(&record, &mut |_, _| Ok(())).is_err());
        assert!(walk::<RecordError>(&[1, 2], &mut |_, _| Ok(())).is_err());
    }

    /// Mutations of a sound record and of a sound image end in items or an error, and never read past their end.
    #[test]
    fn random_bytes_are_walked_or_refused() {
        let mut rng = mainstay_foundation::Rng::new(17);
        let mut image = Vec::new();
        let item = crate::table::Entry::string(b"key", b"value", Some(99));
        crate::shard::encode_image(&mut image, 2, &item);
        let mut sound = 77u64.to_le_bytes().to_vec();
        put_command(&mut sound, 3, &[b"SET", b"k", b"some value"]);
        put_image(&mut sound, &image);
        put_gone(&mut sound, 15, b"old");
        let (mut refused, mut decoded) = (0, 0);
        for _ in 0..20_000 {
            let mut bytes = sound.clone();
            for _ in 0..=rng.below(3) {
                let at = rng.below(bytes.len() as u64) as usize;
                bytes[at] = rng.next_u64() as u8;
            }
            bytes.truncate(bytes.len() - rng.below(4) as usize);
            let mut read = 0;
            let walked = walk::<RecordError>(&bytes, &mut |_, item| {
                read += match item {
                    Item::Command { args, .. } => args.iter().map(|arg| arg.len()).sum(),
                    Item::Gone { key, .. } => key.len(),
                    Item::Image(image) => {
                        decoded += u32::from(crate::shard::decode_image(image, 1).is_ok());
                        image.len()
                    }
                };
                Ok(())
            });
            refused += u32::from(walked.is_err());
            assert!(read <= bytes.len());
        }
        assert!(refused > 5_000 && decoded > 5_000, "{refused} refused, {decoded} images");
    }
}
