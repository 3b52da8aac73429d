//! One line: valid JSON, or plain text, for any bytes, and never longer than [`LINE_BYTES_MAX`].

use super::Pair;
use super::field::Value;
use super::redact::Redactor;
use crate::config::LogLevel;
use mainstay_foundation::Timestamp;
use std::borrow::Cow;
use std::io::Write as _;

/// Most bytes of a line, its end included. A longer one is cut and says so.
pub const LINE_BYTES_MAX: usize = 16 << 10;

/// Fields by which lines of one request are found; they stand in front of the others.
const IDS: [&str; 5] = ["request_id", "trace_id", "span_id", "keyspace", "route"];
/// Names that only the line itself uses.
const RESERVED: [&str; 7] = ["ts", "level", "msg", "target", "node", "repeated", "truncated"];
/// Ends a line that was cut.
const JSON_CUT: &[u8] = b",\"truncated\":true}\n";
/// The same as text.
const TEXT_CUT: &[u8] = b" truncated=true\n";

/// What each line has.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) ts: Timestamp,
    pub(super) level: LogLevel,
    pub(super) msg: &'a str,
    pub(super) target: &'a str,
    pub(super) node: &'a str,
    /// How many lines like this one were not written.
    pub(super) repeated: Option<u64>,
}

/// As one JSON object.
pub(super) fn json(head: &Head<'_>, fields: &[Pair<'_>], redactor: &Redactor) -> Vec<u8> {
    let mut line = Json { out: Vec::with_capacity(256), cut: false };
    line.out.push(b'{');
    line.field("ts", &owned(head.ts.to_string()));
    for (name, text) in
        [("level", head.level.as_str()), ("msg", head.msg), ("target", head.target), ("node", head.node)]
    {
        line.field(name, &Value::Text(Cow::Borrowed(text.as_bytes())));
    }
    if let Some(count) = head.repeated {
        line.field("repeated", &Value::Unsigned(count));
    }
    each_field(fields, redactor, |name, value| line.field(name, value));
    line.out.extend_from_slice(if line.cut { JSON_CUT } else { b"}\n" });
    line.out
}

/// As text for people: `<ts> LEVEL target: msg name=value …`.
pub(super) fn text(head: &Head<'_>, fields: &[Pair<'_>], redactor: &Redactor) -> Vec<u8> {
    let start = format!("{} {:<5} ", head.ts, head.level.as_str().to_ascii_uppercase());
    let mut line = Text { out: start.into_bytes(), cut: false };
    line.push(head.target.as_bytes());
    line.push(b": ");
    line.push(head.msg.as_bytes());
    if let Some(count) = head.repeated {
        line.field("repeated", &Value::Unsigned(count));
    }
    each_field(fields, redactor, |name, value| line.field(name, value));
    line.out.extend_from_slice(if line.cut { TEXT_CUT } else { b"\n" });
    line.out
}

struct Text {
    out: Vec<u8>,
    cut: bool,
}

impl Text {
    fn push(&mut self, text: &[u8]) {
        // Two bytes are kept for the quotes around a value.
        self.cut = self.cut || !escape(&mut self.out, text, LINE_BYTES_MAX - TEXT_CUT.len() - 2);
    }

    fn field(&mut self, name: &str, value: &Value<'_>) {
        self.push(b" ");
        self.push(name.as_bytes());
        self.push(b"=");
        let text = bytes(value);
        let bare = !text.is_empty() && text.iter().all(|byte| byte.is_ascii_graphic() && !b"\"\\=".contains(byte));
        if bare || self.cut {
            return self.push(&text);
        }
        self.out.push(b'"');
        self.push(&text);
        self.out.push(b'"');
    }
}

/// Calls `write` with each field, ids first, under the name and with the value that it is written with.
fn each_field(fields: &[Pair<'_>], redactor: &Redactor, mut write: impl FnMut(&str, &Value<'_>)) {
    let ids = IDS.iter().filter_map(|id| fields.iter().find(|(name, _)| name == id));
    let others = fields.iter().filter(|(name, _)| !IDS.contains(name));
    for (name, field) in ids.chain(others) {
        let value = field.value();
        let value = if redactor.covers(name, &value) { owned(redactor.hashed(&bytes(&value))) } else { value };
        if RESERVED.contains(name) {
            write(&format!("f_{name}"), &value);
        } else {
            write(name, &value);
        }
    }
}

