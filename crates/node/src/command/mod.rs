//! Commands: one file per family, each with its rows of the table and its functions.
//!
//! To add a command: write its function in its family's file, in the three layers syntax (parse the arguments), semantics (a pure
//! function over [`Keys`](crate::shard::Keys)) and reply, and add one row to the family's `COMMANDS`. Parsing, arity, ACL, routing,
//! `COMMAND`, metrics and the book follow from the row.

pub mod absent;
pub mod args;
mod category;
mod context;
pub mod cursor;
pub mod draw;
mod index;
mod spec;

pub use category::Category;
pub use context::{Ctx, Empty, Wait};
pub use index::{Found, Index, index};
pub use spec::{Access, Command, Failure, Flags, Group, KeySpec, Run};

pub mod bits;
pub mod expiry;
pub mod keyless;
pub mod keys;
pub mod object;
pub mod scan;
pub mod scripting;
pub mod sort;
pub mod hashes;
pub mod lists;
pub mod sets;
pub mod strings;
#[cfg(test)]
pub(crate) mod testing;
pub mod walk;
pub mod zsets;

/// Every family.
pub const FAMILIES: &[&[Command]] = &[
    bits::COMMANDS,
    expiry::COMMANDS,
    hashes::COMMANDS,
    keyless::COMMANDS,
    keys::COMMANDS,
    keys::DATABASES,
    lists::COMMANDS,
    object::COMMANDS,
    scan::COMMANDS,
    scripting::COMMANDS,
    sets::COMMANDS,
    sort::COMMANDS,
    strings::COMMANDS,
    zsets::COMMANDS,
];
