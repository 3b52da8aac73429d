//! Replies that several families share.

use crate::resp::Encoder;

/// The answer to `NAME HELP`: `lines` in the form of Redis, between its first line and its last two.
pub(super) fn help(out: &mut Encoder, name: &str, lines: &[&str]) {
    out.array(lines.len() + 3);
    out.simple(&format!("{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    lines.iter().for_each(|line| out.simple(line));
    out.simple("HELP");
    out.simple("    Prints this help.");
}
