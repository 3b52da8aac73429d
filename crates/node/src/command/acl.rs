//! `ACL`: users and their rights. The rules are in [`crate::acl`].

use super::pubsub::one_at_most;
use super::reply::help;
use super::{Command, Failure, Flags, Group, Run, args, index};
use crate::acl::{self, GENPASS_BITS_DEFAULT, Selector, category_named, commands_in, genpass};
use crate::command::Category;
use crate::engine::{Call, Engine, Flow, permit};
use crate::resp::Encoder;
use sha2::{Digest, Sha256};
use std::sync::Arc;

#[cfg(test)]
mod tests;

const OPEN: Flags = Flags::LOADING.union(Flags::STALE);
const OWN: Flags = OPEN.union(Flags::NOSCRIPT);
const ADMIN: Flags = OWN.union(Flags::ADMIN);

const fn sub(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Server, Run::Session(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("acl", -2, Group::Server, Run::Container).subcommands(ACL).doc(
    "6.0.0",
    "that of the subcommand",
    "A container for commands about access control.",
)];

const ACL: &[Command] = &[
    sub("setuser", -3, setuser).flags(ADMIN).doc("6.0.0", "O(rules given)", "Makes or changes a user."),
    sub("getuser", 3, getuser).flags(ADMIN).doc("6.0.0", "O(rules of the user)", "Tells the rules of a user."),
    sub("deluser", -3, deluser).flags(ADMIN).doc("6.0.0", "O(users + connections)", "Removes users."),
    sub("list", 2, list).flags(ADMIN).doc("6.0.0", "O(users)", "Lists users as the lines of an ACL file."),
    sub("users", 2, users).flags(ADMIN).doc("6.0.0", "O(users)", "Lists the names of the users."),
    sub("whoami", 2, whoami).flags(OWN).doc("6.0.0", "O(1)", "Tells the user of the connection."),
    sub("cat", -2, cat).flags(OWN).doc("6.0.0", "O(commands)", "Lists categories, or the commands of one."),
    sub("genpass", -2, generate).flags(OWN).doc("6.0.0", "O(1)", "Makes a password."),
    sub("log", -2, log).flags(ADMIN).doc("6.0.0", "O(entries shown)", "Lists or forgets the latest denials."),
    sub("dryrun", -4, dryrun).flags(ADMIN).doc("7.0.0", "O(1)", "Tells whether a user might run a command."),
    sub("save", 2, no_file).flags(ADMIN).doc("6.0.0", "O(1)", "Refused: users are declared in the configuration."),
    sub("load", 2, no_file).flags(ADMIN).doc("6.0.0", "O(1)", "Refused: users are declared in the configuration."),
    sub("help", 2, acl_help).flags(OPEN).doc("6.0.0", "O(1)", "Tells what the subcommands do."),
];

fn setuser(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let changed = call.engine.acl.write().set_user(args[2], &args[3..], index());
    changed.map_err(|error| Failure::made(error.to_string()))?;
    Ok(changed_for_all(call, Encoder::ok))
}

fn deluser(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let removed = call.engine.acl.write().delete_users(&args[2..]);
    let removed = removed.map_err(|error| Failure::made(error.to_string()))?;
    Ok(changed_for_all(call, |out| out.count(removed)))
}

/// Tells every session; one's own may be among those that have to end.
fn changed_for_all(call: &mut Call<'_>, reply: impl FnOnce(&mut Encoder)) -> Flow {
    call.engine.acl_changed();
    reply(call.out);
    if call.session.client.mailbox.is_closing() { Flow::Close } else { Flow::Continue }
}

fn getuser(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let user = call.engine.acl.read().user(args[2]).map(Arc::clone);
    let out = &mut *call.out;
    let Some(user) = user else {
        out.null();
        return Ok(Flow::Continue);
    };
    out.map(6);
    out.bulk(b"flags");
    out.set(user.flags().count());
    user.flags().for_each(|flag| out.bulk(flag.as_bytes()));
    out.bulk(b"passwords");
    out.array(user.passwords().len());
    user.passwords().iter().for_each(|hash| out.bulk(hash.to_string().as_bytes()));
    let mut selectors = user.selectors();
    if let Some(root) = selectors.next() {
        permissions(root, out);
    }
    out.bulk(b"selectors");
    out.array(user.selectors().count() - 1);
    for selector in selectors {
        out.map(3);
        permissions(selector, out);
    }
    Ok(Flow::Continue)
}

fn permissions(selector: &Selector, out: &mut Encoder) {
    out.bulk(b"commands");
    out.bulk(&selector.describe_commands(index()));
    out.bulk(b"keys");
    out.bulk(&selector.describe_keys());
    out.bulk(b"channels");
    out.bulk(&selector.describe_channels());
}

fn list(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let acl = call.engine.acl.read();
    call.out.array(acl.users().len());
    acl.users().for_each(|user| call.out.bulk(&user.describe(index())));
    Ok(Flow::Continue)
}

fn users(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let acl = call.engine.acl.read();
    call.out.array(acl.users().len());
    acl.users().for_each(|user| call.out.bulk(user.name()));
    Ok(Flow::Continue)
}

fn whoami(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.bulk_or_null(call.session.user.as_ref().map(|user| user.name()));
    Ok(Flow::Continue)
}

fn cat(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    match one_at_most(args, "cat", "ACL")? {
        None => {
            call.out.array(Category::NAMES.len());
            Category::NAMES.iter().for_each(|(name, _)| call.out.bulk(name.as_bytes()));
        }
        Some(name) => {
            let unknown = || Failure::made([b"ERR Unknown category '", name, b"'"].concat());
            let category = category_named(name).ok_or_else(unknown)?;
            call.out.array(commands_in(index(), category).count());
            commands_in(index(), category).for_each(|command| call.out.bulk(command.as_bytes()));
        }
    }
    Ok(Flow::Continue)
}

fn generate(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    const REFUSED: Failure = Failure::Fixed(
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
    );
    let bits = match one_at_most(args, "genpass", "ACL")? {
        None => GENPASS_BITS_DEFAULT,
        Some(bits) => u32::try_from(args::int(bits)?).map_err(|_| REFUSED)?,
    };
    let blocks = (bits.min(acl::GENPASS_BITS_MAX) as usize).div_ceil(8 * BLOCK_BYTES);
    let random: Vec<u8> = (0..blocks).flat_map(|_| secret_block(call.engine)).collect();
    call.out.bulk(genpass(bits, &random).ok_or(REFUSED)?.as_bytes());
    Ok(Flow::Continue)
}

/// Bytes of a SHA-256.
const BLOCK_BYTES: usize = 32;

/// Hashed dice: what a client sees of them tells nothing about the next throws.
fn secret_block(engine: &Engine) -> [u8; BLOCK_BYTES] {
    let mut hash = Sha256::new();
    for _ in 0..BLOCK_BYTES / size_of::<u64>() {
        hash.update(engine.random_u64().to_le_bytes());
    }
    hash.finalize().into()
}

fn log(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    const COUNT_DEFAULT: usize = 10;
    let count = match one_at_most(args, "log", "ACL")? {
        None => COUNT_DEFAULT,
        Some(word) if args::is(word, "reset") => {
            call.engine.acl_log.lock().clear();
            call.out.ok();
            return Ok(Flow::Continue);
        }
        Some(count) => usize::try_from(args::int(count)?).unwrap_or(0),
    };
    let log = call.engine.acl_log.lock();
    call.out.array(log.entries().len().min(count));
    for entry in log.entries().take(count) {
        describe(entry, call);
    }
    Ok(Flow::Continue)
}

fn describe(entry: &acl::Entry, call: &mut Call<'_>) {
    let out = &mut *call.out;
    out.map(7);
    out.bulk(b"count");
    out.int(entry.count as i64);
    let words: [(&str, &[u8]); 4] = [
        ("reason", entry.cause.name().as_bytes()),
        ("context", entry.context.name().as_bytes()),
        ("object", &entry.object),
        ("username", &entry.username),
    ];
    for (name, value) in words {
        out.bulk(name.as_bytes());
        out.bulk(value);
    }
    out.bulk(b"age-seconds");
    out.double(entry.age_seconds(call.now));
    out.bulk(b"client-info");
    out.bulk(&entry.client);
}

fn dryrun(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let quoted = |before: &str, word: &[u8]| Failure::made([before.as_bytes(), word, b"' not found"].concat());
    let user = call.engine.acl.read().user(args[2]).map(Arc::clone).ok_or_else(|| quoted("ERR User '", args[2]))?;
    let words = &args[3..];
    let found = index().find_full(words).ok_or_else(|| quoted("ERR Command '", words[0]))?;
    let name = index().name(found.number);
    if !found.command.accepts(words.len()) {
        return Err(Failure::made(format!("ERR wrong number of arguments for '{name}' command")));
    }
    match permit(&user, found, words) {
        Ok(()) => call.out.ok(),
        Err(denied) => call.out.bulk(&denied.dry_run(name)),
    }
    Ok(Flow::Continue)
}

fn no_file(_call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    Err(Failure::Fixed(
        "ERR users are declared in the configuration file, which is never written; there is no ACL file. Change the file and reload \
         it with SIGHUP.",
    ))
}

fn acl_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(call.out, "ACL", HELP);
    Ok(Flow::Continue)
}

const HELP: &[&str] = &[
    "CAT [<category>]",
    "    List all commands that belong to <category>, or all command categories",
    "    when no category is specified.",
    "DELUSER <username> [<username> ...]",
    "    Delete a list of users.",
    "DRYRUN <username> <command> [<arg> ...]",
    "    Returns whether the user can execute the given command without executing the command.",
    "GETUSER <username>",
    "    Get the user's details.",
    "GENPASS [<bits>]",
    "    Generate a secure 256-bit user password. The optional `bits` argument can",
    "    be used to specify a different size.",
    "LIST",
    "    Show users details in config file format.",
    "LOAD",
    "    Refused: users are declared in the configuration file.",
    "LOG [<count> | RESET]",
    "    Show the ACL log entries.",
    "SAVE",
    "    Refused: users are declared in the configuration file.",
    "SETUSER <username> <attribute> [<attribute> ...]",
    "    Create or modify a user with the specified attributes.",
    "USERS",
    "    List all the registered usernames.",
    "WHOAMI",
    "    Return the current connection username.",
];
