//! Lists.
//!
//! `ends` pushes and pops, `waiting` pops for clients that wait, `transfer` moves elements between lists, `positions` reads
//! and edits by index, `values` finds by value.

mod ends;
mod positions;
#[cfg(test)]
mod tests;
mod transfer;
mod values;
mod waiting;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::EventClass;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const TAKE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];
const MOVE: &[KeySpec] =
    &[KeySpec::one(Access::ReadWrite), KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Write }];
const TAKE_ANY: &[KeySpec] = &[KeySpec::Range { first: 1, last: -2, step: 1, access: Access::ReadWrite }];
const TAKE_COUNTED: &[KeySpec] = &[KeySpec::Counted { count: 1, first: 2, access: Access::ReadWrite }];
const TAKE_COUNTED_LATER: &[KeySpec] = &[KeySpec::Counted { count: 2, first: 3, access: Access::ReadWrite }];

const R: Flags = Flags::READONLY;
const W: Flags = Flags::WRITE;
const WM: Flags = W.union(Flags::DENYOOM);
const WF: Flags = W.union(Flags::FAST);
const WMF: Flags = WM.union(Flags::FAST);
const WAIT: Flags = Flags::BLOCKING.union(Flags::NOSCRIPT);

const LIST: EventClass = EventClass::LIST;

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::List, Run::Data(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("lpush", -3, ends::lpush).flags(WMF).keys(WRITE).doc(
        "1.0.0",
        "O(elements)",
        "Pushes elements to the front of a list. The list is created if it doesn't exist.",
    ),
    row("rpush", -3, ends::rpush).flags(WMF).keys(WRITE).doc(
        "1.0.0",
        "O(elements)",
        "Pushes elements to the back of a list. The list is created if it doesn't exist.",
    ),
    row("lpushx", -3, ends::lpushx).flags(WMF).keys(WRITE).doc(
        "2.2.0",
        "O(elements)",
        "Pushes elements to the front of a list that exists.",
    ),
    row("rpushx", -3, ends::rpushx).flags(WMF).keys(WRITE).doc(
        "2.2.0",
        "O(elements)",
        "Pushes elements to the back of a list that exists.",
    ),
    row("lpop", -2, ends::lpop).flags(WF).keys(TAKE).doc(
        "1.0.0",
        "O(elements returned)",
        "Takes elements from the front of a list.",
    ),
    row("rpop", -2, ends::rpop).flags(WF).keys(TAKE).doc(
        "1.0.0",
        "O(elements returned)",
        "Takes elements from the back of a list.",
    ),
    row("lmpop", -4, ends::lmpop).flags(W.union(Flags::MOVABLEKEYS)).keys(TAKE_COUNTED).doc(
        "7.0.0",
        "O(keys + elements returned)",
        "Takes elements from the first of several lists that has any.",
    ),
    row("llen", 2, positions::llen).flags(R.union(Flags::FAST)).keys(READ).doc(
        "1.0.0",
        "O(1)",
        "Returns the length of a list.",
    ),
    row("lrange", 4, positions::lrange).flags(R).keys(READ).doc(
        "1.0.0",
        "O(nodes to the start + elements returned)",
        "Returns the elements of a list between two indexes.",
    ),
    row("lindex", 3, positions::lindex).flags(R).keys(READ).doc(
        "1.0.0",
        "O(nodes to the element), O(1) at both ends",
        "Returns the element of a list at an index.",
    ),
    row("lset", 4, positions::lset).flags(WM).keys(WRITE).doc(
        "1.0.0",
        "O(nodes to the element), O(1) at both ends",
        "Replaces the element of a list at an index.",
    ),
    row("ltrim", 4, positions::ltrim).flags(W).keys(WRITE).doc(
        "1.0.0",
        "O(nodes removed)",
        "Removes what lies outside two indexes of a list.",
    ),
    row("linsert", 5, values::linsert).flags(WM).keys(WRITE).doc(
        "2.2.0",
        "O(elements before the pivot)",
        "Inserts an element before or after another element of a list.",
    ),
    row("lrem", 4, values::lrem).flags(W).keys(WRITE).doc(
        "1.0.0",
        "O(elements)",
        "Removes elements of a list that equal a value.",
    ),
    row("lpos", -3, values::lpos).flags(R).keys(READ).doc(
        "6.0.6",
        "O(elements looked at)",
        "Returns the indexes of elements of a list that equal a value.",
    ),
    row("lmove", 5, transfer::lmove).flags(WM).keys(MOVE).doc(
        "6.2.0",
        "O(1)",
        "Takes an element from one end of a list, pushes it to an end of another one, and returns it.",
    ),
    row("rpoplpush", 3, transfer::rpoplpush).flags(WM).keys(MOVE).doc(
        "1.2.0",
        "O(1)",
        "Takes the last element of a list, pushes it to the front of another one, and returns it.",
    ),
    row("blpop", -3, waiting::blpop).flags(W.union(WAIT)).keys(TAKE_ANY).doc(
        "2.0.0",
        "O(keys)",
        "Takes the first element of the first of several lists that has any, or waits for one.",
    ),
    row("brpop", -3, waiting::brpop).flags(W.union(WAIT)).keys(TAKE_ANY).doc(
        "2.0.0",
        "O(keys)",
        "Takes the last element of the first of several lists that has any, or waits for one.",
    ),
    row("blmpop", -5, waiting::blmpop)
        .flags(W.union(Flags::BLOCKING).union(Flags::MOVABLEKEYS))
        .keys(TAKE_COUNTED_LATER)
        .doc(
            "7.0.0",
            "O(keys + elements returned)",
            "Takes elements from the first of several lists that has any, or waits for them.",
        ),
    row("blmove", 6, waiting::blmove).flags(WM.union(WAIT)).keys(MOVE).doc(
        "6.2.0",
        "O(1)",
        "Moves an element from an end of a list to an end of another one and returns it, or waits for one.",
    ),
    row("brpoplpush", 4, waiting::brpoplpush).flags(WM.union(WAIT)).keys(MOVE).doc(
        "2.2.0",
        "O(1)",
        "Moves the last element of a list to the front of another one and returns it, or waits for one.",
    ),
];
