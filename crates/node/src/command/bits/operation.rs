//! `BITOP`.

use crate::command::args;
use crate::command::{Ctx, Failure};
use crate::shard::EventClass;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Xor,
    Not,
}

impl Operation {
    fn parse(word: &[u8]) -> Result<Self, Failure> {
        [("and", Self::And), ("or", Self::Or), ("xor", Self::Xor), ("not", Self::Not)]
            .into_iter()
            .find_map(|(name, operation)| args::is(word, name).then_some(operation))
            .ok_or(Failure::SYNTAX)
    }

    /// Combines `with` into `result`, which is the longer one. What `with` lacks counts as zeros.
    fn apply(self, result: &mut [u8], with: &[u8]) {
        let (common, beyond) = result.split_at_mut(with.len());
        // Loops over whole slices, one per operation, so that the compiler makes vectors of them.
        let pairs = common.iter_mut().zip(with);
        match self {
            Self::And => {
                pairs.for_each(|(byte, with)| *byte &= with);
                beyond.fill(0);
            }
            Self::Or => pairs.for_each(|(byte, with)| *byte |= with),
            Self::Xor => pairs.for_each(|(byte, with)| *byte ^= with),
            Self::Not => common.iter_mut().for_each(|byte| *byte = !*byte),
        }
    }
}

pub(super) fn bitop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (operation, target, sources) = (Operation::parse(args[1])?, args[2], &args[3..]);
    if operation == Operation::Not && sources.len() != 1 {
        return Err(Failure::Fixed("ERR BITOP NOT must be called with a single source key."));
    }
    let result = combine(ctx, operation, sources)?;
    if result.is_empty() {
        if ctx.keys.remove(target) {
            ctx.keys.changed(EventClass::GENERIC, "del", target);
        }
    } else {
        super::store(ctx, target, &result)?;
    }
    ctx.out.count(result.len());
    Ok(())
}

fn combine(ctx: &mut Ctx<'_>, operation: Operation, sources: &[&[u8]]) -> Result<Vec<u8>, Failure> {
    let mut len = 0;
    for source in sources {
        ctx.keys.hold(source);
        len = len.max(ctx.keys.peek_string(source)?.map_or(0, <[u8]>::len));
    }
    let mut result = ctx.keys.peek_string(sources[0])?.unwrap_or_default().to_vec();
    result.resize(len, 0);
    let others = if operation == Operation::Not { sources } else { &sources[1..] };
    for source in others {
        operation.apply(&mut result, ctx.keys.peek_string(source)?.unwrap_or_default());
    }
    Ok(result)
}
