//! The `struct` library: binary records by format strings.
//!
//! | letter | value | | letter | value |
//! |---|---|---|---|---|
//! | `b` `B` | 1 byte, signed, unsigned | | `f` `d` | float, double |
//! | `h` `H` | 2 bytes | | `s` | string up to a zero byte |
//! | `l` `L` `T` | 8 bytes | | `cN` | N characters; `c0`: as many as the number before says |
//! | `iN` `IN` | N bytes, 4 by default | | `x` | a zero byte |
//!
//! `<` and `>` set the byte order (little at first), `!N` aligns to at most N bytes (8 by default; not at all at first).

use super::raw::frame::{Fault, Frame, Kind, to_integer};
use super::raw::sandbox::Library;

pub(super) const LIBRARY: Library = Library { name: c"struct", fill };

/// Longest integer of `i` and `I`; bytes past the eighth are zero.
const INTEGER_BYTES_MAX: usize = 32;
/// Alignment of a bare `!`.
const NATIVE_ALIGNMENT: usize = 8;

fn fill(frame: &mut Frame<'_>) {
    frame.define("pack", pack);
    frame.define("unpack", unpack);
    frame.define("size", size);
}

/// One letter of a format.
struct Item {
    letter: u8,
    size: usize,
    /// Zero bytes in front of it.
    padding: usize,
}

/// Walks through a format string.
struct Format {
    text: Vec<u8>,
    next: usize,
    big: bool,
    alignment: usize,
}

impl Format {
    fn of(frame: &mut Frame<'_>) -> Result<Self, Fault> {
        Ok(Self { text: frame.check_bytes(1)?, next: 0, big: false, alignment: 1 })
    }

    /// The next letter, to stand at `offset`; control characters are obeyed and come with no size.
    fn item(&mut self, offset: usize) -> Result<Option<Item>, Fault> {
        let Some(&letter) = self.text.get(self.next) else { return Ok(None) };
        self.next += 1;
        let size = self.size_of(letter)?;
        let padding = self.padding(letter, size, offset);
        match letter {
            b'>' => self.big = true,
            b'<' => self.big = false,
            b'!' => self.align()?,
            _ => {}
        }
        Ok(Some(Item { letter, size, padding }))
    }

    fn size_of(&mut self, letter: u8) -> Result<usize, Fault> {
        Ok(match letter {
            b'b' | b'B' | b'x' => 1,
            b'h' | b'H' => 2,
            b'f' => 4,
            b'l' | b'L' | b'T' | b'd' => 8,
            b'c' => self.count(1)?,
            b'i' | b'I' => {
                let size = self.count(4)?;
                if size > INTEGER_BYTES_MAX {
                    let limit = INTEGER_BYTES_MAX;
                    return Err(Fault::text(format!("integral size {size} is larger than limit of {limit}")));
                }
                size
            }
            _ => 0,
        })
    }

    fn count(&mut self, default: usize) -> Result<usize, Fault> {
        let digits = self.text[self.next..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let text = String::from_utf8_lossy(&self.text[self.next..self.next + digits]).into_owned();
        self.next += digits;
        let count = text.parse::<i32>().map_err(|_| Fault::text("integral size overflow"))?;
        Ok(count.unsigned_abs() as usize)
    }

    fn align(&mut self) -> Result<(), Fault> {
        let alignment = self.count(NATIVE_ALIGNMENT)?;
        if alignment & alignment.wrapping_sub(1) != 0 {
            return Err(Fault::text(format!("alignment {alignment} is not a power of 2")));
        }
        self.alignment = alignment;
        Ok(())
    }

    fn padding(&self, letter: u8, size: usize, offset: usize) -> usize {
        let size = size.min(self.alignment);
        if size == 0 || letter == b'c' {
            return 0;
        }
        let mask = size - 1;
        size.wrapping_sub(offset & mask) & mask
    }

    /// Puts little-endian bytes in the order that holds now, or takes them out of it.
    fn order(&self, bytes: &mut [u8]) {
        if self.big {
            bytes.reverse();
        }
    }
}

/// Letters that only change how the others are read; anything else unknown is refused.
fn check_control(letter: u8) -> Result<(), Fault> {
    if matches!(letter, b'<' | b'>' | b'!' | b' ') {
        return Ok(());
    }
    Err(Fault::argument(1, format!("invalid format option '{}'", char::from(letter))))
}

fn pack(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let mut format = Format::of(frame)?;
    // A missing argument is then reported as nil.
    frame.push_nil();
    let mut out = Vec::new();
    let mut argument = 2;
    while let Some(item) = format.item(out.len())? {
        out.resize(out.len() + item.padding, 0);
        match item.letter {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                let value = to_word(frame.check_number(argument)?);
                put_integer(&format, value, item.size, &mut out);
            }
            b'x' => {
                out.push(0);
                continue;
            }
            b'f' => put(&format, &mut (frame.check_number(argument)? as f32).to_le_bytes(), &mut out),
            b'd' => put(&format, &mut frame.check_number(argument)?.to_le_bytes(), &mut out),
            b'c' | b's' => put_string(frame, argument, &item, &mut out)?,
            other => {
                check_control(other)?;
                continue;
            }
        }
        argument += 1;
    }
    frame.push_bytes(&out);
    Ok(1)
}

