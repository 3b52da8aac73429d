//! The judgement over calls.

use super::super::*;
use super::table::Table;

/// A call as the data tells it.
struct Told<'a> {
    command: CommandId,
    open: bool,
    first: Option<&'a str>,
    keys: Vec<(&'a str, Access)>,
    channels: Vec<(&'a str, ChannelUse)>,
}

impl<'a> Told<'a> {
    /// Reads `set w1 v` with `w:w1` or `c:chat`.
    fn read(words: &'a str, names: &'a str, table: &Table) -> Self {
        let words: Vec<&str> = words.split(' ').collect();
        let sub = words.get(1).and_then(|sub| table.named(&format!("{}|{sub}", words[0])));
        let command = sub.or_else(|| table.named(words[0])).unwrap();
        let mut call = Self {
            command,
            open: table.is_open(command),
            first: words.get(if sub.is_some() { 2 } else { 1 }).copied(),
            keys: Vec::new(),
            channels: Vec::new(),
        };
        for name in names.split_whitespace() {
            match name.split_once(':').unwrap() {
                ("c", channel) => call.channels.push((channel, ChannelUse::Channel)),
                ("p", pattern) => call.channels.push((pattern, ChannelUse::Pattern)),
                (access, key) => {
                    let mut uses = Access::empty();
                    uses.set(Access::READ, access.contains('r'));
                    uses.set(Access::WRITE, access.contains('w'));
                    call.keys.push((key, uses));
                }
            }
        }
        call
    }
}

impl Call for Told<'_> {
    fn command(&self) -> CommandId {
        self.command
    }

    fn is_open(&self) -> bool {
        self.open
    }

    fn first_argument(&self) -> Option<&[u8]> {
        self.first.map(str::as_bytes)
    }

    fn keys(&self) -> impl Iterator<Item = (&[u8], Access)> {
        self.keys.iter().map(|&(key, access)| (key.as_bytes(), access))
    }

    fn channels(&self) -> impl Iterator<Item = (&[u8], ChannelUse)> {
        self.channels.iter().map(|&(channel, used_as)| (channel.as_bytes(), used_as))
    }
}

fn verdict(user: &User, call: &Told<'_>) -> String {
    match permit(user, call) {
        Ok(()) => "OK".into(),
        Err(Denied::Command) => "command".into(),
        Err(Denied::Key(key)) => format!("key {}", String::from_utf8_lossy(&key)),
        Err(Denied::Channel(channel)) => format!("channel {}", String::from_utf8_lossy(&channel)),
    }
}

#[test]
fn calls_are_judged_as_by_redis() {
    let table = Table::redis();
    let mut user = User::new(b"u");
    let (mut cases, mut rules, mut wrong) = (0, "", Vec::new());
    for line in include_str!("../testdata/dryrun.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some(case) = line.strip_prefix("  ") else {
            rules = line;
            let words: Vec<&[u8]> = line.split('\t').map(str::as_bytes).collect();
            user = User::new(b"u").with_rules(&words, table).unwrap();
            continue;
        };
        let [words, names, expected] = case.split(" | ").collect::<Vec<_>>()[..] else { panic!("{case}") };
        let got = verdict(&user, &Told::read(words, names, table));
        if got != expected {
            wrong.push(format!("{rules}: {words}: redis {expected}, here {got}"));
        }
        cases += 1;
    }
    assert!(cases > 600, "the table was read: {cases}");
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
}

/// A call that must not be looked into.
struct Opaque;

impl Call for Opaque {
    fn command(&self) -> CommandId {
        unreachable!("not asked for users who may do everything")
    }

    fn is_open(&self) -> bool {
        self.command() == CommandId(0)
    }

    fn first_argument(&self) -> Option<&[u8]> {
        unreachable!("not asked for users who may do everything")
    }

    fn keys(&self) -> impl Iterator<Item = (&[u8], Access)> {
        std::iter::once_with(|| unreachable!("not asked for users who may do everything"))
    }

    fn channels(&self) -> impl Iterator<Item = (&[u8], ChannelUse)> {
        std::iter::once_with(|| unreachable!("not asked for users who may do everything"))
    }
}

#[test]
fn users_who_may_do_everything_pass_unseen() {
    let acl = Acl::new(Table::redis());
    assert_eq!(permit(acl.default_user(), &Opaque), Ok(()));
}

#[test]
fn denials_read_as_at_redis() {
    let (key, channel) = (Denied::Key(b"k".as_slice().into()), Denied::Channel(b"c".as_slice().into()));
    let cases = [
        (&Denied::Command, Context::TopLevel, "NOPERM this user has no permissions to run the 'config|get' command"),
        (&key, Context::Multi, "NOPERM this user has no permissions to access one of the keys used as arguments"),
        (
            &channel,
            Context::TopLevel,
            "NOPERM this user has no permissions to access one of the channels used as arguments",
        ),
        (&Denied::Command, Context::Script, "ERR The user executing the script can't run this command or subcommand"),
        (
            &key,
            Context::Script,
            "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
        ),
        (
            &channel,
            Context::Script,
            "ERR The user executing the script can't publish to the channel mentioned in the command",
        ),
    ];
    for (denied, context, expected) in cases {
        assert_eq!(denied.reply("config|get", context), expected);
    }
    assert_eq!(Denied::Command.dry_run("config|get"), b"This user has no permissions to run the 'config|get' command");
    assert_eq!(key.dry_run("get"), b"This user has no permissions to access the 'k' key");
    assert_eq!(channel.dry_run("publish"), b"This user has no permissions to access the 'c' channel");
}

#[test]
fn subscriptions_are_judged_over_all_selectors() {
    let table = Table::redis();
    let user = User::new(b"u").with_rules(&[b"&a*", b"(&b)"], table).unwrap();
    assert!(user.may_use_channel(b"a1", ChannelUse::Channel) && user.may_use_channel(b"b", ChannelUse::Channel));
    assert!(user.may_use_channel(b"a*", ChannelUse::Pattern) && !user.may_use_channel(b"a1", ChannelUse::Pattern));
    assert!(!user.may_use_channel(b"c", ChannelUse::Channel));
}
