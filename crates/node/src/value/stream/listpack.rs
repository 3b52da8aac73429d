//! What an entry would weigh in Redis' own encoding of a block (a *listpack*).
//!
//! Redis starts a new block by the bytes of its listpack, and `~` trims whole blocks. A client that compares the two
//! servers sees the same blocks only if both weigh alike, so blocks carry the weight that the listpack would have.

use super::id::StreamId;

/// Bytes of a listpack without elements: its header and its end mark.
const EMPTY: usize = 7;

/// Weight of an integer element.
pub(super) fn integer(value: i64) -> usize {
    let encoded = match value {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    };
    encoded + back_len(encoded)
}

/// Weight of a text element; text that is a canonical 64-bit integer is stored as one.
pub(super) fn text(bytes: &[u8]) -> usize {
    if let Some(value) = canonical_integer(bytes) {
        return integer(value);
    }
    let header = match bytes.len() {
        0..=63 => 1,
        64..=4095 => 2,
        _ => 5,
    };
    let encoded = header + bytes.len();
    encoded + back_len(encoded)
}

/// Weight of a block's fixed part: the list's frame, the number and names of its first entry's fields, a closing zero.
pub(super) fn block_head<'a>(names: impl Iterator<Item = &'a [u8]>) -> usize {
    let (count, names) = names.fold((0, 0), |(count, sum), name| (count + 1, sum + text(name)));
    EMPTY + integer(count) + names + integer(0)
}

/// Weight of the live and deleted counts, which change over a block's life.
pub(super) fn block_counts(live: u32, dead: u32) -> usize {
    integer(i64::from(live)) + integer(i64::from(dead))
}

/// Weight of an entry of `fields` fields apart from their text: flags, id relative to `master`, number of elements.
pub(super) fn entry_frame(master: StreamId, id: StreamId, fields: usize, same_names: bool) -> usize {
    let delta = |to: u64, from: u64| integer(to.wrapping_sub(from).cast_signed());
    let fields = i64::try_from(fields).unwrap_or(i64::MAX / 4);
    let (elements, count) = if same_names { (fields + 3, 0) } else { (2 * fields + 4, integer(fields)) };
    integer(0) + delta(id.ms, master.ms) + delta(id.seq, master.seq) + count + integer(elements)
}

fn back_len(encoded: usize) -> usize {
    match encoded {
        0..=127 => 1,
        128..=16_383 => 2,
        16_384..=2_097_151 => 3,
        2_097_152..=268_435_455 => 4,
        _ => 5,
    }
}

fn canonical_integer(bytes: &[u8]) -> Option<i64> {
    match bytes {
        b"0" => Some(0),
        [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..] if bytes.len() <= 20 => str::from_utf8(bytes).ok()?.parse().ok(),
        _ => None,
    }
}
