//! Results of scripts become RESP replies.

use std::io::Write;

use super::number::write_shortest;
use super::raw::frame::{Fault, Frame, Kind, to_integer};
use super::scripts::Protocol;

/// Results nest at most this deep.
const DEPTH_MAX: usize = 1000;

/// How to write a reply.
#[derive(Clone, Copy)]
pub(super) struct Writer {
    client: Protocol,
    script_resp3: bool,
    /// Length of the output at which the reply is too large.
    end_max: usize,
}

impl Writer {
    /// For a client that speaks `client`, and a script that said `redis.setresp(3)` or not: if so, booleans are told apart
    /// from numbers and null.
    pub(super) fn new(client: Protocol, script_resp3: bool) -> Self {
        Self { client, script_resp3, end_max: usize::MAX }
    }

    /// Appends the value at `at`; an error if its reply would be larger than the limit.
    pub(super) fn value(mut self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>) {
        let start = out.len();
        self.end_max = start + frame.world().limits.output_bytes_max;
        self.nested(frame, at, out, DEPTH_MAX);
        if out.len() > self.end_max {
            out.truncate(start);
            out.extend_from_slice(b"-ERR result of the script is too large\r\n");
        }
    }

    /// Past the limit every value is left out, so that tables which share their parts cost no endless walk.
    fn nested(self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize) {
        if out.len() > self.end_max {
            return;
        }
        if depth == 0 || !frame.reserve(4) {
            return out.extend_from_slice(b"-ERR reached lua stack limit\r\n");
        }
        match frame.kind(at) {
            Kind::String => write_bulk(out, frame.bytes(at).unwrap_or_default()),
            Kind::Number => write_header(out, b':', to_integer(frame.number(at).unwrap_or_default())),
            Kind::Boolean => self.boolean(frame.truth(at), out),
            Kind::Table => self.table(frame, at, out, depth),
            _ => self.null(out),
        }
    }

    fn null(self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.client == Protocol::Resp3 { b"_\r\n" } else { b"$-1\r\n" });
    }

    fn boolean(self, value: bool, out: &mut Vec<u8>) {
        match (self.script_resp3, self.client, value) {
            (true, Protocol::Resp3, _) => out.extend_from_slice(if value { b"#t\r\n" } else { b"#f\r\n" }),
            (_, _, true) => out.extend_from_slice(b":1\r\n"),
            (true, Protocol::Resp2, false) => out.extend_from_slice(b":0\r\n"),
            (false, _, false) => self.null(out),
        }
    }

    /// A table with one of the special fields, tried in this order, or a list up to its first nil.
    fn table(self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize) {
        let field = frame.top() + 1;
        for (name, kind, write) in SPECIAL {
            frame.get_field(at, name);
            let found = frame.kind(field) == *kind;
            let done = found && write(self, frame, field, out, depth);
            frame.pop(1);
            if done {
                return;
            }
        }
        self.list(frame, at, out, depth);
    }

    fn list(self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize) {
        let len = list_length(frame, at);
        write_header(out, b'*', i64::from(len));
        for index in 1..=len {
            frame.get_item(at, index);
            let item = frame.top();
            self.nested(frame, item, out, depth - 1);
            frame.pop(1);
        }
    }

    fn map(self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize) -> bool {
        let count = entry_count(frame, at);
        match self.client {
            Protocol::Resp3 => write_header(out, b'%', count),
            Protocol::Resp2 => write_header(out, b'*', count * 2),
        }
        self.pairs(frame, at, out, depth, true);
        true
    }

    fn set(self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize) -> bool {
        let kind = if self.client == Protocol::Resp3 { b'~' } else { b'*' };
        write_header(out, kind, entry_count(frame, at));
        self.pairs(frame, at, out, depth, false);
        true
    }

    fn pairs(self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize, values: bool) {
        let _: Result<(), Fault> = frame.entries(at, |frame, key, value| {
            self.nested(frame, key, out, depth - 1);
            if values {
                self.nested(frame, value, out, depth - 1);
            }
            Ok(())
        });
    }

    fn double(self, value: f64, out: &mut Vec<u8>) {
        let mut text = Vec::with_capacity(24);
        write_shortest(&mut text, value);
        match self.client {
            Protocol::Resp3 => write_line(out, b',', &text),
            Protocol::Resp2 => write_bulk(out, &text),
        }
    }

    fn big_number(self, digits: &[u8], out: &mut Vec<u8>) {
        match self.client {
            Protocol::Resp3 => write_line(out, b'(', digits),
            Protocol::Resp2 => write_bulk(out, &one_line(digits)),
        }
    }

    fn verbatim(self, frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>) -> bool {
        frame.get_field(at, b"string");
        frame.get_field(at, b"format");
        let format = frame.top();
        let parts = frame.bytes(format - 1).zip(frame.bytes(format));
        if let Some((text, format)) = parts {
            match self.client {
                Protocol::Resp2 => write_bulk(out, text),
                Protocol::Resp3 => write_verbatim(out, format, text),
            }
        }
        let done = parts.is_some();
        frame.pop(2);
        done
    }
}

