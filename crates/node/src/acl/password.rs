//! Passwords: kept as SHA-256 hashes, compared in constant time, made from given random bytes.

use sha2::{Digest, Sha256};
use std::fmt;

/// Bits of a generated password where the client names none.
pub const GENPASS_BITS_DEFAULT: u32 = 256;
/// Bits that a client may ask for.
pub const GENPASS_BITS_MAX: u32 = 4_096;

/// The SHA-256 of a password. Prints as 64 lowercase hexadecimal digits, for such hashes are what ACL rules hold.
#[derive(Clone, Copy)]
pub struct PasswordHash([u8; 32]);

impl PasswordHash {
    /// Hashes a password, which may be any bytes.
    #[must_use]
    pub fn of(password: &[u8]) -> Self {
        Self(Sha256::digest(password).into())
    }

    /// Reads 64 lowercase hexadecimal digits.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl PartialEq for PasswordHash {
    /// Takes the same time wherever the hashes differ. What is compared are hashes, so that even a leak would tell an
    /// attacker little about a password.
    fn eq(&self, other: &Self) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |difference, (one, two)| difference | (one ^ two));
        std::hint::black_box(difference) == 0
    }
}

impl Eq for PasswordHash {}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PasswordHash {
    /// Hashes stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A password of `bits` random bits as hexadecimal digits, the last rounded up to four bits: `ACL GENPASS bits`.
///
/// `random` gives (`bits` + 7) / 8 bytes or more from a cryptographic source; `None` if there are fewer, or if `bits` is not within
/// 1 and [`GENPASS_BITS_MAX`].
#[must_use]
pub fn genpass(bits: u32, random: &[u8]) -> Option<String> {
    let digits = bits.div_ceil(4) as usize;
    if !(1..=GENPASS_BITS_MAX).contains(&bits) || random.len() < digits.div_ceil(2) {
        return None;
    }
    let nibbles = random.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Some(nibbles.take(digits).map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)])).collect())
}
