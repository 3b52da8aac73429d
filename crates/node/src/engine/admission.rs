//! What is checked before a command takes its shards: that it exists, who asks, and whether state, limits and log allow it.

use super::Engine;
use super::pause::may_write;
use crate::acl::Context;
use crate::command::{Command, Failure, Flags, Found, Group, Run, absent, index, unknown_subcommand};
use crate::keyspace::{Durability, Keyspace, KeyspaceId, Usage};
use crate::resp::Protocol;
use crate::session::Session;
use crate::shard::DB_COUNT;
use crate::slot;
use crate::text::up_to_nul;
use std::sync::atomic::Ordering;

impl Engine {
    /// Whether the command has to be tried again later: commands are paused, or a script runs and the command walks over all shards, waiting
    /// for each, which must not block its thread for as long as a script may take.
    pub(super) fn has_to_wait(&self, session: &Session, command: &Command) -> bool {
        if self.pause.is_set() {
            let queued = || {
                session.transaction.iter().flat_map(|open| &open.queue).any(|queued| may_write(queued.found.command))
            };
            if self.pause.puts_off(self.clock.instant(), command, queued) {
                return true;
            }
        }
        let walks = matches!(command.run, Run::Session(_)) || command.flags.contains(Flags::ALL_SHARDS);
        walks
            && matches!(command.group, Group::Server | Group::Keyspace | Group::Generic)
            && !command.flags.contains(Flags::ALLOW_BUSY)
            && self.scripts_running()
    }

    /// Finds the row and checks everything that can be checked before shards are taken.
    pub(super) fn admit(
        &self,
        session: &mut Session,
        name: &[u8],
        args: &[&[u8]],
    ) -> Result<Found, (Failure, Option<Found>)> {
        let index = index();
        let mut found = index.find(name).ok_or_else(|| (unknown_command(args), None))?;
        if !found.command.subcommands.is_empty()
            && let Some(sub) = args.get(1)
        {
            found = match index.find_sub(found.number, sub) {
                Some(sub) => sub,
                None if matches!(found.command.run, Run::Container) => {
                    return Err((unknown_subcommand(found.command, sub), Some(found)));
                }
                None => found,
            };
        }
        session.client.last_command.store(found.number, Ordering::Relaxed);
        let command = found.command;
        if !command.accepts(args.len()) || matches!(command.run, Run::Container) {
            let text = format!("ERR wrong number of arguments for '{}' command", index.name(found.number));
            return Err((Failure::made(text), Some(found)));
        }
        self.check_user(session, found, args).map_err(|failure| (failure, Some(found)))?;
        self.check_state(session, found).map_err(|failure| (failure, Some(found)))?;
        if command.flags.contains(Flags::WRITE) {
            self.check_write(command, args).map_err(|failure| (failure, Some(found)))?;
        }
        Ok(found)
    }

    /// Whether the user may run the command on these keys.
    pub(super) fn check_user(&self, session: &mut Session, found: Found, args: &[&[u8]]) -> Result<(), Failure> {
        let version = self.acl_version.load(Ordering::Acquire);
        if session.acl_version != version {
            self.look_up_user(session, version);
        }
        let Some(user) = &session.user else {
            return if found.command.flags.contains(Flags::NO_AUTH) {
                Ok(())
            } else {
                Err(Failure::Fixed("NOAUTH Authentication required."))
            };
        };
        if user.is_unrestricted() || found.command.flags.contains(Flags::NO_AUTH) {
            return Ok(());
        }
        let context = if session.transaction.is_some() { Context::Multi } else { Context::TopLevel };
        self.check_restricted(session, found, args, context)
    }

