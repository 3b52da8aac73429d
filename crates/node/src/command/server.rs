//! Commands about the node: snapshots, stopping, its role, latency events.

use super::reply::help;
use super::{Category, Command, Failure, Flags, Group, Run, args};
use crate::engine::{Call, Flow, Request};

#[cfg(test)]
mod tests;

const OPEN: Flags = Flags::LOADING.union(Flags::STALE);
const ADMIN: Flags = Flags::ADMIN.union(Flags::NOSCRIPT);
const LIGHT: Flags = OPEN.union(Flags::FAST);
const DANGER: Category = Category::ADMIN.union(Category::DANGEROUS);

const fn row(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Server, Run::Session(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("shutdown", -1, shutdown).flags(ADMIN.union(OPEN).union(Flags::NO_MULTI).union(Flags::ALLOW_BUSY)).doc(
        "1.0.0",
        "O(keys), or O(1) without a snapshot",
        "Stops the node, after a last snapshot unless told otherwise.",
    ),
    row("save", 1, save).flags(ADMIN.union(Flags::NO_MULTI)).doc(
        "1.0.0",
        "O(keys)",
        "Takes a snapshot and answers when it is there; others are served meanwhile.",
    ),
    row("bgsave", -1, bgsave).flags(ADMIN).doc("1.0.0", "O(1)", "Begins a snapshot."),
    row("bgrewriteaof", 1, bgrewriteaof).flags(ADMIN).doc(
        "1.0.0",
        "O(1)",
        "Begins a snapshot, after which the log before it is dropped.",
    ),
    row("lastsave", 1, lastsave).flags(LIGHT).categories(DANGER).doc(
        "1.0.0",
        "O(1)",
        "Tells when the last snapshot was taken.",
    ),
    row("role", 1, role).flags(LIGHT.union(Flags::NOSCRIPT)).categories(DANGER).doc(
        "2.8.12",
        "O(1)",
        "Tells that the node is a master without replicas.",
    ),
    Command::new("latency", -2, Group::Server, Run::Container).subcommands(LATENCY).doc(
        "2.8.13",
        "that of the subcommand",
        "A container for commands about latency events, of which none are recorded.",
    ),
];

const LATENCY: &[Command] = &[
    row("latest", 2, no_events).flags(ADMIN.union(OPEN)).doc("2.8.13", "O(1)", "Lists no events: none are recorded."),
    row("history", 3, no_events).flags(ADMIN.union(OPEN)).doc("2.8.13", "O(1)", "Lists no events: none are recorded."),
    row("reset", -2, latency_reset).flags(ADMIN.union(OPEN)).doc("2.8.13", "O(1)", "Forgets no events."),
    row("help", 2, latency_help).flags(OPEN).doc("2.8.13", "O(1)", "Tells what the subcommands do."),
];

fn shutdown(_call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let (mut save, mut abort) = (None, false);
    for word in &args[1..] {
        let wanted = if args::is(word, "save") {
            Some(true)
        } else if args::is(word, "nosave") {
            Some(false)
        } else if args::is(word, "abort") {
            abort = true;
            None
        } else if args::is(word, "now") || args::is(word, "force") {
            // There are no replicas to wait for, and a snapshot that fails does not keep the node from stopping: the log has all.
            None
        } else {
            return Err(Failure::SYNTAX);
        };
        if wanted.is_some() && save.is_some() && wanted != save {
            return Err(Failure::SYNTAX);
        }
        save = wanted.or(save);
    }
    if abort {
        let alone = args.len() == 2;
        return Err(if alone { Failure::Fixed("ERR No shutdown in progress.") } else { Failure::SYNTAX });
    }
    Ok(Flow::Ask(Request::Shutdown { save: save.unwrap_or(true) }))
}

fn save(_call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    Ok(Flow::Ask(Request::SnapshotNow))
}

fn bgsave(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    match args[1..] {
        [] => {}
        [word] if args::is(word, "schedule") => {}
        _ => return Err(Failure::SYNTAX),
    }
    call.out.simple("Background saving started");
    Ok(Flow::Ask(Request::Snapshot))
}

fn bgrewriteaof(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.simple("Background append only file rewriting started");
    Ok(Flow::Ask(Request::Snapshot))
}

fn lastsave(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.int(call.engine.saved_s() as i64);
    Ok(Flow::Continue)
}

fn role(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.array(3);
    call.out.bulk(b"master");
    call.out.int(0);
    call.out.array(0);
    Ok(Flow::Continue)
}

fn no_events(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.array(0);
    Ok(Flow::Continue)
}

fn latency_reset(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.int(0);
    Ok(Flow::Continue)
}

fn latency_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(
        call.out,
        "LATENCY",
        &[
            "HISTORY <event>",
            "    Return an empty list: no events are recorded.",
            "LATEST",
            "    Return an empty list: no events are recorded.",
            "RESET [<event> ...]",
            "    Return 0: there is nothing to reset.",
        ],
    );
    Ok(Flow::Continue)
}
