//! Hashes.
//!
//! `fields` sets, gets and removes, `numbers` adds to numeric values, `walk` returns many fields: all, random ones, page by page.

mod fields;
mod numbers;
#[cfg(test)]
mod tests;
mod walk;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::EventClass;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const UPDATE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];

const R: Flags = Flags::READONLY;
const RF: Flags = R.union(Flags::FAST);
const WF: Flags = Flags::WRITE.union(Flags::FAST);
const WMF: Flags = WF.union(Flags::DENYOOM);

const HASH: EventClass = EventClass::HASH;

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Hash, Run::Data(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("hset", -4, fields::hset).flags(WMF).keys(WRITE).doc(
        "2.0.0",
        "O(fields)",
        "Sets the values of fields of a hash. The hash is created if it doesn't exist.",
    ),
    row("hmset", -4, fields::hmset).flags(WMF).keys(WRITE).doc(
        "2.0.0",
        "O(fields)",
        "Sets the values of fields of a hash.",
    ),
    row("hsetnx", 4, fields::hsetnx).flags(WMF).keys(WRITE).doc(
        "2.0.0",
        "O(1)",
        "Sets the value of a field of a hash only when the field doesn't exist.",
    ),
    row("hget", 3, fields::hget).flags(RF).keys(READ).doc("2.0.0", "O(1)", "Returns the value of a field of a hash."),
    row("hmget", -3, fields::hmget).flags(RF).keys(READ).doc(
        "2.0.0",
        "O(fields)",
        "Returns the values of fields of a hash.",
    ),
    row("hdel", -3, fields::hdel).flags(WF).keys(WRITE).doc("2.0.0", "O(fields)", "Removes fields from a hash."),
    row("hexists", 3, fields::hexists).flags(RF).keys(READ).doc("2.0.0", "O(1)", "Tells whether a hash has a field."),
    row("hlen", 2, fields::hlen).flags(RF).keys(READ).doc("2.0.0", "O(1)", "Returns how many fields a hash has."),
    row("hstrlen", 3, fields::hstrlen).flags(RF).keys(READ).doc(
        "3.2.0",
        "O(1)",
        "Returns the length of the value of a field of a hash.",
    ),
    row("hincrby", 4, numbers::hincrby).flags(WMF).keys(UPDATE).doc(
        "2.0.0",
        "O(1)",
        "Adds an integer to the value of a field of a hash.",
    ),
    row("hincrbyfloat", 4, numbers::hincrbyfloat).flags(WMF).keys(UPDATE).doc(
        "2.6.0",
        "O(1)",
        "Adds a decimal number to the value of a field of a hash.",
    ),
    row("hgetall", 2, walk::hgetall).flags(R).keys(READ).doc(
        "2.0.0",
        "O(fields)",
        "Returns all fields of a hash with their values.",
    ),
    row("hkeys", 2, walk::hkeys).flags(R).keys(READ).doc("2.0.0", "O(fields)", "Returns all fields of a hash."),
    row("hvals", 2, walk::hvals).flags(R).keys(READ).doc("2.0.0", "O(fields)", "Returns all values of a hash."),
    row("hrandfield", -2, walk::hrandfield).flags(R).keys(READ).doc(
        "6.2.0",
        "O(fields returned), or O(fields) if they are most of the hash",
        "Returns random fields of a hash.",
    ),
    row("hscan", -3, walk::hscan).flags(R).keys(READ).doc(
        "2.8.0",
        "O(fields returned); a whole walk is O(fields)",
        "Walks the fields of a hash with their values, some at a time.",
    ),
];
