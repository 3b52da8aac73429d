//! The way of one command.

use super::blocking::Waiting;
use super::locks::{Contended, Several, Walking};
use super::slowlog::redacted;
use super::transaction::abort_because;
use super::{Call, Engine, Flow, LogError, Outcome, Sample, Settings, Sink};
use crate::command::{Command, Ctx, Failure, Flags, Found, KeySpec, Run, index};
use crate::keyspace::KeyspaceId;
use crate::resp::Encoder;
use crate::session::{Queued, ReplyMode, Session};
use crate::shard::{Effects, Held, Keys};
use crate::slot;
use mainstay_foundation::Timestamp;
use std::cell::RefCell;
use std::sync::atomic::Ordering;

/// Bytes of arguments that a transaction may queue: one request of the largest size, and some more.
const TRANSACTION_BYTES_MAX: usize = 768 << 20;

/// Which shards a command needs.
pub(super) enum Plan {
    One(usize),
    Several(Vec<usize>),
    /// All at once.
    All,
    /// All, one after the other.
    Walk,
}

thread_local! {
    /// Effects are gathered in the same buffers over and over.
    static EFFECTS: RefCell<Effects> = RefCell::default();
}

impl Engine {
    /// Runs one request of a connection and appends the reply to `out`. `args` holds the command's name and its arguments.
    ///
    /// After it, and before any of `out` is sent, the caller waits until the log is synced up to `session.sync_lsn`.
    pub fn execute(&self, session: &mut Session, args: &[&[u8]], out: &mut Encoder) -> Flow {
        let Some(name) = args.first() else { return Flow::Continue };
        if is_http(name) {
            return Flow::Close;
        }
        let reply_at = out.len();
        let found = match self.admit(session, name, args) {
            Ok(found) => found,
            Err((failure, found)) => {
                self.refuse(session, &failure, found, args, out);
                let flow = if Self::is_disowned(session) { Flow::Close } else { Flow::Continue };
                return self.reply_mode(session, out, reply_at, flow);
            }
        };
        if self.has_to_wait(session, found.command) {
            return Flow::Retry;
        }
        if session.transaction.is_some() && !runs_in_multi(found.command) {
            self.queue(session, found, args, out);
            return self.reply_mode(session, out, reply_at, Flow::Continue);
        }
        let flow = match found.command.run {
            Run::Data(_) => self.run_data(session, found, args, out),
            Run::Session(run) => {
                let mut call =
                    Call { engine: self, session, out, found, now: self.clock.now(), held: None, scripts: None };
                match run(&mut call, args) {
                    Ok(flow) => flow,
                    Err(failure) => {
                        out.truncate(reply_at);
                        out.error(failure.text());
                        Flow::Continue
                    }
                }
            }
            Run::Container => unreachable!("admit looks up the subcommand"),
        };
        if matches!(flow, Flow::Retry) {
            out.truncate(reply_at);
            return flow;
        }
        let outcome = match out.bytes().get(reply_at) {
            Some(b'-') => {
                self.errors.count(&out.bytes()[reply_at..]);
                Outcome::ClientError
            }
            _ => Outcome::Ok,
        };
        self.sample(session, found, args, outcome);
        // What confirms a subscription is no reply but the first of its messages, which are always sent.
        let reply_at = if confirms_subscriptions(found.command) { out.len() } else { reply_at };
        self.reply_mode(session, out, reply_at, flow)
    }

    /// Answers a request that does not run. A transaction hears of it: one that cannot be queued as it was meant must not run in part.
    fn refuse(
        &self,
        session: &mut Session,
        failure: &Failure,
        found: Option<Found>,
        args: &[&[u8]],
        out: &mut Encoder,
    ) {
        let reply_at = out.len();
        match (&mut session.transaction, found) {
            (_, Some(found)) if found.command.name == "exec" => {
                out.error(abort_because(failure).text());
                self.end_transaction(session);
            }
            (Some(transaction), _) => {
                out.error(failure.text());
                transaction.aborted = true;
            }
            (None, _) => out.error(failure.text()),
        }
        self.errors.count(&out.bytes()[reply_at..]);
        if let Some(found) = found {
            self.sample(session, found, args, Outcome::Limited);
        }
    }

    fn queue(&self, session: &mut Session, found: Found, args: &[&[u8]], out: &mut Encoder) {
        let max = self.settings.load().transaction_commands_max;
        let Some(transaction) = &mut session.transaction else { return };
        if transaction.queue.len() >= max {
            transaction.aborted = true;
            out.error(format!("ERR a transaction holds at most {max} commands").as_bytes());
            return;
        }
        transaction.bytes += args.iter().map(|arg| arg.len()).sum::<usize>();
        if transaction.bytes > TRANSACTION_BYTES_MAX {
            transaction.aborted = true;
            transaction.queue.clear();
            out.error(format!("ERR a transaction holds at most {TRANSACTION_BYTES_MAX} bytes of arguments").as_bytes());
            return;
        }
        transaction.queue.push(Queued { found, args: args.iter().map(|arg| arg.to_vec()).collect() });
        session.client.queued.store(transaction.queue.len() as i64, Ordering::Relaxed);
        out.simple("QUEUED");
    }

