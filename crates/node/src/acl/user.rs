//! A user: who they are and what they may do.

use super::index::CommandIndex;
use super::password::PasswordHash;
use super::pattern::ChannelUse;
use super::rule::{Reason, RuleError, join_selectors};
use super::selector::Selector;

/// Passwords that a user may have.
pub const PASSWORDS_MAX: usize = 256;
/// Selectors that a user may have beside the root permissions.
pub const SELECTORS_MAX: usize = 256;

/// A user of the server.
///
/// A new user is disabled, has no password and may do nothing. Rules change a copy; see [`User::with_rules`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    name: Box<[u8]>,
    enabled: bool,
    any_password: bool,
    sanitizing: Sanitizing,
    passwords: Vec<PasswordHash>,
    root: Selector,
    selectors: Vec<Selector>,
    /// Some selector allows everything: the answer to most questions in one load.
    unrestricted: bool,
}

/// Whether payloads of `RESTORE` from this user are checked. Kept and shown as given; checking itself does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sanitizing {
    Unsaid,
    Skip,
    Sanitize,
}

impl User {
    /// A user who is disabled and may do nothing.
    #[must_use]
    pub fn new(name: &[u8]) -> Self {
        Self {
            name: name.into(),
            enabled: false,
            any_password: false,
            sanitizing: Sanitizing::Unsaid,
            passwords: Vec::new(),
            root: Selector::NOTHING,
            selectors: Vec::new(),
            unrestricted: false,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Whether the user may log in. Sessions that already are stay so.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Whether every password is right (`nopass`).
    #[must_use]
    pub fn takes_any_password(&self) -> bool {
        self.any_password
    }

    /// Whether the user may do everything.
    #[inline]
    #[must_use]
    pub fn is_unrestricted(&self) -> bool {
        self.unrestricted
    }

    /// Whether a client with this password may become this user. Hashes the password, and compares with all hashes whichever
    /// of them is the right one.
    #[must_use]
    pub fn accepts(&self, password: &[u8]) -> bool {
        let hash = PasswordHash::of(password);
        let known = self.passwords.iter().fold(false, |known, one| known | (*one == hash));
        self.enabled && (self.any_password || known)
    }

    /// This user after the rules of `ACL SETUSER`, in order. Rules that begin with `(` may be spread over several words.
    ///
    /// # Errors
    /// The first rule that is refused; this user is as before.
    pub fn with_rules(&self, words: &[&[u8]], index: &impl CommandIndex) -> Result<Self, RuleError> {
        let mut user = self.clone();
        for rule in join_selectors(words)? {
            if let Err(reason) = user.apply(&rule, index) {
                return Err(RuleError::Refused { rule, reason });
            }
        }
        Ok(user)
    }

    /// Applies one rule. After an error the user may be half changed.
    pub(super) fn apply(&mut self, rule: &[u8], index: &impl CommandIndex) -> Result<(), Reason> {
        match rule.to_ascii_lowercase().as_slice() {
            b"" => {}
            b"on" => self.enabled = true,
            b"off" => self.enabled = false,
            b"skip-sanitize-payload" => self.sanitizing = Sanitizing::Skip,
            b"sanitize-payload" => self.sanitizing = Sanitizing::Sanitize,
            b"nopass" => self.reset_passwords(true),
            b"resetpass" => self.reset_passwords(false),
            b"clearselectors" => self.selectors.clear(),
            b"reset" => {
                *self = Self { sanitizing: Sanitizing::Sanitize, ..Self::new(&self.name) };
            }
            _ => self.apply_longer(rule, index)?,
        }
        let unrestricted = self.selectors().any(Selector::allows_everything);
        self.unrestricted = unrestricted;
        Ok(())
    }

    /// Rules that carry something: a password, a selector, a permission.
    fn apply_longer(&mut self, rule: &[u8], index: &impl CommandIndex) -> Result<(), Reason> {
        match rule {
            [b'>', password @ ..] => self.add_password(PasswordHash::of(password)),
            [b'#', hash @ ..] => self.add_password(PasswordHash::parse(hash).ok_or(Reason::BadHash)?),
            [b'<', password @ ..] => self.remove_password(PasswordHash::of(password)),
            [b'!', hash @ ..] => self.remove_password(PasswordHash::parse(hash).ok_or(Reason::BadHash)?),
            [b'(', inner @ .., b')'] => {
                if self.selectors.len() == SELECTORS_MAX {
                    return Err(Reason::TooMany { what: "selectors", limit: SELECTORS_MAX });
                }
                self.selectors.push(Selector::parse(inner, index)?);
                Ok(())
            }
            _ => self.root.apply(rule, index),
        }
    }

    fn reset_passwords(&mut self, any_password: bool) {
        self.any_password = any_password;
        self.passwords.clear();
    }

    fn add_password(&mut self, hash: PasswordHash) -> Result<(), Reason> {
        if !self.passwords.contains(&hash) {
            if self.passwords.len() == PASSWORDS_MAX {
                return Err(Reason::TooMany { what: "passwords", limit: PASSWORDS_MAX });
            }
            self.passwords.push(hash);
        }
        self.any_password = false;
        Ok(())
    }

    fn remove_password(&mut self, hash: PasswordHash) -> Result<(), Reason> {
        let at = self.passwords.iter().position(|known| *known == hash).ok_or(Reason::NoSuchPassword)?;
        self.passwords.remove(at);
        Ok(())
    }

    /// The root permissions, then the other selectors in the order in which they were added.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        std::iter::once(&self.root).chain(&self.selectors)
    }

    /// The hashes of the passwords, oldest first.
    #[must_use]
    pub fn passwords(&self) -> &[PasswordHash] {
        &self.passwords
    }

    /// The flags in the order in which `ACL GETUSER` and `ACL LIST` show them.
    pub fn flags(&self) -> impl Iterator<Item = &'static str> {
        let sanitizing = match self.sanitizing {
            Sanitizing::Unsaid => None,
            Sanitizing::Skip => Some("skip-sanitize-payload"),
            Sanitizing::Sanitize => Some("sanitize-payload"),
        };
        let enabled = if self.enabled { "on" } else { "off" };
        std::iter::once(enabled).chain(self.any_password.then_some("nopass")).chain(sanitizing)
    }

    /// The line of `ACL LIST` and of an ACL file: `user alice on #… ~a* resetchannels -@all +get (~b* resetchannels -@all)`.
    ///
    /// Reading the rules back into a new user of this name gives the same permissions.
    #[must_use]
    pub fn describe(&self, index: &impl CommandIndex) -> Vec<u8> {
        let mut out = b"user ".to_vec();
        out.extend_from_slice(&self.name);
        for flag in self.flags() {
            out.push(b' ');
            out.extend_from_slice(flag.as_bytes());
        }
        for hash in &self.passwords {
            out.extend_from_slice(format!(" #{hash}").as_bytes());
        }
        out.push(b' ');
        self.root.describe(index, &mut out);
        for selector in &self.selectors {
            out.extend_from_slice(b" (");
            selector.describe(index, &mut out);
            out.push(b')');
        }
        out
    }

    /// Whether some selector admits the channel. When a user changes, subscriptions that the new one does not allow end: the
    /// session is closed.
    #[must_use]
    pub fn may_use_channel(&self, channel: &[u8], used_as: ChannelUse) -> bool {
        self.unrestricted || self.selectors().any(|selector| selector.allows_channel(channel, used_as))
    }
}
