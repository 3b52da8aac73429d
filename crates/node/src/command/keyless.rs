//! Commands that touch no key.

use super::args;
use super::{Category, Command, Ctx, Failure, Flags, Group, Run};
use crate::engine::Clock;

const ANY_TIME: Flags = Flags::LOADING.union(Flags::STALE).union(Flags::FAST);

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    Command::new("echo", 2, Group::Connection, Run::Data(echo)).flags(ANY_TIME).doc(
        "1.0.0",
        "O(n)",
        "Returns its argument.",
    ),
    Command::new("time", 1, Group::Server, Run::Data(time)).flags(ANY_TIME).doc(
        "2.6.0",
        "O(1)",
        "Returns the node's date as seconds and microseconds since 1970.",
    ),
    Command::new("wait", 3, Group::Generic, Run::Data(wait)).flags(Flags::NOSCRIPT).only_categories(Category::CONNECTION).doc(
        "3.0.0",
        "O(1)",
        "Returns how many replicas have what this connection wrote: none, for there are none that follow by themselves.",
    ),
];

fn echo(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    ctx.out.bulk(args[1]);
    Ok(())
}

fn time(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    // Also within a script the clock goes on; nothing that is logged depends on it.
    let micros = ctx.clock.map_or(ctx.started, Clock::now).as_micros();
    ctx.out.array(2);
    ctx.out.bulk_int((micros / 1_000_000) as i64);
    ctx.out.bulk_int((micros % 1_000_000) as i64);
    Ok(())
}

fn wait(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    args::int(args[1])?;
    let timeout = args::int(args[2]).map_err(|_| Failure::Fixed("ERR timeout is not an integer or out of range"))?;
    if timeout < 0 {
        return Err(Failure::Fixed("ERR timeout is negative"));
    }
    ctx.out.int(0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::command::testing::check;

    #[test]
    fn replies_are_those_of_redis() {
        check(
            r#"
            ECHO "a b" => $3 a b
            ECHO => -ERR wrong number of arguments for 'echo' command
            TIME => *2 $10 1700000000 $1 0
            WAIT 0 0 => :0
            WAIT 3 100 => :0
            WAIT x 0 => -ERR value is not an integer or out of range
            WAIT 0 x => -ERR timeout is not an integer or out of range
            WAIT 0 -1 => -ERR timeout is negative
            "#,
        );
    }
}
