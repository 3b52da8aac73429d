//! Words of a plan's file, and bytes as words.

use std::str::FromStr;

/// A line that is read word by word.
pub(super) struct Line<'a> {
    rest: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: line.trim() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn word(&mut self) -> Result<&'a str, &'static str> {
        if self.rest.is_empty() {
            return Err("another word");
        }
        let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
        self.rest = rest.trim_start();
        Ok(word)
    }

    pub(super) fn number<T: FromStr>(&mut self) -> Result<T, &'static str> {
        self.word()?.parse().map_err(|_| "a number")
    }

    /// All remaining words as bytes.
    pub(super) fn rest_bytes(&mut self) -> Result<Vec<Vec<u8>>, &'static str> {
        let mut all = Vec::new();
        while !self.is_empty() {
            all.push(bytes(self.word()?)?);
        }
        Ok(all)
    }
}

/// Appends bytes as one word: printable ASCII as it is, the rest and `%` as `%` and two digits; nothing at all is `%`.
pub(super) fn put_bytes(out: &mut String, bytes: &[u8]) {
    if bytes.is_empty() {
        out.push('%');
    }
    for &byte in bytes {
        match byte {
            b'!'..=b'$' | b'&'..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
}

fn bytes(word: &str) -> Result<Vec<u8>, &'static str> {
    const WHAT: &str = "bytes, escaped as %xx";
    let (mut out, mut rest) = (Vec::new(), word.as_bytes());
    if word == "%" {
        return Ok(out);
    }
    while let Some((&first, after)) = rest.split_first() {
        if first != b'%' {
            out.push(first);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_at_checked(2).ok_or(WHAT)?;
        let digits = std::str::from_utf8(digits).map_err(|_| WHAT)?;
        out.push(u8::from_str_radix(digits, 16).map_err(|_| WHAT)?);
        rest = after;
    }
    Ok(out)
}
