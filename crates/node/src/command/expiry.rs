//! When keys end: setting, asking for and removing their expiry.

use super::args::{self, TimeForm};
use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::EventClass;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const GENERIC: EventClass = EventClass::GENERIC;

const fn write(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Generic, Run::Data(run)).flags(Flags::WRITE.union(Flags::FAST)).keys(WRITE)
}

const fn read(name: &'static str, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, 2, Group::Generic, Run::Data(run)).flags(Flags::READONLY.union(Flags::FAST)).keys(READ)
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    write("expire", -3, expire).doc("1.0.0", "O(1)", "Sets in how many seconds a key ends."),
    write("pexpire", -3, pexpire).doc("2.6.0", "O(1)", "Sets in how many milliseconds a key ends."),
    write("expireat", -3, expireat).doc("1.2.0", "O(1)", "Sets at which second since 1970 a key ends."),
    write("pexpireat", -3, pexpireat).doc("2.6.0", "O(1)", "Sets at which millisecond since 1970 a key ends."),
    write("persist", 2, persist).doc("2.2.0", "O(1)", "Removes the expiry of a key."),
    read("ttl", ttl).doc("1.0.0", "O(1)", "Returns in how many seconds a key ends."),
    read("pttl", pttl).doc("2.6.0", "O(1)", "Returns in how many milliseconds a key ends."),
    read("expiretime", expiretime).doc("7.0.0", "O(1)", "Returns at which second since 1970 a key ends."),
    read("pexpiretime", pexpiretime).doc("7.0.0", "O(1)", "Returns at which millisecond since 1970 a key ends."),
];

fn expire(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    set_expiry(ctx, args, TimeForm::Seconds, "expire")
}

fn pexpire(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    set_expiry(ctx, args, TimeForm::Millis, "pexpire")
}

fn expireat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    set_expiry(ctx, args, TimeForm::UnixSeconds, "expireat")
}

fn pexpireat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    set_expiry(ctx, args, TimeForm::UnixMillis, "pexpireat")
}

/// On which condition an expiry is set.
#[derive(Clone, Copy, Debug, Default)]
struct Conditions {
    only_without: bool,
    only_with: bool,
    only_later: bool,
    only_earlier: bool,
}

impl Conditions {
    fn parse(options: &[&[u8]]) -> Result<Self, Failure> {
        let mut parsed = Self::default();
        for option in options {
            let condition = match option {
                word if args::is(word, "nx") => &mut parsed.only_without,
                word if args::is(word, "xx") => &mut parsed.only_with,
                word if args::is(word, "gt") => &mut parsed.only_later,
                word if args::is(word, "lt") => &mut parsed.only_earlier,
                other => {
                    return Err(Failure::made([b"ERR Unsupported option ", crate::text::up_to_nul(other)].concat()));
                }
            };
            *condition = true;
        }
        if parsed.only_without && (parsed.only_with || parsed.only_later || parsed.only_earlier) {
            return Err(Failure::Fixed("ERR NX and XX, GT or LT options at the same time are not compatible"));
        }
        if parsed.only_later && parsed.only_earlier {
            return Err(Failure::Fixed("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(parsed)
    }

    /// Whether `due` may replace `current`. A key without an expiry counts as one that ends last of all.
    fn allow(self, current: Option<u64>, due: i64) -> bool {
        match current {
            None => !self.only_with && !self.only_later,
            Some(current) => {
                !self.only_without
                    && (!self.only_later || due > current as i64)
                    && (!self.only_earlier || due < current as i64)
            }
        }
    }
}

fn set_expiry(ctx: &mut Ctx<'_>, args: &[&[u8]], form: TimeForm, command: &str) -> Result<(), Failure> {
    let key = args[1];
    let conditions = Conditions::parse(&args[3..])?;
    let now_ms = ctx.keys.now_ms();
    let due = form.resolve(args::int(args[2])?, now_ms, command)?;
    let allowed = ctx.keys.expire_at(key).is_some_and(|current| conditions.allow(current, due));
    if allowed {
        end_at(ctx, key, due);
    }
    ctx.out.flag(allowed);
    Ok(())
}

/// Lets a key that exists end at `due`, which may be over.
fn end_at(ctx: &mut Ctx<'_>, key: &[u8], due: i64) {
    if due <= ctx.keys.now_ms() as i64 {
        ctx.keys.remove(key);
        ctx.keys.changed(GENERIC, "del", key);
    } else {
        ctx.keys.set_expire_at(key, Some(due as u64));
        ctx.keys.changed(GENERIC, "expire", key);
    }
}

fn persist(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let key = args[1];
    let expires = ctx.keys.expire_at(key).flatten().is_some();
    if expires {
        ctx.keys.set_expire_at(key, None);
        ctx.keys.changed(GENERIC, "persist", key);
    }
    ctx.out.flag(expires);
    Ok(())
}

fn ttl(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    tell(ctx, args[1], |due, now_ms| seconds(due - now_ms));
    Ok(())
}

fn pttl(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    tell(ctx, args[1], |due, now_ms| due - now_ms);
    Ok(())
}

fn expiretime(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    tell(ctx, args[1], |due, _| seconds(due));
    Ok(())
}

fn pexpiretime(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    tell(ctx, args[1], |due, _| due);
    Ok(())
}

/// Milliseconds rounded to seconds.
const fn seconds(millis: u64) -> u64 {
    (millis + 500) / 1000
}

/// Answers with the expiry as `shown` gives it, -1 without one, -2 without the key.
fn tell(ctx: &mut Ctx<'_>, key: &[u8], shown: impl FnOnce(u64, u64) -> u64) {
    let now_ms = ctx.keys.now_ms();
    let answer = match ctx.keys.expire_at(key) {
        None => -2,
        Some(None) => -1,
        Some(Some(due)) => shown(due, now_ms) as i64,
    };
    ctx.out.int(answer);
}

#[cfg(test)]
mod tests;
