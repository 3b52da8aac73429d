//! `ACL SETUSER` and `ACL LIST`.

use super::super::*;
use super::table::Table;
use proptest::prelude::*;

/// Single commands sorted within their run: redis lists them in the order of its hash table, which differs from run to run.
fn canonical(line: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for word in line.split(' ') {
        // A closing parenthesis stays where it is: at the end of the run.
        let bare = word.trim_end_matches(')');
        if bare.starts_with(['+', '-']) && !bare[1..].starts_with('@') {
            run.push(bare);
        } else {
            run.sort_unstable();
            words.append(&mut run);
            words.push(bare);
        }
        if bare.len() < word.len() {
            run.sort_unstable();
            words.append(&mut run);
            words.push(")");
        }
    }
    run.sort_unstable();
    words.append(&mut run);
    words.join(" ")
}

fn list_line(rules: &[&[u8]], table: &Table) -> String {
    match User::new(b"u").with_rules(rules, table) {
        Ok(user) => String::from_utf8(user.describe(table)).unwrap()["user u ".len()..].to_owned(),
        Err(error) => AclError::Rule(error).to_string(),
    }
}

#[test]
fn users_and_errors_read_as_at_redis() {
    let table = Table::redis();
    let data = include_str!("../testdata/setuser.txt");
    let mut lines = data.lines().filter(|line| !line.starts_with("# "));
    let (mut cases, mut wrong) = (0, Vec::new());
    while let (Some(rules), Some(expected)) = (lines.next(), lines.next()) {
        let words: Vec<&[u8]> = rules.split('\t').map(str::as_bytes).collect();
        let got = list_line(&words, table);
        if canonical(&got) != canonical(&expected[2..]) {
            wrong.push(format!("{rules}\n  redis {}\n  here  {got}", &expected[2..]));
        }
        cases += 1;
    }
    assert!(cases > 800, "the table was read: {cases}");
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Where this is on purpose not what redis does.
#[test]
fn what_could_not_be_read_back_is_refused_or_put_straight() {
    let table = Table::redis();
    let cases: &[(&[&[u8]], &str)] = &[
        (&[b"+get|a b"], "ERR Error in ACL SETUSER modifier '+get|a b': Syntax error"),
        (&[b"(~a) +get)"], "ERR Error in ACL SETUSER modifier '(~a) +get)': Syntax error"),
        (&[b"%RW~*"], "off ~* resetchannels -@all"),
        (&[b"~b", b"%R~*", b"%W~*"], "off ~* resetchannels -@all"),
        (
            &[b"%RW~*", b"~a"],
            "ERR Error in ACL SETUSER modifier '~a': Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid \
             and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
        ),
        (&[b"(+get", b"(+set", b"~a)"], "ERR Error in ACL SETUSER modifier '(+get (+set ~a)': Syntax error"),
    ];
    for (rules, expected) in cases {
        assert_eq!(list_line(rules, table), *expected);
    }
}

#[test]
fn a_refused_list_changes_nothing() {
    let table = Table::redis();
    let mut acl = Acl::new(table);
    acl.set_user(b"alice", &[b"on", b"+get"], table).unwrap();
    let (before, version) = (acl.user(b"alice").cloned(), acl.version());
    assert!(acl.set_user(b"alice", &[b"off", b"+nosuch"], table).is_err());
    assert!(acl.set_user(b"bob", &[b"on", b"foo"], table).is_err());
    assert_eq!(acl.set_user(b"a b", &[], table).unwrap_err(), AclError::BadName);
    assert_eq!(acl.set_user(b"a\0", &[], table).unwrap_err(), AclError::BadName);
    assert_eq!(acl.user(b"alice").cloned(), before);
    assert_eq!((acl.users().len(), acl.version()), (2, version));
}

#[test]
fn users_come_and_go_but_default_stays() {
    let table = Table::redis();
    let mut acl = Acl::new(table);
    assert!(acl.default_user().is_unrestricted());
    assert_eq!(acl.set_user(b"bob", &[b"on"], table), Ok(None));
    let old = acl.set_user(b"bob", &[b"off"], table).unwrap().unwrap();
    assert!(old.is_enabled() && !acl.user(b"bob").unwrap().is_enabled());
    assert_eq!(
        acl.delete_users(&[b"bob", b"default"]).unwrap_err().to_string(),
        "ERR The 'default' user cannot be removed"
    );
    assert_eq!(acl.delete_users(&[b"bob", b"nobody"]), Ok(1));
    assert_eq!(acl.users().map(|user| user.name().to_vec()).collect::<Vec<_>>(), [b"default"]);
    acl.set_user(b"default", &[b"-get"], table).unwrap();
    assert!(!acl.default_user().is_unrestricted());
    acl.set_user(b"default", &[b"+get"], table).unwrap();
    assert!(acl.default_user().is_unrestricted());
}

#[test]
fn passwords_open_enabled_users_only() {
    let table = Table::redis();
    let mut acl = Acl::new(table);
    assert!(acl.authenticate(b"default", b"anything").is_ok());
    assert!(acl.authenticate(b"nobody", b"").is_err());
    acl.set_user(b"alice", &[b">one", b">two"], table).unwrap();
    assert!(acl.authenticate(b"alice", b"one").is_err(), "disabled");
    acl.set_user(b"alice", &[b"on"], table).unwrap();
    assert!(acl.authenticate(b"alice", b"one").is_ok() && acl.authenticate(b"alice", b"two").is_ok());
    for wrong in [&b""[..], b"three", b"One", b"one\0"] {
        let error = acl.authenticate(b"alice", wrong).unwrap_err();
        assert_eq!(error.to_string(), "WRONGPASS invalid username-password pair or user is disabled.");
    }
    acl.set_user(b"alice", &[b"<one"], table).unwrap();
    assert!(acl.authenticate(b"alice", b"one").is_err());
}

#[test]
fn hashes_are_those_of_sha_256() {
    let hash = PasswordHash::of(b"p");
    let text = "148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940";
    assert_eq!(hash.to_string(), text);
    assert_eq!(PasswordHash::parse(text.as_bytes()), Some(hash));
    assert_eq!(PasswordHash::parse(text.to_uppercase().as_bytes()), None);
    assert_eq!(PasswordHash::parse(&text.as_bytes()[1..]), None);
    assert!(!format!("{hash:?}").contains("148d"), "hashes stay out of logs");
}

#[test]
fn generated_passwords_have_as_many_digits_as_their_bits_need() {
    let random = [0xab; 512];
    assert_eq!(genpass(1, &random).as_deref(), Some("a"));
    assert_eq!(genpass(5, &random).as_deref(), Some("ab"));
    assert_eq!(genpass(GENPASS_BITS_DEFAULT, &random).map(|text| text.len()), Some(64));
    assert_eq!(genpass(GENPASS_BITS_MAX, &random).map(|text| text.len()), Some(1_024));
    assert_eq!(genpass(0, &random), None);
    assert_eq!(genpass(GENPASS_BITS_MAX + 1, &[0; 1_024]), None);
    assert_eq!(genpass(16, &random[..1]), None);
}

#[test]
fn numbers_are_limited() {
    let table = Table::redis();
    let words = |count: usize, prefix: &str| -> Vec<Vec<u8>> {
        (0..count).map(|at| format!("{prefix}{at}").into_bytes()).collect()
    };
    let apply = |words: &[Vec<u8>]| {
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        User::new(b"u").with_rules(&words, table)
    };
    for (prefix, limit) in [(">", PASSWORDS_MAX), ("~", PATTERNS_MAX), ("&", PATTERNS_MAX), ("+get|", 1_024)] {
        assert!(apply(&words(limit, prefix)).is_ok(), "{prefix}");
        let error = apply(&words(limit + 1, prefix)).unwrap_err().to_string();
        assert!(error.contains(&format!("at most {limit}")), "{error}");
    }
    assert!(apply(&vec![b"(+get)".to_vec(); SELECTORS_MAX]).is_ok());
    assert!(apply(&vec![b"(+get)".to_vec(); SELECTORS_MAX + 1]).is_err());
}

#[test]
fn getuser_shows_permissions_part_by_part() {
    let table = Table::redis();
    let rules: [&[u8]; 8] = [b"on", b"~a", b"%R~b", b"%RW~c", b"&x", b"+@all", b"-get", b"(%W~z allchannels -@all)"];
    let user = User::new(b"u").with_rules(&rules, table).unwrap();
    assert_eq!(user.flags().collect::<Vec<_>>(), ["on"]);
    let parts: Vec<_> = user
        .selectors()
        .map(|one| {
            [one.describe_commands(table), one.describe_keys(), one.describe_channels()]
                .map(|part| String::from_utf8(part).unwrap())
        })
        .collect();
    assert_eq!(parts, [["+@all -get", "~a %R~b ~c", "&x"], ["-@all", "%W~z", "&*"]]);
}

#[test]
fn categories_list_their_commands() {
    let table = Table::redis();
    assert_eq!(category_named(b"nosuch"), None);
    let mut names: Vec<_> = commands_in(table, category_named(b"PubSub").unwrap()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "psubscribe",
            "publish",
            "pubsub|channels",
            "pubsub|numpat",
            "pubsub|numsub",
            "pubsub|shardchannels",
            "pubsub|shardnumsub",
            "punsubscribe",
            "spublish",
            "ssubscribe",
            "subscribe",
            "sunsubscribe",
            "unsubscribe",
        ]
    );
}

