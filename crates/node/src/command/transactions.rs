//! Transactions; what they do is in `engine::transaction`.

use super::{Access, Command, Failure, Flags, Group, KeySpec, Run};
use crate::engine::{Call, Flow};

#[cfg(test)]
mod tests;

const FLAGS: Flags = Flags::NOSCRIPT.union(Flags::LOADING).union(Flags::STALE);
const FAST: Flags = FLAGS.union(Flags::FAST).union(Flags::ALLOW_BUSY);
const WATCHED: &[KeySpec] = &[KeySpec::Range { first: 1, last: -1, step: 1, access: Access::Read }];

const fn row(name: &'static str, arity: i16, run: fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>) -> Command {
    Command::new(name, arity, Group::Transactions, Run::Session(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("multi", 1, multi).flags(FAST).doc("1.2.0", "O(1)", "Begins a transaction: what follows is queued."),
    row("exec", 1, exec).flags(FLAGS.union(Flags::SKIP_SLOWLOG)).doc(
        "1.2.0",
        "that of the queued commands",
        "Runs the queued commands as one, unless a watched key changed.",
    ),
    row("discard", 1, discard).flags(FAST).doc("2.0.0", "O(queued commands)", "Drops the queued commands."),
    row("watch", -2, watch).flags(FAST).keys(WATCHED).doc(
        "2.2.0",
        "O(keys)",
        "Lets the next EXEC run only if these keys do not change before.",
    ),
    row("unwatch", 1, unwatch).flags(FAST).doc("2.2.0", "O(watched keys)", "Ends the effect of WATCH."),
];

fn multi(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.engine.multi(call.session, call.out)?;
    Ok(Flow::Continue)
}

fn exec(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.engine.exec(call.session, call.out)
}

fn discard(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    call.engine.discard(call.session, call.out)?;
    Ok(Flow::Continue)
}

fn watch(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    if call.session.transaction.is_some() {
        return Err(Failure::Fixed("ERR WATCH inside MULTI is not allowed"));
    }
    let flow = call.engine.watch(call.session, &args[1..]);
    call.out.ok();
    Ok(flow)
}

fn unwatch(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    // Within a transaction the watches have done their work, and EXEC, which holds their shards, ends them.
    if call.held.is_none() {
        call.engine.unwatch(call.session);
    }
    call.out.ok();
    Ok(Flow::Continue)
}
