//! `COMMAND`: the table of commands, as clients read it to route by it.

mod docs;
mod keys;
mod rows;
#[cfg(test)]
mod tests;

use super::reply::help;
use super::{Category, Command, Failure, Flags, Found, Group, Run, args, index};
use crate::acl::category_named;
use crate::engine::{Call, Flow};
use crate::text::glob;

const FLAGS: Flags = Flags::LOADING.union(Flags::STALE);

const fn row(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Server, Run::Session(run)).flags(FLAGS).categories(Category::CONNECTION)
}

/// The rows of this family.
pub const COMMANDS: &[Command] =
    &[row("command", -1, all).subcommands(COMMAND).doc("2.8.13", "O(commands)", "Describes all commands.")];

const COMMAND: &[Command] = &[
    row("count", 2, count).doc("2.8.13", "O(1)", "Counts the commands."),
    row("info", -2, info).doc("2.8.13", "O(commands asked for)", "Describes commands."),
    row("docs", -2, docs::docs).doc("7.0.0", "O(commands asked for)", "Documents commands."),
    row("list", -2, list).doc("7.0.0", "O(commands)", "Lists the names of commands."),
    row("getkeys", -4, keys::getkeys).doc("2.8.13", "O(arguments)", "Extracts the keys of a whole command."),
    row("getkeysandflags", -4, keys::getkeysandflags).doc(
        "7.0.0",
        "O(arguments)",
        "Extracts the keys of a whole command, and what it does to each.",
    ),
    row("help", 2, command_help).doc("5.0.0", "O(1)", "Tells what the subcommands do."),
];

fn top_level() -> impl Iterator<Item = Found> {
    index().rows().filter(|found| found.parent.is_none())
}

/// The row of `get` or `config|get`.
fn named(name: &[u8]) -> Option<Found> {
    match memchr::memchr(b'|', name) {
        Some(bar) => index().find_sub(index().find(&name[..bar])?.number, &name[bar + 1..]),
        None => index().find(name),
    }
}

fn all(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    if let Some(sub) = args.get(1) {
        return Err(super::unknown_subcommand(call.found.command, sub));
    }
    call.out.array(top_level().count());
    top_level().for_each(|found| rows::describe(found, call.out));
    Ok(Flow::Continue)
}

fn count(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.count(top_level().count());
    Ok(Flow::Continue)
}

fn info(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    if args.len() == 2 {
        return all(call, &args[..1]);
    }
    call.out.array(args.len() - 2);
    for name in &args[2..] {
        match named(name) {
            Some(found) => rows::describe(found, call.out),
            None => call.out.null(),
        }
    }
    Ok(Flow::Continue)
}

fn list(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let names: Vec<&str> = match args[2..] {
        [] => select(|_| true),
        [filter, by, _] if args::is(filter, "filterby") && args::is(by, "module") => Vec::new(),
        [filter, by, category] if args::is(filter, "filterby") && args::is(by, "aclcat") => {
            let category = category_named(category).unwrap_or(Category::empty());
            select(|found| found.command.all_categories().intersects(category))
        }
        [filter, by, pattern] if args::is(filter, "filterby") && args::is(by, "pattern") => {
            select(|found| glob::matches_ignoring_case(pattern, index().name(found.number).as_bytes()))
        }
        _ => return Err(Failure::SYNTAX),
    };
    call.out.array(names.len());
    names.iter().for_each(|name| call.out.bulk(name.as_bytes()));
    Ok(Flow::Continue)
}

fn select(wanted: impl Fn(Found) -> bool) -> Vec<&'static str> {
    index().rows().filter(|found| wanted(*found)).map(|found| index().name(found.number)).collect()
}

fn command_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(
        call.out,
        "COMMAND",
        &[
            "(no subcommand)",
            "    Return details about all commands.",
            "COUNT",
            "    Return the total number of commands.",
            "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
            "    Return a list of all commands, or of those that the filter lets through.",
            "INFO [<command-name> ...]",
            "    Return details about multiple commands.",
            "    If no command names are given, details for all",
            "    commands are returned.",
            "DOCS [<command-name> ...]",
            "    Return documentation details about multiple commands.",
            "    If no command names are given, documentation details for all",
            "    commands are returned.",
            "GETKEYS <full-command>",
            "    Return the keys from a full command.",
            "GETKEYSANDFLAGS <full-command>",
            "    Return the keys and the access flags from a full command.",
        ],
    );
    Ok(Flow::Continue)
}
