//! Clients that wait for a key.
//!
//! A blocking command that finds nothing queues its client at each of its keys, while it still holds them. Whoever changes such
//! a key then runs the waiting commands in order of arrival, after it let its shards go and before it answers its own client:
//! so a pushed element goes to the client that waited longest, and to nobody who came later than the push was answered.

use super::{ClientInfo, Engine, Lsn, Sink};
use crate::command::{Command, Ctx, Wait};
use crate::resp::{Encoder, Protocol};
use crate::shard::{Effects, Held, Keys};
use crate::slot;
use parking_lot::Mutex;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How a wait ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this reply, to be sent once the log is synced up to the position.
    Served(Vec<u8>, Lsn),
    /// Its time is over, or `CLIENT UNBLOCK` asked for it: the command's own empty answer.
    TimedOut(Vec<u8>),
    /// `CLIENT UNBLOCK … ERROR`.
    Unblocked,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Waiting,
    Over(Outcome),
    Taken,
}

/// A blocked client.
#[derive(Debug)]
pub struct Waiter {
    /// The client.
    pub client: u64,
    /// When it gives up, in milliseconds from the start of the wait; `None`: never.
    pub timeout_ms: Option<u64>,
    command: &'static Command,
    db: u8,
    args: Vec<Vec<u8>>,
    keys: Vec<Box<[u8]>>,
    shards: Vec<usize>,
    protocol: Protocol,
    empty: Vec<u8>,
    state: Mutex<(State, Option<Waker>)>,
}

impl Waiter {
    /// Waits for the end; call again when woken.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut guard = self.state.lock();
        match std::mem::take(&mut guard.0) {
            State::Waiting => {
                guard.1 = Some(cx.waker().clone());
                Poll::Pending
            }
            State::Over(outcome) => {
                guard.0 = State::Taken;
                Poll::Ready(outcome)
            }
            State::Taken => panic!("WAIT-1: a wait ends once"),
        }
    }

    fn end(&self, outcome: Outcome) -> bool {
        let mut guard = self.state.lock();
        if !matches!(guard.0, State::Waiting) {
            return false;
        }
        guard.0 = State::Over(outcome);
        if let Some(waker) = guard.1.take() {
            waker.wake();
        }
        true
    }

    /// Whether the wait goes on.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.state.lock().0, State::Waiting)
    }

    /// Ends the wait with the command's empty answer.
    pub fn time_out(&self) -> bool {
        self.end(Outcome::TimedOut(self.empty.clone()))
    }

    /// Ends the wait with an error.
    pub fn unblock(&self) -> bool {
        self.end(Outcome::Unblocked)
    }
}

/// Who waits.
pub(super) struct Waiting<'a> {
    pub(super) client: &'a ClientInfo,
    pub(super) protocol: Protocol,
    pub(super) db: u8,
}

impl Engine {
    /// Queues a client whose command found nothing, at its keys, which are held.
    pub(super) fn enqueue(
        &self,
        waiting: &Waiting<'_>,
        command: &'static Command,
        args: &[&[u8]],
        wait: Wait,
        keys: &mut Keys<'_>,
    ) -> Arc<Waiter> {
        let args: Vec<Vec<u8>> = wait.args.unwrap_or_else(|| args.iter().map(|arg| arg.to_vec()).collect());
        let mut shards: Vec<usize> = wait.keys.iter().map(|key| slot::shard_of_key(key)).collect();
        // Serving needs every key of the command, as that of a destination.
        let slices: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        command.for_each_key(&slices, &mut |at, _| shards.push(slot::shard_of_key(slices[at])));
        shards.sort_unstable();
        shards.dedup();
        let mut empty = Encoder::new(Vec::new(), waiting.protocol);
        wait.empty.write(&mut empty);
        let waiter = Arc::new(Waiter {
            client: waiting.client.id,
            timeout_ms: wait.timeout_ms,
            command,
            db: waiting.db,
            args,
            keys: wait.keys,
            shards,
            protocol: waiting.protocol,
            empty: empty.into_bytes(),
            state: Mutex::default(),
        });
        for key in &waiter.keys {
            keys.shard(slot::shard_of_key(key)).waiters.add(waiting.db, key, &waiter);
        }
        waiting.client.block(&waiter);
        waiter
    }

    /// Takes a waiter whose wait is over out of all queues. Call once after [`Waiter::poll`] was ready, or when its client left.
    pub fn forget_waiter(&self, waiter: &Arc<Waiter>) {
        waiter.unblock();
        for key in &waiter.keys {
            self.lock_waiting(slot::shard_of_key(key)).waiters.remove(key, waiter);
        }
    }

    /// Serves whoever waits for keys that just changed. No shard is held. Serving may make other keys ready (a list moved).
    pub(super) fn serve(&self, mut ready: Vec<(u8, Box<[u8]>)>, sink: &mut Sink) {
        while let Some((db, key)) = (!ready.is_empty()).then(|| ready.remove(0)) {
            let waiting = self.lock_waiting(slot::shard_of_key(&key)).waiters.of(db, &key);
            for waiter in waiting {
                self.serve_one(&waiter, &key, &mut ready, sink);
            }
        }
    }

    fn serve_one(&self, waiter: &Arc<Waiter>, key: &[u8], ready: &mut Vec<(u8, Box<[u8]>)>, sink: &mut Sink) {
        let mut several = self.lock_many_waiting(&waiter.shards);
        if !waiter.is_waiting() {
            return;
        }
        let settings = self.settings();
        let now = several.iter_mut().map(|shard| shard.advance(self.clock.now())).max().unwrap_or_default();
        let mut effects = Effects::default();
        effects.reset(settings.notify, self.spaces().any_never());
        let mut rng = self.dice();
        let mut reply = Encoder::new(Vec::new(), waiter.protocol);
        let args: Vec<&[u8]> = waiter.args.iter().map(Vec::as_slice).collect();
        let keys = Keys::new(Held::Many(&mut several), now, waiter.db, &settings, &mut rng, &mut effects, self.seed);
        let mut ctx = Ctx::new(keys, &mut reply);
        ctx.may_wait = true;
        ctx.woken_by = Some(key);
        ctx.run(waiter.command, &args);
        if ctx.wait.take().is_some() {
            return;
        }
        drop(ctx);
        let lsn = self.commit(&mut effects, now, several.iter_mut());
        for shard in several.iter_mut() {
            ready.append(&mut shard.waiters.take_ready());
        }
        let mut sync = several.iter_mut().map(|shard| shard.sync_lsn).max().unwrap_or(0);
        match lsn {
            Ok(lsn) => sync = sync.max(lsn),
            Err(error) => {
                reply.clear();
                reply.error(error.to_string().as_bytes());
            }
        }
        if reply.bytes().first() == Some(&b'-') {
            self.errors.count(reply.bytes());
        }
        // The wait is ended with the shards held: nobody else can serve it in between.
        waiter.end(Outcome::Served(reply.into_bytes(), sync));
        for key in &waiter.keys {
            if waiter.shards.binary_search(&slot::shard_of_key(key)).is_ok() {
                crate::shard::HeldShards::shard(&mut several, slot::shard_of_key(key)).waiters.remove(key, waiter);
            }
        }
        drop(several);
        sink.events.append(&mut effects.events);
    }
}
