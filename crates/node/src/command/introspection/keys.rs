//! `COMMAND GETKEYS` and `COMMAND GETKEYSANDFLAGS`.

use super::rows::access_flags;
use crate::command::{Access, Failure, Flags, index};
use crate::engine::{Call, Flow};

pub(super) fn getkeys(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let keys = keys(&args[2..])?;
    call.out.array(keys.len());
    keys.iter().for_each(|(key, _)| call.out.bulk(key));
    Ok(Flow::Continue)
}

pub(super) fn getkeysandflags(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let keys = keys(&args[2..])?;
    call.out.array(keys.len());
    for (key, access) in keys {
        call.out.array(2);
        call.out.bulk(key);
        call.out.set(access_flags(access).len());
        access_flags(access).iter().for_each(|flag| call.out.simple(flag));
    }
    Ok(Flow::Continue)
}

fn keys<'a>(words: &[&'a [u8]]) -> Result<Vec<(&'a [u8], Access)>, Failure> {
    let found = index().find_full(words).ok_or(Failure::Fixed("ERR Invalid command specified"))?;
    let command = found.command;
    if command.keys.is_empty() {
        return Err(Failure::Fixed("ERR The command has no key arguments"));
    }
    if !command.accepts(words.len()) {
        return Err(Failure::Fixed("ERR Invalid number of arguments specified for command"));
    }
    let mut keys = Vec::new();
    command.for_each_key(words, &mut |at, access| keys.push((words[at], access)));
    if keys.is_empty() && !command.flags.contains(Flags::NO_MANDATORY_KEYS) {
        return Err(Failure::Fixed("ERR Invalid arguments specified for command"));
    }
    Ok(keys)
}