type WriteSpecial = fn(Writer, &mut Frame<'_>, i32, &mut Vec<u8>, usize) -> bool;

/// Field name, the type that makes it special, and how it is written (false: not special after all).
const SPECIAL: &[(&[u8], Kind, WriteSpecial)] = &[
    (b"err", Kind::String, |_, frame, at, out, _| {
        write_line(out, b'-', frame.bytes(at).unwrap_or_default());
        true
    }),
    (b"ok", Kind::String, |_, frame, at, out, _| {
        write_line(out, b'+', frame.bytes(at).unwrap_or_default());
        true
    }),
    (b"double", Kind::Number, |writer, frame, at, out, _| {
        writer.double(frame.number(at).unwrap_or_default(), out);
        true
    }),
    (b"big_number", Kind::String, |writer, frame, at, out, _| {
        writer.big_number(frame.bytes(at).unwrap_or_default(), out);
        true
    }),
    (b"verbatim_string", Kind::Table, |writer, frame, at, out, _| writer.verbatim(frame, at, out)),
    (b"map", Kind::Table, Writer::map),
    (b"set", Kind::Table, Writer::set),
];

fn list_length(frame: &mut Frame<'_>, at: i32) -> i32 {
    let mut len = 0;
    loop {
        frame.get_item(at, len + 1);
        let end = frame.kind(frame.top()) == Kind::Nil;
        frame.pop(1);
        if end {
            return len;
        }
        len += 1;
    }
}

fn entry_count(frame: &mut Frame<'_>, at: i32) -> i64 {
    let mut count = 0;
    let _: Result<(), Fault> = frame.entries(at, |_, _, _| {
        count += 1;
        Ok(())
    });
    count
}

/// Appends `-text` with line ends made spaces.
pub(super) fn write_error(out: &mut Vec<u8>, text: &[u8]) {
    write_line(out, b'-', text);
}

fn write_line(out: &mut Vec<u8>, kind: u8, text: &[u8]) {
    out.push(kind);
    let start = out.len();
    out.extend_from_slice(text);
    for byte in &mut out[start..] {
        if matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn one_line(text: &[u8]) -> Vec<u8> {
    text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect()
}

fn write_header(out: &mut Vec<u8>, kind: u8, value: i64) {
    out.push(kind);
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn write_bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    write_header(out, b'$', bytes.len() as i64);
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// The format is cut or padded to its three characters.
fn write_verbatim(out: &mut Vec<u8>, format: &[u8], text: &[u8]) {
    let mut three = [b' '; 3];
    for (to, from) in three.iter_mut().zip(format) {
        *to = *from;
    }
    write_header(out, b'=', text.len() as i64 + 4);
    let _ = out.write_all(&three);
    out.push(b':');
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}
