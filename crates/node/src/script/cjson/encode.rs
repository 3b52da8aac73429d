//! Lua values to JSON.

use super::options::{self, InvalidNumbers, Options};
use crate::script::number::write_general;
use crate::script::raw::frame::{Fault, Frame, Kind};

/// Nesting that no option can raise: it bounds the native stack.
const DEPTH_MAX: i32 = 1000;

/// `cjson.encode(value)`.
pub(super) fn encode(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if frame.top() != 1 {
        return Err(Fault::argument(1, "expected 1 argument"));
    }
    let mut encoder = Encoder { options: options::of(frame), out: Vec::with_capacity(128) };
    encoder.value(frame, 1, 0)?;
    frame.push_bytes(&encoder.out);
    Ok(1)
}

struct Encoder {
    options: Options,
    out: Vec<u8>,
}

impl Encoder {
    fn value(&mut self, frame: &mut Frame<'_>, at: i32, depth: i32) -> Result<(), Fault> {
        frame.check_output(&self.out)?;
        match frame.kind(at) {
            Kind::String => write_string(&mut self.out, frame.bytes(at).unwrap_or_default()),
            Kind::Number => self.number(frame.number(at).unwrap_or_default())?,
            Kind::Boolean => self.out.extend_from_slice(if frame.truth(at) { b"true" } else { b"false" }),
            Kind::Table => self.table(frame, at, depth + 1)?,
            Kind::Nil => self.out.extend_from_slice(b"null"),
            Kind::LightUserdata if frame.is_null(at) => self.out.extend_from_slice(b"null"),
            other => return Err(refuse(other, "type not supported")),
        }
        Ok(())
    }

    fn number(&mut self, x: f64) -> Result<(), Fault> {
        if x.is_finite() {
            write_general(&mut self.out, x, self.options.precision as usize);
            return Ok(());
        }
        match self.options.encode_invalid {
            InvalidNumbers::Refuse => return Err(refuse(Kind::Number, "must not be NaN or Inf")),
            InvalidNumbers::Null => self.out.extend_from_slice(b"null"),
            InvalidNumbers::Write if x.is_nan() => self.out.extend_from_slice(b"nan"),
            InvalidNumbers::Write => write_general(&mut self.out, x, 14),
        }
        Ok(())
    }

    /// `depth` is that of the table's items. The empty table is an object.
    fn table(&mut self, frame: &mut Frame<'_>, at: i32, depth: i32) -> Result<(), Fault> {
        if depth > self.options.encode_depth_max.min(DEPTH_MAX) || !frame.reserve(5) {
            return Err(Fault::text(format!("Cannot serialise, excessive nesting ({depth})")));
        }
        match self.array_length(frame, at)? {
            Some(len) if len > 0 => self.array(frame, at, len, depth),
            _ => self.object(frame, at, depth),
        }
    }

    /// The greatest index of a table whose keys are all indexes; `None` for an object.
    fn array_length(&self, frame: &mut Frame<'_>, at: i32) -> Result<Option<i32>, Fault> {
        let (mut items, mut greatest, mut array) = (0.0, 0.0_f64, true);
        frame.entries(at, |frame, key, _| {
            let number = frame.number(key).filter(|_| frame.kind(key) == Kind::Number);
            match number.filter(|x| *x >= 1.0 && x.floor() == *x) {
                Some(x) => greatest = greatest.max(x),
                None => array = false,
            }
            items += 1.0;
            Ok::<_, Fault>(())
        })?;
        if !array {
            return Ok(None);
        }
        let Options { sparse_convert, sparse_ratio, sparse_safe, .. } = self.options;
        let sparse = greatest > items * f64::from(sparse_ratio) && greatest > f64::from(sparse_safe);
        match (sparse && sparse_ratio > 0, sparse_convert) {
            (true, true) => Ok(None),
            (true, false) => Err(refuse(Kind::Table, "excessively sparse array")),
            (false, _) if greatest > f64::from(ARRAY_MAX) => Err(refuse(Kind::Table, "excessively sparse array")),
            (false, _) => Ok(Some(greatest as i32)),
        }
    }

    fn array(&mut self, frame: &mut Frame<'_>, at: i32, len: i32, depth: i32) -> Result<(), Fault> {
        self.out.push(b'[');
        for index in 1..=len {
            if index > 1 {
                self.out.push(b',');
            }
            frame.get_item(at, index);
            let item = frame.top();
            self.value(frame, item, depth)?;
            frame.pop(1);
        }
        self.out.push(b']');
        Ok(())
    }

    fn object(&mut self, frame: &mut Frame<'_>, at: i32, depth: i32) -> Result<(), Fault> {
        self.out.push(b'{');
        let mut first = true;
        frame.entries(at, |frame, key, value| {
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            self.key(frame, key)?;
            self.out.push(b':');
            self.value(frame, value, depth)
        })?;
        self.out.push(b'}');
        Ok(())
    }

    fn key(&mut self, frame: &Frame<'_>, at: i32) -> Result<(), Fault> {
        match frame.kind(at) {
            Kind::String => write_string(&mut self.out, frame.bytes(at).unwrap_or_default()),
            Kind::Number => {
                self.out.push(b'"');
                self.number(frame.number(at).unwrap_or_default())?;
                self.out.push(b'"');
            }
            other => return Err(refuse(other, "table key must be a number or string")),
        }
        Ok(())
    }
}

/// Arrays that are mostly nulls are written up to this index, whatever the options say of them.
const ARRAY_MAX: i32 = 1 << 26;

fn refuse(kind: Kind, reason: &str) -> Fault {
    Fault::text(format!("Cannot serialise {}: {reason}", kind.name()))
}

fn write_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' | b'/' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 | 0x7f => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
