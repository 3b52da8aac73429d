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
pub mod strings;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

/// Every family.
pub const FAMILIES: &[&[Command]] = &[
    bits::COMMANDS,
    expiry::COMMANDS,
    keyless::COMMANDS,
    keys::COMMANDS,
    keys::DATABASES,
    object::COMMANDS,
    scan::COMMANDS,
    scripting::COMMANDS,
    sort::COMMANDS,
    strings::COMMANDS,
];
