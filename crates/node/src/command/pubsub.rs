//! Publish and subscribe.
//!
//! `PUBLISH` is a data command without keys, so that transactions and scripts may hold it; the order of messages is that of the execution.
//! Subscriptions belong to the connection, which keeps its own list of them beside the engine's.

use super::reply::help;
use super::{Category, Command, Ctx, Failure, Flags, Group, Run};
use crate::engine::{Call, Engine, Flow};
use crate::session::Session;
use std::sync::atomic::Ordering;

#[cfg(test)]
mod tests;

const OPEN: Flags = Flags::LOADING.union(Flags::STALE);
const FLAGS: Flags = Flags::PUBSUB.union(OPEN);
const LISTEN: Flags = FLAGS.union(Flags::NOSCRIPT);

const fn row(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::PubSub, Run::Session(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    Command::new("publish", 3, Group::PubSub, Run::Data(publish)).flags(FLAGS.union(Flags::FAST)).doc(
        "2.0.0",
        "O(listeners of the channel + all patterns)",
        "Hands a message to everyone who listens to a channel.",
    ),
    row("subscribe", -2, subscribe).flags(LISTEN).doc("2.0.0", "O(channels)", "Listens to channels."),
    row("psubscribe", -2, subscribe).flags(LISTEN).doc(
        "2.0.0",
        "O(patterns)",
        "Listens to all channels that match a pattern.",
    ),
    row("unsubscribe", -1, unsubscribe).flags(LISTEN).doc(
        "2.0.0",
        "O(listeners of the channels)",
        "Stops listening to channels, or to all.",
    ),
    row("punsubscribe", -1, unsubscribe).flags(LISTEN).doc(
        "2.0.0",
        "O(listeners of the patterns)",
        "Stops listening to patterns, or to all.",
    ),
    Command::new("pubsub", -2, Group::PubSub, Run::Container).subcommands(PUBSUB).doc(
        "2.8.0",
        "that of the subcommand",
        "A container for commands about subscriptions.",
    ),
];

const PUBSUB: &[Command] = &[
    row("channels", -2, channels).flags(FLAGS).doc("2.8.0", "O(channels)", "Lists the channels with listeners."),
    row("numsub", -2, numsub).flags(FLAGS).doc("2.8.0", "O(channels asked for)", "Counts the listeners of channels."),
    row("numpat", 2, numpat).flags(FLAGS).doc("2.8.0", "O(1)", "Counts the patterns with listeners."),
    row("shardchannels", -2, shardchannels).flags(FLAGS).doc(
        "7.0.0",
        "O(1)",
        "Lists the shard channels with listeners: there are none without a cluster.",
    ),
    row("shardnumsub", -2, shardnumsub).flags(FLAGS).doc(
        "7.0.0",
        "O(channels asked for)",
        "Counts the listeners of shard channels: there are none without a cluster.",
    ),
    row("help", 2, pubsub_help).flags(OPEN).only_categories(Category::empty()).doc(
        "6.2.0",
        "O(1)",
        "Tells what the subcommands do.",
    ),
];

fn publish(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let receivers = ctx.bus.map_or(0, |bus| bus.publish(args[1], args[2]));
    ctx.out.count(receivers);
    Ok(())
}

/// Whether the command is about patterns, and the word of its confirmations.
fn kind(name: &'static str) -> (bool, &'static str) {
    (name.starts_with('p'), name)
}

fn subscribe(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let (pattern, word) = kind(call.found.command.name);
    for name in &args[1..] {
        let (bus, session) = (&call.engine.pubsub, &mut *call.session);
        if pattern && session.patterns.insert(name.to_vec()) {
            bus.psubscribe(name, &session.client.mailbox);
        } else if !pattern && session.channels.insert(name.to_vec()) {
            bus.subscribe(name, &session.client.mailbox);
        }
        confirm(call, word, Some(name));
    }
    Ok(Flow::Continue)
}

fn unsubscribe(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let (pattern, word) = kind(call.found.command.name);
    let mut all: Vec<Vec<u8>> = Vec::new();
    if args.len() == 1 {
        let own = if pattern { &call.session.patterns } else { &call.session.channels };
        all.extend(own.iter().cloned());
        all.sort_unstable();
        if all.is_empty() {
            confirm(call, word, None);
        }
    }
    for name in args[1..].iter().copied().chain(all.iter().map(Vec::as_slice)) {
        let (bus, session) = (&call.engine.pubsub, &mut *call.session);
        if pattern && session.patterns.remove(name) {
            bus.punsubscribe(name, &session.client.mailbox);
        } else if !pattern && session.channels.remove(name) {
            bus.unsubscribe(name, &session.client.mailbox);
        }
        confirm(call, word, Some(name));
    }
    Ok(Flow::Continue)
}

/// One message per channel: what was done, to which, and how many subscriptions there are now.
fn confirm(call: &mut Call<'_>, word: &str, name: Option<&[u8]>) {
    note_counts(call.session);
    call.out.push(3);
    call.out.bulk(word.as_bytes());
    call.out.bulk_or_null(name);
    call.out.count(call.session.subscriptions());
}

fn note_counts(session: &Session) {
    session.client.channels.store(session.channels.len(), Ordering::Relaxed);
    session.client.patterns.store(session.patterns.len(), Ordering::Relaxed);
}

/// Ends all subscriptions without a word.
pub(super) fn unsubscribe_silently(engine: &Engine, session: &mut Session) {
    for channel in std::mem::take(&mut session.channels) {
        engine.pubsub.unsubscribe(&channel, &session.client.mailbox);
    }
    for pattern in std::mem::take(&mut session.patterns) {
        engine.pubsub.punsubscribe(&pattern, &session.client.mailbox);
    }
    note_counts(session);
}

fn channels(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let pattern = one_at_most(args, "channels", "PUBSUB")?;
    let channels = call.engine.pubsub.channels(pattern);
    call.out.array(channels.len());
    channels.iter().for_each(|channel| call.out.bulk(channel));
    Ok(Flow::Continue)
}

fn numsub(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.array(2 * (args.len() - 2));
    for channel in &args[2..] {
        call.out.bulk(channel);
        call.out.count(call.engine.pubsub.listeners(channel));
    }
    Ok(Flow::Continue)
}

fn numpat(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.count(call.engine.pubsub.pattern_count());
    Ok(Flow::Continue)
}

fn shardchannels(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    one_at_most(args, "shardchannels", "PUBSUB")?;
    call.out.array(0);
    Ok(Flow::Continue)
}

fn shardnumsub(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    call.out.array(2 * (args.len() - 2));
    for channel in &args[2..] {
        call.out.bulk(channel);
        call.out.int(0);
    }
    Ok(Flow::Continue)
}

/// The only argument of a subcommand that takes one at most.
pub(super) fn one_at_most<'a>(args: &[&'a [u8]], sub: &str, container: &str) -> Result<Option<&'a [u8]>, Failure> {
    match args[2..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(Failure::made(format!(
            "ERR unknown subcommand or wrong number of arguments for '{sub}'. Try {container} HELP."
        ))),
    }
}

fn pubsub_help(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    help(
        call.out,
        "PUBSUB",
        &[
            "CHANNELS [<pattern>]",
            "    Return the currently active channels matching a <pattern> (default: '*').",
            "NUMPAT",
            "    Return number of subscriptions to patterns.",
            "NUMSUB [<channel> ...]",
            "    Return the number of subscribers for the specified channels, excluding",
            "    pattern subscriptions(default: no channels).",
            "SHARDCHANNELS [<pattern>]",
            "    Return an empty list: there is no cluster, hence no shard channel.",
            "SHARDNUMSUB [<shardchannel> ...]",
            "    Return 0 for each of the channels, for the same reason.",
        ],
    );
    Ok(Flow::Continue)
}
