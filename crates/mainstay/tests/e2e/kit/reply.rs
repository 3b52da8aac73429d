//! One reply of either protocol, kept so that two replies are equal exactly when their bytes are.

use std::fmt::Write as _;

/// A RESP2 or RESP3 value. Doubles and big numbers stay text: how they are printed is part of the reply.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Simple(Vec<u8>),
    Error(Vec<u8>),
    Integer(i64),
    Bulk(Vec<u8>),
    NullBulk,
    NullArray,
    Null,
    Boolean(bool),
    Double(Vec<u8>),
    BigNumber(Vec<u8>),
    Verbatim(Vec<u8>),
    BlobError(Vec<u8>),
    Array(Vec<Reply>),
    Set(Vec<Reply>),
    Push(Vec<Reply>),
    /// Keys and values in turn, as on the wire.
    Map(Vec<Reply>),
}

impl Reply {
    /// The first reply in `bytes` and its length there; `None` while it is not complete.
    /// Panics on bytes that no server may send.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut cursor = Cursor { bytes, at: 0 };
        let reply = cursor.reply()?;
        Some((reply, cursor.at))
    }

    /// The integer, or a panic that shows what came instead.
    #[track_caller]
    pub(crate) fn integer(&self) -> i64 {
        match self {
            Self::Integer(n) => *n,
            other => panic!("expected an integer, got {other}"),
        }
    }

    /// The bytes of a bulk or simple string as text, or a panic that shows what came instead.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Bulk(bytes) | Self::Simple(bytes) | Self::Verbatim(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            other => panic!("expected a string, got {other}"),
        }
    }

    /// The items of an array, set, push or (flat) map, or a panic that shows what came instead.
    #[track_caller]
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) | Self::Set(items) | Self::Push(items) | Self::Map(items) => items,
            other => panic!("expected an array, got {other}"),
        }
    }

    /// The error's text, or `None` for any other reply.
    pub(crate) fn error(&self) -> Option<String> {
        match self {
            Self::Error(text) | Self::BlobError(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// One line per scalar; an aggregate's line gives its kind and length, and its items follow two spaces deeper.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.push_lines(0, &mut lines);
        lines
    }

    fn push_lines(&self, depth: usize, lines: &mut Vec<String>) {
        let indent = "  ".repeat(depth);
        match self.aggregate() {
            Some((mark, items)) => {
                let length = if mark == '%' { items.len() / 2 } else { items.len() };
                lines.push(format!("{indent}{mark}{length}"));
                for item in items {
                    item.push_lines(depth + 1, lines);
                }
            }
            None => lines.push(format!("{indent}{self}")),
        }
    }

    fn aggregate(&self) -> Option<(char, &[Self])> {
        match self {
            Self::Array(items) => Some(('*', items)),
            Self::Set(items) => Some(('~', items)),
            Self::Push(items) => Some(('>', items)),
            Self::Map(items) => Some(('%', items)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Reply {
    /// On one line: `+OK`, `-ERR …`, `:1`, `"bulk"`, `$-1`, `*-1`, `_`, `#t`, `,1.5`, `(123`, `["a", :1]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some((mark, items)) = self.aggregate() {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            let mark = if mark == '*' { String::new() } else { mark.to_string() };
            return write!(f, "{mark}[{}]", items.join(", "));
        }
        match self {
            Self::Simple(text) => write!(f, "+{}", String::from_utf8_lossy(text)),
            Self::Error(text) => write!(f, "-{}", String::from_utf8_lossy(text)),
            Self::Integer(n) => write!(f, ":{n}"),
            Self::Bulk(bytes) => write!(f, "{}", escaped(bytes)),
            Self::NullBulk => f.write_str("$-1"),
            Self::NullArray => f.write_str("*-1"),
            Self::Null => f.write_str("_"),
            Self::Boolean(b) => f.write_str(if *b { "#t" } else { "#f" }),
            Self::Double(text) => write!(f, ",{}", String::from_utf8_lossy(text)),
            Self::BigNumber(text) => write!(f, "({}", String::from_utf8_lossy(text)),
            Self::Verbatim(text) => write!(f, "={}", escaped(text)),
            Self::BlobError(text) => write!(f, "!{}", String::from_utf8_lossy(text)),
            Self::Array(_) | Self::Set(_) | Self::Push(_) | Self::Map(_) => Ok(()),
        }
    }
}

/// Bytes in double quotes; what is not printable ASCII becomes `\r`, `\n`, `\t` or `\xHH`.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', byte as char]),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b' '..=b'~' => text.push(byte as char),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push('"');
    text
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn reply(&mut self) -> Option<Reply> {
        let kind = *self.bytes.get(self.at)?;
        let line = self.line()?;
        Some(match kind {
            b'+' => Reply::Simple(line),
            b'-' => Reply::Error(line),
            b':' => Reply::Integer(number(&line)),
            b'_' => Reply::Null,
            b'#' => Reply::Boolean(line == b"t"),
            b',' => Reply::Double(line),
            b'(' => Reply::BigNumber(line),
            b'$' if line == b"-1" => Reply::NullBulk,
            b'*' if line == b"-1" => Reply::NullArray,
            b'$' => Reply::Bulk(self.blob(number(&line))?),
            b'=' => Reply::Verbatim(self.blob(number(&line))?),
            b'!' => Reply::BlobError(self.blob(number(&line))?),
            b'*' => Reply::Array(self.several(number(&line))?),
            b'~' => Reply::Set(self.several(number(&line))?),
            b'>' => Reply::Push(self.several(number(&line))?),
            b'%' => Reply::Map(self.several(number(&line) * 2)?),
            other => panic!("no reply begins with {}: {}", escaped(&[other]), escaped(&self.bytes[..self.at])),
        })
    }

    /// The rest of the line after its first byte.
    fn line(&mut self) -> Option<Vec<u8>> {
        let rest = &self.bytes[self.at + 1..];
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        self.at += 1 + end + 2;
        Some(rest[..end].to_vec())
    }

    fn blob(&mut self, length: i64) -> Option<Vec<u8>> {
        let length = usize::try_from(length).expect("a length is not negative");
        let blob = self.bytes.get(self.at..self.at + length)?.to_vec();
        let end = self.bytes.get(self.at + length..self.at + length + 2)?;
        assert_eq!(end, b"\r\n", "a blob of {length} bytes does not end where it says");
        self.at += length + 2;
        Some(blob)
    }

    fn several(&mut self, count: i64) -> Option<Vec<Reply>> {
        (0..count).map(|_| self.reply()).collect()
    }
}

fn number(line: &[u8]) -> i64 {
    let text = std::str::from_utf8(line).expect("a number is ASCII");
    text.parse().unwrap_or_else(|_| panic!("not a number in a reply: {text}"))
}
