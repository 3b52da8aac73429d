//! Hash slots: which of the 16,384 a key belongs to, and which of the 256 shards holds a slot.

/// Slots in the key space, as in Redis Cluster.
pub const SLOT_COUNT: u16 = 16_384;
/// Shards of a node; each holds 64 neighbouring slots.
pub const SHARD_COUNT: usize = 256;

/// The slot of `key`: CRC16 (XMODEM) of its hash tag modulo 16,384. The hash tag is what stands between the first `{` and
/// the next `}`, if that is not empty; else the whole key.
#[inline]
#[must_use]
pub fn of_key(key: &[u8]) -> u16 {
    crc16(hash_tag(key)) % SLOT_COUNT
}

/// The shard that holds `key`.
#[inline]
#[must_use]
pub fn shard_of_key(key: &[u8]) -> usize {
    usize::from(of_key(key) >> 6)
}

/// What of `key` decides its slot; see [`of_key`].
#[inline]
#[must_use]
pub fn hash_tag(key: &[u8]) -> &[u8] {
    let Some(open) = memchr::memchr(b'{', key) else { return key };
    match memchr::memchr(b'}', &key[open + 1..]) {
        Some(length) if length > 0 => &key[open + 1..open + 1 + length],
        _ => key,
    }
}

/// CRC16/XMODEM: polynomial 0x1021, initial value 0. Eight bytes a step by slicing tables would pay off only for keys far
/// longer than usual; one table lookup a byte keeps the cache small.
#[inline]
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| (crc << 8) ^ CRC16[usize::from((crc >> 8) as u8 ^ byte)])
}

const CRC16: [u16; 256] = {
    let mut table = [0u16; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis_cluster() {
        assert_eq!(crc16(b"123456789"), 0x31c3, "the check value of CRC16/XMODEM");
        for (key, slot) in
            [("", 0), ("foo", 12_182), ("bar", 5_061), ("somekey", 11_058), ("{user1000}.following", 3_443)]
        {
            assert_eq!(of_key(key.as_bytes()), slot, "{key}");
        }
    }

    #[test]
    fn only_a_non_empty_first_tag_counts() {
        assert_eq!(of_key(b"{user1000}.following"), of_key(b"{user1000}.followers"));
        assert_eq!(hash_tag(b"foo{}{bar}"), b"foo{}{bar}");
        assert_eq!(hash_tag(b"foo{{bar}}zap"), b"{bar");
        assert_eq!(hash_tag(b"foo{bar}{zap}"), b"bar");
        assert_eq!(hash_tag(b"foo{bar"), b"foo{bar");
    }
}
