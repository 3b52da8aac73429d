//! Walking a collection with a cursor: what `HSCAN`, `SSCAN` and `ZSCAN` share.

use super::args;
use super::{Failure, cursor};
use crate::resp::Encoder;
use crate::text::glob;

/// Elements that one call visits, about, unless `COUNT` says otherwise.
const COUNT_DEFAULT: usize = 10;

/// Hears of each element and of what belongs to it, as a field's value.
pub type Visit<'v> = dyn FnMut(&[u8], Option<&[u8]>) + 'v;

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

    /// Writes the next cursor and the elements from the one with this `number` on. `step` does one step of the walk: it calls back
    /// with each element and what belongs to it, and returns the next position.
    pub fn answer(&self, out: &mut Encoder, number: u64, mut step: impl FnMut(u64, &mut Visit<'_>) -> u64) {
        let mark = out.open();
        let (mut at, mut visited, mut written) = (cursor::position(number), 0, 0);
        loop {
            at = step(at, &mut |element, value| {
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
            if at == 0 || visited >= self.count {
                break;
            }
        }
        out.close(mark, |out| header(out, cursor::number(at), written));
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
