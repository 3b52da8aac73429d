//! Strings.

mod lcs;
mod numbers;
mod options;
#[cfg(test)]
mod tests;

use super::args::{self, TimeForm};
use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::{EventClass, Expiry, Item};
use crate::table::ValueRef;
use numbers::{decr, decrby, incr, incrby, incrbyfloat};
use options::{Options, Verb, positive_due};

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const UPDATE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];
const SET: &[KeySpec] = &[KeySpec::one(Access::ReadIf("get"))];
const PAIRS: &[KeySpec] = &[KeySpec::Range { first: 1, last: -1, step: 2, access: Access::Write }];
const READ_ALL: &[KeySpec] = &[KeySpec::Range { first: 1, last: -1, step: 1, access: Access::Read }];
const READ_TWO: &[KeySpec] = &[KeySpec::Range { first: 1, last: 2, step: 1, access: Access::Read }];
const WF: Flags = Flags::WRITE.union(Flags::FAST);
const WM: Flags = Flags::WRITE.union(Flags::DENYOOM);
const WMF: Flags = WM.union(Flags::FAST);
const RF: Flags = Flags::READONLY.union(Flags::FAST);

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::String, Run::Data(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("get", 2, get).flags(RF).keys(READ).doc("1.0.0", "O(1)", "Returns the string value of a key."),
    row("set", -3, set).flags(WM).keys(SET).doc(
        "1.0.0",
        "O(1)",
        "Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.",
    ),
    row("setnx", 3, setnx).flags(WMF).keys(WRITE).doc(
        "1.0.0",
        "O(1)",
        "Sets the string value of a key only when the key doesn't exist.",
    ),
    row("setex", 4, setex).flags(WM).keys(WRITE).doc(
        "2.0.0",
        "O(1)",
        "Sets the string value and expiration time of a key.",
    ),
    row("psetex", 4, psetex).flags(WM).keys(WRITE).doc(
        "2.6.0",
        "O(1)",
        "Sets value and expiration time in milliseconds of a key.",
    ),
    row("append", 3, append).flags(WMF).keys(WRITE).doc(
        "2.0.0",
        "O(1) amortized",
        "Appends a string to the value of a key.",
    ),
    row("strlen", 2, strlen).flags(RF).keys(READ).doc("2.2.0", "O(1)", "Returns the length of a string value."),
    row("getset", 3, getset).flags(WMF).keys(UPDATE).doc("1.0.0", "O(1)", "Sets a key and returns its previous value."),
    row("getdel", 2, getdel).flags(WF).keys(UPDATE).doc(
        "6.2.0",
        "O(1)",
        "Returns the string value of a key after deleting it.",
    ),
    row("getex", -2, getex).flags(WF).keys(UPDATE).doc(
        "6.2.0",
        "O(1)",
        "Returns the string value of a key after setting its expiration.",
    ),
    row("getrange", 4, getrange).flags(Flags::READONLY).keys(READ).doc(
        "2.4.0",
        "O(n) of the result",
        "Returns a substring.",
    ),
    row("substr", 4, getrange).flags(Flags::READONLY).keys(READ).doc(
        "1.0.0",
        "O(n) of the result",
        "Returns a substring.",
    ),
    row("setrange", 4, setrange).flags(WM).keys(WRITE).doc(
        "2.2.0",
        "O(1), or O(n) of the string",
        "Overwrites a part of a string.",
    ),
    row("incr", 2, incr).flags(WMF).keys(UPDATE).doc("1.0.0", "O(1)", "Increments the integer value of a key by one."),
    row("decr", 2, decr).flags(WMF).keys(UPDATE).doc("1.0.0", "O(1)", "Decrements the integer value of a key by one."),
    row("incrby", 3, incrby).flags(WMF).keys(UPDATE).doc(
        "1.0.0",
        "O(1)",
        "Increments the integer value of a key by a number.",
    ),
    row("decrby", 3, decrby).flags(WMF).keys(UPDATE).doc(
        "1.0.0",
        "O(1)",
        "Decrements the integer value of a key by a number.",
    ),
    row("incrbyfloat", 3, incrbyfloat).flags(WMF).keys(UPDATE).doc(
        "2.6.0",
        "O(1)",
        "Increments the decimal value of a key by a number.",
    ),
    row("mget", -2, mget).flags(RF).keys(READ_ALL).doc(
        "1.0.0",
        "O(keys)",
        "Returns the string values of one or more keys.",
    ),
    row("mset", -3, mset).flags(WM).keys(PAIRS).doc("1.0.1", "O(keys)", "Sets the string values of one or more keys."),
    row("msetnx", -3, msetnx).flags(WM).keys(PAIRS).doc(
        "1.0.1",
        "O(keys)",
        "Sets one or more keys only when none of them exists.",
    ),
    row("lcs", -3, lcs::lcs).flags(Flags::READONLY).keys(READ_TWO).doc(
        "7.0.0",
        "O(n*m)",
        "Finds the longest common substring.",
    ),
];