fn bytes<'a>(value: &'a Value<'_>) -> Cow<'a, [u8]> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Unsigned(number) => Cow::Owned(number.to_string().into_bytes()),
        Value::Signed(number) => Cow::Owned(number.to_string().into_bytes()),
        Value::Float(number) => Cow::Owned(number.to_string().into_bytes()),
        Value::Flag(flag) => Cow::Owned(flag.to_string().into_bytes()),
    }
}

fn owned(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text.into_bytes()))
}

struct Json {
    out: Vec<u8>,
    /// Nothing may follow: the line is full.
    cut: bool,
}

impl Json {
    /// Bytes that fields may fill, so that the end of a cut line has room.
    const LIMIT: usize = LINE_BYTES_MAX - JSON_CUT.len();

    fn field(&mut self, name: &str, value: &Value<'_>) {
        if self.cut {
            return;
        }
        let start = self.out.len();
        if start > 1 {
            self.out.push(b',');
        }
        self.out.push(b'"');
        // Room for `":""`: a value is cut anywhere, a name never.
        let named = escape(&mut self.out, name.as_bytes(), Self::LIMIT.saturating_sub(4));
        self.out.extend_from_slice(b"\":");
        let whole = named && self.value(value);
        if !whole {
            self.cut = true;
        }
        if !named || self.out.len() > Self::LIMIT {
            self.out.truncate(start);
        }
    }

    /// Whether all of it was written.
    fn value(&mut self, value: &Value<'_>) -> bool {
        // Writing to a vector does not fail.
        let _ = match value {
            Value::Text(text) => return self.string(text),
            Value::Float(number) if !number.is_finite() => return self.string(number.to_string().as_bytes()),
            Value::Unsigned(number) => write!(self.out, "{number}"),
            Value::Signed(number) => write!(self.out, "{number}"),
            Value::Float(number) => write!(self.out, "{number}"),
            Value::Flag(flag) => write!(self.out, "{flag}"),
        };
        self.out.len() <= Self::LIMIT
    }

    fn string(&mut self, text: &[u8]) -> bool {
        self.out.push(b'"');
        let whole = escape(&mut self.out, text, Self::LIMIT - 1);
        self.out.push(b'"');
        whole
    }
}

/// Appends `text` with quotes, backslashes and control characters escaped, and U+FFFD for what is not UTF-8, as long as `out` has at most `limit` bytes.
/// Returns whether all went in.
fn escape(out: &mut Vec<u8>, text: &[u8], limit: usize) -> bool {
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        let mut from = 0;
        for (at, character) in valid.char_indices().filter(|(_, character)| is_special(*character)) {
            let whole = plain(out, &valid[from..at], limit) && entire(out, &escaped(character), limit);
            if !whole {
                return false;
            }
            from = at + character.len_utf8();
        }
        let rest = plain(out, &valid[from..], limit);
        if !rest || (!chunk.invalid().is_empty() && !entire(out, "\u{fffd}", limit)) {
            return false;
        }
    }
    true
}

fn is_special(character: char) -> bool {
    character == '"' || character == '\\' || character.is_control()
}

fn escaped(character: char) -> Cow<'static, str> {
    match character {
        '"' => Cow::Borrowed("\\\""),
        '\\' => Cow::Borrowed("\\\\"),
        '\n' => Cow::Borrowed("\\n"),
        '\r' => Cow::Borrowed("\\r"),
        '\t' => Cow::Borrowed("\\t"),
        other => Cow::Owned(format!("\\u{:04x}", u32::from(other))),
    }
}

/// Appends as many whole characters as fit.
fn plain(out: &mut Vec<u8>, text: &str, limit: usize) -> bool {
    let room = limit.saturating_sub(out.len());
    if text.len() <= room {
        out.extend_from_slice(text.as_bytes());
        return true;
    }
    let mut fits = room;
    while !text.is_char_boundary(fits) {
        fits -= 1;
    }
    out.extend_from_slice(&text.as_bytes()[..fits]);
    false
}

/// Appends all or nothing.
fn entire(out: &mut Vec<u8>, text: &str, limit: usize) -> bool {
    let fits = out.len() + text.len() <= limit;
    if fits {
        out.extend_from_slice(text.as_bytes());
    }
    fits
}