/// Two's complement of negative numbers.
fn to_word(x: f64) -> u64 {
    if x < 0.0 { to_integer(x) as u64 } else { x as u64 }
}

fn put(format: &Format, bytes: &mut [u8], out: &mut Vec<u8>) {
    format.order(bytes);
    out.extend_from_slice(bytes);
}

fn put_integer(format: &Format, value: u64, size: usize, out: &mut Vec<u8>) {
    let mut bytes = [0; INTEGER_BYTES_MAX];
    bytes[..8].copy_from_slice(&value.to_le_bytes());
    put(format, &mut bytes[..size], out);
}

fn put_string(frame: &mut Frame<'_>, argument: i32, item: &Item, out: &mut Vec<u8>) -> Result<(), Fault> {
    let text = frame.check_bytes(argument)?;
    let size = if item.size == 0 { text.len() } else { item.size };
    let kept = text.get(..size).ok_or_else(|| Fault::argument(argument + 1, "string too short"))?;
    out.extend_from_slice(kept);
    if item.letter == b's' {
        out.push(0);
    }
    Ok(())
}

fn unpack(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let mut format = Format::of(frame)?;
    let data = frame.check_bytes(2)?;
    let mut offset = start(frame)?;
    let mut results = 0;
    while let Some(item) = format.item(offset)? {
        offset = offset.saturating_add(item.padding);
        let bytes = slice(&data, offset, item.size)?;
        if !frame.reserve(2) {
            return Err(Fault::text("stack overflow (too many results)"));
        }
        let mut taken = item.size;
        match item.letter {
            b'b' | b'h' | b'l' | b'i' => frame.push_number(signed(&format, bytes)),
            b'B' | b'H' | b'L' | b'T' | b'I' => frame.push_number(word(&format, bytes) as f64),
            b'f' => frame.push_number(f64::from(f32::from_bits(word(&format, bytes) as u32))),
            b'd' => frame.push_number(f64::from_bits(word(&format, bytes))),
            b'c' if item.size == 0 => {
                taken = counted(frame, &data, offset, results)?;
                results -= 1;
            }
            b'c' => frame.push_bytes(bytes),
            b's' => taken = terminated(frame, &data, offset)?,
            b'x' => results -= 1,
            other => {
                check_control(other)?;
                results -= 1;
            }
        }
        results += 1;
        offset += taken;
    }
    frame.push_number(offset as f64 + 1.0);
    Ok(results + 1)
}

/// Where to begin, from 0; positions before the data count as behind it.
fn start(frame: &Frame<'_>) -> Result<usize, Fault> {
    if matches!(frame.kind(3), Kind::None | Kind::Nil) {
        return Ok(0);
    }
    match frame.check_integer(3)? {
        0 => Err(Fault::argument(3, "offset must be 1 or greater")),
        position => Ok(usize::try_from(position - 1).unwrap_or(usize::MAX)),
    }
}

fn slice(data: &[u8], offset: usize, size: usize) -> Result<&[u8], Fault> {
    let rest = data.get(offset..).and_then(|rest| rest.get(..size));
    rest.ok_or_else(|| Fault::argument(2, "data string too short"))
}

/// The low 64 bits of an integer of up to [`INTEGER_BYTES_MAX`] bytes.
fn word(format: &Format, bytes: &[u8]) -> u64 {
    let shift_in = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
    if format.big { bytes.iter().fold(0, shift_in) } else { bytes.iter().rev().fold(0, shift_in) }
}

fn signed(format: &Format, bytes: &[u8]) -> f64 {
    let value = word(format, bytes);
    let unused = 64 - 8 * bytes.len().clamp(1, 8) as u32;
    ((value << unused) as i64 >> unused) as f64
}

/// Replaces the number pushed last by as many characters; answers their count.
fn counted(frame: &mut Frame<'_>, data: &[u8], offset: usize, results: i32) -> Result<usize, Fault> {
    let number = frame.number(frame.top()).filter(|_| results > 0);
    let number = number.ok_or_else(|| Fault::text("format 'c0' needs a previous size"))?;
    let size = usize::try_from(to_integer(number)).unwrap_or(usize::MAX);
    let bytes = slice(data, offset, size)?;
    frame.pop(1);
    frame.push_bytes(bytes);
    Ok(size)
}

/// Pushes the characters up to a zero byte; answers their count with it.
fn terminated(frame: &mut Frame<'_>, data: &[u8], offset: usize) -> Result<usize, Fault> {
    let rest = slice(data, offset, 0).map(|_| &data[offset..])?;
    let len = memchr::memchr(0, rest).ok_or_else(|| Fault::text("unfinished string in data"))?;
    frame.push_bytes(&rest[..len]);
    Ok(len + 1)
}

fn size(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let mut format = Format::of(frame)?;
    let mut total = 0_usize;
    while let Some(item) = format.item(total)? {
        match item.letter {
            b's' => return Err(Fault::argument(1, "option 's' has no fixed size")),
            b'c' if item.size == 0 => return Err(Fault::argument(1, "option 'c0' has no fixed size")),
            letter if !letter.is_ascii_alphanumeric() => check_control(letter)?,
            _ => {}
        }
        total = total.saturating_add(item.padding + item.size);
    }
    frame.push_number(total as f64);
    Ok(1)
}
