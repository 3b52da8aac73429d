//! The slow log.

use super::pubsub::one_at_most;
use super::reply::help;
use super::{Command, Failure, Flags, Group, Run};
use crate::engine::{Call, Flow, SlowEntry};
use crate::resp::Encoder;

#[cfg(test)]
mod tests;

const OPEN: Flags = Flags::LOADING.union(Flags::STALE);
const ADMIN: Flags = Flags::ADMIN.union(OPEN);

const fn sub(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Server, Run::Session(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("slowlog", -2, Group::Server, Run::Container)
    .subcommands(SLOWLOG)
    .doc("2.2.12", "that of the subcommand", "A container for commands about the slow log.")];

const SLOWLOG: &[Command] = &[
    sub("get", -2, get).flags(ADMIN).doc("2.2.12", "O(entries returned)", "Returns the newest slow commands."),
    sub("len", 2, len).flags(ADMIN).doc("2.2.12", "O(1)", "Counts the entries of the slow log."),
    sub("reset", 2, reset).flags(ADMIN).doc("2.2.12", "O(entries)", "Forgets the entries of the slow log."),
    sub("help", 2, slowlog_help).flags(OPEN).doc("6.2.0", "O(1)", "Tells what the subcommands do."),
];

fn get(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    const COUNT_DEFAULT: usize = 10;
    let count = match one_at_most(args, "get", "SLOWLOG")? {
        None => COUNT_DEFAULT,
        Some(text) => match super::args::int(text) {
            Ok(-1) => usize::MAX,
            Ok(count) if count >= 0 => usize::try_from(count).unwrap_or(usize::MAX),
            _ => return Err(Failure::Fixed("ERR count should be greater than or equal to -1")),
        },
    };
    let slowlog = call.engine.slowlog.lock();
    call.out.array(slowlog.len().min(count));
    slowlog.iter().take(count).for_each(|entry| write(entry, call.out));
    Ok(Flow::Continue)
}

fn write(entry: &SlowEntry, out: &mut Encoder) {
    out.array(6);
    out.int(entry.id as i64);
    out.int(entry.at.as_secs() as i64);
    out.int(entry.micros as i64);
    out.array(entry.args.len());
    entry.args.iter().for_each(|arg| out.bulk(arg));
    out.bulk(entry.address.as_bytes());
    out.bulk(&entry.name);
}

fn len(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.count(call.engine.slowlog.lock().len());
    Ok(Flow::Continue)
}

fn reset(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.engine.slowlog.lock().clear();
    call.out.ok();
    Ok(Flow::Continue)
}

fn slowlog_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(
        call.out,
        "SLOWLOG",
        &[
            "GET [<count>]",
            "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
            "    Entries are made of:",
            "    id, timestamp, time in microseconds, arguments array, client IP and port,",
            "    client name",
            "LEN",
            "    Return the length of the slowlog.",
            "RESET",
            "    Reset the slowlog.",
        ],
    );
    Ok(Flow::Continue)
}
