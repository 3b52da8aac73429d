//! A request that arrives in pieces is found as one that arrives whole, and garbage is refused either way. Which error names it may depend
//! on the pieces: a line that is too long is refused before its end is seen.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay_node::resp::{Limits, Parsed, Parser};

const LIMITS: Limits = Limits { arguments_max: 64, bulk_bytes_max: 4_096, inline_bytes_max: 256 };

/// Every request in `bytes`, which arrive `piece` at a time, and whether garbage followed.
fn requests(bytes: &[u8], piece: usize) -> (Vec<Vec<Vec<u8>>>, bool) {
    let (mut found, mut parser, mut begin, mut end) = (Vec::new(), Parser::default(), 0, 0);
    loop {
        match parser.parse(&bytes[begin..end], &LIMITS) {
            Ok(Parsed::Incomplete) if end == bytes.len() => return (found, false),
            Ok(Parsed::Incomplete) => end = (end + piece).min(bytes.len()),
            Ok(Parsed::Request(length)) => {
                let argument =
                    |&(at, length): &(u32, u32)| bytes[begin + at as usize..begin + (at + length) as usize].to_vec();
                found.push(parser.spans().iter().map(argument).collect());
                begin += length;
            }
            Ok(Parsed::Inline(length, words)) => {
                found.push(words);
                begin += length;
            }
            Err(_) => return (found, true),
        }
        assert!(begin <= end, "a request ends within what arrived");
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    let whole = requests(bytes, bytes.len().max(1));
    let pieces = requests(bytes, usize::from(piece % 16) + 1);
    assert_eq!(whole, pieces);
});
