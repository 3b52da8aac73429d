//! What the node knows of one connection.

use crate::acl::User;
use crate::command::Found;
use crate::engine::{ClientInfo, Sample};
use crate::resp::Protocol;
use crate::shard::WatchFlag;
use mainstay_foundation::{Instant, Rng};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A command waiting for `EXEC`.
#[derive(Debug)]
pub struct Queued {
    /// Its row.
    pub found: Found,
    /// Its arguments, the name included.
    pub args: Vec<Vec<u8>>,
}

/// An open `MULTI`.
#[derive(Debug, Default)]
pub struct Transaction {
    /// What `EXEC` will run.
    pub queue: Vec<Queued>,
    /// Whether a command was refused when it was queued: `EXEC` will abort.
    pub aborted: bool,
    /// Bytes of all queued arguments.
    pub bytes: usize,
}

/// A watched key, and whether it existed then: one that expired later counts as changed, one that was absent does not.
#[derive(Debug)]
pub struct WatchedKey {
    /// The database.
    pub db: u8,
    /// The key.
    pub key: Box<[u8]>,
    /// Whether it existed when the watch began.
    pub existed: bool,
}

/// The state of one connection, owned by its task.
#[derive(Debug)]
pub struct Session {
    /// What others may see of it.
    pub client: Arc<ClientInfo>,
    /// The protocol that it speaks.
    pub protocol: Protocol,
    /// The selected database.
    pub db: u8,
    /// Who it is; `None` until it authenticates, where that is demanded.
    pub user: Option<Arc<User>>,
    /// The version of the ACL that `user` was read from.
    pub acl_version: u64,
    /// An open `MULTI`.
    pub transaction: Option<Transaction>,
    /// Watched keys.
    pub watched: Vec<WatchedKey>,
    /// Set when a watched key changes.
    pub watch_flag: Arc<WatchFlag>,
    /// Subscribed channels.
    pub channels: HashSet<Vec<u8>>,
    /// Subscribed patterns.
    pub patterns: HashSet<Vec<u8>>,
    /// Replies must not leave before the log is synced up to here.
    pub sync_lsn: u64,
    /// `CLIENT REPLY`.
    pub reply_mode: ReplyMode,
    /// When the running batch's previous command ended: the next one's begin.
    pub clock: Instant,
    /// Measurements since the last flush.
    pub samples: Vec<Sample>,
    /// Dice for its commands.
    pub rng: Rng,
}

/// What `CLIENT REPLY` asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyMode {
    /// Replies are sent.
    #[default]
    On,
    /// None is sent.
    Off,
    /// The next command's is not sent.
    SkipNext,
    /// The running command's is not sent.
    SkipThis,
}

impl Session {
    /// A new connection; `rng` are its dice.
    #[must_use]
    pub fn new(client: Arc<ClientInfo>, rng: Rng) -> Self {
        Self {
            client,
            protocol: Protocol::Resp2,
            db: 0,
            user: None,
            acl_version: u64::MAX,
            transaction: None,
            watched: Vec::new(),
            watch_flag: Arc::default(),
            channels: HashSet::new(),
            patterns: HashSet::new(),
            sync_lsn: 0,
            reply_mode: ReplyMode::On,
            clock: Instant::default(),
            samples: Vec::new(),
            rng,
        }
    }

    /// Selects a database below [`DB_COUNT`](crate::shard::DB_COUNT).
    pub fn select(&mut self, db: u8) {
        self.db = db;
        self.client.db.store(db, Ordering::Relaxed);
    }

    /// Speaks `protocol` from now on; the caller changes its encoder too.
    pub fn speak(&mut self, protocol: Protocol) {
        self.protocol = protocol;
        self.client.protocol.store(if protocol == Protocol::Resp3 { 3 } else { 2 }, Ordering::Relaxed);
        self.client.mailbox.set_protocol(protocol);
    }

    /// Channels and patterns subscribed.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }
}
