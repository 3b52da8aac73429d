//! `OBJECT` and `MEMORY`: how values are stored.

mod memory;
#[cfg(test)]
mod tests;

pub(super) use memory::MEMORY;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::Item;
use crate::table::{ACCESS_CLOCK_MAX, ValueRef};
use crate::text::integer;

const READ: &[KeySpec] = &[KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Read }];

/// The longest string that Redis keeps within its object.
const EMBEDDED_BYTES_MAX: usize = 44;

const fn sub(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Generic, Run::Data(run))
}

const fn inquiry(name: &'static str, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    sub(name, 3, run).flags(Flags::READONLY).keys(READ)
}

const OBJECT: Command = Command::new("object", -2, Group::Generic, Run::Container)
    .subcommands(&[
        inquiry("encoding", encoding).doc("2.2.3", "O(1)", "Tells how a value is stored."),
        inquiry("refcount", refcount).doc("2.2.3", "O(1)", "Tells how many hold the value: always one."),
        inquiry("idletime", idletime).doc("2.2.3", "O(1)", "Tells for how many seconds nobody used the key."),
        inquiry("freq", freq).doc("4.0.0", "O(1)", "Refused: how often keys are used is not counted."),
        sub("help", 2, help).flags(Flags::LOADING.union(Flags::STALE)).doc("6.2.0", "O(1)", "Lists the subcommands."),
    ])
    .doc("2.2.3", "O(1)", "Tells how values are stored.");

/// The rows of this family.
pub const COMMANDS: &[Command] = &[OBJECT, MEMORY];

/// The item of the key after the subcommand, without noting a use of it.
fn item<'c>(ctx: &'c mut Ctx<'_>, args: &[&[u8]]) -> Option<&'c Item> {
    ctx.keys.hold(args[2]);
    ctx.keys.peek(args[2])
}

fn encoding(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let name = item(ctx, args).map(|item| encoding_name(item).as_bytes());
    ctx.out.bulk_or_null(name);
    Ok(())
}

/// What Redis calls the way in which it would store the value.
pub(super) fn encoding_name(item: &Item) -> &'static str {
    match item.value() {
        ValueRef::Coll(collection) => collection.encoding(),
        ValueRef::Str(_) if item.is_raw() => "raw",
        ValueRef::Str(value) if integer::parse_i64(value).is_some() => "int",
        ValueRef::Str(value) if value.len() <= EMBEDDED_BYTES_MAX => "embstr",
        ValueRef::Str(_) => "raw",
    }
}

fn refcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match item(ctx, args) {
        Some(_) => ctx.out.int(1),
        None => ctx.out.null(),
    }
    Ok(())
}

fn idletime(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let now_s = ctx.keys.now.as_secs() as u32;
    match item(ctx, args).map(Item::access_clock) {
        // The clock wraps after 194 days, and so does what is told.
        Some(used_s) => ctx.out.int(i64::from(now_s.wrapping_sub(used_s) & ACCESS_CLOCK_MAX)),
        None => ctx.out.null(),
    }
    Ok(())
}

fn freq(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    if item(ctx, args).is_none() {
        ctx.out.null();
        return Ok(());
    }
    Err(Failure::Fixed(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between \
         policies at runtime LRU and LFU data will take some time to adjust.",
    ))
}

fn help(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    lines(
        ctx,
        &[
            "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "ENCODING <key>",
            "    Tells how the value at <key> is stored, in Redis' words.",
            "FREQ <key>",
            "    Refused: how often keys are used is not counted.",
            "HELP",
            "    Lists the subcommands.",
            "IDLETIME <key>",
            "    Tells for how many seconds nobody used <key>.",
            "REFCOUNT <key>",
            "    Tells how many hold the value at <key>: always one.",
        ],
    );
    Ok(())
}

/// Answers with lines of text.
fn lines(ctx: &mut Ctx<'_>, lines: &[&str]) {
    ctx.out.array(lines.len());
    for line in lines {
        ctx.out.simple(line);
    }
}
