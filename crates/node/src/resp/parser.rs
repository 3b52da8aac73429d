//! Requests, found in the read buffer where they lie.
//!
//! The parser remembers where it stopped, so a request that arrives in many pieces is scanned once. Arguments are spans of
//! the buffer: nothing is copied, nothing is allocated per argument. Offsets are relative to the first byte of the
//! request, so the caller may move an unfinished request to the front of another buffer between calls.

use super::inline::split_line;
use thiserror::Error;

/// Where an argument lies: offset and length from the start of the request.
pub type Span = (u32, u32);

/// What a connection may send.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most arguments of one request.
    pub arguments_max: usize,
    /// Most bytes of one argument.
    pub bulk_bytes_max: usize,
    /// Most bytes of an inline line, and of the length lines within a request.
    pub inline_bytes_max: usize,
    /// Whether they are those of clients that have not authenticated, which the errors then say.
    pub unauthenticated: bool,
}

impl Limits {
    /// What a client that has not authenticated may send.
    pub const UNAUTHENTICATED: Self =
        Self { arguments_max: 10, bulk_bytes_max: 16_384, inline_bytes_max: 65_536, unauthenticated: true };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            arguments_max: 1024 * 1024,
            bulk_bytes_max: 512 * 1024 * 1024,
            inline_bytes_max: 65_536,
            unauthenticated: false,
        }
    }
}

/// Why a connection has to be closed. The texts are those of Redis 7.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// The count after `*` is no number or above the limit.
    #[error("invalid multibulk length")]
    MultibulkLength,
    /// An unauthenticated client sent too many arguments.
    #[error("unauthenticated multibulk length")]
    UnauthenticatedMultibulkLength,
    /// An unauthenticated client sent too long an argument.
    #[error("unauthenticated bulk length")]
    UnauthenticatedBulkLength,
    /// The length after `$` is no number or above the limit.
    #[error("invalid bulk length")]
    BulkLength,
    /// Something else than `$` stands where an argument begins.
    #[error("expected '$', got '{}'", *.0 as char)]
    ExpectedBulk(u8),
    /// A count line does not end within the limit.
    #[error("too big mbulk count string")]
    CountLine,
    /// A length line does not end within the limit.
    #[error("too big bulk count string")]
    LengthLine,
    /// An inline request does not end within the limit.
    #[error("too big inline request")]
    InlineLength,
    /// An inline request has an open quote.
    #[error("unbalanced quotes in request")]
    Quotes,
}

/// What one call found.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// More bytes are needed.
    Incomplete,
    /// A request of this many bytes; its arguments are [`Parser::spans`] of the buffer. Zero arguments: nothing to do.
    Request(usize),
    /// An inline request of this many bytes; its words were unquoted.
    Inline(usize, Vec<Vec<u8>>),
}

/// Finds requests; one per connection.
#[derive(Debug, Default)]
pub struct Parser {
    spans: Vec<Span>,
    /// The next byte to look at, from the start of the request.
    at: usize,
    /// Arguments still to come; `None` before the count line was read.
    missing: Option<usize>,
    /// The length of the argument being read.
    bulk: Option<usize>,
}

impl Parser {
    /// The arguments of the request that [`Parsed::Request`] reported; valid until the next call of [`parse`](Self::parse).
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// How many bytes of the unfinished request are surely still to come: what the buffer should have room for.
    #[must_use]
    pub fn wanted(&self, available: usize) -> usize {
        self.bulk.map_or(0, |length| (self.at + length + 2).saturating_sub(available))
    }

    /// Looks for the end of the request that starts at `buffer[0]`. Call again with the same bytes and more after
    /// `Incomplete`, and with what follows the request after the other answers. An error ends the connection.
    ///
    /// # Errors
    /// [`ProtocolError`] if the bytes are no request or exceed `limits`.
    #[inline]
    pub fn parse(&mut self, buffer: &[u8], limits: &Limits) -> Result<Parsed, ProtocolError> {
        if self.missing.is_none() {
            match buffer.first() {
                None => return Ok(Parsed::Incomplete),
                Some(b'*') => {}
                Some(_) => return self.parse_inline(buffer, limits),
            }
            self.spans.clear();
            let Some((count, after)) = read_count(buffer, limits)? else { return Ok(Parsed::Incomplete) };
            self.at = after;
            self.missing = Some(count);
            self.spans.reserve(count.min(64));
        }
        self.parse_arguments(buffer, limits)
    }

