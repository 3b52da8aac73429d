//! Entry ids and every way a command may spell one.
//!
//! | parser | takes | used by |
//! |---|---|---|
//! | [`StreamId::parse`] | `5`, `5-3` | `XDEL`, `XACK`, `XCLAIM`, `XSETID`, `MINID` |
//! | [`StreamId::parse_range_start`], [`StreamId::parse_range_end`] | also `-`, `+`, `(5-3` | `XRANGE`, `XPENDING`, `XAUTOCLAIM` |
//! | [`NewId::parse`] | `*`, `5-*`, `5`, `5-3` | `XADD` |
//! | [`ReadFrom::parse`] | `$`, `>`, `5`, `5-3` | `XREAD`, `XREADGROUP`, `XGROUP` |
//!
//! Numbers are read as Redis 7.0 reads them: canonical decimals first, and what is left over by the rules of C's
//! `strtoull`, so that `007`, `+8` and a leading blank are accepted. Text ends at the first zero byte.

use std::fmt;

/// An entry's id: milliseconds and a sequence number within them, ordered in that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Milliseconds since 1970 when the server chose the id; any number when the client did.
    pub ms: u64,
    /// Tells apart the ids of one millisecond.
    pub seq: u64,
}

/// Ids longer than this are refused before they are looked at.
const ID_LEN_MAX: usize = 127;

/// Why a bound of a range is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not an id of the form the command takes.
    #[error("Invalid stream ID specified as stream command argument")]
    Invalid,
    /// An exclusive start with nothing after it.
    #[error("invalid start ID for the interval")]
    NothingAfter,
    /// An exclusive end with nothing before it.
    #[error("invalid end ID for the interval")]
    NothingBefore,
}

impl StreamId {
    /// The lowest id. No entry may have it: it stands for "before everything".
    pub const MIN: Self = Self { ms: 0, seq: 0 };
    /// The highest id. A stream whose last id is this accepts no more entries.
    pub const MAX: Self = Self { ms: u64::MAX, seq: u64::MAX };

    /// The id `ms-seq`.
    #[must_use]
    pub const fn new(ms: u64, seq: u64) -> Self {
        Self { ms, seq }
    }

    /// Whether this is `0-0`, which means "none" wherever a stream stores an id.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.ms == 0 && self.seq == 0
    }

    /// The id right after this one; `None` after [`Self::MAX`].
    #[must_use]
    pub const fn successor(self) -> Option<Self> {
        match (self.seq.checked_add(1), self.ms.checked_add(1)) {
            (Some(seq), _) => Some(Self { ms: self.ms, seq }),
            (None, Some(ms)) => Some(Self { ms, seq: 0 }),
            (None, None) => None,
        }
    }

    /// The id right before this one; `None` before [`Self::MIN`].
    #[must_use]
    pub const fn predecessor(self) -> Option<Self> {
        match (self.seq.checked_sub(1), self.ms.checked_sub(1)) {
            (Some(seq), _) => Some(Self { ms: self.ms, seq }),
            (None, Some(ms)) => Some(Self { ms, seq: u64::MAX }),
            (None, None) => None,
        }
    }

    /// Reads `5` (as `5-0`) or `5-3`; refuses `-`, `+` and everything else.
    ///
    /// # Errors
    /// [`IdError::Invalid`].
    pub fn parse(text: &[u8]) -> Result<Self, IdError> {
        parse_strict(text, 0)
    }

    /// Reads the start of a range: an id whose missing sequence is 0, `-`, `+`, or `(` before an id, which excludes it.
    ///
    /// # Errors
    /// [`IdError::Invalid`], or [`IdError::NothingAfter`] for an excluded [`Self::MAX`].
    pub fn parse_range_start(text: &[u8]) -> Result<Self, IdError> {
        match text {
            [b'(', id @ ..] if !id.is_empty() => parse_strict(id, 0)?.successor().ok_or(IdError::NothingAfter),
            _ => parse_bounded(text, 0),
        }
    }

    /// Reads the end of a range: an id whose missing sequence is the highest, `-`, `+`, or `(` before an id, which
    /// excludes it.
    ///
    /// # Errors
    /// [`IdError::Invalid`], or [`IdError::NothingBefore`] for an excluded [`Self::MIN`].
    pub fn parse_range_end(text: &[u8]) -> Result<Self, IdError> {
        match text {
            [b'(', id @ ..] if !id.is_empty() => {
                parse_strict(id, u64::MAX)?.predecessor().ok_or(IdError::NothingBefore)
            }
            _ => parse_bounded(text, u64::MAX),
        }
    }

    /// Appends `ms-seq` in decimal, at most 41 bytes.
    pub fn write_to(self, out: &mut Vec<u8>) {
        let mut digits = itoa::Buffer::new();
        out.extend_from_slice(digits.format(self.ms).as_bytes());
        out.push(b'-');
        out.extend_from_slice(digits.format(self.seq).as_bytes());
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// What `XADD` asks for as the id of its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewId {
    /// `*`: the clock's millisecond, or right after the last id where the clock is not ahead of it.
    Auto,
    /// `5-*`: this millisecond, the next free sequence number.
    AutoSeq(u64),
    /// Exactly this id.
    Exact(StreamId),
}

