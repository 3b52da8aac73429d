//! Rules of users: no clear passwords, and no word that `ACL SETUSER` would refuse.

use crate::config::DEFAULT_USER;
use crate::config::findings::Findings;
use crate::config::reader::cut;
use crate::config::suggest::nearest;
use crate::config::value::Table;

/// Rules that are whole words.
const WORDS: [&str; 14] = [
    "on",
    "off",
    "nopass",
    "resetpass",
    "resetkeys",
    "resetchannels",
    "reset",
    "allkeys",
    "allchannels",
    "allcommands",
    "nocommands",
    "clearselectors",
    "sanitize-payload",
    "skip-sanitize-payload",
];

pub(super) fn check(file: &Table, findings: &mut Findings) {
    let users = file.table("acl").map(|acl| acl.named("user")).unwrap_or_default();
    for (name, user) in users {
        match user.text("rules") {
            Some(rules) => rules.split_whitespace().for_each(|rule| check_rule(user, rule, findings)),
            None if name == DEFAULT_USER || user.given("rules") => {}
            None => findings.missing(
                &user.source,
                format!("`{}` is missing", user.full_name("rules")),
                "rules such as \"on ~app:* +@all\"",
            ),
        }
    }
}

fn check_rule(user: &Table, rule: &str, findings: &mut Findings) {
    let at = user.source_of("rules");
    let name = user.full_name("rules");
    if rule.starts_with('>') || rule.starts_with('<') {
        let help = format!(
            "set `{}` = \"env:NAME\" or \"file:PATH\", or write the SHA-256 as `#…`: printf %s PASSWORD | sha256sum",
            user.full_name("password")
        );
        findings.error(at, format!("`{name}` holds a password in clear text"), Some(help));
    } else if let Some(hash) = rule.strip_prefix(['#', '!']) {
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            let help = "`#` is followed by the SHA-256 of the password in 64 lower-case hexadecimal digits".to_owned();
            findings.error(at, format!("`{name}` holds a malformed password hash"), Some(help));
        }
    } else if !is_known(rule) {
        let help = match nearest(rule, WORDS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "expected on, off, nopass, #HASH, ~PATTERN, %R~PATTERN, &PATTERN, +COMMAND, -COMMAND, +@CATEGORY, …"
                    .to_owned()
            }
        };
        findings.error(at, format!("`{}` is no rule in `{name}`", cut(rule)), Some(help));
    }
}

/// Patterns, commands and selectors by their first character; words by the whole.
fn is_known(rule: &str) -> bool {
    let marked = rule.len() > 1 && rule.starts_with(['~', '%', '&', '+', '-', '(']);
    let in_selector = rule.ends_with(')') && rule.len() > 1;
    marked || in_selector || WORDS.contains(&rule)
}
