//! Who a session is, and what that user may do.

use super::{ClientInfo, Engine};
use crate::acl::{self, Call, ChannelUse, CommandId, CommandIndex, Context, Origin};
use crate::command::{self, Category, Failure, Found, Index};
use crate::session::Session;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl CommandIndex for Index {
    fn count(&self) -> u16 {
        self.len() as u16
    }

    fn find(&self, name: &[u8]) -> Option<CommandId> {
        Self::find(self, name).map(|found| CommandId(found.number))
    }

    fn find_sub(&self, parent: CommandId, name: &[u8]) -> Option<CommandId> {
        Self::find_sub(self, parent.0, name).map(|found| CommandId(found.number))
    }

    fn name(&self, id: CommandId) -> &str {
        Self::name(self, id.0)
    }

    fn parent(&self, id: CommandId) -> Option<CommandId> {
        self.get(id.0)?.parent.map(CommandId)
    }

    fn categories(&self, id: CommandId) -> Category {
        self.get(id.0).map_or(Category::empty(), |found| found.command.all_categories())
    }
}

/// Why a connection of a deleted user is closed.
const USER_GONE: &str = "its user was deleted";

/// A request as the access rules see it.
struct Request<'a> {
    found: Found,
    args: &'a [&'a [u8]],
}

impl Call for Request<'_> {
    fn command(&self) -> CommandId {
        CommandId(self.found.number)
    }

    fn is_open(&self) -> bool {
        self.found.command.flags.contains(command::Flags::NO_AUTH)
    }

    fn first_argument(&self) -> Option<&[u8]> {
        self.args.get(if self.found.parent.is_some() { 2 } else { 1 }).copied()
    }

    fn keys(&self) -> impl Iterator<Item = (&[u8], acl::Access)> {
        let mut keys = Vec::new();
        self.found.command.for_each_key(self.args, &mut |at, access| {
            let mut uses = acl::Access::empty();
            uses.set(acl::Access::READ, access.reads());
            uses.set(acl::Access::WRITE, access.writes());
            keys.push((self.args[at], uses));
        });
        if let Some(at) = self.found.command.derives_keys(self.args) {
            keys.push((self.args[at], acl::Access::DERIVED));
        }
        keys.into_iter()
    }

    fn channels(&self) -> impl Iterator<Item = (&[u8], ChannelUse)> {
        let (channels, used_as) = match self.found.command.name {
            "publish" => (self.args.get(1..2), ChannelUse::Channel),
            "subscribe" => (self.args.get(1..), ChannelUse::Channel),
            "psubscribe" => (self.args.get(1..), ChannelUse::Pattern),
            _ => (None, ChannelUse::Channel),
        };
        channels.unwrap_or_default().iter().map(move |channel| (*channel, used_as))
    }
}

/// Whether the user may run the command on these keys, without a note in the log.
///
/// # Errors
/// What stands in the way.
pub(crate) fn permit(user: &acl::User, found: Found, args: &[&[u8]]) -> Result<(), acl::Denied> {
    acl::permit(user, &Request { found, args })
}

impl Engine {
    /// Looks the session's user up again after the ACL changed. A session whose user is gone is told to close.
    pub(super) fn look_up_user(&self, session: &mut Session, version: u64) {
        let acl = self.acl.read();
        session.acl_version = version;
        session.user = match session.user.take() {
            Some(user) => {
                let again = acl.user(user.name()).map(Arc::clone);
                if again.is_none() {
                    session.client.mailbox.close(USER_GONE);
                }
                again
            }
            None if session.client.mailbox.is_closing() => None,
            // Who has not logged in is the default user, if that needs no password.
            None => {
                Some(acl.default_user()).filter(|user| user.is_enabled() && user.takes_any_password()).map(Arc::clone)
            }
        };
    }

    /// Whether the session lost its user and has to close.
    pub(super) fn is_disowned(session: &Session) -> bool {
        session.user.is_none() && session.client.mailbox.is_closing()
    }

