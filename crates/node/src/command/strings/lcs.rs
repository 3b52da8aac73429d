//! `LCS`: the longest common subsequence of two strings.

use crate::command::args;
use crate::command::{Ctx, Failure};
use crate::resp::Encoder;

/// Cells of the table that is computed; with 4 bytes each it is as large as the longest string.
const CELLS_MAX: usize = crate::table::VALUE_LEN_MAX / size_of::<u32>();

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    with_match_len: bool,
    min_match_len: usize,
}

fn parse(options: &[&[u8]]) -> Result<Options, Failure> {
    let mut parsed = Options::default();
    let mut rest = options;
    while let [option, after @ ..] = rest {
        rest = after;
        if args::is(option, "len") {
            parsed.len = true;
        } else if args::is(option, "idx") {
            parsed.idx = true;
        } else if args::is(option, "withmatchlen") {
            parsed.with_match_len = true;
        } else if let (true, [min, after @ ..]) = (args::is(option, "minmatchlen"), rest) {
            parsed.min_match_len = usize::try_from(args::int(min)?).unwrap_or(0);
            rest = after;
        } else {
            return Err(Failure::SYNTAX);
        }
    }
    if parsed.len && parsed.idx {
        return Err(Failure::Fixed("ERR If you want both the length and indexes, please just use IDX."));
    }
    Ok(parsed)
}

/// A run of equal bytes: where it begins in each string, and its length.
struct Match {
    a: usize,
    b: usize,
    len: usize,
}

pub(super) fn lcs(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    ctx.keys.hold(args[1]);
    ctx.keys.hold(args[2]);
    let string = |key| match ctx.keys.peek_string(key) {
        Ok(value) => Ok(value.unwrap_or_default()),
        Err(_) => Err(Failure::Fixed("ERR The specified keys must contain string values")),
    };
    // As in Redis, the types are looked at before the options.
    let (a, b) = (string(args[1])?, string(args[2])?);
    let options = parse(&args[3..])?;
    if (a.len() + 1).saturating_mul(b.len() + 1) > CELLS_MAX {
        return Err(Failure::Fixed("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
    }
    let table = lengths(a, b);
    let total = table[(a.len() + 1) * (b.len() + 1) - 1] as usize;
    if options.len {
        ctx.out.count(total);
        return Ok(());
    }
    let (common, matches) = walk_back(a, b, &table);
    if options.idx {
        reply_matches(ctx.out, &matches, total, &options);
    } else {
        ctx.out.bulk(&common);
    }
    Ok(())
}

/// `table[i * (b.len() + 1) + j]` is the length for the first `i` bytes of `a` and the first `j` of `b`.
fn lengths(a: &[u8], b: &[u8]) -> Vec<u32> {
    let width = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * width];
    for (i, &x) in a.iter().enumerate() {
        for (j, &y) in b.iter().enumerate() {
            table[(i + 1) * width + j + 1] = if x == y {
                table[i * width + j] + 1
            } else {
                table[i * width + j + 1].max(table[(i + 1) * width + j])
            };
        }
    }
    table
}

/// The subsequence, and its runs from the end to the beginning.
fn walk_back(a: &[u8], b: &[u8], table: &[u32]) -> (Vec<u8>, Vec<Match>) {
    let width = b.len() + 1;
    let (mut i, mut j) = (a.len(), b.len());
    let (mut common, mut matches) = (Vec::new(), Vec::<Match>::new());
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            (i, j) = (i - 1, j - 1);
            common.push(a[i]);
            match matches.last_mut() {
                Some(run) if run.a == i + 1 && run.b == j + 1 => {
                    (run.a, run.b, run.len) = (i, j, run.len + 1);
                }
                _ => matches.push(Match { a: i, b: j, len: 1 }),
            }
        } else if table[(i - 1) * width + j] > table[i * width + j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    common.reverse();
    (common, matches)
}

fn reply_matches(out: &mut Encoder, matches: &[Match], total: usize, options: &Options) {
    let shown: Vec<&Match> = matches.iter().filter(|run| run.len >= options.min_match_len).collect();
    out.map(2);
    out.bulk(b"matches");
    out.array(shown.len());
    for run in shown {
        out.array(2 + usize::from(options.with_match_len));
        for start in [run.a, run.b] {
            out.array(2);
            out.count(start);
            out.count(start + run.len - 1);
        }
        if options.with_match_len {
            out.count(run.len);
        }
    }
    out.bulk(b"len");
    out.count(total);
}