    fn check_state(&self, session: &Session, found: Found) -> Result<(), Failure> {
        let command = found.command;
        if session.subscriptions() > 0 && session.protocol == Protocol::Resp2 && !runs_while_subscribed(command) {
            return Err(Failure::made(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
                index().name(found.number)
            )));
        }
        if session.transaction.is_some() && command.flags.contains(Flags::NO_MULTI) {
            return Err(Failure::Fixed("ERR Command not allowed inside a transaction"));
        }
        if self.scripts_running() && self.script_is_late() && !command.flags.contains(Flags::ALLOW_BUSY) {
            return Err(Failure::Fixed(
                "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            ));
        }
        Ok(())
    }

    /// Whether the log and the keyspaces' limits allow a write.
    pub(super) fn check_write(&self, command: &Command, args: &[&[u8]]) -> Result<(), Failure> {
        if let Some(bytes) = self.log_bytes(command, args) {
            self.log.admit(bytes).map_err(|error| Failure::made(error.to_string()))?;
        }
        self.check_limits(command, args)
    }

    /// About how many bytes a write adds to the log; `None` if its keys are in keyspaces that are not logged.
    pub(super) fn log_bytes(&self, command: &Command, args: &[&[u8]]) -> Option<usize> {
        let spaces = self.spaces.load();
        if spaces.any_never() {
            let (mut keys, mut logged) = (0, 0);
            command.for_each_key(args, &mut |at, _| {
                keys += 1;
                logged += usize::from(spaces.get(spaces.of(args[at])).durability != Durability::Never);
            });
            if keys > 0 && logged == 0 {
                return None;
            }
        }
        Some(64 + args.iter().map(|arg| arg.len() + 10).sum::<usize>())
    }

    /// Whether a keyspace of one of these keys is at its limit of memory; without keys, whether the keyspace `default` is.
    pub(super) fn is_over_memory(&self, keys: &[&[u8]]) -> bool {
        let spaces = self.spaces.load();
        let is_over = |id| spaces.get(id).memory_bytes_max.is_some_and(|max| spaces.usage(id).bytes() >= max);
        spaces.any_limits()
            && if keys.is_empty() {
                is_over(KeyspaceId::DEFAULT)
            } else {
                keys.iter().any(|key| is_over(spaces.of(key)))
            }
    }

    /// Whether the keyspaces' limits allow a write.
    pub(super) fn check_limits(&self, command: &Command, args: &[&[u8]]) -> Result<(), Failure> {
        let spaces = self.spaces.load();
        let counted = spaces.any_limits() && command.flags.contains(Flags::DENYOOM);
        let longest = longest(args);
        each_written(command, args, &mut |key| {
            let id = spaces.of(key);
            let space = spaces.get(id);
            check_sizes(space, key, longest)?;
            if counted { check_usage(space, spaces.usage(id), || self.may_be_new(key)) } else { Ok(()) }
        })
    }

    /// Whether keys and arguments of a write are no longer than their keyspaces allow.
    pub(super) fn check_lengths(&self, command: &Command, args: &[&[u8]]) -> Result<(), Failure> {
        let (spaces, longest) = (self.spaces.load(), longest(args));
        each_written(command, args, &mut |key| check_sizes(spaces.get(spaces.of(key)), key, longest))
    }

    /// Whether a write of `key` may add a key. If the shard is taken, as by the script that asks, it counts as new.
    fn may_be_new(&self, key: &[u8]) -> bool {
        let Some(shard) = self.shards[slot::shard_of_key(key)].try_lock() else { return true };
        !(0..DB_COUNT).any(|db| shard.db(db).is_some_and(|tables| tables.contains(key)))
    }
}

/// Bytes of the longest argument.
fn longest(args: &[&[u8]]) -> usize {
    args.iter().map(|arg| arg.len()).max().unwrap_or(0)
}

/// Calls `check` with each key that the command may change, until one is refused.
fn each_written(
    command: &Command,
    args: &[&[u8]],
    check: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut checked = Ok(());
    command.for_each_key(args, &mut |at, access| {
        if checked.is_ok() && access.writes() {
            checked = check(args[at]);
        }
    });
    checked
}

fn check_sizes(space: &Keyspace, key: &[u8], longest: usize) -> Result<(), Failure> {
    let refused = |what: &str, bytes: usize, max: usize| {
        let name = &space.name;
        Err(Failure::made(format!("ERR {what} of {bytes} bytes exceeds the limit of {max} bytes of keyspace '{name}'")))
    };
    if key.len() > space.key_bytes_max {
        return refused("key", key.len(), space.key_bytes_max);
    }
    if longest > space.value_bytes_max { refused("value", longest, space.value_bytes_max) } else { Ok(()) }
}

fn check_usage(space: &Keyspace, usage: &Usage, may_be_new: impl FnOnce() -> bool) -> Result<(), Failure> {
    if space.memory_bytes_max.is_some_and(|max| usage.bytes() >= max) {
        return Err(Failure::Fixed("OOM command not allowed when used memory > 'maxmemory'."));
    }
    if space.keys_max.is_some_and(|max| usage.keys() >= max) && may_be_new() {
        let (name, keys) = (&space.name, usage.keys());
        return Err(Failure::made(format!("QUOTA keyspace '{name}' is at its limit of {keys} keys")));
    }
    Ok(())
}

fn runs_while_subscribed(command: &Command) -> bool {
    matches!(command.name, "subscribe" | "unsubscribe" | "psubscribe" | "punsubscribe" | "ping" | "quit" | "reset")
}

fn unknown_command(args: &[&[u8]]) -> Failure {
    const SHOWN_BYTES_MAX: usize = 128;
    if let Some(reason) = absent::reason(args[0]) {
        let name = String::from_utf8_lossy(args[0]).to_uppercase();
        return Failure::made(format!("ERR '{name}' is not supported by this version of Mainstay: {reason}"));
    }
    let mut text = b"ERR unknown command '".to_vec();
    let name = up_to_nul(args[0]);
    text.extend(&name[..name.len().min(SHOWN_BYTES_MAX)]);
    text.extend(b"', with args beginning with: ");
    let begin = text.len();
    for arg in &args[1..] {
        if text.len() - begin >= SHOWN_BYTES_MAX {
            break;
        }
        text.push(b'\'');
        let room = SHOWN_BYTES_MAX - (text.len() - 1 - begin);
        let shown = up_to_nul(arg);
        text.extend(&shown[..shown.len().min(room)]);
        text.extend(b"' ");
    }
    Failure::Made(text)
}