/// In the table of redis no command is in a category that its subcommands are not in.
#[test]
fn a_rule_about_a_category_holds_for_the_subcommands_of_its_commands() {
    let table = Table::parse("box admin\nbox|open read\nbox|shut slow\nget read");
    let cases: &[(&[&[u8]], &str)] = &[
        (&[b"+@admin"], "off resetchannels -@all +@admin"),
        (&[b"+@admin", b"-box|shut"], "off resetchannels -@all +@admin -box|shut"),
        (&[b"+@all", b"-@admin"], "off resetchannels +@all -@admin"),
        (&[b"+box|open"], "off resetchannels -@all +box|open"),
    ];
    for (rules, expected) in cases {
        assert_eq!(list_line(rules, &table), *expected);
    }
}

fn rule_about_commands() -> impl Strategy<Value = String> {
    let table = Table::redis();
    let names: Vec<String> = table.ids().map(|id| table.name(id).to_owned()).collect();
    let categories: Vec<&str> = crate::command::Category::NAMES.iter().map(|(name, _)| *name).chain(["all"]).collect();
    prop_oneof![
        ("[+-]", prop::sample::select(names)).prop_map(|(sign, name)| sign + &name),
        ("[+-]", prop::sample::select(categories)).prop_map(|(sign, name)| format!("{sign}@{name}")),
        "\\+(get|select|ping)\\|[a-c]",
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let other = "on|off|nopass|resetpass|reset(keys|channels)?|all(keys|channels|commands)|nocommands|clearselectors|(skip-)?sanitize-payload|>[pq]|[~&][ab*?]{0,2}|%(R|W|RW)~[ab*?]{0,2}";
    let other = proptest::string::string_regex(other).unwrap();
    let inner = prop_oneof![rule_about_commands(), "[~&][ab*]{0,2}"];
    let selector = prop::collection::vec(inner, 0..4).prop_map(|words| format!("({})", words.join(" ")));
    prop_oneof![3 => rule_about_commands(), 3 => other, 1 => selector]
}

proptest! {
    #[test]
    fn a_description_read_back_is_the_same_user(rules in prop::collection::vec(rule(), 0..12)) {
        let table = Table::redis();
        let mut user = User::new(b"u");
        for rule in &rules {
            user = user.with_rules(&[rule.as_bytes()], table).unwrap_or(user);
        }
        let line = user.describe(table);
        let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').skip(2).collect();
        let again = User::new(b"u").with_rules(&words, table);
        prop_assert_eq!(again.as_ref(), Ok(&user), "{}", String::from_utf8_lossy(&line));
        prop_assert_eq!(again.unwrap().describe(table), line);
    }
}
