//! `CL.THROTTLE`: a rate limit that every client of the node shares, decided in one round trip.
//!
//! ```text
//! CL.THROTTLE key max_burst count period `quantity`
//! ```
//! admits `count` in each `period` seconds, and `max_burst` more at once after a pause; the reply holds five integers:
//!
//! | reply | |
//! |---|---|
//! | limited | 0 admitted, 1 not |
//! | limit | `max_burst` + 1 |
//! | remaining | what would be admitted now |
//! | retry after | seconds until this quantity is admitted; -1 if it was, or never will be |
//! | reset | seconds until the limit is as if unused |
//!
//! A quantity of 0 looks without spending. What remains is rounded down and waits are rounded up to whole seconds, unless less
//! than a millisecond is left over. The state is the TAT of `gcra` as decimal microseconds in an ordinary string that expires when
//! it says nothing any more; only admitted requests write it, and the log has it as a `SET`, so that a replay decides nothing.

mod gcra;
#[cfg(test)]
mod tests;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run, args};
use crate::shard::{EventClass, Expiry};
use crate::text::integer;
use gcra::{Params, Verdict, decide};

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("cl.throttle", -5, Group::String, Run::Data(throttle))
    .flags(Flags::WRITE.union(Flags::DENYOOM).union(Flags::FAST))
    .keys(&[KeySpec::one(Access::ReadWrite)])
    .doc("mainstay", "O(1)", "Spends from a rate limit, or says when to try again.")];

/// An argument from `min` up.
fn number(arg: &[u8], name: &str, min: u64) -> Result<u64, Failure> {
    let number = args::int(arg).ok().and_then(|number| u64::try_from(number).ok());
    number
        .filter(|&number| number >= min)
        .ok_or_else(|| Failure::made(format!("ERR {name} must be an integer from {min} to {}", i64::MAX)))
}

fn throttle(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    if args.len() > 6 {
        return Err(Failure::SYNTAX);
    }
    let key = args[1];
    let burst = number(args[2], "max_burst", 0)?.saturating_add(1);
    let (count, period_s) = (number(args[3], "count", 1)?, number(args[4], "period", 1)?);
    let cost = args.get(5).map_or(Ok(1), |quantity| number(quantity, "quantity", 0))?;
    let params = Params::new(burst, count, period_s, cost)
        .ok_or(Failure::Fixed("ERR the limit takes more than 100 years to refill after a burst"))?;
    let tat_us = match ctx.keys.string(key)? {
        None => None,
        Some(text) => {
            Some(integer::parse_u64(text).ok_or(Failure::Fixed("ERR the key holds no state of a rate limit"))?)
        }
    };
    let decision = decide(ctx.keys.now.as_micros(), tat_us, params);
    let (limited, retry_after) = match decision.verdict {
        Verdict::Allowed { tat_us } => {
            if cost > 0 {
                keep(ctx, key, tat_us);
            }
            (false, -1)
        }
        Verdict::Denied { retry_after_us } => (true, seconds(retry_after_us)),
        Verdict::Never => (true, -1),
    };
    ctx.out.array(5);
    ctx.out.flag(limited);
    ctx.out.int(burst as i64);
    ctx.out.int(decision.remaining as i64);
    ctx.out.int(retry_after);
    ctx.out.int(seconds(decision.reset_us));
    Ok(())
}

/// Keeps the state until it says nothing any more, to the millisecond after that.
fn keep(ctx: &mut Ctx<'_>, key: &[u8], tat_us: u64) {
    let due_ms = tat_us.div_ceil(1_000);
    let (mut tat_text, mut due_text) = (itoa::Buffer::new(), itoa::Buffer::new());
    let tat = tat_text.format(tat_us).as_bytes();
    ctx.keys.set_string(key, tat, Expiry::At(due_ms));
    ctx.keys.changed(EventClass::STRING, "cl.throttle", key);
    let db = ctx.keys.db;
    ctx.keys.effects.replace(db, &[b"SET", key, tat, b"PXAT", due_text.format(due_ms).as_bytes()]);
}

/// Whole seconds; a millisecond or more beyond them counts as one.
const fn seconds(micros: u64) -> i64 {
    let begun = micros % 1_000_000 >= 1_000;
    (micros / 1_000_000) as i64 + begun as i64
}
