//! The collections that a key may hold.

pub mod stream;
