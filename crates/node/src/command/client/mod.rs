//! `CLIENT`: connections, one's own and those of others.

mod kill;
mod list;
#[cfg(test)]
mod tests;

use super::connection::{is_word, set_name};
use super::reply::help;
use super::{Command, Failure, Flags, Group, Run, args};
use crate::engine::{Call, Flow, Paused};
use crate::session::ReplyMode;
use std::sync::atomic::Ordering;
use std::time::Duration;

const OPEN: Flags = Flags::LOADING.union(Flags::STALE);
const OWN: Flags = OPEN.union(Flags::NOSCRIPT);
const ADMIN: Flags = OWN.union(Flags::ADMIN);

const fn sub(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Connection, Run::Session(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("client", -2, Group::Connection, Run::Container)
    .subcommands(CLIENT)
    .doc("2.4.0", "that of the subcommand", "A container for commands about connections.")];

const CLIENT: &[Command] = &[
    sub("id", 2, id).flags(OWN).doc("5.0.0", "O(1)", "Tells the id of the connection."),
    sub("info", 2, list::info).flags(OWN).doc("6.2.0", "O(1)", "Describes the connection."),
    sub("list", -2, list::list).flags(ADMIN).doc("2.4.0", "O(connections)", "Describes connections."),
    sub("getname", 2, getname).flags(OWN).doc("2.6.9", "O(1)", "Tells the name of the connection."),
    sub("setname", 3, setname).flags(OWN).doc("2.6.9", "O(1)", "Names the connection."),
    sub("setinfo", 4, setinfo).flags(OWN).doc("7.2.0", "O(1)", "Tells which library the client uses."),
    sub("kill", -3, kill::kill).flags(ADMIN).doc("2.4.0", "O(connections)", "Closes connections."),
    sub("pause", -3, pause).flags(ADMIN).doc("2.9.50", "O(1)", "Puts commands off for a while."),
    sub("unpause", 2, unpause).flags(ADMIN).doc("6.2.0", "O(1)", "Ends a pause."),
    sub("reply", 3, reply).flags(OWN).doc("3.2.0", "O(1)", "Says whether replies are wanted."),
    sub("no-evict", 3, no_evict).flags(ADMIN).doc("7.0.0", "O(1)", "Marks the connection as one to be kept."),
    sub("no-touch", 3, no_touch).flags(OWN).doc("7.2.0", "O(1)", "Marks the connection as one that only looks."),
    sub("unblock", -3, unblock).flags(ADMIN).doc("5.0.0", "O(log connections)", "Ends the wait of a blocked client."),
    sub("tracking", -3, tracking).flags(OWN).doc("6.0.0", "O(1)", "Refused: keys are not tracked for clients."),
    sub("trackinginfo", 2, trackinginfo).flags(OWN).doc("6.2.0", "O(1)", "Tells that no keys are tracked."),
    sub("getredir", 2, getredir).flags(OWN).doc("6.0.0", "O(1)", "Tells that no keys are tracked."),
    sub("caching", 3, caching).flags(OWN).doc("6.0.0", "O(1)", "Refused: keys are not tracked for clients."),
    sub("maint_notifications", -3, maintenance).flags(OWN).doc(
        "mainstay",
        "O(1)",
        "Refused: there are no notifications of maintenance.",
    ),
    sub("help", 2, client_help).flags(OPEN).doc("5.0.0", "O(1)", "Tells what the subcommands do."),
];

fn id(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.int(call.session.client.id as i64);
    Ok(Flow::Continue)
}

fn getname(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let name = call.session.client.name.lock();
    call.out.bulk_or_null((!name.is_empty()).then_some(name.as_slice()));
    Ok(Flow::Continue)
}

fn setname(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    set_name(call.session, args[2])?;
    call.out.ok();
    Ok(Flow::Continue)
}

fn setinfo(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let client = &call.session.client;
    let (what, field) = if args::is(args[2], "lib-name") {
        ("lib-name", &client.library_name)
    } else if args::is(args[2], "lib-ver") {
        ("lib-ver", &client.library_version)
    } else {
        return Err(Failure::made([b"ERR Unrecognized option '", args[2], b"'"].concat()));
    };
    if !is_word(args[3]) {
        return Err(Failure::made(format!("ERR {what} cannot contain spaces, newlines or special characters.")));
    }
    *field.lock() = args[3].to_vec();
    call.out.ok();
    Ok(Flow::Continue)
}

fn pause(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let paused = match args[3..] {
        [] => Paused::All,
        [word] if args::is(word, "all") => Paused::All,
        [word] if args::is(word, "write") => Paused::Writes,
        [_] => return Err(Failure::Fixed("ERR CLIENT PAUSE mode must be WRITE or ALL")),
        _ => return Err(Failure::SYNTAX),
    };
    let millis = args::int(args[2]).map_err(|_| Failure::Fixed("ERR timeout is not an integer or out of range"))?;
    let millis = u64::try_from(millis).map_err(|_| Failure::Fixed("ERR timeout is negative"))?;
    let now = call.engine.clock.instant();
    // A length that does not fit is for ever, which 292 years are.
    let until = now.plus(Duration::from_millis(millis.min(i64::MAX as u64 / 1_000_000)));
    call.engine.pause.begin(now, until, paused);
    call.out.ok();
    Ok(Flow::Continue)
}

fn unpause(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.engine.pause.end();
    call.out.ok();
    Ok(Flow::Continue)
}

fn reply(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let mode = &mut call.session.reply_mode;
    if args::is(args[2], "on") {
        *mode = ReplyMode::On;
        call.out.ok();
    } else if args::is(args[2], "off") {
        *mode = ReplyMode::Off;
    } else if args::is(args[2], "skip") {
        // A client that wants no replies at all wants none after the next command either.
        if *mode != ReplyMode::Off {
            *mode = ReplyMode::SkipNext;
        }
    } else {
        return Err(Failure::SYNTAX);
    }
    Ok(Flow::Continue)
}

fn on_or_off(word: &[u8]) -> Result<bool, Failure> {
    match (args::is(word, "on"), args::is(word, "off")) {
        (false, false) => Err(Failure::SYNTAX),
        (on, _) => Ok(on),
    }
}

fn no_evict(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    call.session.client.no_evict.store(on_or_off(args[2])?, Ordering::Relaxed);
    call.out.ok();
    Ok(Flow::Continue)
}

fn no_touch(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    call.session.client.no_touch.store(on_or_off(args[2])?, Ordering::Relaxed);
    call.out.ok();
    Ok(Flow::Continue)
}

fn unblock(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let with_error = match args[3..] {
        [] => false,
        [word] if args::is(word, "timeout") => false,
        [word] if args::is(word, "error") => true,
        [_] => return Err(Failure::Fixed("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
        _ => return Err(Failure::SYNTAX),
    };
    let id = args::int(args[2])?;
    let waiter = u64::try_from(id).ok().and_then(|id| call.engine.clients.get(id)).and_then(|client| client.blocked());
    let ended = waiter.is_some_and(|waiter| if with_error { waiter.unblock() } else { waiter.time_out() });
    call.out.flag(ended);
    Ok(Flow::Continue)
}

fn tracking(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    if on_or_off(args[2])? {
        return Err(Failure::Fixed("ERR client tracking is not supported"));
    }
    call.out.ok();
    Ok(Flow::Continue)
}

fn trackinginfo(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let out = &mut *call.out;
    out.map(3);
    out.bulk(b"flags");
    out.set(1);
    out.bulk(b"off");
    out.bulk(b"redirect");
    out.int(-1);
    out.bulk(b"prefixes");
    out.array(0);
    Ok(Flow::Continue)
}

fn getredir(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.int(-1);
    Ok(Flow::Continue)
}

fn caching(_call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    Err(Failure::Fixed(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
    ))
}

/// Clients ask for it at the start and go on without it after any error.
fn maintenance(_call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    Err(Failure::Fixed("ERR maintenance notifications are not supported"))
}

fn client_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(call.out, "CLIENT", HELP);
    Ok(Flow::Continue)
}

const HELP: &[&str] = &[
    "CACHING (YES|NO)",
    "    Refused: keys are not tracked for clients.",
    "GETREDIR",
    "    Return -1: no keys are tracked.",
    "GETNAME",
    "    Return the name of the current connection.",
    "ID",
    "    Return the ID of the current connection.",
    "INFO",
    "    Return information about the current client connection.",
    "KILL <ip:port>",
    "    Kill connection made from <ip:port>.",
    "KILL <option> <value> [<option> <value> [...]]",
    "    Kill connections. Options are:",
    "    * ADDR <ip:port>",
    "      Kill connections made from the specified address",
    "    * LADDR <ip:port>",
    "      Kill connections made to specified local address",
    "    * ID <client-id>",
    "      Kill the connection of that id",
    "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "      Kill connections by type.",
    "    * USER <username>",
    "      Kill connections authenticated by <username>.",
    "    * SKIPME (YES|NO)",
    "      Skip killing current connection (default: yes).",
    "LIST [options ...]",
    "    Return information about client connections. Options:",
    "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "      Return clients of specified type.",
    "    * ID <client-id> [<client-id> ...]",
    "      Return clients of specified ids.",
    "UNPAUSE",
    "    Stop the current client pause, resuming traffic.",
    "PAUSE <timeout> [WRITE|ALL]",
    "    Suspend all, or just write, clients for <timeout> milliseconds.",
    "REPLY (ON|OFF|SKIP)",
    "    Control the replies sent to the current connection.",
    "SETNAME <name>",
    "    Assign the name <name> to the current connection.",
    "SETINFO (LIB-NAME|LIB-VER) <value>",
    "    Tell name or version of the client library.",
    "UNBLOCK <clientid> [TIMEOUT|ERROR]",
    "    Unblock the specified blocked client.",
    "TRACKING (ON|OFF)",
    "    Refused if on: keys are not tracked for clients.",
    "TRACKINGINFO",
    "    Report that no keys are tracked.",
    "NO-EVICT (ON|OFF)",
    "    Mark the connection; none is ever closed to free memory.",
    "NO-TOUCH (ON|OFF)",
    "    Mark the connection; its reads still count as accesses.",
];