impl NewId {
    /// Reads `*`, `5-*`, `5` (as `5-0`) or `5-3`.
    ///
    /// # Errors
    /// [`IdError::Invalid`].
    pub fn parse(text: &[u8]) -> Result<Self, IdError> {
        if let [b'*'] | [b'*', 0, ..] = text {
            return Ok(Self::Auto);
        }
        match until_zero(text)?.strip_suffix(b"-*") {
            Some(ms) if !ms.contains(&b'-') => number(ms).map(Self::AutoSeq).ok_or(IdError::Invalid),
            _ => StreamId::parse(text).map(Self::Exact),
        }
    }
}

/// Where a reader wants to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// `$`: after whatever is the last id now.
    Last,
    /// `>`: what the group has not delivered to anybody.
    New,
    /// After this id.
    After(StreamId),
}

impl ReadFrom {
    /// Reads `$`, `>`, `5` or `5-3`. Which of the first two a command takes is the command's to say.
    ///
    /// # Errors
    /// [`IdError::Invalid`].
    pub fn parse(text: &[u8]) -> Result<Self, IdError> {
        match text {
            [b'$'] | [b'$', 0, ..] => Ok(Self::Last),
            [b'>'] | [b'>', 0, ..] => Ok(Self::New),
            _ => StreamId::parse(text).map(Self::After),
        }
    }
}

fn parse_bounded(text: &[u8], missing_seq: u64) -> Result<StreamId, IdError> {
    match until_zero(text)? {
        b"-" => Ok(StreamId::MIN),
        b"+" => Ok(StreamId::MAX),
        id => parse_strict(id, missing_seq),
    }
}

fn parse_strict(text: &[u8], missing_seq: u64) -> Result<StreamId, IdError> {
    let text = until_zero(text)?;
    let dash = memchr::memchr(b'-', text);
    let (ms, seq) = match dash {
        Some(at) => (number(&text[..at]), number(&text[at + 1..])),
        None => (number(text), Some(missing_seq)),
    };
    ms.zip(seq).map(|(ms, seq)| StreamId { ms, seq }).ok_or(IdError::Invalid)
}

fn until_zero(text: &[u8]) -> Result<&[u8], IdError> {
    if text.len() > ID_LEN_MAX {
        return Err(IdError::Invalid);
    }
    Ok(memchr::memchr(0, text).map_or(text, |end| &text[..end]))
}

/// An unsigned number as Redis 7.0 reads one: a canonical negative is refused, but a negative that only `strtoull`
/// understands (`-0`, a blank before the sign, below the least 64-bit integer) wraps around as C has it.
fn number(text: &[u8]) -> Option<u64> {
    if is_canonical_negative(text) {
        return None;
    }
    let text = trim_start(text);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let magnitude = digits.iter().try_fold(0u64, |value, &digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })?;
    Some(if negative { magnitude.wrapping_neg() } else { magnitude })
}

fn is_canonical_negative(text: &[u8]) -> bool {
    matches!(text, [b'-', b'1'..=b'9', ..]) && str::from_utf8(text).is_ok_and(|text| text.parse::<i64>().is_ok())
}

/// Drops what C calls white space, the vertical tab included.
fn trim_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    &text[blanks..]
}
