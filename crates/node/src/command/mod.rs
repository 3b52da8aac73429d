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

pub mod acl;
pub mod bits;
#[cfg(test)]
mod book;
pub mod client;
pub mod cluster;
pub mod config;
pub mod connection;
pub mod expiry;
pub mod hashes;
pub mod info;
pub mod introspection;
pub mod keyless;
pub mod keys;
pub mod keyspaces;
pub mod lists;
pub mod object;
pub mod pubsub;
mod reply;
pub mod scan;
pub mod scripting;
pub mod server;
pub mod sets;
pub mod slowlog;
pub mod sort;
pub mod streams;
pub mod strings;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod transactions;
pub mod walk;
pub mod zsets;

/// Every family.
pub const FAMILIES: &[&[Command]] = &[
    acl::COMMANDS,
    bits::COMMANDS,
    client::COMMANDS,
    cluster::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    expiry::COMMANDS,
    hashes::COMMANDS,
    info::COMMANDS,
    introspection::COMMANDS,
    keyless::COMMANDS,
    keys::COMMANDS,
    keys::DATABASES,
    keyspaces::COMMANDS,
    lists::COMMANDS,
    object::COMMANDS,
    pubsub::COMMANDS,
    scan::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    sets::COMMANDS,
    slowlog::COMMANDS,
    sort::COMMANDS,
    streams::COMMANDS,
    strings::COMMANDS,
    throttle::COMMANDS,
    transactions::COMMANDS,
    zsets::COMMANDS,
];

/// The refusal of a subcommand that a command has not.
pub(crate) fn unknown_subcommand(command: &Command, sub: &[u8]) -> Failure {
    const SHOWN_BYTES_MAX: usize = 128;
    let shown = &sub[..sub.len().min(SHOWN_BYTES_MAX)];
    let name = command.name.to_uppercase();
    Failure::made([b"ERR unknown subcommand '", shown, b"'. Try ", name.as_bytes(), b" HELP."].concat())
}
