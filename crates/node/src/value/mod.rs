//! The collections that a key may hold.
