//! The users by name.

use super::index::CommandIndex;
use super::rule::{RuleError, has_spaces};
use super::user::User;
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;

/// Users that a server may have.
pub const USERS_MAX: usize = 65_536;

/// The user as which sessions begin.
pub const DEFAULT: &[u8] = b"default";

/// All users, among them always `default`, as which sessions begin.
#[derive(Clone, Debug)]
pub struct Acl {
    users: BTreeMap<Box<[u8]>, Arc<User>>,
    version: u64,
}

/// A change or a login that is refused, in the words of Redis.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AclError {
    /// A name with white space or a zero byte.
    #[error("ERR Usernames can't contain spaces or null characters")]
    BadName,
    /// A rule of `ACL SETUSER` that is refused.
    #[error("ERR {0}")]
    Rule(#[from] RuleError),
    /// One more user would exceed [`USERS_MAX`].
    #[error("ERR There may be at most {USERS_MAX} users")]
    TooManyUsers,
    /// `ACL DELUSER default`.
    #[error("ERR The 'default' user cannot be removed")]
    DefaultUser,
    /// No such user, a wrong password, or a disabled user; clients learn no more.
    #[error("WRONGPASS invalid username-password pair or user is disabled.")]
    WrongPassword,
}

impl Acl {
    /// The users of a new server: `default`, who may do everything without a password.
    #[must_use]
    pub fn new(index: &impl CommandIndex) -> Self {
        Self::from_users(BTreeMap::new(), index)
    }

    /// These users, and `default` as on a new server unless it is among them.
    pub(super) fn from_users(mut users: BTreeMap<Box<[u8]>, Arc<User>>, index: &impl CommandIndex) -> Self {
        users.entry(DEFAULT.into()).or_insert_with(|| {
            let rules: [&[u8]; 5] = [b"on", b"nopass", b"~*", b"&*", b"+@all"];
            Arc::new(User::new(DEFAULT).with_rules(&rules, index).expect("these rules name no command"))
        });
        Self { users, version: 0 }
    }

    /// Moves with every change. A session whose user is from another version asks for its user again: if there is none, the
    /// session is closed.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Puts the users of `loaded` in the place of all these, at a version of its own.
    pub fn replace(&mut self, loaded: Self) {
        *self = Self { version: self.version + 1, ..loaded };
    }

    /// The user of this name.
    #[must_use]
    pub fn user(&self, name: &[u8]) -> Option<&Arc<User>> {
        self.users.get(name)
    }

    /// The user as which sessions begin.
    #[must_use]
    pub fn default_user(&self) -> &Arc<User> {
        &self.users[DEFAULT]
    }

    /// All users in the byte order of their names: `ACL USERS`, and with [`User::describe`] `ACL LIST`.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// `ACL SETUSER name rule …`: makes the user if there is none, and applies the rules in order, all or none. Returns the user
    /// as it was, so that the caller can end subscriptions which it may no longer have.
    ///
    /// # Errors
    /// [`AclError::BadName`], [`AclError::Rule`], [`AclError::TooManyUsers`]; nothing has changed then.
    pub fn set_user(
        &mut self,
        name: &[u8],
        rules: &[&[u8]],
        index: &impl CommandIndex,
    ) -> Result<Option<Arc<User>>, AclError> {
        if has_spaces(name) {
            return Err(AclError::BadName);
        }
        let changed = match self.users.get(name) {
            Some(user) => user.with_rules(rules, index)?,
            None if self.users.len() == USERS_MAX => return Err(AclError::TooManyUsers),
            None => User::new(name).with_rules(rules, index)?,
        };
        self.version += 1;
        Ok(self.users.insert(name.into(), Arc::new(changed)))
    }

    /// `ACL DELUSER name …`: how many there were. Their sessions must be closed.
    ///
    /// # Errors
    /// [`AclError::DefaultUser`] if `default` is among them; nobody is removed then.
    pub fn delete_users(&mut self, names: &[&[u8]]) -> Result<usize, AclError> {
        if names.contains(&DEFAULT) {
            return Err(AclError::DefaultUser);
        }
        let removed = names.iter().filter(|name| self.users.remove(**name).is_some()).count();
        self.version += u64::from(removed > 0);
        Ok(removed)
    }

    /// Logs in. Takes about the same time for a name that does not exist.
    ///
    /// # Errors
    /// [`AclError::WrongPassword`].
    pub fn authenticate(&self, name: &[u8], password: &[u8]) -> Result<&Arc<User>, AclError> {
        let nobody = User::new(name);
        let user = self.users.get(name);
        let accepted = user.map_or(&nobody, |user| user).accepts(password);
        user.filter(|_| accepted).ok_or(AclError::WrongPassword)
    }
}
