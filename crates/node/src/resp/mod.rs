//! The Redis serialization protocol, versions 2 and 3: an incremental parser without copies and an encoder into one buffer.

mod encoder;
mod inline;
mod parser;
#[cfg(test)]
mod tests;

pub use encoder::{Encoder, Mark, Protocol};
pub use inline::split_line;
pub use parser::{Limits, Parsed, Parser, ProtocolError, Span};
