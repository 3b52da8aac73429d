//! Strings.

use super::args::{self, TimeForm};
use super::{Access, Category, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::{EventClass, Expiry};
use crate::text::decimal::Decimal;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const UPDATE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];
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
    row("set", -3, set).flags(WM).keys(UPDATE).doc(
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
    row("append", 3, append).flags(WMF).keys(UPDATE).doc(
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
    row("setrange", 4, setrange).flags(WM).keys(UPDATE).doc(
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
    row("lcs", -3, super::lcs::lcs).flags(Flags::READONLY).keys(READ_TWO).categories(Category::empty()).doc(
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

/// The options of `SET`.
#[derive(Default)]
struct SetOptions {
    only_absent: bool,
    only_present: bool,
    keep_ttl: bool,
    get: bool,
    expiry: Option<(TimeForm, i64)>,
}

impl SetOptions {
    fn parse(options: &[&[u8]]) -> Result<Self, Failure> {
        let mut parsed = Self::default();
        let mut rest = options;
        while let [option, after @ ..] = rest {
            rest = after;
            if args::is(option, "nx") && !parsed.only_present {
                parsed.only_absent = true;
            } else if args::is(option, "xx") && !parsed.only_absent {
                parsed.only_present = true;
            } else if args::is(option, "get") {
                parsed.get = true;
            } else if args::is(option, "keepttl") && parsed.expiry.is_none() {
                parsed.keep_ttl = true;
            } else if let (Some(form), [value, after @ ..], None, false) =
                (TimeForm::of_option(option), rest, parsed.expiry, parsed.keep_ttl)
            {
                parsed.expiry = Some((form, args::int(value)?));
                rest = after;
            } else {
                return Err(Failure::SYNTAX);
            }
        }
        Ok(parsed)
    }
}

fn set(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, value) = (args[1], args[2]);
    if args.len() == 3 {
        ctx.keys.set_string(key, value, Expiry::Default);
        ctx.keys.changed(STRING, "set", key);
        ctx.out.ok();
        return Ok(());
    }
    let options = SetOptions::parse(&args[3..])?;
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

/// Sets a string; a time in the past removes the key at once, as if it had expired.
fn store(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], expiry: Expiry) {
    ctx.keys.set_string(key, value, expiry);
    ctx.keys.changed(STRING, "set", key);
}

fn positive_due(form: TimeForm, value: i64, now_ms: u64, command: &str) -> Result<u64, Failure> {
    if value <= 0 {
        return Err(Failure::made(format!("ERR invalid expire time in '{command}' command")));
    }
    Ok(form.resolve(value, now_ms, command)?.max(0) as u64)
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
    let due = positive_due(form, args::int(args[2])?, ctx.keys.now_ms(), command)?;
    store(ctx, args[1], args[3], Expiry::At(due));
    ctx.keys.effects.notify(GENERIC, "expire", ctx.keys.db, args[1]);
    ctx.out.ok();
    Ok(())
}

fn append(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, tail) = (args[1], args[2]);
    let Some(old) = ctx.keys.string(key)?.map(<[u8]>::len) else {
        store_as(ctx, key, tail, "append");
        ctx.out.count(tail.len());
        return Ok(());
    };
    if old + tail.len() > STRING_BYTES_MAX {
        return Err(TOO_LONG);
    }
    ctx.keys.string_resized(key, old + tail.len())?[old..].copy_from_slice(tail);
    ctx.keys.changed(STRING, "append", key);
    ctx.out.count(old + tail.len());
    Ok(())
}

fn store_as(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], event: &'static str) {
    ctx.keys.set_string(key, value, Expiry::Keep);
    ctx.keys.changed(STRING, event, key);
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
    let (form, persist) = match &args[2..] {
        [] => (None, false),
        [word] if args::is(word, "persist") => (None, true),
        [word, value] => (Some((TimeForm::of_option(word).ok_or(Failure::SYNTAX)?, args::int(value)?)), false),
        _ => return Err(Failure::SYNTAX),
    };
    let due = match form {
        Some((form, value)) => Some(positive_due(form, value, ctx.keys.now_ms(), "getex")?),
        None => None,
    };
    let Some(value) = ctx.keys.string(key)? else {
        ctx.out.null();
        return Ok(());
    };
    ctx.out.bulk(value);
    let now_ms = ctx.keys.now_ms();
    match due {
        Some(due) if due <= now_ms => {
            ctx.keys.remove(key);
            ctx.keys.changed(GENERIC, "del", key);
        }
        Some(due) => {
            ctx.keys.set_expire_at(key, Some(due));
            ctx.keys.changed(GENERIC, "expire", key);
        }
        None if persist && ctx.keys.expire_at(key).flatten().is_some() => {
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

fn incr(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    increment(ctx, args[1], 1)
}

fn decr(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    increment(ctx, args[1], -1)
}

fn incrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    increment(ctx, args[1], args::int(args[2])?)
}

fn decrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let by = args::int(args[2])?.checked_neg().ok_or(Failure::Fixed("ERR decrement would overflow"))?;
    increment(ctx, args[1], by)
}

fn increment(ctx: &mut Ctx<'_>, key: &[u8], by: i64) -> Result<(), Failure> {
    let old = match ctx.keys.string(key)? {
        Some(text) => args::int(text)?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Failure::Fixed("ERR increment or decrement would overflow"))?;
    store_as(ctx, key, itoa::Buffer::new().format(new).as_bytes(), "incrby");
    ctx.out.int(new);
    Ok(())
}

fn incrbyfloat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let key = args[1];
    let old = match ctx.keys.string(key)? {
        Some(text) => Some(Decimal::parse(text).ok_or(Failure::NOT_A_FLOAT)?),
        None => None,
    };
    let by = Decimal::parse(args[2]).ok_or(Failure::NOT_A_FLOAT)?;
    let new = old
        .map_or(Some(by.clone()), |old| old.add(&by))
        .ok_or(Failure::Fixed("ERR increment would produce NaN or Infinity"))?;
    let mut text = Vec::new();
    new.write(&mut text);
    store_as(ctx, key, &text, "incrbyfloat");
    ctx.keys.effects.replace(ctx.keys.db, &[b"SET", key, &text, b"KEEPTTL"]);
    ctx.out.bulk(&text);
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
