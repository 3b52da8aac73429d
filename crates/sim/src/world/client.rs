//! A connection: its session, the replies that wait for a sync, and what it waits for.

use mainstay_foundation::Instant;
use mainstay_node::engine::{ClientInfo, Engine, Waiter};
use mainstay_node::resp::Protocol;
use mainstay_node::session::Session;
use mainstay_storage::Lsn;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A written reply that may not have left yet.
#[derive(Debug)]
pub(super) struct Reply {
    /// What the engine says it waits for.
    pub(super) needs: Lsn,
    /// What the oracle knows that it tells of.
    pub(super) sees: Lsn,
    pub(super) bytes: Vec<u8>,
}

/// A blocked command.
#[derive(Debug)]
pub(super) struct Blocked {
    pub(super) waiter: Arc<Waiter>,
    pub(super) args: Vec<Vec<u8>>,
    pub(super) deadline: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) session: Session,
    pub(super) replies: VecDeque<Reply>,
    pub(super) blocked: Option<Blocked>,
    /// Requests of the open transaction.
    pub(super) queued: Vec<Vec<Vec<u8>>>,
}

impl Client {
    pub(super) fn new(engine: &Engine, number: usize) -> Self {
        let mut session = Session::new(ClientInfo::detached(number as u64 + 1), engine.dice());
        if number % 2 == 1 {
            session.protocol = Protocol::Resp3;
        }
        Self { session, replies: VecDeque::new(), blocked: None, queued: Vec::new() }
    }

    /// The connection waits; it sends nothing until then.
    pub(super) fn block(&mut self, waiter: Arc<Waiter>, args: Vec<Vec<u8>>, now: Instant) {
        let deadline = waiter.timeout_ms.map(|ms| now.plus(Duration::from_millis(ms)));
        self.blocked = Some(Blocked { waiter, args, deadline });
    }
}
