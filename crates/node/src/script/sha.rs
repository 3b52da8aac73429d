//! The name of a script: the SHA1 of its text in hexadecimal.

use std::fmt;

/// Forty lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha([u8; 40]);

impl Sha {
    /// The name of `body`. Costs one SHA1 over it.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        let digest = sha1_smol::Sha1::from(body).digest().bytes();
        let mut hex = [0; 40];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(digest) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        Self(hex)
    }

    /// Reads a name that a client sent, in either case of letters; `None` unless it is forty characters long.
    ///
    /// Characters other than digits are kept: such a name belongs to no script.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut hex: [u8; 40] = text.try_into().ok()?;
        hex.make_ascii_lowercase();
        Some(Self(hex))
    }

    /// The digits.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 40] {
        &self.0
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