    /// Begins a session: it is the default user, if that needs no password.
    pub fn greet(&self, session: &mut Session) {
        self.look_up_user(session, self.acl_version.load(Ordering::Acquire));
    }

    /// Ends a session: its subscriptions, watches and its entry in the register go.
    pub fn leave(&self, session: &mut Session) {
        for channel in std::mem::take(&mut session.channels) {
            self.pubsub.unsubscribe(&channel, &session.client.mailbox);
        }
        for pattern in std::mem::take(&mut session.patterns) {
            self.pubsub.punsubscribe(&pattern, &session.client.mailbox);
        }
        self.end_transaction(session);
        self.flush_samples(session);
        self.clients.remove(session.client.id);
    }

    /// Tells all sessions to look their users up again. Those whose user is gone, and those that listen to what their user may no longer hear,
    /// are told to close: they may never send another command. The ACL must not be locked by the caller. O(connections).
    pub fn acl_changed(&self) {
        self.acl_version.fetch_add(1, Ordering::Release);
        let acl = self.acl.read();
        for client in self.clients.list() {
            let Some(user) = acl.user(&client.user.lock()).map(Arc::clone) else {
                client.mailbox.close(USER_GONE);
                continue;
            };
            if client.is_subscriber() && !self.may_listen(&user, &client) {
                client.mailbox.close("its user may no longer hear a channel that it listens to");
            }
        }
    }

    fn may_listen(&self, user: &acl::User, client: &ClientInfo) -> bool {
        let (channels, patterns) = self.pubsub.of(&client.mailbox);
        channels.iter().all(|channel| user.may_use_channel(channel, ChannelUse::Channel))
            && patterns.iter().all(|pattern| user.may_use_channel(pattern, ChannelUse::Pattern))
    }

    /// Makes the session one that has not logged in.
    pub(crate) fn log_out(&self, session: &mut Session) {
        session.user = None;
        *session.client.user.lock() = acl::DEFAULT_USER.to_vec();
        self.greet(session);
    }

    fn describe(&self, client: &ClientInfo) -> Vec<u8> {
        let mut line = Vec::new();
        client.describe(self.clock.now(), self.clock.instant(), &mut line);
        line
    }

    /// Makes the session that user. `command` is the name with which the client asked for it, for the log.
    ///
    /// # Errors
    /// `WRONGPASS` if name and password do not fit.
    pub fn log_in(&self, session: &mut Session, command: &[u8], name: &[u8], password: &[u8]) -> Result<(), Failure> {
        let acl = self.acl.read();
        match acl.authenticate(name, password) {
            Ok(user) => {
                session.user = Some(Arc::clone(user));
                session.acl_version = self.acl_version.load(Ordering::Acquire);
                *session.client.user.lock() = name.to_vec();
                Ok(())
            }
            Err(_) => {
                let context = if session.transaction.is_some() { Context::Multi } else { Context::TopLevel };
                let client = self.describe(&session.client);
                let origin = Origin { context, username: name, client: &client };
                self.acl_log.lock().record_login(self.clock.now(), command, origin);
                Err(Failure::Fixed("WRONGPASS invalid username-password pair or user is disabled."))
            }
        }
    }

    pub(super) fn check_restricted(
        &self,
        session: &Session,
        found: Found,
        args: &[&[u8]],
        context: Context,
    ) -> Result<(), Failure> {
        let Some(user) = &session.user else { return Ok(()) };
        let Err(denied) = acl::permit(user, &Request { found, args }) else { return Ok(()) };
        let name = command::index().name(found.number);
        let client = self.describe(&session.client);
        let origin = Origin { context, username: user.name(), client: &client };
        self.acl_log.lock().record_denied(self.clock.now(), &denied, name, origin);
        Err(Failure::made(denied.reply(name, context)))
    }
}