    /// Which shards the command needs.
    pub(super) fn plan(command: &Command, args: &[&[u8]]) -> Plan {
        if command.flags.contains(Flags::ALL_SHARDS) {
            return if command.flags.contains(Flags::WRITE) { Plan::All } else { Plan::Walk };
        }
        if command.flags.contains(Flags::MOVABLEKEYS) && command.derives_keys(args).is_some() {
            return Plan::All;
        }
        if let [KeySpec::Range { first: 1, last: 1, .. }] = command.keys {
            return Plan::One(slot::shard_of_key(args[1]));
        }
        let mut shards = Vec::new();
        command.for_each_key(args, &mut |at, _| shards.push(slot::shard_of_key(args[at])));
        shards.sort_unstable();
        shards.dedup();
        match shards[..] {
            // Nothing is held for a command without keys.
            [] => Plan::Walk,
            [one] => Plan::One(one),
            _ => Plan::Several(shards),
        }
    }

    fn run_data(&self, session: &mut Session, found: Found, args: &[&[u8]], out: &mut Encoder) -> Flow {
        EFFECTS.with_borrow_mut(|effects| {
            let settings = self.settings.load();
            let mut sink = Sink::default();
            effects.reset(settings.notify, self.spaces.load().any_never());
            let done = match Self::plan(found.command, args) {
                Plan::One(shard) => self.run_on_one(shard, session, found, args, out, effects, &settings),
                Plan::Several(shards) => self
                    .lock_many(&shards)
                    .map(|held| self.run_on_several(held, session, found, args, out, effects, &settings)),
                Plan::All => {
                    self.lock_all().map(|held| self.run_on_several(held, session, found, args, out, effects, &settings))
                }
                Plan::Walk => Ok(self.run_walking(session, found, args, out, effects, &settings)),
            };
            let Ok((flow, ready)) = done else { return Flow::Retry };
            sink.events.append(&mut effects.events);
            if !ready.is_empty() {
                self.serve(ready, &mut sink);
            }
            if !sink.events.is_empty() {
                self.publish_events(&sink.events, settings.notify);
            }
            flow
        })
    }

    #[allow(clippy::too_many_arguments, reason = "the hot path hands on what its caller holds")]
    fn run_on_one(
        &self,
        index: usize,
        session: &mut Session,
        found: Found,
        args: &[&[u8]],
        out: &mut Encoder,
        effects: &mut Effects,
        settings: &Settings,
    ) -> Result<(Flow, Ready), Contended> {
        let mut shard = self.lock_one(index)?;
        let now = shard.advance(self.clock.date(session.clock));
        let reply_at = out.len();
        let waiting = Waiting { client: &session.client, protocol: session.protocol, db: session.db };
        let keys =
            Keys::new(Held::One(index, &mut shard), now, session.db, settings, &mut session.rng, effects, self.seed);
        let mut ctx = Ctx::new(keys, out);
        ctx.bus = Some(&self.pubsub);
        ctx.clock = Some(&*self.clock);
        ctx.may_wait = true;
        ctx.run(found.command, args);
        let flow = match ctx.wait.take() {
            Some(wait) => Flow::Wait(self.enqueue(&waiting, found.command, args, wait, &mut ctx.keys)),
            None => Flow::Continue,
        };
        let committed = self.commit(effects, now, std::iter::once(&mut *shard));
        session.sync_lsn = session.sync_lsn.max(shard.sync_lsn);
        let ready = if shard.waiters.has_ready() { shard.waiters.take_ready() } else { Vec::new() };
        drop(shard);
        unlogged(committed, out, reply_at);
        Ok((flow, ready))
    }

    #[allow(clippy::too_many_arguments, reason = "as above")]
    fn run_on_several(
        &self,
        mut held: Several<'_>,
        session: &mut Session,
        found: Found,
        args: &[&[u8]],
        out: &mut Encoder,
        effects: &mut Effects,
        settings: &Settings,
    ) -> (Flow, Ready) {
        let now = self.time_of(&mut held);
        let reply_at = out.len();
        let waiting = Waiting { client: &session.client, protocol: session.protocol, db: session.db };
        let keys = Keys::new(Held::Many(&mut held), now, session.db, settings, &mut session.rng, effects, self.seed);
        let mut ctx = Ctx::new(keys, out);
        ctx.bus = Some(&self.pubsub);
        ctx.clock = Some(&*self.clock);
        ctx.may_wait = true;
        ctx.run(found.command, args);
        let flow = match ctx.wait.take() {
            Some(wait) => Flow::Wait(self.enqueue(&waiting, found.command, args, wait, &mut ctx.keys)),
            None => Flow::Continue,
        };
        let committed = self.commit(effects, now, held.iter_mut());
        let ready = settle(session, held.iter_mut());
        drop(held);
        unlogged(committed, out, reply_at);
        (flow, ready)
    }

