//! The byte form of one item in a packed array.
//!
//! ```text
//! | length | bytes … | length |          length < 254: one byte
//!                                        otherwise:    254 and four bytes, little-endian (before the bytes)
//!                                                      four bytes and 254 (after the bytes)
//! ```
//! The length stands on both sides, so that a reader can walk either way from any boundary. Items are stored as they came:
//! a read is a slice of the array, never a conversion. Two bytes per short item is what Redis' listpack pays too.

/// First length that needs the long form, and its mark.
const LONG: u8 = 254;
const LONG_LENGTH_BYTES: usize = 5;

/// Longest item; callers refuse values long before.
pub(crate) const ITEM_BYTES_MAX: usize = (u32::MAX - 64) as usize;

/// Bytes that an item of `length` bytes takes in the array.
#[inline]
pub(crate) fn encoded_len(length: usize) -> usize {
    length + 2 * length_bytes(length)
}

#[inline]
fn length_bytes(length: usize) -> usize {
    if length < LONG as usize { 1 } else { LONG_LENGTH_BYTES }
}

/// Writes an item made of two parts over the first `encoded_len` bytes of `into`. Two parts save callers a concatenation.
#[inline]
pub(crate) fn write_parts(into: &mut [u8], head: &[u8], tail: &[u8]) {
    let length = head.len() + tail.len();
    assert!(length <= ITEM_BYTES_MAX, "an item of {length} bytes; at most {ITEM_BYTES_MAX} are packed");
    let prefix = length_bytes(length);
    let body = prefix + length;
    into[prefix..prefix + head.len()].copy_from_slice(head);
    into[prefix + head.len()..body].copy_from_slice(tail);
    if prefix == 1 {
        into[0] = length as u8;
        into[body] = length as u8;
    } else {
        let bytes = (length as u32).to_le_bytes();
        into[0] = LONG;
        into[1..prefix].copy_from_slice(&bytes);
        into[body..body + 4].copy_from_slice(&bytes);
        into[body + 4] = LONG;
    }
}

/// Writes `item` over the first `encoded_len` bytes of `into`.
#[inline]
pub(crate) fn write(into: &mut [u8], item: &[u8]) {
    write_parts(into, item, &[]);
}

/// The item that begins at `start`, and where the next begins. `start` must be a boundary before the end.
#[inline]
pub(crate) fn read(bytes: &[u8], start: usize) -> (&[u8], usize) {
    let mark = bytes[start];
    if mark < LONG {
        let body = start + 1;
        let end = body + mark as usize;
        return (&bytes[body..end], end + 1);
    }
    let body = start + LONG_LENGTH_BYTES;
    let end = body + long_length(&bytes[start + 1..body]);
    (&bytes[body..end], end + LONG_LENGTH_BYTES)
}

/// The item that ends before `end`, and where it begins. `end` must be a boundary after the start.
#[inline]
pub(crate) fn read_back(bytes: &[u8], end: usize) -> (&[u8], usize) {
    let mark = bytes[end - 1];
    if mark < LONG {
        let body_end = end - 1;
        let body = body_end - mark as usize;
        return (&bytes[body..body_end], body - 1);
    }
    let body_end = end - LONG_LENGTH_BYTES;
    let body = body_end - long_length(&bytes[body_end..end - 1]);
    (&bytes[body..body_end], body - LONG_LENGTH_BYTES)
}

/// Whether two items are equal. Neighbours in a collection tend to be of one length and to differ at the end, so the last
/// byte spares most calls of a comparison.
#[inline]
pub(crate) fn equal(found: &[u8], wanted: &[u8]) -> bool {
    found.len() == wanted.len() && found.last() == wanted.last() && found == wanted
}

#[inline]
fn long_length(bytes: &[u8]) -> usize {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
}
