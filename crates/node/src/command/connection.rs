//! Commands about the connection itself: who it is, what it speaks, which database it means.

use super::args;
use super::info::REDIS_VERSION;
use super::pubsub::unsubscribe_silently;
use super::{Category, Command, Failure, Flags, Group, Run};
use crate::acl::DEFAULT_USER;
use crate::engine::{Call, Flow};
use crate::resp::Protocol;
use crate::session::{ReplyMode, Session};
use crate::shard::DB_COUNT;
use std::sync::atomic::Ordering;

#[cfg(test)]
mod tests;

const OPEN: Flags = Flags::NOSCRIPT
    .union(Flags::LOADING)
    .union(Flags::STALE)
    .union(Flags::FAST)
    .union(Flags::NO_AUTH)
    .union(Flags::ALLOW_BUSY);
const LIGHT: Flags = Flags::LOADING.union(Flags::STALE).union(Flags::FAST);

const fn row(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Connection, Run::Session(run))
}

const fn cluster_row(name: &'static str) -> Command {
    Command::new(name, 1, Group::Cluster, Run::Session(super::cluster::disabled)).categories(Category::CONNECTION)
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("ping", -1, ping).flags(Flags::FAST).doc("1.0.0", "O(1)", "Answers, which shows that the node is there."),
    row("select", 2, select).flags(LIGHT).doc("1.0.0", "O(1)", "Changes the selected database."),
    row("quit", -1, quit).flags(OPEN).doc("1.0.0", "O(1)", "Closes the connection."),
    row("reset", 1, reset).flags(OPEN).doc("6.2.0", "O(1)", "Makes the connection as if it were new."),
    row("hello", -1, hello).flags(OPEN).doc("6.0.0", "O(1)", "Agrees on the protocol, and logs in if asked to."),
    row("auth", -2, auth).flags(OPEN).doc("1.0.0", "O(passwords of the user)", "Logs the connection in."),
    cluster_row("readonly").flags(LIGHT).doc("3.0.0", "O(1)", "Allows reads from a replica of a cluster."),
    cluster_row("readwrite").flags(LIGHT).doc("3.0.0", "O(1)", "Ends the effect of READONLY."),
    cluster_row("asking").flags(Flags::FAST).doc("3.0.0", "O(1)", "Announces a command that was redirected by -ASK."),
];

fn ping(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    if args.len() > 2 {
        return Err(Failure::Fixed("ERR wrong number of arguments for 'ping' command"));
    }
    let message = args.get(1).copied();
    if call.session.protocol == Protocol::Resp2 && call.session.subscriptions() > 0 {
        // A subscriber of RESP2 can read nothing but messages.
        call.out.array(2);
        call.out.bulk(b"pong");
        call.out.bulk(message.unwrap_or_default());
    } else {
        match message {
            Some(message) => call.out.bulk(message),
            None => call.out.simple("PONG"),
        }
    }
    Ok(Flow::Continue)
}

fn select(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let db = u8::try_from(args::int(args[1])?).ok().filter(|db| *db < DB_COUNT);
    call.session.select(db.ok_or(Failure::Fixed("ERR DB index is out of range"))?);
    call.out.ok();
    Ok(Flow::Continue)
}

fn quit(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.ok();
    Ok(Flow::Close)
}

fn reset(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let (engine, session) = (call.engine, &mut *call.session);
    engine.end_transaction(session);
    unsubscribe_silently(engine, session);
    session.select(0);
    session.speak(Protocol::Resp2);
    session.reply_mode = ReplyMode::On;
    session.client.name.lock().clear();
    session.client.no_evict.store(false, Ordering::Relaxed);
    session.client.no_touch.store(false, Ordering::Relaxed);
    engine.log_out(session);
    call.out.protocol = Protocol::Resp2;
    call.out.simple("RESET");
    Ok(Flow::Continue)
}

fn auth(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let (name, password) = match args[1..] {
        [password] => {
            if call.engine.acl.read().default_user().takes_any_password() {
                return Err(Failure::Fixed(
                    "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                     configuration is correct?",
                ));
            }
            (DEFAULT_USER, password)
        }
        [name, password] => (name, password),
        _ => return Err(Failure::SYNTAX),
    };
    call.engine.log_in(call.session, args[0], name, password)?;
    call.out.ok();
    Ok(Flow::Continue)
}

fn hello(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let protocol = match args.get(1) {
        None => None,
        Some(version) => Some(match args::int(version) {
            Ok(2) => Protocol::Resp2,
            Ok(3) => Protocol::Resp3,
            Ok(_) => return Err(Failure::Fixed("NOPROTO unsupported protocol version")),
            Err(_) => return Err(Failure::Fixed("ERR Protocol version is not an integer or out of range")),
        }),
    };
    hello_options(call, args)?;
    if call.session.user.is_none() {
        return Err(Failure::Fixed(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can \
             be used to authenticate the client and select the RESP protocol version at the same time",
        ));
    }
    if let Some(protocol) = protocol {
        call.session.speak(protocol);
        call.out.protocol = protocol;
    }
    greet(call);
    Ok(Flow::Continue)
}

fn hello_options(call: &mut Call<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let mut rest = args.get(2..).unwrap_or_default();
    while let [option, more @ ..] = rest {
        rest = match more {
            [name, password, more @ ..] if args::is(option, "auth") => {
                call.engine.log_in(call.session, args[0], name, password)?;
                more
            }
            [name, more @ ..] if args::is(option, "setname") => {
                set_name(call.session, name)?;
                more
            }
            _ => {
                return Err(Failure::made([b"ERR Syntax error in HELLO option '", *option, b"'"].concat()));
            }
        };
    }
    Ok(())
}

fn greet(call: &mut Call<'_>) {
    let out = &mut *call.out;
    out.map(7);
    for (name, value) in [("server", "redis"), ("version", REDIS_VERSION)] {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    out.bulk(b"proto");
    out.int(if out.protocol == Protocol::Resp3 { 3 } else { 2 });
    out.bulk(b"id");
    out.int(call.session.client.id as i64);
    for (name, value) in [("mode", "standalone"), ("role", "master")] {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    out.bulk(b"modules");
    out.array(0);
}

/// Whether `text` may be shown in a line of `CLIENT LIST`: printable, and without blanks.
pub(super) fn is_word(text: &[u8]) -> bool {
    text.iter().all(|byte| (b'!'..=b'~').contains(byte))
}

/// `CLIENT SETNAME`.
pub(super) fn set_name(session: &Session, name: &[u8]) -> Result<(), Failure> {
    if !is_word(name) {
        return Err(Failure::Fixed("ERR Client names cannot contain spaces, newlines or special characters."));
    }
    *session.client.name.lock() = name.to_vec();
    Ok(())
}
