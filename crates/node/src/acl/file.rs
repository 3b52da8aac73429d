//! Users as lines of text: the ACL file of Redis.
//!
//! ```text
//! user alice on #5e88… ~cache:* resetchannels -@all +@read
//! user default on nopass ~* &* +@all
//! ```
//!
//! A line is a user, its words are separated by spaces, empty lines count for nothing, and there are no comments. A file is
//! taken whole or not at all, and then all its errors are told at once.

use super::index::CommandIndex;
use super::rule::{RuleError, has_spaces, join_selectors};
use super::user::User;
use super::users::{Acl, USERS_MAX};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// A line that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// A file that cannot be taken, with all that is wrong, at most [`LoadError::ERRORS_MAX`] errors.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct LoadError {
    /// The name of the file, for the message.
    pub file: String,
    /// In the order of the lines; never empty.
    pub errors: Vec<LineError>,
}

impl LoadError {
    /// Errors that are told; further ones are left out.
    pub const ERRORS_MAX: usize = 100;
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for LineError { line, message } in &self.errors {
            write!(f, "{}:{line}: {message}. ", self.file)?;
        }
        f.write_str("WARNING: ACL errors detected, no change to the previously active ACL rules was performed")
    }
}

/// The lines of all users, each with its end.
#[must_use]
pub fn save(acl: &Acl, index: &impl CommandIndex) -> Vec<u8> {
    let mut out = Vec::new();
    for user in acl.users() {
        out.extend_from_slice(&user.describe(index));
        out.push(b'\n');
    }
    out
}

/// Reads the users of a file. `file` is its name, for messages only. Where no line defines `default`, it is as on a new server.
///
/// # Errors
/// All lines that cannot be taken. Passwords are not part of the messages.
pub fn load(text: &[u8], file: &str, index: &impl CommandIndex) -> Result<Acl, LoadError> {
    let mut users = BTreeMap::new();
    let mut errors = Vec::new();
    for (at, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || errors.len() >= LoadError::ERRORS_MAX {
            continue;
        }
        let mut complain = |message: String| errors.push(LineError { line: at + 1, message });
        if let Some(user) = read_line(line, index, &mut complain) {
            let full = users.len() == USERS_MAX;
            match users.entry(user.name().into()) {
                Entry::Occupied(_) => {
                    complain(format!("duplicate user '{}'", String::from_utf8_lossy(user.name())));
                }
                Entry::Vacant(_) if full => complain(format!("there may be at most {USERS_MAX} users")),
                Entry::Vacant(place) => {
                    place.insert(Arc::new(user));
                }
            }
        }
    }
    errors.truncate(LoadError::ERRORS_MAX);
    if errors.is_empty() { Ok(Acl::from_users(users, index)) } else { Err(LoadError { file: file.into(), errors }) }
}

/// Reads one user. All rules are tried, so that each wrong one is told; the user is of no use then, but its name is.
fn read_line(line: &[u8], index: &impl CommandIndex, complain: &mut impl FnMut(String)) -> Option<User> {
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(b"user"), Some(name)) = (words.next(), words.next()) else {
        complain("a line should start with the word user and a name".into());
        return None;
    };
    if has_spaces(name) {
        complain(format!("the name '{}' has invalid characters", String::from_utf8_lossy(name)));
        return None;
    }
    let words: Vec<&[u8]> = words.map(<[u8]>::trim_ascii).collect();
    let mut user = User::new(name);
    match join_selectors(&words) {
        Ok(rules) => {
            for rule in rules {
                if let Err(reason) = user.apply(&rule, index) {
                    complain(reason_with_rule(&rule, &reason.to_string()));
                }
            }
        }
        Err(RuleError::Unmatched(start)) => {
            complain(reason_with_rule(&start, "Unmatched parenthesis in selector definition"));
        }
        Err(error @ RuleError::Refused { .. }) => complain(error.to_string()),
    }
    Some(user)
}

fn reason_with_rule(rule: &[u8], reason: &str) -> String {
    match rule.first() {
        Some(b'>' | b'<') => reason.into(),
        _ => format!("{reason} in '{}'", String::from_utf8_lossy(rule)),
    }
}
