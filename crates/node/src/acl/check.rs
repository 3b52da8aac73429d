//! The judgement over a call, and its words.

use super::index::CommandId;
use super::log::Context;
use super::pattern::{Access, ChannelUse};
use super::user::User;

/// A command with its arguments, as far as permissions go. Keys and channels are asked for only where they decide, and once
/// for each selector.
pub trait Call {
    /// The command, or the subcommand.
    fn command(&self) -> CommandId;

    /// Whether everyone may run the command, logged in or not: `AUTH`, `HELLO`, `QUIT`, `RESET`.
    fn is_open(&self) -> bool;

    /// The first argument; for a subcommand, the one after its name.
    fn first_argument(&self) -> Option<&[u8]>;

    /// The keys in the order of the arguments, with what the command does to each.
    fn keys(&self) -> impl Iterator<Item = (&[u8], Access)>;

    /// The channels that the command publishes or subscribes to, in the order of the arguments. Unsubscribing names none.
    fn channels(&self) -> impl Iterator<Item = (&[u8], ChannelUse)>;
}

/// Why a call is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No selector has the command.
    Command,
    /// The key that stood in the way.
    Key(Box<[u8]>),
    /// The channel that stood in the way.
    Channel(Box<[u8]>),
}

/// Judges a call of `user`: some selector must allow all of it.
///
/// For a user who may do everything that is one test. Else each selector costs a bit test for the command and a match of each key
/// and channel against its patterns.
///
/// # Errors
/// If all selectors refuse, the refusal that went furthest: a channel before a key before the command, and of two keys the
/// later one in the call.
#[inline]
pub fn permit<C: Call>(user: &User, call: &C) -> Result<(), Denied> {
    if user.is_unrestricted() { Ok(()) } else { permit_restricted(user, call) }
}

fn permit_restricted<C: Call>(user: &User, call: &C) -> Result<(), Denied> {
    let mut furthest = (0, 0, Denied::Command);
    for selector in user.selectors() {
        let Err((place, denied)) = selector.permit(call) else { return Ok(()) };
        let rank = match denied {
            Denied::Command => 0,
            Denied::Key(_) => 1,
            Denied::Channel(_) => 2,
        };
        if (rank, place) > (furthest.0, furthest.1) {
            furthest = (rank, place, denied);
        }
    }
    Err(furthest.2)
}

impl Denied {
    /// The error reply, without the leading `-`. `command` is the full name of the command.
    #[must_use]
    pub fn reply(&self, command: &str, context: Context) -> String {
        match (self, context) {
            (Self::Command, Context::TopLevel | Context::Multi) => {
                format!("NOPERM this user has no permissions to run the '{command}' command")
            }
            (Self::Key(_), Context::TopLevel | Context::Multi) => {
                "NOPERM this user has no permissions to access one of the keys used as arguments".into()
            }
            (Self::Channel(_), Context::TopLevel | Context::Multi) => {
                "NOPERM this user has no permissions to access one of the channels used as arguments".into()
            }
            (Self::Command, Context::Script) => {
                "ERR The user executing the script can't run this command or subcommand".into()
            }
            (Self::Key(_), Context::Script) => {
                "ERR The user executing the script can't access at least one of the keys \
                                                mentioned in the command arguments"
                    .into()
            }
            (Self::Channel(_), Context::Script) => {
                "ERR The user executing the script can't publish to the channel mentioned in the command".into()
            }
        }
    }

    /// What `ACL DRYRUN` answers, as a bulk string. `command` is the full name of the command.
    #[must_use]
    pub fn dry_run(&self, command: &str) -> Vec<u8> {
        let (before, object, after): (_, &[u8], _) = match self {
            Self::Command => ("run the", command.as_bytes(), "command"),
            Self::Key(key) => ("access the", key, "key"),
            Self::Channel(channel) => ("access the", channel, "channel"),
        };
        let mut text = format!("This user has no permissions to {before} '").into_bytes();
        text.extend_from_slice(object);
        text.extend_from_slice(format!("' {after}").as_bytes());
        text
    }
}
