//! Replies, written straight into the connection's output buffer.

use crate::text::float;

/// The protocol version of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// RESP2: what a connection speaks before `HELLO`.
    #[default]
    Resp2,
    /// RESP3: maps, sets, doubles, booleans, pushes.
    Resp3,
}

/// A place in the buffer where a header will be inserted once its length is known.
#[derive(Debug)]
#[must_use = "close the mark, or the reply lacks its header"]
pub struct Mark(usize);

/// Writes replies in the connection's protocol; each RESP3 type has the RESP2 form that Redis gives it.
#[derive(Debug, Default)]
pub struct Encoder {
    out: Vec<u8>,
    /// What the reader of this buffer speaks.
    pub protocol: Protocol,
}

impl Encoder {
    /// An encoder that appends to `out`.
    #[must_use]
    pub const fn new(out: Vec<u8>, protocol: Protocol) -> Self {
        Self { out, protocol }
    }

    /// Everything written so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// Bytes written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Forgets what was written; the allocation stays.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    /// Forgets what was written after the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.out.truncate(len);
    }

    /// Takes the buffer out.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// The buffer itself, for shells that drain it.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Appends bytes that already are a whole reply in this protocol.
    pub fn raw(&mut self, reply: &[u8]) {
        self.out.extend_from_slice(reply);
    }

    fn header(&mut self, kind: u8, n: i64) {
        if (0..10).contains(&n) {
            self.out.extend_from_slice(&[kind, b'0' + n as u8, b'\r', b'\n']);
            return;
        }
        self.out.push(kind);
        self.out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// `+OK`.
    pub fn ok(&mut self) {
        self.out.extend_from_slice(b"+OK\r\n");
    }

    /// A simple string; must not contain a line break.
    pub fn simple(&mut self, text: &str) {
        debug_assert!(!text.contains(['\r', '\n']));
        self.out.push(b'+');
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// An error line without the leading minus; line breaks in it become blanks, since they would end the reply.
    pub fn error(&mut self, text: &[u8]) {
        self.out.push(b'-');
        self.out.extend(text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
        self.out.extend_from_slice(b"\r\n");
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, n: i64) {
        self.header(b':', n);
    }

    /// A count.
    #[inline]
    pub fn count(&mut self, n: usize) {
        self.int(n as i64);
    }

    /// 1 or 0: how commands of both protocols answer yes and no.
    pub fn flag(&mut self, yes: bool) {
        self.out.extend_from_slice(if yes { b":1\r\n" } else { b":0\r\n" });
    }

    /// A bulk string.
    #[inline]
    pub fn bulk(&mut self, bytes: &[u8]) {
        self.out.reserve(bytes.len() + 24);
        self.header(b'$', bytes.len() as i64);
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
    }

    /// A bulk string with the decimal digits of `n`.
    pub fn bulk_int(&mut self, n: i64) {
        self.bulk(itoa::Buffer::new().format(n).as_bytes());
    }

    /// A bulk string, or null.
    pub fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }

    /// A missing value.
    #[inline]
    pub fn null(&mut self) {
        self.out.extend_from_slice(match self.protocol {
            Protocol::Resp2 => b"$-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// A missing array (RESP2 tells it from a missing value).
    pub fn null_array(&mut self) {
        self.out.extend_from_slice(match self.protocol {
            Protocol::Resp2 => b"*-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// The header of an array of `n` replies.
    pub fn array(&mut self, n: usize) {
        self.header(b'*', n as i64);
    }

    /// The header of a map of `n` pairs.
    pub fn map(&mut self, n: usize) {
        match self.protocol {
            Protocol::Resp2 => self.header(b'*', 2 * n as i64),
            Protocol::Resp3 => self.header(b'%', n as i64),
        }
    }

    /// The header of a set of `n` replies.
    pub fn set(&mut self, n: usize) {
        match self.protocol {
            Protocol::Resp2 => self.header(b'*', n as i64),
            Protocol::Resp3 => self.header(b'~', n as i64),
        }
    }

    /// The header of an out-of-band message of `n` replies.
    pub fn push(&mut self, n: usize) {
        match self.protocol {
            Protocol::Resp2 => self.header(b'*', n as i64),
            Protocol::Resp3 => self.header(b'>', n as i64),
        }
    }

    /// A double; in RESP2 a bulk string of its shortest decimal form.
    pub fn double(&mut self, value: f64) {
        let mut text = Vec::with_capacity(24);
        float::write_shortest(value, &mut text);
        match self.protocol {
            Protocol::Resp2 => self.bulk(&text),
            Protocol::Resp3 => {
                self.out.push(b',');
                self.out.extend_from_slice(&text);
                self.out.extend_from_slice(b"\r\n");
            }
        }
    }

    /// A boolean; in RESP2 1 or 0.
    pub fn boolean(&mut self, yes: bool) {
        match self.protocol {
            Protocol::Resp2 => self.flag(yes),
            Protocol::Resp3 => self.out.extend_from_slice(if yes { b"#t\r\n" } else { b"#f\r\n" }),
        }
    }

    /// Text for people; in RESP2 a bulk string.
    pub fn verbatim(&mut self, text: &[u8]) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(text),
            Protocol::Resp3 => {
                self.header(b'=', text.len() as i64 + 4);
                self.out.extend_from_slice(b"txt:");
                self.out.extend_from_slice(text);
                self.out.extend_from_slice(b"\r\n");
            }
        }
    }

    /// Remembers where a header belongs whose length is not known yet.
    pub fn open(&mut self) -> Mark {
        Mark(self.out.len())
    }

    /// Inserts the header of an array of `n` replies at `mark`. Moves what was written since: O(bytes).
    pub fn close_array(&mut self, mark: Mark, n: usize) {
        self.close(mark, |encoder| encoder.array(n));
    }

    /// Inserts the header of a map of `n` pairs at `mark`.
    pub fn close_map(&mut self, mark: Mark, n: usize) {
        self.close(mark, |encoder| encoder.map(n));
    }

    /// Inserts the header of a set of `n` replies at `mark`.
    pub fn close_set(&mut self, mark: Mark, n: usize) {
        self.close(mark, |encoder| encoder.set(n));
    }

    /// Inserts what `header` writes at `mark`.
    #[allow(clippy::needless_pass_by_value, reason = "a mark is spent by closing it")]
    pub fn close(&mut self, mark: Mark, header: impl FnOnce(&mut Self)) {
        let end = self.out.len();
        header(self);
        let header_len = self.out.len() - end;
        self.out[mark.0..].rotate_right(header_len);
    }
}
