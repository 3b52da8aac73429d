//! The users that a file declares, with rules in the words of `ACL SETUSER`.

use sha2::{Digest, Sha256};

use super::secret::{Secret, SecretError};
use super::value::Table;

/// The user of connections that have not authenticated.
pub const DEFAULT_USER: &str = "default";

/// `[acl]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Acl {
    /// Every declared user and always [`DEFAULT_USER`], in name order.
    pub users: Vec<User>,
    /// How many refusals `ACL LOG` keeps.
    pub log_max_len: usize,
}

/// `[acl.user.NAME]`.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The name of `AUTH name password`.
    pub name: String,
    /// Rules in the words of `ACL SETUSER`, without clear passwords.
    pub rules: String,
    /// Where the passwords are kept.
    pub passwords: Vec<Secret>,
}

impl Acl {
    pub(crate) fn from_table(table: &Table) -> Self {
        let users = table.named("user").iter().map(|(name, user)| User::from_table(name, user)).collect();
        Self { users, log_max_len: super::node::to_usize(table.count("log_max_len").unwrap_or_default()) }
    }

    /// Whether a client must authenticate before it can do anything: the default user is off or has a password.
    #[must_use]
    pub fn asks_for_credentials(&self) -> bool {
        self.users.iter().find(|user| user.name == DEFAULT_USER).is_some_and(User::is_protected)
    }
}

impl User {
    fn from_table(name: &str, table: &Table) -> Self {
        let passwords = table.secrets("password");
        let rules = match table.text("rules") {
            Some(rules) => rules.to_owned(),
            None if name != DEFAULT_USER => String::new(),
            None if passwords.is_empty() => "on nopass ~* &* +@all".to_owned(),
            None => "on ~* &* +@all".to_owned(),
        };
        Self { name: name.to_owned(), rules, passwords }
    }

    /// The rules with each password read now and added as `#<sha256>`: ready for the ACL parser. Passwords come last, so a
    /// `reset` or `resetpass` in the rules does not drop them.
    ///
    /// # Errors
    /// [`SecretError`] of the first password that cannot be read.
    pub fn resolved_rules(&self) -> Result<String, SecretError> {
        let mut rules = self.rules.clone();
        for password in &self.passwords {
            rules.push_str(" #");
            for byte in Sha256::digest(password.read()?.expose().as_bytes()) {
                rules.push_str(&format!("{byte:02x}"));
            }
        }
        Ok(rules)
    }

    /// Whether nobody can act as this user without presenting something. Rules apply in order, so the last word counts.
    fn is_protected(&self) -> bool {
        let (mut on, mut open) = (false, false);
        for rule in self.rules.split_whitespace() {
            match rule {
                "on" => on = true,
                "off" => on = false,
                "nopass" => open = true,
                "resetpass" => open = false,
                "reset" => (on, open) = (false, false),
                _ if rule.starts_with('#') => open = false,
                _ => {}
            }
        }
        !on || !open || !self.passwords.is_empty()
    }
}
