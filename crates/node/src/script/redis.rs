//! The `redis` library, and the `math` functions that draw from the script's own generator.

use super::incoming;
use super::number::write_general;
use super::outgoing;
use super::random::Lrand48;
use super::raw::frame::{Fault, Frame, Kind};
use super::raw::sandbox::Library;
use super::{LogLevel, Sha};

pub(super) const REDIS: Library = Library { name: c"redis", fill: fill_redis };
pub(super) const MATH: Library = Library { name: c"math", fill: fill_math };

/// Commands between two looks at the watch, for scripts whose time goes into commands rather than instructions.
const CALLS_PER_TICK: u32 = 64;

/// The version scripts are told, whole and as `major << 16 | minor << 8 | patch`.
const VERSION: (&[u8], u32) = (b"7.4.0", 0x0007_0400);

fn fill_redis(frame: &mut Frame<'_>) {
    frame.define("call", call);
    frame.define("pcall", pcall);
    frame.define("error_reply", error_reply);
    frame.define("status_reply", status_reply);
    frame.define("sha1hex", sha1hex);
    frame.define("log", log);
    frame.define("setresp", setresp);
    frame.define("set_repl", set_repl);
    frame.define("acl_check_cmd", acl_check_cmd);
    frame.define("replicate_commands", |frame| {
        frame.push_bool(true);
        Ok(1)
    });
    frame.define("breakpoint", |frame| {
        frame.push_bool(false);
        Ok(1)
    });
    frame.define("debug", |_| Ok(0));
    for (level, name) in (0..).zip(["LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"]) {
        frame.define_number(name, f64::from(level));
    }
    for (name, bits) in [("REPL_NONE", 0), ("REPL_AOF", 1), ("REPL_SLAVE", 2), ("REPL_REPLICA", 2), ("REPL_ALL", 3)] {
        frame.define_number(name, f64::from(bits));
    }
    frame.define_bytes("REDIS_VERSION", VERSION.0);
    frame.define_number("REDIS_VERSION_NUM", f64::from(VERSION.1));
}

fn fill_math(frame: &mut Frame<'_>) {
    frame.define("random", random);
    frame.define("randomseed", randomseed);
}

fn call(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if command(frame)? { Ok(1) } else { Err(Fault::Value) }
}

fn pcall(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    command(frame).map(|_| 1)
}

/// Runs the command of the arguments and pushes its reply; false if that is an error.
fn command(frame: &mut Frame<'_>) -> Result<bool, Fault> {
    if let Some(problem) = prepare_arguments(frame) {
        incoming::push_error(frame, problem);
        return Ok(false);
    }
    let world = frame.world();
    let calls = world.calls.get().wrapping_add(1);
    world.calls.set(calls);
    if calls.is_multiple_of(CALLS_PER_TICK) {
        frame.ask_watch();
    }
    let resp3 = world.resp3.get();
    let outcome = world.with_host(|host, reply| {
        with_arguments(frame, |args| host.call(args, resp3, reply));
        // As many arguments as Lua's stack holds leave no room for a reply.
        frame.pop(frame.top());
        incoming::push(frame, reply).map(|()| reply.first() != Some(&b'-'))
    });
    outcome.unwrap_or_else(|| Err(Fault::text("redis.call is possible only while a script runs")))
}

