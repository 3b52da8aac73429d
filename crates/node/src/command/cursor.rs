//! Walking a collection with a cursor: what `HSCAN`, `SSCAN` and `ZSCAN` share.

use super::Failure;
use super::args;
use crate::resp::Encoder;
use crate::text::glob;

/// Elements that one call visits, about, unless `COUNT` says otherwise.
const COUNT_DEFAULT: usize = 10;

/// Reads a cursor as C's `strtoul` does: clients may send a sign, zeros in front, or nothing at all for 0.
///
/// # Errors
/// `ERR invalid cursor`.
pub fn parse(text: &[u8]) -> Result<u64, Failure> {
    const INVALID: Failure = Failure::Fixed("ERR invalid cursor");
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        [] => return Ok(0),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(INVALID);
    }
    let value = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok()).ok_or(INVALID)?;
    Ok(if negative { value.wrapping_neg() } else { value })
}

/// The options behind the cursor.
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions<'a> {
    /// Only elements that match this glob pattern are returned.
    pattern: Option<&'a [u8]>,
    /// How many elements to visit, about.
    count: usize,
}

impl<'a> ScanOptions<'a> {
    /// Reads `MATCH` and `COUNT`.
    ///
    /// # Errors
    /// `ERR syntax error` for other words and counts below 1, and the error of a count that is no integer.
    pub fn parse(options: &[&'a [u8]]) -> Result<Self, Failure> {
        let mut parsed = Self { pattern: None, count: COUNT_DEFAULT };
        let mut rest = options;
        while let [word, value, after @ ..] = rest {
            rest = after;
            if args::is(word, "count") {
                parsed.count =
                    usize::try_from(args::int(value)?).ok().filter(|count| *count > 0).ok_or(Failure::SYNTAX)?;
            } else if args::is(word, "match") {
                // A lone star is no pattern: it takes the empty element too, which as a pattern it would not.
                parsed.pattern = (*value != b"*").then_some(value);
            } else {
                return Err(Failure::SYNTAX);
            }
        }
        if rest.is_empty() { Ok(parsed) } else { Err(Failure::SYNTAX) }
    }

    /// Writes the next cursor and the elements from `cursor` on. `step` does one step of the walk: it calls back with each element
    /// and what belongs to it, and returns the next cursor.
    pub fn answer(
        &self,
        out: &mut Encoder,
        cursor: u64,
        mut step: impl FnMut(u64, &mut dyn FnMut(&[u8], Option<&[u8]>)) -> u64,
    ) {
        let mark = out.open();
        let (mut next, mut visited, mut written) = (cursor, 0, 0);
        loop {
            next = step(next, &mut |element, value| {
                visited += 1;
                if self.pattern.is_some_and(|pattern| !glob::matches(pattern, element)) {
                    return;
                }
                out.bulk(element);
                written += 1;
                if let Some(value) = value {
                    out.bulk(value);
                    written += 1;
                }
            });
            if next == 0 || visited >= self.count {
                break;
            }
        }
        out.close(mark, |out| header(out, next, written));
    }
}

/// The answer for a key that is not there.
pub fn answer_nothing(out: &mut Encoder) {
    header(out, 0, 0);
}

fn header(out: &mut Encoder, next: u64, elements: usize) {
    out.array(2);
    out.bulk(itoa::Buffer::new().format(next).as_bytes());
    out.array(elements);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_strtoul_does() {
        let cases: [(&[u8], Option<u64>); 12] = [
            (b"0", Some(0)),
            (b"", Some(0)),
            (b"007", Some(7)),
            (b"+5", Some(5)),
            (b"-1", Some(u64::MAX)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"-", None),
            (b" 1", None),
            (b"1 ", None),
            (b"x", None),
            (b"+-1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).ok(), expected, "{}", text.escape_ascii());
        }
    }
}
