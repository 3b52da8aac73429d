//! The book's table of commands is made from the rows: this test compares, and with `UPDATE=1` rewrites it.

use super::absent::ABSENT;
use super::{Command, Flags, Found, Group, Run, index};
use std::fmt::Write as _;
use std::path::Path;

const FILE: &str = "../../docs/book/src/commands.md";

const HEAD: &str = "# Commands

Every command that this version answers, as its own table has it: `COMMAND DOCS` tells clients the same. This page is made from the
rows (`UPDATE=1 cargo test -p mainstay-node book` rewrites it).

* *Arity* counts the name: `3` is exactly three words, `-3` at least three.
* *Class* says what a command does to keyspaces, and so what its reply waits for: **read** and **write** wait for the log as the
  durability of their keys' keyspaces says; **admin** is about the node or the connection and names no key itself (`EXEC` waits as
  its commands would). A script is a write unless it says that it only reads.
* *Since* is the version of Redis that had it first; `mainstay` marks our own.
";

#[test]
#[allow(clippy::disallowed_methods, reason = "a test reads and writes the book")]
fn the_book_has_every_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page).expect("the book can be written");
        return;
    }
    let found = std::fs::read_to_string(&path).expect("the book has the page");
    assert!(found == page, "{} differs from the rows; UPDATE=1 rewrites it", path.display());
}

#[test]
fn every_row_is_documented() {
    for found in index().rows() {
        let (name, command) = (index().name(found.number), found.command);
        assert!(!command.summary.is_empty() && command.summary.ends_with('.'), "{name} has no summary");
        assert!(!command.complexity.is_empty() && !command.since.is_empty(), "{name}");
    }
}

fn page() -> String {
    let mut page = String::from(HEAD);
    for group in Group::ALL {
        let mut rows: Vec<Found> = index().rows().filter(|found| shown(found, group)).collect();
        rows.sort_by_key(|found| index().name(found.number));
        if rows.is_empty() {
            continue;
        }
        let _ = write!(
            page,
            "\n## {}\n\n| command | what it does | arity | class | cost | since | flags |\n|---|---|--:|---|---|---|---|\n",
            title(group)
        );
        rows.iter().for_each(|found| page.push_str(&row(found)));
    }
    page.push_str("\n## Left out\n\nThese answer `-ERR '<name>' is not supported by this version of Mainstay: <reason>`, and `COMMAND` does not list them.\n\n| commands | reason |\n|---|---|\n");
    for absent in ABSENT {
        let names: Vec<String> = absent.names.iter().map(|name| format!("`{}`", name.to_uppercase())).collect();
        let _ = writeln!(page, "| {} | {} |", names.join(" "), absent.reason);
    }
    page
}

/// Containers do nothing themselves; their subcommands have rows.
fn shown(found: &Found, group: Group) -> bool {
    found.command.group == group && !matches!(found.command.run, Run::Container)
}

fn row(found: &Found) -> String {
    let command = found.command;
    let name = index().name(found.number).to_uppercase().replace('|', " ");
    let flags: Vec<&str> =
        Flags::NAMES.iter().filter(|(flag, _)| command.flags.contains(*flag)).map(|(_, name)| *name).collect();
    let cells = [command.summary, command.complexity].map(|text| text.replace('|', "\\|"));
    format!(
        "| `{name}` | {} | {} | {} | {} | {} | {} |\n",
        cells[0],
        command.arity,
        class(command),
        cells[1],
        command.since,
        flags.join(" ")
    )
}

fn class(command: &Command) -> &'static str {
    if command.flags.contains(Flags::WRITE) {
        "write"
    } else if command.flags.contains(Flags::READONLY) {
        "read"
    } else if !command.keys.is_empty() {
        // A script, or a command that watches keys.
        if command.group == Group::Scripting { "write" } else { "read" }
    } else {
        "admin"
    }
}

const fn title(group: Group) -> &'static str {
    match group {
        Group::String => "Strings",
        Group::Bitmap => "Bits of strings",
        Group::Generic => "Keys of any kind",
        Group::Hash => "Hashes",
        Group::List => "Lists",
        Group::Set => "Sets",
        Group::SortedSet => "Sorted sets",
        Group::Stream => "Streams",
        Group::PubSub => "Channels",
        Group::Transactions => "Transactions",
        Group::Scripting => "Scripts",
        Group::Connection => "Connections",
        Group::Server => "The node",
        Group::Cluster => "Cluster",
        Group::Keyspace => "Keyspaces",
    }
}
