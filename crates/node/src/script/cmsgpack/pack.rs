//! Lua values to MessagePack, each in its shortest form.

use crate::script::raw::frame::{Fault, Frame, Kind, to_integer};

/// A table deeper than this is packed as nil, which also ends cycles.
const DEPTH_MAX: usize = 16;

/// `pack(...)`: the arguments one after the other.
pub(super) fn pack(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let count = frame.top();
    if count == 0 {
        return Err(Fault::argument(0, "MessagePack pack needs input."));
    }
    let mut out = Vec::new();
    for at in 1..=count {
        value(frame, at, &mut out, 0)?;
    }
    frame.push_bytes(&out);
    Ok(1)
}

fn value(frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize) -> Result<(), Fault> {
    frame.check_output(out)?;
    match frame.kind(at) {
        Kind::String => string(frame.bytes(at).unwrap_or_default(), out),
        Kind::Boolean => out.push(if frame.truth(at) { 0xc3 } else { 0xc2 }),
        Kind::Number => number(frame.number(at).unwrap_or_default(), out),
        Kind::Table if depth < DEPTH_MAX => table(frame, at, out, depth)?,
        _ => out.push(0xc0),
    }
    Ok(())
}

fn number(x: f64, out: &mut Vec<u8>) {
    let n = to_integer(x);
    // Only the double nearest to the greatest integer converts back to another number.
    if n as f64 == x {
        return integer(n, out);
    }
    let short = x as f32;
    if f64::from(short) == x {
        put(out, 0xca, &short.to_be_bytes());
    } else {
        put(out, 0xcb, &x.to_be_bytes());
    }
}

fn integer(n: i64, out: &mut Vec<u8>) {
    match n {
        -32..=0x7f => out.push(n as u8),
        0x80..=0xff => put(out, 0xcc, &[n as u8]),
        0x100..=0xffff => put(out, 0xcd, &(n as u16).to_be_bytes()),
        0x1_0000..=0xffff_ffff => put(out, 0xce, &(n as u32).to_be_bytes()),
        0x1_0000_0000.. => put(out, 0xcf, &n.to_be_bytes()),
        -0x80..-32 => put(out, 0xd0, &[n as u8]),
        -0x8000..-0x80 => put(out, 0xd1, &(n as i16).to_be_bytes()),
        -0x8000_0000..-0x8000 => put(out, 0xd2, &(n as i32).to_be_bytes()),
        ..-0x8000_0000 => put(out, 0xd3, &n.to_be_bytes()),
    }
}

fn put(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    out.push(kind);
    out.extend_from_slice(bytes);
}

fn string(bytes: &[u8], out: &mut Vec<u8>) {
    match bytes.len() {
        len @ ..32 => out.push(0xa0 | len as u8),
        len @ 32..0x100 => put(out, 0xd9, &[len as u8]),
        len @ 0x100..0x1_0000 => put(out, 0xda, &(len as u16).to_be_bytes()),
        len => put(out, 0xdb, &(len as u32).to_be_bytes()),
    }
    out.extend_from_slice(bytes);
}

/// A table whose keys are 1..=n is an array, the empty one too; any other is a map.
fn table(frame: &mut Frame<'_>, at: i32, out: &mut Vec<u8>, depth: usize) -> Result<(), Fault> {
    if !frame.reserve(5) {
        return Err(Fault::text("stack overflow (in function mp_encode_lua_table)"));
    }
    let (count, array) = shape(frame, at);
    if array {
        header(out, count, 0x90, 0xdc);
        for index in 1..=count as i32 {
            frame.get_item(at, index);
            let item = frame.top();
            value(frame, item, out, depth + 1)?;
            frame.pop(1);
        }
        return Ok(());
    }
    header(out, count, 0x80, 0xde);
    frame.entries(at, |frame, key, item| {
        value(frame, key, out, depth + 1)?;
        value(frame, item, out, depth + 1)
    })
}

/// Entries of a table, and whether their keys are 1..=n.
fn shape(frame: &mut Frame<'_>, at: i32) -> (usize, bool) {
    let (mut count, mut greatest, mut array) = (0_usize, 0.0_f64, true);
    let _: Result<(), Fault> = frame.entries(at, |frame, key, _| {
        count += 1;
        let number = frame.number(key).filter(|_| frame.kind(key) == Kind::Number);
        match number.filter(|x| *x >= 1.0 && x.trunc() == *x) {
            Some(x) => greatest = greatest.max(x),
            None => array = false,
        }
        Ok(())
    });
    (count, array && greatest == count as f64)
}

fn header(out: &mut Vec<u8>, count: usize, short: u8, long: u8) {
    match count {
        0..16 => out.push(short | count as u8),
        16..0x1_0000 => put(out, long, &(count as u16).to_be_bytes()),
        _ => put(out, long + 1, &(count as u32).to_be_bytes()),
    }
}
