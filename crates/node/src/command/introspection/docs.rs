//! `COMMAND DOCS`.

use super::{named, top_level};
use crate::command::{Failure, Found, index};
use crate::engine::{Call, Flow};
use crate::resp::Encoder;

pub(super) fn docs(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let wanted: Vec<Found> = match &args[2..] {
        [] => top_level().collect(),
        names => names.iter().filter_map(|name| named(name)).collect(),
    };
    call.out.map(wanted.len());
    wanted.into_iter().for_each(|found| document(found, call.out));
    Ok(Flow::Continue)
}

fn document(found: Found, out: &mut Encoder) {
    let command = found.command;
    out.bulk(index().name(found.number).as_bytes());
    out.map(if command.subcommands.is_empty() { 4 } else { 5 });
    for (name, text) in [
        ("summary", command.summary),
        ("since", command.since),
        ("group", command.group.name()),
        ("complexity", command.complexity),
    ] {
        out.bulk(name.as_bytes());
        out.bulk(text.as_bytes());
    }
    if !command.subcommands.is_empty() {
        out.bulk(b"subcommands");
        out.map(command.subcommands.len());
        for sub in command.subcommands {
            if let Some(sub) = index().find_sub(found.number, sub.name.as_bytes()) {
                document(sub, out);
            }
        }
    }
}
