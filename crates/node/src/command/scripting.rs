//! Scripts.

use super::args;
use super::{Access, Category, Command, Failure, Flags, Group, KeySpec, Run};
use crate::engine::{Call, Flow};
use crate::script::{Origin, Sha};

const KEYS_WRITE: &[KeySpec] = &[KeySpec::Counted { count: 2, first: 3, access: Access::ReadWrite }];
const KEYS_READ: &[KeySpec] = &[KeySpec::Counted { count: 2, first: 3, access: Access::Read }];
const EVAL: Flags = Flags::NOSCRIPT
    .union(Flags::SKIP_MONITOR)
    .union(Flags::NO_MANDATORY_KEYS)
    .union(Flags::STALE)
    .union(Flags::MOVABLEKEYS);

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    Command::new("eval", -3, Group::Scripting, Run::Session(eval)).flags(EVAL).keys(KEYS_WRITE).doc(
        "2.6.0",
        "that of the script",
        "Executes a server-side Lua script.",
    ),
    Command::new("evalsha", -3, Group::Scripting, Run::Session(eval)).flags(EVAL).keys(KEYS_WRITE).doc(
        "2.6.0",
        "that of the script",
        "Executes a server-side Lua script by SHA1 digest.",
    ),
    Command::new("eval_ro", -3, Group::Scripting, Run::Session(eval))
        .flags(EVAL.union(Flags::READONLY))
        .keys(KEYS_READ)
        .doc("7.0.0", "that of the script", "Executes a read-only server-side Lua script."),
    Command::new("evalsha_ro", -3, Group::Scripting, Run::Session(eval))
        .flags(EVAL.union(Flags::READONLY))
        .keys(KEYS_READ)
        .doc("7.0.0", "that of the script", "Executes a read-only server-side Lua script by SHA1 digest."),
    Command::new("script", -2, Group::Scripting, Run::Container).subcommands(SCRIPT).doc(
        "2.6.0",
        "that of the subcommand",
        "A container for Lua scripts management commands.",
    ),
];

const SCRIPT: &[Command] = &[
    sub("load", 3, load).flags(Flags::NOSCRIPT.union(Flags::STALE)).doc(
        "2.6.0",
        "O(n) of the script",
        "Loads a server-side Lua script to the script cache.",
    ),
    sub("exists", -3, exists).flags(Flags::NOSCRIPT).doc(
        "2.6.0",
        "O(scripts asked for)",
        "Determines whether server-side Lua scripts exist in the script cache.",
    ),
    sub("flush", -2, flush).flags(Flags::NOSCRIPT).doc(
        "2.6.0",
        "O(scripts)",
        "Removes all server-side Lua scripts from the script cache.",
    ),
    sub("kill", 2, kill).flags(Flags::NOSCRIPT.union(Flags::ALLOW_BUSY)).doc(
        "2.6.0",
        "O(1)",
        "Terminates a server-side Lua script during execution.",
    ),
    sub("debug", 3, debug).flags(Flags::NOSCRIPT).doc(
        "3.2.0",
        "O(1)",
        "Sets the debug mode of server-side Lua scripts.",
    ),
    sub("help", 2, help).flags(Flags::LOADING.union(Flags::STALE)).doc(
        "5.0.0",
        "O(1)",
        "Returns helpful text about the different subcommands.",
    ),
];

const fn sub(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Scripting, Run::Session(run)).categories(Category::SCRIPTING)
}

fn eval(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    call.engine.eval(call, args)
}

fn load(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    Ok(call.with_scripts(|scripts, out| match scripts.load(args[2], Origin::Load) {
        Ok(sha) => out.bulk(sha.as_bytes()),
        Err(error) => out.raw(&error.reply()),
    }))
}

fn exists(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    Ok(call.with_scripts(|scripts, out| {
        out.array(args.len() - 2);
        for sha in &args[2..] {
            out.flag(Sha::parse(sha).is_some_and(|sha| scripts.exists(&sha)));
        }
    }))
}

fn flush(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let known = match &args[2..] {
        [] => true,
        [mode] => args::is(mode, "sync") || args::is(mode, "async"),
        _ => false,
    };
    if !known {
        return Err(Failure::Fixed("ERR SCRIPT FLUSH only support SYNC|ASYNC option"));
    }
    Ok(call.with_scripts(|scripts, out| {
        scripts.flush();
        out.ok();
    }))
}

fn kill(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.engine.kill_script()?;
    call.out.ok();
    Ok(Flow::Continue)
}

fn debug(_call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    Err(Failure::Fixed("ERR the script debugger is not supported"))
}

fn help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    const LINES: [&str; 13] = [
        "SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.",
        "DEBUG (YES|SYNC|NO)",
        "    Refused: there is no script debugger.",
        "HELP",
        "    Prints this help.",
    ];
    call.out.array(LINES.len());
    LINES.iter().for_each(|line| call.out.simple(line));
    Ok(Flow::Continue)
}
