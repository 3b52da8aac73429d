//! Keys of any type: their existence, their names and their place.

mod copy;
mod databases;
#[cfg(test)]
mod tests;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::EventClass;
use crate::table::ValueRef;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const MOVE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];
const READ_ALL: &[KeySpec] = &[KeySpec::Range { first: 1, last: -1, step: 1, access: Access::Read }];
const WRITE_ALL: &[KeySpec] = &[KeySpec::Range { first: 1, last: -1, step: 1, access: Access::Write }];
const SECOND: KeySpec = KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Write };
const MOVE_TO: &[KeySpec] = &[KeySpec::one(Access::ReadWrite), SECOND];
const COPY_TO: &[KeySpec] = &[KeySpec::one(Access::Read), SECOND];
const RF: Flags = Flags::READONLY.union(Flags::FAST);
const WF: Flags = Flags::WRITE.union(Flags::FAST);
const GENERIC: EventClass = EventClass::GENERIC;

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Generic, Run::Data(run))
}

/// The rows of this family that concern single keys.
pub const COMMANDS: &[Command] = &[
    row("del", -2, del).flags(Flags::WRITE).keys(WRITE_ALL).doc(
        "1.0.0",
        "O(keys); what a large collection held is freed elsewhere",
        "Deletes keys.",
    ),
    row("unlink", -2, del).flags(WF).keys(WRITE_ALL).doc(
        "4.0.0",
        "O(keys); what a large collection held is freed elsewhere",
        "Deletes keys.",
    ),
    row("exists", -2, exists).flags(RF).keys(READ_ALL).doc(
        "1.0.0",
        "O(keys)",
        "Counts which of the keys exist; a key named twice counts twice.",
    ),
    row("type", 2, kind).flags(RF).keys(READ).doc("1.0.0", "O(1)", "Returns the type of the value at a key."),
    row("touch", -2, touch).flags(RF).keys(READ_ALL).doc(
        "3.2.1",
        "O(keys)",
        "Counts which of the keys exist, after noting that they are in use.",
    ),
    row("rename", 3, rename).flags(Flags::WRITE).keys(MOVE_TO).doc(
        "1.0.0",
        "O(1), or O(n) of a string",
        "Gives a key another name, in place of whatever has it.",
    ),
    row("renamenx", 3, renamenx).flags(WF).keys(MOVE_TO).doc(
        "1.0.0",
        "O(1), or O(n) of a string",
        "Gives a key another name unless something has it.",
    ),
    row("copy", -3, copy::copy).flags(Flags::WRITE.union(Flags::DENYOOM)).keys(COPY_TO).doc(
        "6.2.0",
        "O(n) of the value",
        "Copies a key and its expiry to another name or database.",
    ),
    row("move", 3, databases::r#move).flags(WF).keys(MOVE).doc("1.0.0", "O(1)", "Moves a key to another database."),
];

/// The rows of this family that concern whole databases.
pub const DATABASES: &[Command] = databases::COMMANDS;

fn del(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let mut gone = 0;
    for key in &args[1..] {
        if ctx.keys.remove(key) {
            ctx.keys.changed(GENERIC, "del", key);
            gone += 1;
        }
    }
    ctx.out.count(gone);
    Ok(())
}

fn exists(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let count = args[1..].iter().filter(|key| ctx.keys.exists(key)).count();
    ctx.out.count(count);
    Ok(())
}

fn touch(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let count = args[1..].iter().filter(|key| ctx.keys.read(key).is_some()).count();
    ctx.out.count(count);
    Ok(())
}

fn kind(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    ctx.keys.hold(args[1]);
    ctx.out.simple(ctx.keys.peek(args[1]).map_or("none", type_name));
    Ok(())
}

/// What `TYPE` calls the value.
pub(super) fn type_name(item: &crate::shard::Item) -> &'static str {
    match item.value() {
        ValueRef::Str(_) => "string",
        ValueRef::Coll(collection) => collection.type_name(),
    }
}

fn rename(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    rename_key(ctx, args[1], args[2], Occupied::Replace)?;
    ctx.out.ok();
    Ok(())
}

fn renamenx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let renamed = rename_key(ctx, args[1], args[2], Occupied::Refuse)?;
    ctx.out.flag(renamed);
    Ok(())
}

/// What becomes of a key that already has the new name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occupied {
    Replace,
    Refuse,
}

/// Renames a key; whether it now has the new name and had another before.
fn rename_key(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8], occupied: Occupied) -> Result<bool, Failure> {
    if !ctx.keys.exists(from) {
        return Err(Failure::Fixed("ERR no such key"));
    }
    if from == to || (occupied == Occupied::Refuse && ctx.keys.exists(to)) {
        return Ok(false);
    }
    let Some(item) = ctx.keys.take(from) else { return Ok(false) };
    ctx.keys.changed(GENERIC, "rename_from", from);
    ctx.keys.put_item(item.rename(to));
    ctx.keys.changed(GENERIC, "rename_to", to);
    Ok(true)
}
