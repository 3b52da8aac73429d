//! `KEYSPACE`: what is declared, what it holds, and where a key belongs and why. Not in Redis.

use super::object::encoding_name;
use super::reply::help;
use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::engine::{Call, Flow};
use crate::keyspace::{Keyspace, KeyspaceId, Keyspaces};
use crate::resp::Encoder;
use crate::shard::{Item, item_bytes};
use crate::slot;
use crate::table::ValueRef;

#[cfg(test)]
mod tests;

const OPEN: Flags = Flags::LOADING.union(Flags::STALE);
const KEY: &[KeySpec] = &[KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Read }];

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("keyspace", -2, Group::Keyspace, Run::Container)
    .subcommands(KEYSPACE)
    .doc("mainstay", "that of the subcommand", "A container for commands about keyspaces.")];

const KEYSPACE: &[Command] = &[
    Command::new("list", 2, Group::Keyspace, Run::Session(list)).flags(OPEN).doc(
        "mainstay",
        "O(keyspaces)",
        "Lists the names of the keyspaces.",
    ),
    Command::new("info", -2, Group::Keyspace, Run::Session(info)).flags(OPEN).doc(
        "mainstay",
        "O(keyspaces)",
        "Tells what a keyspace, or each, promises and holds.",
    ),
    Command::new("explain", 3, Group::Keyspace, Run::Data(explain)).flags(Flags::READONLY).keys(KEY).doc(
        "mainstay",
        "O(keyspaces)",
        "Tells where a key belongs and why.",
    ),
    Command::new("help", 2, Group::Keyspace, Run::Session(keyspace_help)).flags(OPEN).doc(
        "mainstay",
        "O(1)",
        "Tells what the subcommands do.",
    ),
];

fn list(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let spaces = call.engine.spaces();
    call.out.array(spaces.ids().count());
    spaces.ids().for_each(|id| call.out.bulk(spaces.get(id).name.as_bytes()));
    Ok(Flow::Continue)
}

fn info(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let spaces = call.engine.spaces();
    match args[2..] {
        [] => {
            call.out.array(spaces.ids().count());
            spaces.ids().for_each(|id| describe(&spaces, id, call.out));
        }
        [name] => {
            let unknown = || Failure::made([b"ERR no keyspace is named '", name, b"'"].concat());
            describe(&spaces, spaces.by_name(name).ok_or_else(unknown)?, call.out);
        }
        _ => return Err(Failure::Fixed("ERR wrong number of arguments for 'keyspace|info' command")),
    }
    Ok(Flow::Continue)
}

/// Limits and lives that are not declared are null.
fn describe(spaces: &Keyspaces, id: KeyspaceId, out: &mut Encoder) {
    let (space, usage) = (spaces.get(id), spaces.usage(id));
    out.map(10);
    text(out, "name", space.name.as_bytes());
    text(out, "prefix", &space.prefix);
    text(out, "durability", space.durability.name().as_bytes());
    number(out, "keys", Some(usage.keys()));
    number(out, "bytes", Some(usage.bytes()));
    number(out, "max_memory", space.memory_bytes_max);
    number(out, "max_keys", space.keys_max);
    number(out, "max_key_bytes", Some(space.key_bytes_max as u64));
    number(out, "max_value_bytes", Some(space.value_bytes_max as u64));
    number(out, "ttl_ms", space.ttl_ms);
}

fn text(out: &mut Encoder, name: &str, value: &[u8]) {
    out.bulk(name.as_bytes());
    out.bulk(value);
}

fn number(out: &mut Encoder, name: &str, value: Option<u64>) {
    out.bulk(name.as_bytes());
    match value {
        Some(value) => out.int(value as i64),
        None => out.null(),
    }
}

fn explain(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let key = args[2];
    let spaces = ctx.keys.spaces(key);
    let space = spaces.get(spaces.of(key));
    let tag = slot::hash_tag(key);
    let out = &mut *ctx.out;
    out.map(12);
    text(out, "key", key);
    out.bulk(b"hash_tag");
    out.bulk_or_null((tag.len() < key.len()).then_some(tag));
    number(out, "slot", Some(slot::of_key(key).into()));
    number(out, "shard", Some(slot::shard_of_key(key) as u64));
    text(out, "keyspace", space.name.as_bytes());
    text(out, "because", &reason(space));
    text(out, "durability", space.durability.name().as_bytes());
    let item = ctx.keys.peek(key);
    number(out, "exists", Some(item.is_some().into()));
    number(out, "expires_at_ms", item.and_then(Item::expire_at));
    let shape = item.map(shape);
    for (name, word) in [("type", shape.map(|shape| shape.0)), ("encoding", shape.map(|shape| shape.1))] {
        out.bulk(name.as_bytes());
        out.bulk_or_null(word.map(str::as_bytes));
    }
    number(out, "memory_bytes", item.map(|item| item_bytes(item) as u64));
    Ok(())
}

/// Type and encoding, in the words of `TYPE` and `OBJECT ENCODING`.
fn shape(item: &Item) -> (&'static str, &'static str) {
    let kind = match item.value() {
        ValueRef::Coll(collection) => collection.type_name(),
        ValueRef::Str(_) => "string",
    };
    (kind, encoding_name(item))
}

fn reason(space: &Keyspace) -> Vec<u8> {
    if space.prefix.is_empty() {
        return b"no declared prefix begins the key".to_vec();
    }
    [b"the key begins with the prefix '", &*space.prefix, b"', the longest that is declared"].concat()
}

fn keyspace_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(
        call.out,
        "KEYSPACE",
        &[
            "EXPLAIN <key>",
            "    Return where <key> belongs, why, and what is stored there.",
            "INFO [<name>]",
            "    Return what the keyspace <name>, or each, promises and holds.",
            "LIST",
            "    Return the names of the keyspaces.",
        ],
    );
    Ok(Flow::Continue)
}