/// Makes every argument a string: numbers become what `%.17g` prints. Answers what is wrong, if something is.
fn prepare_arguments(frame: &mut Frame<'_>) -> Option<&'static [u8]> {
    let count = frame.top();
    if count == 0 {
        return Some(b"ERR Please specify at least one argument for this redis lib call");
    }
    for at in 1..=count {
        match frame.kind(at) {
            Kind::String => {}
            Kind::Number => {
                let mut text = Vec::with_capacity(24);
                write_general(&mut text, frame.number(at).unwrap_or_default(), 17);
                frame.push_bytes(&text);
                frame.replace(at);
            }
            _ => return Some(b"ERR Lua redis lib command arguments must be strings or integers"),
        }
    }
    None
}

/// Gives the arguments, which are strings, as slices; without allocation for short commands.
fn with_arguments<R>(frame: &Frame<'_>, body: impl FnOnce(&[&[u8]]) -> R) -> R {
    const SHORT: usize = 16;
    let count = frame.top();
    let argument = |at| frame.bytes(at).unwrap_or_default();
    if count as usize <= SHORT {
        let mut args: [&[u8]; SHORT] = [&[]; SHORT];
        for (slot, at) in args.iter_mut().zip(1..=count) {
            *slot = argument(at);
        }
        return body(&args[..count as usize]);
    }
    body(&(1..=count).map(argument).collect::<Vec<_>>())
}

fn error_reply(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if let Some(text) = single_string(frame) {
        // What stands before the first blank is the error's code.
        let line = text.strip_prefix(b"-").unwrap_or(&text);
        let text = if line.contains(&b' ') { line.to_vec() } else { [b"ERR ", line].concat() };
        push_reply(frame, b"err", &text);
    }
    Ok(1)
}

fn status_reply(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if let Some(text) = single_string(frame) {
        push_reply(frame, b"ok", &text);
    }
    Ok(1)
}

/// The one argument; if it is not a lone string, pushes an error reply.
fn single_string(frame: &mut Frame<'_>) -> Option<Vec<u8>> {
    if frame.top() == 1 && frame.kind(1) == Kind::String {
        return frame.bytes(1).map(<[u8]>::to_vec);
    }
    incoming::push_error(frame, b"ERR wrong number or type of arguments");
    None
}

fn push_reply(frame: &mut Frame<'_>, field: &[u8], text: &[u8]) {
    frame.push_table(0, 1);
    let table = frame.top();
    frame.push_bytes(text);
    frame.set_field(table, field);
}

fn sha1hex(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if frame.top() != 1 {
        return refuse(frame, "ERR wrong number of arguments");
    }
    let sha = Sha::of(frame.text(1).unwrap_or_default());
    frame.push_bytes(sha.as_bytes());
    Ok(1)
}

fn log(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let count = frame.top();
    if count < 2 {
        return refuse(frame, "ERR redis.log() requires two arguments or more.");
    }
    let Some(level) = frame.number(1).filter(|_| frame.kind(1) == Kind::Number) else {
        return refuse(frame, "ERR First argument must be a number (log level).");
    };
    let level = match level as i64 {
        0 => LogLevel::Debug,
        1 => LogLevel::Verbose,
        2 => LogLevel::Notice,
        3 => LogLevel::Warning,
        _ => return refuse(frame, "ERR Invalid debug level."),
    };
    let mut message = Vec::new();
    for at in 2..=count {
        if let Some(text) = frame.text(at) {
            if at > 2 {
                message.push(b' ');
            }
            message.extend_from_slice(text);
        }
    }
    frame.world().with_host(|host, _| host.log(level, &message));
    Ok(0)
}

fn setresp(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if frame.top() != 1 {
        return refuse(frame, "ERR redis.setresp() requires one argument.");
    }
    match frame.number(1) {
        Some(2.0) => frame.world().resp3.set(false),
        Some(3.0) => frame.world().resp3.set(true),
        _ => return refuse(frame, "ERR RESP version must be 2 or 3."),
    }
    Ok(0)
}

/// Effects are what is logged and replicated, so the choice is checked and then has no meaning.
fn set_repl(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if frame.top() != 1 {
        return refuse(frame, "ERR redis.set_repl() requires two arguments.");
    }
    match frame.number(1) {
        Some(bits) if (0.0..4.0).contains(&bits) => Ok(0),
        _ => refuse(frame, "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."),
    }
}

fn acl_check_cmd(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if let Some(problem) = prepare_arguments(frame) {
        incoming::push_error(frame, problem);
        return Err(Fault::Value);
    }
    let allowed = frame.world().with_host(|host, _| with_arguments(frame, |args| host.acl_check(args)));
    match allowed.flatten() {
        Some(allowed) => {
            frame.push_bool(allowed);
            Ok(1)
        }
        None => refuse(frame, "ERR Invalid command passed to redis.acl_check_cmd()"),
    }
}

/// Raises an error table.
fn refuse(frame: &mut Frame<'_>, text: &str) -> Result<i32, Fault> {
    incoming::push_error(frame, text.as_bytes());
    Err(Fault::Value)
}

fn random(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let world = frame.world();
    let mut generator = world.random.get();
    let unit = generator.unit();
    world.random.set(generator);
    let drawn = match frame.top() {
        0 => unit,
        1 => {
            let upper = bound(frame, 1)?;
            if upper < 1.0 {
                return Err(Fault::argument(1, "interval is empty"));
            }
            (unit * upper).floor() + 1.0
        }
        2 => {
            let (lower, upper) = (bound(frame, 1)?, bound(frame, 2)?);
            if lower > upper {
                return Err(Fault::argument(2, "interval is empty"));
            }
            (unit * (upper - lower + 1.0)).floor() + lower
        }
        _ => return Err(Fault::text("wrong number of arguments")),
    };
    frame.push_number(drawn);
    Ok(1)
}

/// A bound of `math.random`, a 32-bit integer as in C.
fn bound(frame: &Frame<'_>, at: i32) -> Result<f64, Fault> {
    frame.check_integer(at).map(|value| f64::from(value as i32))
}

fn randomseed(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let seed = frame.check_integer(1)?;
    frame.world().random.set(Lrand48::new(seed as u32));
    Ok(0)
}

/// Text of the error at position 1 of a failed script, completed by where it was raised.
pub(super) fn write_failure(frame: &mut Frame<'_>, sha: &Sha, out: &mut Vec<u8>) {
    let mut text = Vec::new();
    if frame.kind(1) == Kind::Table {
        frame.get_field(1, b"err");
        frame.get_field(1, b"source");
        frame.get_field(1, b"line");
        text.extend_from_slice(frame.text(2).unwrap_or(b"ERR unknown error"));
        let place = frame.bytes(3).map(<[u8]>::to_vec).zip(frame.text(4).map(<[u8]>::to_vec));
        if let Some((source, line)) = place {
            text.extend_from_slice(b" script: ");
            text.extend_from_slice(sha.as_bytes());
            text.extend_from_slice(b", on ");
            text.extend_from_slice(&source);
            text.push(b':');
            text.extend_from_slice(&line);
            text.push(b'.');
        }
    } else {
        text.extend_from_slice(b"ERR Error running script ");
        text.extend_from_slice(sha.as_bytes());
        text.extend_from_slice(b", ");
        text.extend_from_slice(frame.text(1).unwrap_or(b"execution failure"));
    }
    outgoing::write_error(out, &text);
}
