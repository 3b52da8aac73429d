//! `MULTI`, `EXEC`, `WATCH`.
//!
//! `EXEC` takes the shards of all queued commands at once, checks the watched keys under them, runs the commands at one time and logs
//! them as one record: others see all or nothing, and so does a restart.

use super::dispatch::{Plan, Ready, settle, unlogged};
use super::locks::{Contended, Several};
use super::scripting::is_eval;
use super::{Call, Engine, Flow, Request, Sink};
use crate::command::{Ctx, Failure, Flags, Group, Run};
use crate::resp::Encoder;
use crate::session::{Queued, Session, Transaction, WatchedKey};
use crate::shard::{Effects, Held, HeldShards, Keys, WatchFlag};
use crate::slot::{self, SHARD_COUNT};
use mainstay_foundation::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Engine {
    /// `MULTI`.
    pub(crate) fn multi(&self, session: &mut Session, out: &mut Encoder) -> Result<(), Failure> {
        if session.transaction.is_some() {
            return Err(Failure::Fixed("ERR MULTI calls can not be nested"));
        }
        session.transaction = Some(Transaction::default());
        session.client.queued.store(0, Ordering::Relaxed);
        out.ok();
        Ok(())
    }

    /// `DISCARD`.
    pub(crate) fn discard(&self, session: &mut Session, out: &mut Encoder) -> Result<(), Failure> {
        if session.transaction.is_none() {
            return Err(Failure::Fixed("ERR DISCARD without MULTI"));
        }
        self.end_transaction(session);
        out.ok();
        Ok(())
    }

    /// Forgets an open transaction and all watches.
    pub fn end_transaction(&self, session: &mut Session) -> Option<Transaction> {
        self.unwatch(session);
        session.client.queued.store(-1, Ordering::Relaxed);
        session.transaction.take()
    }

    /// `WATCH`. After [`Flow::Retry`] some of the keys are watched already, which the next try passes over.
    pub(crate) fn watch(&self, session: &mut Session, keys: &[&[u8]]) -> Flow {
        for key in keys {
            if session.watched.iter().any(|watched| watched.db == session.db && *watched.key == **key) {
                continue;
            }
            let Ok(mut shard) = self.lock_one(slot::shard_of_key(key)) else { return Flow::Retry };
            let now = shard.advance(self.clock.now());
            let existed = exists(&mut shard, session.db, key, now);
            shard.watched.add(session.db, key, &session.watch_flag);
            drop(shard);
            session.watched.push(WatchedKey { db: session.db, key: (*key).into(), existed });
        }
        session.client.watching.store(session.watched.len(), Ordering::Relaxed);
        Flow::Continue
    }

    /// `UNWATCH`. Where a running script holds the shard, the flag is only let go, and the shard forgets it when the key is next watched.
    pub fn unwatch(&self, session: &mut Session) {
        for watched in std::mem::take(&mut session.watched) {
            if let Ok(mut shard) = self.lock_one(slot::shard_of_key(&watched.key)) {
                shard.watched.remove(watched.db, &watched.key, &session.watch_flag);
            }
        }
        session.watch_flag = Arc::new(WatchFlag::default());
        session.client.watching.store(0, Ordering::Relaxed);
    }

    /// `EXEC`.
    pub(crate) fn exec(&self, session: &mut Session, out: &mut Encoder) -> Result<Flow, Failure> {
        let Some(transaction) = session.transaction.take() else {
            return Err(Failure::Fixed("ERR EXEC without MULTI"));
        };
        if transaction.aborted {
            self.end_transaction(session);
            return Err(Failure::Fixed("EXECABORT Transaction discarded because of previous errors."));
        }
        if let Err(failure) = self.check_queue(&transaction) {
            self.end_transaction(session);
            return Err(abort_because(&failure));
        }
        match self.exec_queue(session, &transaction, out) {
            Ok(flow) => {
                self.end_transaction(session);
                Ok(flow)
            }
            Err(Contended) => {
                session.transaction = Some(transaction);
                Ok(Flow::Retry)
            }
        }
    }

    /// Whether the log and the keyspaces' limits allow the writes of a transaction now, as they did when these were queued. Once it has
    /// begun, no limit stops it halfway.
    fn check_queue(&self, transaction: &Transaction) -> Result<(), Failure> {
        let mut bytes = 0;
        for queued in transaction.queue.iter().filter(|queued| queued.found.command.flags.contains(Flags::WRITE)) {
            let args: Vec<&[u8]> = queued.args.iter().map(Vec::as_slice).collect();
            bytes += self.log_bytes(queued.found.command, &args).unwrap_or(0);
            self.check_limits(queued.found.command, &args)?;
        }
        if bytes > 0 {
            self.log.admit(bytes).map_err(|error| Failure::made(error.to_string()))?;
        }
        Ok(())
    }

    fn exec_queue(
        &self,
        session: &mut Session,
        transaction: &Transaction,
        out: &mut Encoder,
    ) -> Result<Flow, Contended> {
        let scripted = transaction.queue.iter().any(|queued| is_eval(queued.found.command));
        let mut scripts = if scripted { Some(self.scripts.try_lock().ok_or(Contended)?) } else { None };
        let mut held = self.lock_for(transaction, session)?;
        let now = self.time_of(&mut held);
        let dirty = session.watch_flag.is_set()
            || session.watched.iter().any(|watched| {
                let shard = held.shard(slot::shard_of_key(&watched.key));
                watched.existed && !exists(shard, watched.db, &watched.key, now)
            });
        if dirty {
            // It tells that a key changed: that must not be lost either (ENGINE-2).
            for shard in held.iter_mut() {
                session.sync_lsn = session.sync_lsn.max(shard.sync_lsn);
            }
            out.null_array();
            return Ok(Flow::Continue);
        }
        let (settings, mut effects, mut rng) = (self.settings(), Effects::default(), self.dice());
        effects.reset(settings.notify, self.spaces().any_never());
        let reply_at = out.len();
        out.array(transaction.queue.len());
        let mut flow = Flow::Continue;
        for queued in &transaction.queue {
            let args: Vec<&[u8]> = queued.args.iter().map(Vec::as_slice).collect();
            let mut keys =
                Keys::new(Held::Many(&mut held), now, session.db, &settings, &mut rng, &mut effects, self.seed);
            keys.db = session.db;
            if let Some(asked) = self.exec_one(session, queued, &args, keys, scripts.as_deref_mut(), out) {
                flow = Flow::Ask(asked);
            }
        }
        let committed = self.commit(&mut effects, now, held.iter_mut());
        let ready = settle(session, held.iter_mut());
        drop(held);
        drop(scripts);
        unlogged(committed, out, reply_at);
        self.after(ready, &mut effects);
        Ok(flow)
    }

    fn exec_one<'a>(
        &'a self,
        session: &mut Session,
        queued: &Queued,
        args: &[&[u8]],
        keys: Keys<'a>,
        scripts: Option<&mut crate::script::Scripts>,
        out: &'a mut Encoder,
    ) -> Option<Request> {
        let command = queued.found.command;
        // Rights may have changed since it was queued.
        if let Err(failure) = self.check_user(session, queued.found, args) {
            out.error(failure.text());
            return None;
        }
        let mut ctx = Ctx::new(keys, out);
        ctx.bus = Some(&self.pubsub);
        ctx.clock = Some(&*self.clock);
        match command.run {
            Run::Data(_) => {
                ctx.run(command, args);
                None
            }
            Run::Session(_) if is_eval(command) => {
                if let Some(scripts) = scripts {
                    self.eval_within(session, scripts, command, args, &mut ctx);
                }
                None
            }
            Run::Session(_) => self.run_session_within(session, queued.found, args, &mut ctx, scripts),
            Run::Container => None,
        }
    }

    /// Runs a session command while shards are held for a transaction or script.
    pub(super) fn run_session_within(
        &self,
        session: &mut Session,
        found: crate::command::Found,
        args: &[&[u8]],
        ctx: &mut Ctx<'_>,
        scripts: Option<&mut crate::script::Scripts>,
    ) -> Option<Request> {
        let Run::Session(run) = found.command.run else { return None };
        let (reply_at, now) = (ctx.out.len(), ctx.keys.now);
        let mut call =
            Call { engine: self, session, out: &mut *ctx.out, found, now, held: Some(&mut ctx.keys), scripts };
        match run(&mut call, args) {
            Ok(Flow::Ask(request)) => Some(request),
            Ok(Flow::Retry) => {
                // The transaction cannot be taken back; and each of its commands has a reply.
                ctx.out.truncate(reply_at);
                ctx.out.error(b"BUSY scripts are in use, try again");
                None
            }
            Ok(_) => None,
            Err(failure) => {
                ctx.out.truncate(reply_at);
                ctx.out.error(failure.text());
                None
            }
        }
    }

    fn lock_for(&self, transaction: &Transaction, session: &Session) -> Result<Several<'_>, Contended> {
        let mut shards: Vec<usize> = session.watched.iter().map(|watched| slot::shard_of_key(&watched.key)).collect();
        for queued in &transaction.queue {
            let args: Vec<&[u8]> = queued.args.iter().map(Vec::as_slice).collect();
            let command = queued.found.command;
            if command.group == Group::Scripting || matches!(command.group, Group::Server | Group::Keyspace) {
                // A script may reach for any key; servers' commands may look at all.
                return self.lock_all();
            }
            match Self::plan(command, &args) {
                Plan::One(shard) => shards.push(shard),
                Plan::Several(several) => shards.extend(several),
                Plan::Walk if !command.flags.contains(Flags::ALL_SHARDS) => {}
                Plan::All | Plan::Walk => return self.lock_all(),
            }
        }
        shards.sort_unstable();
        shards.dedup();
        if shards.len() == SHARD_COUNT { self.lock_all() } else { self.lock_many(&shards) }
    }

    /// What is to be done once no shard is held: blocked clients are served, events are published.
    pub(super) fn after(&self, ready: Ready, effects: &mut Effects) {
        let mut sink = Sink::default();
        sink.events.append(&mut effects.events);
        if !ready.is_empty() {
            self.serve(ready, &mut sink);
        }
        if !sink.events.is_empty() {
            self.publish_events(&sink.events, self.settings.load().notify);
        }
    }
}

fn exists(shard: &mut crate::shard::Shard, db: u8, key: &[u8], now: Timestamp) -> bool {
    shard
        .db(db)
        .and_then(|db| db.item(key))
        .is_some_and(|item| item.expire_at().is_none_or(|due| due > now.as_millis()))
}

/// `EXEC` is refused, and the transaction with it.
pub(super) fn abort_because(failure: &Failure) -> Failure {
    let why = failure.text();
    let why = why.strip_prefix(b"ERR ").unwrap_or(why);
    Failure::Made([b"EXECABORT Transaction discarded because of: ", why].concat())
}
