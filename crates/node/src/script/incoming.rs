//! RESP replies of commands become Lua values.
//!
//! | RESP | Lua |
//! |---|---|
//! | integer, bulk, array | number, string, table |
//! | status, error | `{ok=…}`, `{err=…, ignore_error_stats_update=true}` |
//! | RESP2 null | false |
//! | RESP3 null, boolean, double | nil, boolean, `{double=…}` |
//! | RESP3 map, set | `{map={…}}`, `{set={member=true}}` |
//! | RESP3 big number, verbatim | `{big_number=…}`, `{verbatim_string={string=…, format=…}}` |

use memchr::memchr;

use super::raw::frame::{Fault, Frame};

/// Replies nest at most this deep.
const DEPTH_MAX: usize = 128;

/// Pushes the value that the whole of `reply` spells.
pub(super) fn push(frame: &mut Frame<'_>, reply: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader { rest: reply };
    reader.value(frame, DEPTH_MAX)?;
    if reader.rest.is_empty() { Ok(()) } else { Err(malformed()) }
}

/// Pushes `{err = text, ignore_error_stats_update = true}`, the form of an error reply.
pub(super) fn push_error(frame: &mut Frame<'_>, text: &[u8]) {
    frame.push_table(0, 4);
    let table = frame.top();
    frame.push_bytes(text);
    frame.set_field(table, b"err");
    frame.push_bool(true);
    frame.set_field(table, b"ignore_error_stats_update");
}

struct Reader<'r> {
    rest: &'r [u8],
}

impl<'r> Reader<'r> {
    fn value(&mut self, frame: &mut Frame<'_>, depth: usize) -> Result<(), Fault> {
        if depth == 0 || !frame.reserve(6) {
            return Err(Fault::text("reply is nested too deep"));
        }
        frame.check_memory()?;
        let (&kind, rest) = self.rest.split_first().ok_or_else(malformed)?;
        self.rest = rest;
        let line = self.line()?;
        match kind {
            b'+' => push_field(frame, b"ok", line),
            b'-' => push_error(frame, line),
            b':' => frame.push_number(integer(line)? as f64),
            b'$' => self.bulk(frame, line)?,
            b'*' => self.list(frame, line, depth)?,
            b'%' => self.map(frame, line, depth)?,
            b'~' => self.set(frame, line, depth)?,
            b'_' => frame.push_nil(),
            b'#' => frame.push_bool(line == b"t"),
            b',' => push_double(frame, line)?,
            b'(' => push_field(frame, b"big_number", line),
            b'=' => self.verbatim(frame, line)?,
            b'|' => {
                self.skip_attributes(frame, line, depth)?;
                self.value(frame, depth - 1)?;
            }
            _ => return Err(malformed()),
        }
        Ok(())
    }

    fn line(&mut self) -> Result<&'r [u8], Fault> {
        let end = memchr(b'\r', self.rest).ok_or_else(malformed)?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix(b"\r\n").ok_or_else(malformed)?;
        Ok(line)
    }

    fn payload(&mut self, len: usize) -> Result<&'r [u8], Fault> {
        let (payload, rest) = self.rest.split_at_checked(len).ok_or_else(malformed)?;
        self.rest = rest.strip_prefix(b"\r\n").ok_or_else(malformed)?;
        Ok(payload)
    }

    fn bulk(&mut self, frame: &mut Frame<'_>, line: &[u8]) -> Result<(), Fault> {
        match count(line)? {
            Some(len) => frame.push_bytes(self.payload(len)?),
            None => frame.push_bool(false),
        }
        Ok(())
    }

    fn list(&mut self, frame: &mut Frame<'_>, line: &[u8], depth: usize) -> Result<(), Fault> {
        let Some(len) = count(line)? else {
            frame.push_bool(false);
            return Ok(());
        };
        frame.push_table(len, 0);
        let table = frame.top();
        for index in 1..=i32::try_from(len).map_err(|_| malformed())? {
            self.value(frame, depth - 1)?;
            frame.set_item(table, index);
        }
        Ok(())
    }

    fn map(&mut self, frame: &mut Frame<'_>, line: &[u8], depth: usize) -> Result<(), Fault> {
        let len = count(line)?.ok_or_else(malformed)?;
        frame.push_table(0, 1);
        frame.push_table(0, len);
        let table = frame.top();
        for _ in 0..len {
            self.value(frame, depth - 1)?;
            self.value(frame, depth - 1)?;
            let _keyless = frame.set_entry(table);
        }
        frame.set_field(table - 1, b"map");
        Ok(())
    }

    fn set(&mut self, frame: &mut Frame<'_>, line: &[u8], depth: usize) -> Result<(), Fault> {
        let len = count(line)?.ok_or_else(malformed)?;
        frame.push_table(0, 1);
        frame.push_table(0, len);
        let table = frame.top();
        for _ in 0..len {
            self.value(frame, depth - 1)?;
            frame.push_bool(true);
            let _keyless = frame.set_entry(table);
        }
        frame.set_field(table - 1, b"set");
        Ok(())
    }

    fn verbatim(&mut self, frame: &mut Frame<'_>, line: &[u8]) -> Result<(), Fault> {
        let payload = self.payload(count(line)?.ok_or_else(malformed)?)?;
        let (format, text) = payload.split_at_checked(3).ok_or_else(malformed)?;
        let text = text.strip_prefix(b":").ok_or_else(malformed)?;
        frame.push_table(0, 1);
        frame.push_table(0, 2);
        let table = frame.top();
        frame.push_bytes(text);
        frame.set_field(table, b"string");
        frame.push_bytes(format);
        frame.set_field(table, b"format");
        frame.set_field(table - 1, b"verbatim_string");
        Ok(())
    }

    fn skip_attributes(&mut self, frame: &mut Frame<'_>, line: &[u8], depth: usize) -> Result<(), Fault> {
        for _ in 0..2 * count(line)?.ok_or_else(malformed)? {
            self.value(frame, depth - 1)?;
            frame.pop(1);
        }
        Ok(())
    }
}

fn push_field(frame: &mut Frame<'_>, name: &[u8], text: &[u8]) {
    frame.push_table(0, 1);
    let table = frame.top();
    frame.push_bytes(text);
    frame.set_field(table, name);
}

fn push_double(frame: &mut Frame<'_>, line: &[u8]) -> Result<(), Fault> {
    let text = std::str::from_utf8(line).map_err(|_| malformed())?;
    let value = text.parse().map_err(|_| malformed())?;
    frame.push_table(0, 1);
    let table = frame.top();
    frame.push_number(value);
    frame.set_field(table, b"double");
    Ok(())
}

/// A length; `None` for -1.
fn count(line: &[u8]) -> Result<Option<usize>, Fault> {
    match integer(line)? {
        -1 => Ok(None),
        len => usize::try_from(len).map(Some).map_err(|_| malformed()),
    }
}

fn integer(line: &[u8]) -> Result<i64, Fault> {
    let (negative, digits) = line.strip_prefix(b"-").map_or((false, line), |digits| (true, digits));
    if digits.is_empty() {
        return Err(malformed());
    }
    let mut value: i64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return Err(malformed());
        }
        let step = i64::from(digit - b'0');
        let next = value.checked_mul(10).and_then(|v| if negative { v.checked_sub(step) } else { v.checked_add(step) });
        value = next.ok_or_else(malformed)?;
    }
    Ok(value)
}

fn malformed() -> Fault {
    Fault::text("malformed reply of a command")
}
