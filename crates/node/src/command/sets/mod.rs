//! Sets.
//!
//! `members` adds, removes and asks, `random` draws, `algebra` intersects, unites and subtracts.

mod algebra;
mod members;
mod random;
#[cfg(test)]
mod tests;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::EventClass;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const TAKE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];
const MOVE: &[KeySpec] =
    &[KeySpec::one(Access::ReadWrite), KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Write }];
const READ_ALL: &[KeySpec] = &[KeySpec::Range { first: 1, last: -1, step: 1, access: Access::Read }];
const READ_COUNTED: &[KeySpec] = &[KeySpec::Counted { count: 1, first: 2, access: Access::Read }];
const STORE: &[KeySpec] =
    &[KeySpec::one(Access::Write), KeySpec::Range { first: 2, last: -1, step: 1, access: Access::Read }];

const R: Flags = Flags::READONLY;
const RF: Flags = R.union(Flags::FAST);
const WF: Flags = Flags::WRITE.union(Flags::FAST);
const WM: Flags = Flags::WRITE.union(Flags::DENYOOM);

const SET: EventClass = EventClass::SET;

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Set, Run::Data(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("sadd", -3, members::sadd).flags(WM.union(Flags::FAST)).keys(WRITE).doc(
        "1.0.0",
        "O(members given)",
        "Adds members to a set. The set is created if it doesn't exist.",
    ),
    row("srem", -3, members::srem).flags(WF).keys(WRITE).doc(
        "1.0.0",
        "O(members given)",
        "Removes members from a set.",
    ),
    row("smove", 4, members::smove).flags(WF).keys(MOVE).doc(
        "1.0.0",
        "O(1)",
        "Moves a member from one set to another.",
    ),
    row("sismember", 3, members::sismember).flags(RF).keys(READ).doc(
        "1.0.0",
        "O(1)",
        "Tells whether a value is a member of a set.",
    ),
    row("smismember", -3, members::smismember).flags(RF).keys(READ).doc(
        "6.2.0",
        "O(members given)",
        "Tells which of several values are members of a set.",
    ),
    row("scard", 2, members::scard).flags(RF).keys(READ).doc("1.0.0", "O(1)", "Returns how many members a set has."),
    row("smembers", 2, members::smembers).flags(R).keys(READ).doc(
        "1.0.0",
        "O(members)",
        "Returns all members of a set.",
    ),
    row("sscan", -3, members::sscan).flags(R).keys(READ).doc(
        "2.8.0",
        "O(members returned); a whole walk is O(members)",
        "Walks the members of a set, some at a time.",
    ),
    row("spop", -2, random::spop).flags(WF).keys(TAKE).doc(
        "1.0.0",
        "O(members returned), or O(members) if they are most of the set",
        "Takes random members out of a set.",
    ),
    row("srandmember", -2, random::srandmember).flags(R).keys(READ).doc(
        "1.0.0",
        "O(members returned), or O(members) if they are most of the set",
        "Returns random members of a set.",
    ),
    row("sinter", -2, algebra::sinter).flags(R).keys(READ_ALL).doc(
        "1.0.0",
        "O(members of the smallest set * sets)",
        "Returns the members that several sets share.",
    ),
    row("sinterstore", -3, algebra::sinterstore).flags(WM).keys(STORE).doc(
        "1.0.0",
        "O(members of the smallest set * sets)",
        "Stores the members that several sets share.",
    ),
    row("sintercard", -3, algebra::sintercard).flags(R.union(Flags::MOVABLEKEYS)).keys(READ_COUNTED).doc(
        "7.0.0",
        "O(members of the smallest set * sets)",
        "Returns how many members several sets share.",
    ),
    row("sunion", -2, algebra::sunion).flags(R).keys(READ_ALL).doc(
        "1.0.0",
        "O(members of all sets)",
        "Returns the members that any of several sets has.",
    ),
    row("sunionstore", -3, algebra::sunionstore).flags(WM).keys(STORE).doc(
        "1.0.0",
        "O(members of all sets)",
        "Stores the members that any of several sets has.",
    ),
    row("sdiff", -2, algebra::sdiff).flags(R).keys(READ_ALL).doc(
        "1.0.0",
        "O(members of all sets)",
        "Returns the members of a set that others lack.",
    ),
    row("sdiffstore", -3, algebra::sdiffstore).flags(WM).keys(STORE).doc(
        "1.0.0",
        "O(members of all sets)",
        "Stores the members of a set that others lack.",
    ),
];
