//! Glob patterns over bytes, with the meaning that `KEYS`, `SCAN` and `PSUBSCRIBE` give them.
//!
//! | token | stands for |
//! |---|---|
//! | `*` | any run of bytes, also none |
//! | `?` | any one byte |
//! | `[abc]`, `[a-z]`, `[^…]` | one byte of the class, or one outside it |
//! | `\x` | the byte `x` itself, also inside a class |
//!
//! What clients may lean on without knowing it: a class that is never closed ends with the pattern, a range may be written
//! backwards, `[]` matches nothing and `[^]` any one byte, a `\` at the very end stands for itself, and the empty text is
//! matched by the empty pattern only, not by `*`. Bytes compare as unsigned, so that `[a-\xff]` is the range it looks like.
//!
//! Every token but `*` takes exactly one byte. Hence on a mismatch only the last star needs another try, and the cost is at most
//! pattern length × text length, whatever the number of stars.

/// Whether all of `text` matches `pattern`.
///
/// Costs at most `pattern.len() * text.len()` steps, usually one step a byte.
#[must_use]
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    matches_folded(pattern, text, |byte| byte)
}

/// Like [`matches()`], with ASCII letters alike in either case. A letter that is escaped inside a class keeps its case.
#[must_use]
pub fn matches_ignoring_case(pattern: &[u8], text: &[u8]) -> bool {
    matches_folded(pattern, text, |byte| byte.to_ascii_lowercase())
}

fn matches_folded(mut pattern: &[u8], mut text: &[u8], fold: impl Fn(u8) -> u8 + Copy) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    // What follows the last star, and the text from which it was last tried.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            if rest.is_empty() {
                return true;
            }
            pattern = rest;
            retry = Some((pattern, text));
            continue;
        }
        let step = match (pattern, text) {
            ([], []) => return true,
            (_, []) => return false,
            ([], _) => None,
            (_, [byte, rest @ ..]) => match_one(pattern, *byte, fold).map(|after| (after, rest)),
        };
        (pattern, text) = match (step, retry) {
            (Some(next), _) => next,
            (None, Some((after_star, [_, later @ ..]))) => {
                retry = Some((after_star, later));
                (after_star, later)
            }
            (None, _) => return false,
        };
    }
}

/// Matches one token that is no star against one byte: the pattern after the token, or `None`. `pattern` is not empty.
#[inline]
fn match_one(pattern: &[u8], byte: u8, fold: impl Fn(u8) -> u8) -> Option<&[u8]> {
    match pattern {
        [b'?', rest @ ..] => Some(rest),
        [b'[', class @ ..] => match_class(class, byte, fold),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => (fold(*literal) == fold(byte)).then_some(rest),
        [] => None,
    }
}

/// Matches `byte` against a class whose `[` is already taken.
fn match_class(class: &[u8], byte: u8, fold: impl Fn(u8) -> u8) -> Option<&[u8]> {
    let (negated, mut class) = match class {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    let rest = loop {
        class = match class {
            [] => break class,
            [b'\\', literal, rest @ ..] => {
                found |= *literal == byte;
                rest
            }
            [b']', rest @ ..] => break rest,
            [from, b'-', to, rest @ ..] => {
                let (from, to) = (*from.min(to), *from.max(to));
                found |= (fold(from)..=fold(to)).contains(&fold(byte));
                rest
            }
            [literal, rest @ ..] => {
                found |= fold(*literal) == fold(byte);
                rest
            }
        };
    };
    (found != negated).then_some(rest)
}

#[cfg(test)]
mod tests;
