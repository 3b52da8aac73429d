//! Random members, and walks over all.

use super::{Scores, reply_header, reply_member};
use crate::command::draw::{self, Draw};
use crate::command::walk::{self, ScanOptions};
use crate::command::{Ctx, Failure, args, cursor};
use crate::text::float;

pub(super) fn zrandmember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let Some(count) = args.get(2) else { return random_member(ctx, args[1]) };
    let draw = Draw::parse(count)?;
    let scores = match &args[3..] {
        [] => Scores::Without,
        [word] if args::is(word, "withscores") => Scores::With,
        _ => return Err(Failure::SYNTAX),
    };
    if scores == Scores::With && draw.count() > (i64::MAX / 2) as usize {
        return Err(Failure::Fixed("ERR value is out of range"));
    }
    let (mut rng, settings) = (ctx.keys.rng.clone(), ctx.keys.settings);
    let Some(zset) = ctx.keys.zset(args[1])? else {
        ctx.out.array(0);
        return Ok(());
    };
    match draw {
        Draw::Distinct(count) => {
            reply_header(ctx.out, count.min(zset.len()), scores);
            zset.sample_distinct(&mut rng, count, &mut |member, score| reply_member(ctx.out, member, score, scores));
        }
        Draw::Repeated(count) => {
            reply_header(ctx.out, count, scores);
            for _ in 0..count {
                let Some((member, score)) = zset.sample(&mut rng) else { break };
                reply_member(ctx.out, member, score, scores);
                draw::check_room(ctx.out, settings)?;
            }
        }
    }
    *ctx.keys.rng = rng;
    Ok(())
}

fn random_member(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Failure> {
    let mut rng = ctx.keys.rng.clone();
    let member = ctx.keys.zset(key)?.and_then(|zset| zset.sample(&mut rng)).map(|(member, _)| member);
    ctx.out.bulk_or_null(member);
    *ctx.keys.rng = rng;
    Ok(())
}

pub(super) fn zscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let at = cursor::parse(args[2])?;
    let Some(zset) = ctx.keys.zset(args[1])? else {
        walk::answer_nothing(ctx.out);
        return Ok(());
    };
    let mut text = Vec::new();
    ScanOptions::parse(&args[3..])?.answer(ctx.out, at, |at, visit| {
        zset.scan(at, &mut |member, score| {
            text.clear();
            float::write_shortest(score, &mut text);
            visit(member, Some(&text));
        })
    });
    Ok(())
}
