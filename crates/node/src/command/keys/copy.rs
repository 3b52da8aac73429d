//! `COPY`.

use super::databases::database;
use crate::command::args;
use crate::command::{Ctx, Failure};
use crate::shard::{EventClass, Item, decode_image, encode_image};

struct Options {
    db: u8,
    replace: bool,
}

fn parse(options: &[&[u8]], here: u8) -> Result<Options, Failure> {
    let mut parsed = Options { db: here, replace: false };
    let mut rest = options;
    loop {
        rest = match rest {
            [] => return Ok(parsed),
            [word, after @ ..] if args::is(word, "replace") => {
                parsed.replace = true;
                after
            }
            [word, db, after @ ..] if args::is(word, "db") => {
                parsed.db = database(args::int(db)?)?;
                after
            }
            _ => return Err(Failure::SYNTAX),
        };
    }
}

pub(super) fn copy(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (from, to, here) = (args[1], args[2], ctx.keys.db);
    let options = parse(&args[3..], here)?;
    if from == to && options.db == here {
        return Err(Failure::Fixed("ERR source and destination objects are the same"));
    }
    ctx.keys.hold(from);
    let seed = ctx.keys.hash_seed();
    let Some(duplicate) = ctx.keys.peek(from).map(|item| duplicate(item, seed)) else {
        ctx.out.flag(false);
        return Ok(());
    };
    ctx.keys.db = options.db;
    let copied = options.replace || !ctx.keys.exists(to);
    if copied {
        ctx.keys.put_item(duplicate.rename(to));
        ctx.keys.changed(EventClass::GENERIC, "copy_to", to);
    }
    ctx.out.flag(copied);
    Ok(())
}

/// A deep copy. It goes through the image, which every type has, instead of a clone that each would need only for this.
fn duplicate(item: &Item, seed: u64) -> Item {
    let mut image = Vec::new();
    encode_image(&mut image, 0, item);
    decode_image(&image, seed).expect("an image just written is well-formed").item
}
