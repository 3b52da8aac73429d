//! Users and what they may do: the access control lists of Redis 7, as data and pure functions.
//!
//! ```text
//! Acl ── name ─→ User ── on/off, password hashes
//!                  ├─ root Selector ── commands, key patterns, channel patterns
//!                  └─ more Selectors   one of them must allow all of a call
//! ```
//!
//! * [`Acl`] holds the users and serves `ACL SETUSER`, `DELUSER`, `USERS`, `LIST` and `AUTH`.
//! * [`User`] is immutable once it is in the `Acl`: a change puts a new one in its place. Sessions keep the `Arc` of theirs
//!   with the [`Acl::version`] at which they took it, and look again when the version has moved.
//! * [`permit`] judges a call. A user who may do everything passes on one test of a flag.
//! * [`Log`] keeps the latest denials for `ACL LOG`.
//! * [`load`] and [`save`] turn an `Acl` into the lines of an ACL file and back.
//!
//! Commands are known through [`CommandIndex`] only, so that nothing here depends on the command table.
//!
//! Rules follow redis-server 7.0.15 to the letter of its errors; `testdata/` holds what that server answered. On purpose different:
//!
//! * What could not be read back from a file is refused as a syntax error: white space in the first argument of a
//!   rule `+command|argument`, and words within parentheses that end with `)`.
//! * `%RW~*`, also put together from `%R~*` and `%W~*`, is `~*` at once, not only after the next restart.
//! * An opening parenthesis within an open selector does not silently drop what came before it.
//! * Words within parentheses are split at white space; quotes have no meaning there.
//! * The numbers of users, selectors, patterns and passwords are limited.
//! * New users see no channels (`acl-pubsub-default resetchannels`).

mod check;
mod command_rules;
mod command_set;
mod file;
mod index;
mod log;
mod password;
mod pattern;
mod rule;
mod selector;
mod user;
mod users;

pub use check::{Call, Denied, permit};
pub use file::{LineError, LoadError, load, save};
pub use index::{CommandId, CommandIndex, category_named, commands_in};
pub use log::{Cause, Context, Entry, Log, Origin};
pub use password::{GENPASS_BITS_DEFAULT, GENPASS_BITS_MAX, PasswordHash, genpass};
pub use pattern::{Access, ChannelUse};
pub use rule::{Reason, RuleError};
pub use selector::{PATTERNS_MAX, Selector};
pub use user::{PASSWORDS_MAX, SELECTORS_MAX, User};
pub use users::{Acl, AclError, DEFAULT as DEFAULT_USER, USERS_MAX};

#[cfg(test)]
mod tests;
