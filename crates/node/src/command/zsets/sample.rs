//! Random members, and walks over all.

use super::{Scores, reply_header, reply_member};
use crate::command::walk::{self, ScanOptions};
use crate::command::{Ctx, Failure, args, cursor};
use crate::text::float;
use crate::value::ZSet;

pub(super) fn zrandmember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let Some(count) = args.get(2) else { return random_member(ctx, args[1]) };
    let count = args::int(count)?;
    if count == i64::MIN {
        return Err(Failure::made(format!(
            "ERR value is out of range, value must between {} and {}",
            -i64::MAX,
            i64::MAX
        )));
    }
    let scores = match &args[3..] {
        [] => Scores::Without,
        [word] if args::is(word, "withscores") => Scores::With,
        _ => return Err(Failure::SYNTAX),
    };
    if scores == Scores::With && count.unsigned_abs() > (i64::MAX / 2) as u64 {
        return Err(Failure::Fixed("ERR value is out of range"));
    }
    match usize::try_from(count) {
        Ok(count) => distinct_members(ctx, args[1], count, scores),
        Err(_) => repeated_members(ctx, args[1], count.unsigned_abs() as usize, scores),
    }
}

fn random_member(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Failure> {
    let mut rng = ctx.keys.rng.clone();
    let member = ctx.keys.zset(key)?.and_then(|zset| zset.sample(&mut rng)).map(|(member, _)| member);
    ctx.out.bulk_or_null(member);
    *ctx.keys.rng = rng;
    Ok(())
}

/// Up to `count` different members.
fn distinct_members(ctx: &mut Ctx<'_>, key: &[u8], count: usize, scores: Scores) -> Result<(), Failure> {
    let mut rng = ctx.keys.rng.clone();
    let Some(zset) = ctx.keys.zset(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    reply_header(ctx.out, count.min(zset.len()), scores);
    zset.sample_distinct(&mut rng, count, &mut |member, score| reply_member(ctx.out, member, score, scores));
    *ctx.keys.rng = rng;
    Ok(())
}

/// `count` members, each drawn from all. The number is the client's, so the answer is held to what a client may be sent.
fn repeated_members(ctx: &mut Ctx<'_>, key: &[u8], count: usize, scores: Scores) -> Result<(), Failure> {
    let (mut rng, output_max) = (ctx.keys.rng.clone(), ctx.keys.settings.output_normal.hard);
    let Some(zset) = ctx.keys.zset(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    let begin = ctx.out.len();
    reply_header(ctx.out, count, scores);
    for _ in 0..count {
        let Some((member, score)) = zset.sample(&mut rng) else { break };
        reply_member(ctx.out, member, score, scores);
        if output_max > 0 && ctx.out.len() - begin > output_max {
            return Err(Failure::made(format!(
                "ERR the answer to count {count} exceeds the output limit of {output_max} bytes"
            )));
        }
    }
    *ctx.keys.rng = rng;
    Ok(())
}

pub(super) fn zscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let at = cursor::parse(args[2])?;
    let Some(zset) = ctx.keys.zset(args[1])? else {
        walk::answer_nothing(ctx.out);
        return Ok(());
    };
    let options = ScanOptions::parse(&args[3..])?;
    options.answer(ctx.out, at, |at, visit| scan_step(zset, at, visit));
    Ok(())
}

fn scan_step(zset: &ZSet, at: u64, visit: &mut dyn FnMut(&[u8], Option<&[u8]>)) -> u64 {
    let mut text = Vec::new();
    zset.scan(at, &mut |member, score| {
        text.clear();
        float::write_shortest(score, &mut text);
        visit(member, Some(&text));
    })
}