const STRING: EventClass = EventClass::STRING;
const GENERIC: EventClass = EventClass::GENERIC;

/// The longest string.
const STRING_BYTES_MAX: usize = crate::table::VALUE_LEN_MAX;

const TOO_LONG: Failure = Failure::Fixed("ERR string exceeds maximum allowed size (proto-max-bulk-len)");

fn get(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match ctx.keys.string(args[1])? {
        Some(value) => ctx.out.bulk(value),
        None => {
            ctx.keys.effects.notify(EventClass::MISS, "keymiss", ctx.keys.db, args[1]);
            ctx.out.null();
        }
    }
    Ok(())
}

fn set(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, value) = (args[1], args[2]);
    if args.len() == 3 {
        ctx.keys.set_string(key, value, Expiry::Default);
        ctx.keys.changed(STRING, "set", key);
        ctx.out.ok();
        return Ok(());
    }
    let options = Options::parse(&args[3..], Verb::Set)?;
    let expiry = match options.expiry {
        Some((form, value)) => Expiry::At(positive_due(form, value, ctx.keys.now_ms(), "set")?),
        None if options.keep_ttl => Expiry::Keep,
        None => Expiry::Default,
    };
    let reply_at = ctx.out.len();
    if options.get {
        ctx.out.bulk_or_null(ctx.keys.string(key)?);
    }
    let exists = (options.only_absent || options.only_present) && ctx.keys.exists(key);
    if (options.only_absent && exists) || (options.only_present && !exists) {
        if !options.get {
            ctx.out.null();
        }
        return Ok(());
    }
    store(ctx, key, value, expiry);
    if let Expiry::At(_) = expiry {
        ctx.keys.effects.notify(GENERIC, "expire", ctx.keys.db, key);
    }
    if ctx.out.len() == reply_at {
        ctx.out.ok();
    }
    Ok(())
}

/// Sets a string. One whose time is over counts as expired at once.
fn store(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], expiry: Expiry) {
    ctx.keys.set_string(key, value, expiry);
    ctx.keys.changed(STRING, "set", key);
}

fn setnx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let absent = !ctx.keys.exists(args[1]);
    if absent {
        store(ctx, args[1], args[2], Expiry::Default);
    }
    ctx.out.flag(absent);
    Ok(())
}

fn setex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    set_with_ttl(ctx, args, TimeForm::Seconds, "setex")
}

fn psetex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    set_with_ttl(ctx, args, TimeForm::Millis, "psetex")
}

fn set_with_ttl(ctx: &mut Ctx<'_>, args: &[&[u8]], form: TimeForm, command: &str) -> Result<(), Failure> {
    let due = positive_due(form, args[2], ctx.keys.now_ms(), command)?;
    store(ctx, args[1], args[3], Expiry::At(due));
    ctx.keys.effects.notify(GENERIC, "expire", ctx.keys.db, args[1]);
    ctx.out.ok();
    Ok(())
}

fn append(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, tail) = (args[1], args[2]);
    let appended = ctx.keys.edit_string(key, |item| {
        let old = text_of(item).len();
        let len = old.checked_add(tail.len()).filter(|len| *len <= STRING_BYTES_MAX).ok_or(TOO_LONG)?;
        item.resize_string(len)[old..].copy_from_slice(tail);
        item.set_raw(true);
        Ok(len)
    })?;
    if appended.is_none() {
        ctx.keys.set_string(key, tail, Expiry::Default);
    }
    ctx.keys.changed(STRING, "append", key);
    ctx.out.count(appended.unwrap_or(tail.len()));
    Ok(())
}

