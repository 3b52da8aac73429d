//! `CONFIG`: parameters of Redis that mean something here.

mod memory;
mod parameters;
#[cfg(test)]
mod tests;
mod values;

use super::reply::help;
use super::{Command, Failure, Flags, Group, Run};
use crate::engine::{Call, Flow};
use crate::keyspace::KeyspaceId;
use crate::text::glob;
use parameters::{PARAMETERS, Parameter, Set, memory_limit};

pub(super) use parameters::memory_max;

const OPEN: Flags = Flags::LOADING.union(Flags::STALE);
const ADMIN: Flags = OPEN.union(Flags::NOSCRIPT).union(Flags::ADMIN);

const fn sub(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Server, Run::Session(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("config", -2, Group::Server, Run::Container).subcommands(CONFIG).doc(
    "2.0.0",
    "that of the subcommand",
    "A container for commands about the configuration.",
)];

const CONFIG: &[Command] = &[
    sub("get", -3, get).flags(ADMIN).doc("2.0.0", "O(parameters * patterns)", "Tells the values of parameters."),
    sub("set", -4, set).flags(ADMIN).doc("2.0.0", "O(parameters given)", "Changes parameters, all or none."),
    sub("resetstat", 2, resetstat).flags(ADMIN).doc("2.0.0", "O(1)", "Makes counters begin anew."),
    sub("rewrite", 2, rewrite).flags(ADMIN).doc("2.8.0", "O(1)", "Refused: the file is written by people."),
    sub("help", 2, config_help).flags(OPEN).doc("5.0.0", "O(1)", "Tells what the subcommands do."),
];

/// Each parameter that matches is told once; one that was asked for by its full name, under that name.
fn get(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let mut found: Vec<(&[u8], String)> = Vec::new();
    let settings = call.engine.settings();
    for parameter in PARAMETERS {
        let name = parameter.name.as_bytes();
        let asked = args[2..].iter().find(|pattern| glob::matches_ignoring_case(pattern, name));
        if let Some(pattern) = asked {
            let shown = if pattern.eq_ignore_ascii_case(name) { pattern } else { name };
            found.push((shown, (parameter.get)(call.engine, &settings)));
        }
    }
    call.out.map(found.len());
    for (name, value) in &found {
        call.out.bulk(name);
        call.out.bulk(value.as_bytes());
    }
    Ok(Flow::Continue)
}

fn failed(name: &str, why: &str) -> Failure {
    Failure::made(format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"))
}

/// The parameters of the command, all of them known and named once.
fn targets(args: &[&[u8]]) -> Result<Vec<&'static Parameter>, Failure> {
    let mut targets: Vec<&Parameter> = Vec::new();
    for name in args[2..].iter().step_by(2) {
        let Some(parameter) = PARAMETERS.iter().find(|known| known.name.as_bytes().eq_ignore_ascii_case(name)) else {
            let text = b"ERR Unknown option or number of arguments for CONFIG SET - '";
            return Err(Failure::made([text, *name, b"'"].concat()));
        };
        if targets.iter().any(|known| std::ptr::eq(*known, parameter)) {
            return Err(failed(parameter.name, "duplicate parameter"));
        }
        targets.push(parameter);
    }
    Ok(targets)
}

fn set(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    if args.len() % 2 == 1 {
        return Err(Failure::SYNTAX);
    }
    let targets = targets(args)?;
    let (mut settings, mut memory) = ((*call.engine.settings()).clone(), None);
    for (parameter, value) in targets.iter().zip(args[3..].iter().step_by(2)) {
        match parameter.set {
            Set::To(apply) => apply(&mut settings, value).map_err(|why| failed(parameter.name, &why))?,
            Set::Memory => memory = Some(memory_limit(value).map_err(|why| failed(parameter.name, &why))?),
            // Clients that make sure of what is so already are right.
            Set::Fixed(_) if (parameter.get)(call.engine, &settings).as_bytes() == *value => {}
            Set::Fixed(why) => return Err(failed(parameter.name, &format!("can't set immutable config: {why}"))),
        }
    }
    call.engine.acl_log.lock().set_length_max(settings.acllog_max_len);
    call.engine.slowlog.lock().truncate(settings.slowlog_max_len);
    call.engine.set_settings(settings);
    if let Some(limit) = memory {
        call.engine.limit_memory(KeyspaceId::DEFAULT, limit);
    }
    call.out.ok();
    Ok(Flow::Continue)
}

fn resetstat(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.session.samples.clear();
    let engine = call.engine;
    call.each_shard(&mut |shard| engine.count_lookups(shard));
    engine.reset_recorded();
    call.out.ok();
    Ok(Flow::Continue)
}

fn rewrite(_call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    Err(Failure::Fixed("ERR the configuration comes from a TOML file, which the node never writes; change it there"))
}

fn config_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(
        call.out,
        "CONFIG",
        &[
            "GET <pattern> [<pattern> ...]",
            "    Return parameters matching the glob-like <pattern> and their values.",
            "SET <directive> <value> [<directive> <value> ...]",
            "    Set the configuration <directive> to <value>, until the node is restarted.",
            "RESETSTAT",
            "    Reset statistics reported by the INFO command.",
            "REWRITE",
            "    Refused: the configuration comes from a TOML file, which the node never writes.",
        ],
    );
    Ok(Flow::Continue)
}
