//! Numbers in seven-bit groups, lowest first; a set high bit says that another byte follows. Only the shortest form of a
//! number is a number here, because blocks find the start of an entry by the size of its length.

/// Appends `value`: 1 byte below 128, at most 10.
pub(super) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value` so that [`read_back`] finds it from its end.
pub(super) fn write_back(out: &mut Vec<u8>, value: u64) {
    let start = out.len();
    write(out, value);
    out[start..].reverse();
}

/// Bytes that [`write`] uses for `value`.
pub(super) fn size(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Reads the number at `*at` and moves `*at` behind it. `None` where it is cut, too large or not the shortest form.
#[inline]
pub(super) fn read(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let first = *bytes.get(*at)?;
    if first < 0x80 {
        *at += 1;
        return Some(u64::from(first));
    }
    let (value, len) = collect(bytes.get(*at..)?.iter())?;
    *at += len;
    Some(value)
}

/// Reads the number that ends before `end`; also its size.
pub(super) fn read_back(bytes: &[u8], end: usize) -> Option<(u64, usize)> {
    collect(bytes.get(..end)?.iter().rev())
}

fn collect<'a>(bytes: impl Iterator<Item = &'a u8>) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, &byte) in bytes.take(10).enumerate() {
        let group = u64::from(byte & 0x7f);
        if index == 9 && group > 1 {
            return None;
        }
        value |= group << (7 * index);
        if byte < 0x80 {
            let shortest = index == 0 || byte != 0;
            return shortest.then_some((value, index + 1));
        }
    }
    None
}
