//! MessagePack to Lua values.

use crate::script::raw::frame::{Fault, Frame, Kind};

/// Nesting beyond this is refused.
const DEPTH_MAX: usize = 1000;

/// `unpack(s)`: every value of `s`.
pub(super) fn unpack(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    values(frame, 0, 0)
}

/// `unpack_one(s, offset = 0)`: the offset behind the value (-1 at the end of `s`) and the value.
pub(super) fn unpack_one(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let offset = optional_integer(frame, 2)?;
    values(frame, 1, offset)
}

/// `unpack_limit(s, limit, offset = 0)`: as `unpack_one`, for up to `limit` values.
pub(super) fn unpack_limit(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let limit = frame.check_integer(2)?;
    let offset = optional_integer(frame, 3)?;
    values(frame, limit, offset)
}

fn optional_integer(frame: &Frame<'_>, at: i32) -> Result<i64, Fault> {
    if matches!(frame.kind(at), Kind::None | Kind::Nil) { Ok(0) } else { frame.check_integer(at) }
}

fn values(frame: &mut Frame<'_>, limit: i64, offset: i64) -> Result<i32, Fault> {
    let input = frame.check_bytes(1)?;
    let len = input.len();
    let (Ok(count_max), Ok(start)) = (usize::try_from(limit), usize::try_from(offset)) else {
        return Err(Fault::text(format!("Invalid request to unpack with offset of {offset} and limit of {len}.")));
    };
    let rest = input.get(start..);
    let rest = rest.ok_or_else(|| Fault::text(format!("Start offset {offset} greater than input length {len}.")))?;
    let all = limit == 0 && offset == 0;
    let place = frame.top() + 1;
    if !all {
        frame.push_nil();
    }
    let mut reader = Reader { rest };
    let mut count = 0;
    while !reader.rest.is_empty() && (all || count < count_max) {
        if !frame.reserve(3) {
            return Err(Fault::text("stack overflow (in function mp_unpack_full)"));
        }
        reader.value(frame, DEPTH_MAX)?;
        count += 1;
    }
    if !all {
        let end = if reader.rest.is_empty() { -1.0 } else { (len - reader.rest.len()) as f64 };
        frame.push_number(end);
        frame.replace(place);
    }
    Ok(frame.top() + 1 - place)
}

struct Reader<'r> {
    rest: &'r [u8],
}

impl<'r> Reader<'r> {
    fn value(&mut self, frame: &mut Frame<'_>, depth: usize) -> Result<(), Fault> {
        frame.check_memory()?;
        let [kind] = self.take::<1>()?;
        match kind {
            0x00..=0x7f | 0xe0..=0xff => frame.push_number(f64::from(kind as i8)),
            0x80..=0x8f => self.map(frame, usize::from(kind & 15), depth)?,
            0x90..=0x9f => self.array(frame, usize::from(kind & 15), depth)?,
            0xa0..=0xbf => self.string(frame, usize::from(kind & 31))?,
            0xc0 => frame.push_nil(),
            0xc2 | 0xc3 => frame.push_bool(kind == 0xc3),
            0xca => frame.push_number(f64::from(f32::from_be_bytes(self.take()?))),
            0xcb => frame.push_number(f64::from_be_bytes(self.take()?)),
            0xcc => frame.push_number(f64::from(u8::from_be_bytes(self.take()?))),
            0xcd => frame.push_number(f64::from(u16::from_be_bytes(self.take()?))),
            0xce => frame.push_number(f64::from(u32::from_be_bytes(self.take()?))),
            0xcf | 0xd3 => frame.push_number(i64::from_be_bytes(self.take()?) as f64),
            0xd0 => frame.push_number(f64::from(i8::from_be_bytes(self.take()?))),
            0xd1 => frame.push_number(f64::from(i16::from_be_bytes(self.take()?))),
            0xd2 => frame.push_number(f64::from(i32::from_be_bytes(self.take()?))),
            0xd9 => self.length8().and_then(|len| self.string(frame, len))?,
            0xda => self.length16().and_then(|len| self.string(frame, len))?,
            0xdb => self.length32().and_then(|len| self.string(frame, len))?,
            0xdc => self.length16().and_then(|len| self.array(frame, len, depth))?,
            0xdd => self.length32().and_then(|len| self.array(frame, len, depth))?,
            0xde => self.length16().and_then(|len| self.map(frame, len, depth))?,
            0xdf => self.length32().and_then(|len| self.map(frame, len, depth))?,
            0xc1 | 0xc4..=0xc9 | 0xd4..=0xd8 => return Err(Fault::text("Bad data format in input.")),
        }
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (head, rest) = self.rest.split_first_chunk().ok_or_else(missing)?;
        self.rest = rest;
        Ok(*head)
    }

    fn length8(&mut self) -> Result<usize, Fault> {
        self.take().map(|bytes| usize::from(u8::from_be_bytes(bytes)))
    }

    fn length16(&mut self) -> Result<usize, Fault> {
        self.take().map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn length32(&mut self) -> Result<usize, Fault> {
        self.take().map(|bytes| u32::from_be_bytes(bytes) as usize)
    }

    fn string(&mut self, frame: &mut Frame<'_>, len: usize) -> Result<(), Fault> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or_else(missing)?;
        self.rest = rest;
        frame.push_bytes(bytes);
        Ok(())
    }

    fn array(&mut self, frame: &mut Frame<'_>, len: usize, depth: usize) -> Result<(), Fault> {
        if depth == 0 || !frame.reserve(4) {
            return Err(Fault::text("stack overflow (in function mp_decode_to_lua_array)"));
        }
        frame.push_table(len.min(self.rest.len()), 0);
        let table = frame.top();
        for index in 1..=i32::try_from(len).unwrap_or(i32::MAX) {
            self.value(frame, depth - 1)?;
            frame.set_item(table, index);
        }
        Ok(())
    }

    fn map(&mut self, frame: &mut Frame<'_>, len: usize, depth: usize) -> Result<(), Fault> {
        if depth == 0 || !frame.reserve(5) {
            return Err(Fault::text("stack overflow (in function mp_decode_to_lua_hash)"));
        }
        frame.push_table(0, len.min(self.rest.len()));
        let table = frame.top();
        for _ in 0..len {
            self.value(frame, depth - 1)?;
            let problem = if frame.kind(table + 1) == Kind::Nil { "table index is nil" } else { "table index is NaN" };
            self.value(frame, depth - 1)?;
            if !frame.set_entry(table) {
                frame.push_bytes(problem.as_bytes());
                return Err(Fault::Value);
            }
        }
        Ok(())
    }
}

fn missing() -> Fault {
    Fault::text("Missing bytes in input.")
}