/// The bytes of an item that is known to hold a string.
fn text_of(item: &Item) -> &[u8] {
    match item.value() {
        ValueRef::Str(text) => text,
        ValueRef::Coll(_) => unreachable!("only strings are edited as such"),
    }
}

fn strlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let len = ctx.keys.string(args[1])?.map_or(0, <[u8]>::len);
    ctx.out.count(len);
    Ok(())
}

fn getset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    ctx.out.bulk_or_null(ctx.keys.string(args[1])?);
    store(ctx, args[1], args[2], Expiry::Default);
    Ok(())
}

fn getdel(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match ctx.keys.string(args[1])? {
        None => ctx.out.null(),
        Some(value) => {
            ctx.out.bulk(value);
            ctx.keys.remove(args[1]);
            ctx.keys.changed(GENERIC, "del", args[1]);
        }
    }
    Ok(())
}

fn getex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let key = args[1];
    let options = Options::parse(&args[2..], Verb::GetEx)?;
    // As in Redis, a key that is absent is answered before the time is read.
    let Some(value) = ctx.keys.string(key)? else {
        ctx.out.null();
        return Ok(());
    };
    ctx.out.bulk(value);
    let now_ms = ctx.keys.now_ms();
    match options.expiry {
        Some((form, value)) => {
            let due = positive_due(form, value, now_ms, "getex")?;
            if due <= now_ms {
                ctx.keys.remove(key);
                ctx.keys.changed(GENERIC, "del", key);
            } else {
                ctx.keys.set_expire_at(key, Some(due));
                ctx.keys.changed(GENERIC, "expire", key);
            }
        }
        None if options.persist && ctx.keys.expire_at(key).flatten().is_some() => {
            ctx.keys.set_expire_at(key, None);
            ctx.keys.changed(GENERIC, "persist", key);
        }
        None => {}
    }
    Ok(())
}

fn getrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (start, end) = (args::int(args[2])?, args::int(args[3])?);
    let value = ctx.keys.string(args[1])?.unwrap_or_default();
    let len = value.len() as i64;
    if start < 0 && end < 0 && start > end {
        ctx.out.bulk(b"");
        return Ok(());
    }
    let from_end = |at: i64| if at < 0 { (len + at).max(0) } else { at };
    let (start, end) = (from_end(start), from_end(end).min(len - 1));
    ctx.out.bulk(if start > end || len == 0 { b"" } else { &value[start as usize..=end as usize] });
    Ok(())
}

fn setrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, patch) = (args[1], args[3]);
    let offset = args::int(args[2])?;
    let Ok(offset) = usize::try_from(offset) else { return Err(Failure::Fixed("ERR offset is out of range")) };
    let old = ctx.keys.string(key)?.map_or(0, <[u8]>::len);
    if patch.is_empty() {
        ctx.out.count(old);
        return Ok(());
    }
    let end = offset.checked_add(patch.len()).filter(|end| *end <= STRING_BYTES_MAX).ok_or(TOO_LONG)?;
    let len = old.max(end);
    ctx.keys.string_resized(key, len)?[offset..end].copy_from_slice(patch);
    ctx.keys.changed(STRING, "setrange", key);
    ctx.out.count(len);
    Ok(())
}

fn mget(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    ctx.out.array(args.len() - 1);
    for key in &args[1..] {
        match ctx.keys.string(key) {
            Ok(value) => ctx.out.bulk_or_null(value),
            Err(_) => ctx.out.null(),
        }
    }
    Ok(())
}

fn mset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pairs(args, "mset")?;
    set_pairs(ctx, args);
    ctx.out.ok();
    Ok(())
}

fn msetnx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pairs(args, "msetnx")?;
    let free = args[1..].iter().step_by(2).all(|key| !ctx.keys.exists(key));
    if free {
        set_pairs(ctx, args);
    }
    ctx.out.flag(free);
    Ok(())
}

fn pairs(args: &[&[u8]], command: &str) -> Result<(), Failure> {
    if args.len() % 2 == 1 {
        return Ok(());
    }
    Err(Failure::made(format!("ERR wrong number of arguments for '{command}' command")))
}

fn set_pairs(ctx: &mut Ctx<'_>, args: &[&[u8]]) {
    for pair in args[1..].chunks_exact(2) {
        store(ctx, pair[0], pair[1], Expiry::Default);
    }
}