    fn parse_arguments(&mut self, buffer: &[u8], limits: &Limits) -> Result<Parsed, ProtocolError> {
        let mut missing = self.missing.unwrap_or(0);
        while missing > 0 {
            let length = match self.bulk {
                Some(length) => length,
                None => {
                    let Some((length, after)) = read_length(buffer, self.at, limits)? else {
                        self.missing = Some(missing);
                        return Ok(Parsed::Incomplete);
                    };
                    self.at = after;
                    length
                }
            };
            if buffer.len() < self.at + length + 2 {
                self.bulk = Some(length);
                self.missing = Some(missing);
                return Ok(Parsed::Incomplete);
            }
            self.bulk = None;
            self.spans.push((self.at as u32, length as u32));
            self.at += length + 2;
            missing -= 1;
        }
        self.missing = None;
        Ok(Parsed::Request(self.at))
    }

    fn parse_inline(&mut self, buffer: &[u8], limits: &Limits) -> Result<Parsed, ProtocolError> {
        let window = &buffer[..buffer.len().min(limits.inline_bytes_max + 1)];
        let Some(end) = memchr::memchr(b'\n', window) else {
            return if buffer.len() > limits.inline_bytes_max {
                Err(ProtocolError::InlineLength)
            } else {
                Ok(Parsed::Incomplete)
            };
        };
        let line = buffer[..end].strip_suffix(b"\r").unwrap_or(&buffer[..end]);
        let words = split_line(line).ok_or(ProtocolError::Quotes)?;
        Ok(Parsed::Inline(end + 1, words))
    }
}

/// Reads `*<count>\r\n`; a negative or zero count is an empty request.
fn read_count(buffer: &[u8], limits: &Limits) -> Result<Option<(usize, usize)>, ProtocolError> {
    let Some((digits, after)) = read_line(buffer, 1) else {
        return if buffer.len() > limits.inline_bytes_max { Err(ProtocolError::CountLine) } else { Ok(None) };
    };
    let count = parse_int(digits).ok_or(ProtocolError::MultibulkLength)?;
    if count > limits.arguments_max as i64 {
        return Err(match limits.unauthenticated {
            true => ProtocolError::UnauthenticatedMultibulkLength,
            false => ProtocolError::MultibulkLength,
        });
    }
    Ok(Some((usize::try_from(count).unwrap_or(0), after)))
}

/// Reads `$<length>\r\n` at `at`.
#[inline]
fn read_length(buffer: &[u8], at: usize, limits: &Limits) -> Result<Option<(usize, usize)>, ProtocolError> {
    match buffer.get(at) {
        None => return Ok(None),
        Some(b'$') => {}
        Some(&other) => {
            // Redis looks at the first byte only once the line is whole.
            return match read_line(buffer, at) {
                Some(_) => Err(ProtocolError::ExpectedBulk(other)),
                None if buffer.len() - at > limits.inline_bytes_max => Err(ProtocolError::LengthLine),
                None => Ok(None),
            };
        }
    }
    // Most lengths have one digit.
    if let Some(&[digit @ b'0'..=b'9', b'\r', b'\n']) = buffer.get(at + 1..at + 4)
        && limits.bulk_bytes_max >= 9
    {
        return Ok(Some((usize::from(digit - b'0'), at + 4)));
    }
    let Some((digits, after)) = read_line(buffer, at + 1) else {
        return if buffer.len() - at > limits.inline_bytes_max { Err(ProtocolError::LengthLine) } else { Ok(None) };
    };
    let length = parse_int(digits).and_then(|length| usize::try_from(length).ok()).ok_or(ProtocolError::BulkLength)?;
    if length > limits.bulk_bytes_max {
        return Err(match limits.unauthenticated {
            true => ProtocolError::UnauthenticatedBulkLength,
            false => ProtocolError::BulkLength,
        });
    }
    Ok(Some((length, after)))
}

/// The bytes from `at` to the next CR, and the offset behind the CR LF; `None` until both are there.
#[inline]
fn read_line(buffer: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = buffer.get(at..)?;
    let end = memchr::memchr(b'\r', rest)?;
    (rest.len() > end + 1).then(|| (&rest[..end], at + end + 2))
}

fn parse_int(digits: &[u8]) -> Option<i64> {
    let (negative, digits) = match digits {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 || (digits[0] == b'0' && (digits.len() > 1 || negative)) {
        return None;
    }
    let value = digits
        .iter()
        .try_fold(0i64, |value, &digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))?;
    Some(if negative { -value } else { value })
}