    fn run_walking(
        &self,
        session: &mut Session,
        found: Found,
        args: &[&[u8]],
        out: &mut Encoder,
        effects: &mut Effects,
        settings: &Settings,
    ) -> (Flow, Ready) {
        let mut walking = Walking::new(self);
        let keys = Keys::new(
            Held::Many(&mut walking),
            self.clock.now(),
            session.db,
            settings,
            &mut session.rng,
            effects,
            self.seed,
        );
        let mut ctx = Ctx::new(keys, out);
        ctx.bus = Some(&self.pubsub);
        ctx.clock = Some(&*self.clock);
        ctx.run(found.command, args);
        session.sync_lsn = session.sync_lsn.max(walking.sync_lsn());
        (Flow::Continue, Vec::new())
    }

    /// The time of several shards: the latest of theirs, to which all are moved.
    pub(super) fn time_of(&self, held: &mut Several<'_>) -> Timestamp {
        let clock = self.clock.now();
        let now = held.iter_mut().map(|shard| shard.advance(clock)).max().unwrap_or(clock);
        for shard in held.iter_mut() {
            shard.advance(now);
        }
        now
    }

    /// Measures the command that just ended.
    pub(super) fn sample(&self, session: &mut Session, found: Found, args: &[&[u8]], outcome: Outcome) {
        let end = self.clock.instant();
        let nanos = end.since(session.clock).as_nanos();
        session.clock = end;
        let micros = (nanos / 1_000) as u64;
        let keyspace = match found.command.keys {
            [KeySpec::Range { first, .. }, ..] => {
                args.get(*first).map_or(KeyspaceId::DEFAULT, |key| self.spaces.load().of(key))
            }
            _ => KeyspaceId::DEFAULT,
        };
        session.samples.push(Sample {
            number: found.number,
            keyspace,
            outcome,
            micros: u32::try_from(micros).unwrap_or(u32::MAX),
            nanos: u32::try_from(nanos).unwrap_or(u32::MAX),
        });
        let settings = self.settings.load();
        let threshold = settings.slowlog_slower_than_us;
        if threshold >= 0 && micros >= threshold as u64 && !found.command.flags.contains(Flags::SKIP_SLOWLOG) {
            let name = session.client.name.lock().clone();
            let max = settings.slowlog_max_len;
            let args = redacted(index().name(found.number), args);
            self.slowlog.lock().push(self.clock.now(), micros, &args, &session.client.address, &name, max);
        }
    }

    /// Takes the reply back where `CLIENT REPLY` said so.
    fn reply_mode(&self, session: &mut Session, out: &mut Encoder, reply_at: usize, flow: Flow) -> Flow {
        match session.reply_mode {
            ReplyMode::On => {}
            ReplyMode::Off => out.truncate(reply_at),
            ReplyMode::SkipNext => session.reply_mode = ReplyMode::SkipThis,
            ReplyMode::SkipThis => {
                out.truncate(reply_at);
                session.reply_mode = ReplyMode::On;
            }
        }
        flow
    }
}

/// Keys that became ready.
pub(super) type Ready = Vec<(u8, Box<[u8]>)>;

/// Collects what outlives the hold on the shards.
pub(super) fn settle<'s>(session: &mut Session, shards: impl Iterator<Item = &'s mut crate::shard::Shard>) -> Ready {
    let mut ready = Vec::new();
    for shard in shards {
        session.sync_lsn = session.sync_lsn.max(shard.sync_lsn);
        if shard.waiters.has_ready() {
            ready.append(&mut shard.waiters.take_ready());
        }
    }
    ready
}

/// Replaces the reply by an error if the record was not taken. The log was asked before the command ran, so this is the rare case that
/// it failed in between: the outcome is unknown.
pub(super) fn unlogged(committed: Result<u64, LogError>, out: &mut Encoder, reply_at: usize) {
    if let Err(error) = committed {
        out.truncate(reply_at);
        out.error(format!("UNKNOWN may or may not have happened: {error}").as_bytes());
    }
}

fn runs_in_multi(command: &Command) -> bool {
    matches!(command.name, "exec" | "discard" | "multi" | "watch" | "quit" | "reset")
}

fn confirms_subscriptions(command: &Command) -> bool {
    matches!(command.name, "subscribe" | "unsubscribe" | "psubscribe" | "punsubscribe")
}

/// Whether the word begins what a browser sends: a page must not be able to make one talk to the node in the name of who reads it.
fn is_http(name: &[u8]) -> bool {
    matches!(name.first(), Some(b'P' | b'p' | b'H' | b'h'))
        && (name.eq_ignore_ascii_case(b"post") || name.eq_ignore_ascii_case(b"host:"))
}
