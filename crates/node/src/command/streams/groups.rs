//! `XGROUP`: groups and their consumers, made, moved and removed.

use super::{STREAM, group_changed, no_such_group, stream_id, unknown_form};
use crate::command::{Ctx, Failure, args};
use crate::value::Stream;
use crate::value::stream::StreamId;

const NO_KEY: Failure = Failure::Fixed(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create \
     an empty stream automatically.",
);

/// The options of `CREATE` and `SETID`.
#[derive(Default)]
struct Options {
    make_stream: bool,
    entries_read: Option<u64>,
}

impl Options {
    fn parse(options: &[&[u8]], may_make_stream: bool) -> Result<Option<Self>, Failure> {
        let (mut parsed, mut rest) = (Self::default(), options);
        while let [option, after @ ..] = rest {
            rest = match after {
                _ if may_make_stream && args::is(option, "mkstream") => {
                    parsed.make_stream = true;
                    after
                }
                [value, after @ ..] if args::is(option, "entriesread") => {
                    let read = args::int(value)?;
                    if read < -1 {
                        return Err(Failure::Fixed("ERR value for ENTRIESREAD must be positive or -1"));
                    }
                    // -1: nobody knows.
                    parsed.entries_read = u64::try_from(read).ok();
                    after
                }
                _ => return Ok(None),
            };
        }
        Ok(Some(parsed))
    }
}

/// `$` is the stream's last id.
fn group_id(text: &[u8], stream: Option<&Stream>) -> Result<StreamId, Failure> {
    match text {
        b"$" => Ok(stream.map_or(StreamId::MIN, |stream| stream.log.last_id())),
        text => stream_id(text),
    }
}

pub(super) fn create(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, group) = (args[2], args[3]);
    let options = Options::parse(&args[5..], true)?.ok_or_else(|| unknown_form(args))?;
    let stream = ctx.keys.stream(key)?;
    if stream.is_none() && !options.make_stream {
        return Err(NO_KEY);
    }
    if args.len() > 8 {
        return Err(unknown_form(args));
    }
    let id = group_id(args[4], stream)?;
    if stream.is_some_and(|stream| stream.groups.get(group).is_some()) {
        return Err(Failure::Fixed("BUSYGROUP Consumer Group name already exists"));
    }
    let made = stream.is_none();
    ctx.keys.stream_or_new(key)?.groups.create(group, id, options.entries_read);
    if made {
        ctx.keys.changed(STREAM, "xgroup-create", key);
    } else {
        ctx.keys.noted(STREAM, "xgroup-create", key);
    }
    ctx.out.ok();
    Ok(())
}

pub(super) fn set_id(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, group) = (args[2], args[3]);
    let options = Options::parse(&args[5..], false)?.ok_or_else(|| unknown_form(args))?;
    let stream = ctx.keys.stream(key)?.ok_or(NO_KEY)?;
    if stream.groups.get(group).is_none() {
        return Err(no_such_group(key, group));
    }
    if args.len() != 5 && args.len() != 7 {
        return Err(unknown_form(args));
    }
    let id = match args[4] {
        b"-" => StreamId::MIN,
        b"+" => StreamId::MAX,
        text => group_id(text, Some(stream))?,
    };
    if let Some(stream) = ctx.keys.stream_mut(key)? {
        stream.groups.update(group, |group| group.set_id(id, options.entries_read));
    }
    ctx.keys.noted(STREAM, "xgroup-setid", key);
    ctx.out.ok();
    Ok(())
}

pub(super) fn destroy(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let key = args[2];
    let destroyed = ctx.keys.stream_mut(key)?.ok_or(NO_KEY)?.groups.destroy(args[3]);
    if destroyed {
        ctx.keys.changed(STREAM, "xgroup-destroy", key);
    }
    ctx.out.flag(destroyed);
    Ok(())
}

pub(super) fn create_consumer(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, group, now_ms) = (args[2], args[3], ctx.keys.now_ms());
    let groups = &mut ctx.keys.stream_mut(key)?.ok_or(NO_KEY)?.groups;
    let created = groups.update(group, |group| group.create_consumer(args[4], now_ms));
    let created = created.ok_or_else(|| no_such_group(key, group))?;
    if created {
        group_changed(ctx, key, true);
    }
    ctx.out.flag(created);
    Ok(())
}

pub(super) fn delete_consumer(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, group) = (args[2], args[3]);
    let groups = &mut ctx.keys.stream_mut(key)?.ok_or(NO_KEY)?.groups;
    let pending = groups.update(group, |group| group.delete_consumer(args[4]));
    let pending = pending.ok_or_else(|| no_such_group(key, group))?;
    if pending.is_some() {
        ctx.keys.noted(STREAM, "xgroup-delconsumer", key);
    }
    ctx.out.count(pending.unwrap_or(0));
    Ok(())
}

pub(super) fn help(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    super::reply_help(
        ctx.out,
        &[
            "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "CREATE <key> <groupname> <id|$> [MKSTREAM] [ENTRIESREAD entries-read]",
            "    Makes a group that reads what comes after the id.",
            "    MKSTREAM makes the stream too; ENTRIESREAD says how many entries count as read.",
            "CREATECONSUMER <key> <groupname> <consumer>",
            "    Makes a consumer in the group.",
            "DELCONSUMER <key> <groupname> <consumer>",
            "    Removes a consumer and what it has pending.",
            "DESTROY <key> <groupname>",
            "    Removes the group.",
            "SETID <key> <groupname> <id|$|-|+> [ENTRIESREAD entries-read]",
            "    Lets the group go on after the id.",
            "HELP",
            "    Prints this help.",
        ],
    );
    Ok(())
}
