//! What a record touches, read from its bytes and from nothing that the engine says about it.

use mainstay_foundation::Timestamp;
use mainstay_node::command::{Flags, Run, index};
use mainstay_node::record::{Item, RecordError, walk};
use mainstay_node::shard::decode_image;

/// A key in its database.
pub(super) type PlacedKey = (u8, Vec<u8>);

/// What a record changes.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Keys written.
    pub(super) keys: Vec<PlacedKey>,
    /// Whether a command in it changes keys without naming them.
    pub(super) everything: bool,
    /// Its last time.
    pub(super) time: Timestamp,
}

/// What `payload` changes; an error if it is no record.
pub(super) fn touched(payload: &[u8]) -> Result<Touched, String> {
    let mut touched = Touched::default();
    let time = walk::<RecordError>(payload, &mut |_, item| {
        match item {
            Item::Command { db, args } => touched.command(db, &args),
            Item::Image(image) => {
                if let Ok(image) = decode_image(image, 0) {
                    touched.keys.push((image.db, mainstay_node::table::Keyed::key(&image.item).to_vec()));
                }
            }
            Item::Gone { db, key } => touched.keys.push((db, key.to_vec())),
        }
        Ok(())
    });
    touched.time = time.map_err(|error| error.to_string())?;
    Ok(touched)
}

impl Touched {
    fn command(&mut self, db: u8, args: &[&[u8]]) {
        let Some(mut found) = index().find(args[0]) else { return };
        if let (Run::Container, Some(sub)) = (found.command.run, args.get(1)) {
            found = index().find_sub(found.number, sub).unwrap_or(found);
        }
        self.everything |= found.command.flags.contains(Flags::ALL_SHARDS);
        found.command.for_each_key(args, &mut |at, access| {
            if access.writes() {
                self.keys.push((db, args[at].to_vec()));
            }
        });
    }
}

/// The record as one record for each of its items, for a defect of the bug bank.
pub(super) fn split(payload: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut end = |part: Vec<u8>| parts.push(part);
    let result = walk::<RecordError>(payload, &mut |time, item| {
        let mut part = time.as_micros().to_le_bytes().to_vec();
        match item {
            Item::Command { db, args } => {
                part.extend_from_slice(&[1, db]);
                put_number(&mut part, args.len());
                args.iter().for_each(|arg| put_bytes(&mut part, arg));
            }
            Item::Image(image) => {
                part.push(2);
                put_bytes(&mut part, image);
            }
            Item::Gone { db, key } => {
                part.extend_from_slice(&[3, db]);
                put_bytes(&mut part, key);
            }
        }
        end(part);
        Ok(())
    });
    if result.is_err() || parts.is_empty() { vec![payload.to_vec()] } else { parts }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
