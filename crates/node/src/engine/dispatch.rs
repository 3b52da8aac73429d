//! The way of one command.

use super::blocking::Waiting;
use super::locks::{Contended, Several, Walking};
use super::pause::may_write;
use super::slowlog::redacted;
use super::transaction::abort_because;
use super::{Call, Engine, Flow, LogError, Outcome, Sample, Settings, Sink};
use crate::acl::Context;
use crate::command::{Command, Ctx, Failure, Flags, Found, Group, KeySpec, Run, absent, index, unknown_subcommand};
use crate::keyspace::{Durability, Keyspace, KeyspaceId, Usage};
use crate::resp::{Encoder, Protocol};
use crate::session::{Queued, ReplyMode, Session};
use crate::shard::{Effects, Held, Keys};
use crate::slot;
use crate::text::up_to_nul;
use mainstay_foundation::Timestamp;
use std::cell::RefCell;
use std::sync::atomic::Ordering;

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

    /// Whether the command has to be tried again later: commands are paused, or a script runs and the command walks over all shards, waiting
    /// for each, which must not block its thread for as long as a script may take.
    fn has_to_wait(&self, session: &Session, command: &Command) -> bool {
        if self.pause.is_set() {
            let queued = || {
                session.transaction.iter().flat_map(|open| &open.queue).any(|queued| may_write(queued.found.command))
            };
            if self.pause.puts_off(self.clock.instant(), command, queued) {
                return true;
            }
        }
        let walks = matches!(command.run, Run::Session(_)) || command.flags.contains(Flags::ALL_SHARDS);
        walks
            && matches!(command.group, Group::Server | Group::Keyspace | Group::Generic)
            && !command.flags.contains(Flags::ALLOW_BUSY)
            && self.scripts_running()
    }

    /// Finds the row and checks everything that can be checked before shards are taken.
    fn admit(&self, session: &mut Session, name: &[u8], args: &[&[u8]]) -> Result<Found, (Failure, Option<Found>)> {
        let index = index();
        let mut found = index.find(name).ok_or_else(|| (unknown_command(args), None))?;
        if !found.command.subcommands.is_empty()
            && let Some(sub) = args.get(1)
        {
            found = match index.find_sub(found.number, sub) {
                Some(sub) => sub,
                None if matches!(found.command.run, Run::Container) => {
                    return Err((unknown_subcommand(found.command, sub), Some(found)));
                }
                None => found,
            };
        }
        session.client.last_command.store(found.number, Ordering::Relaxed);
        let command = found.command;
        if !command.accepts(args.len()) || matches!(command.run, Run::Container) {
            let text = format!("ERR wrong number of arguments for '{}' command", index.name(found.number));
            return Err((Failure::made(text), Some(found)));
        }
        self.check_user(session, found, args).map_err(|failure| (failure, Some(found)))?;
        self.check_state(session, found).map_err(|failure| (failure, Some(found)))?;
        if command.flags.contains(Flags::WRITE) {
            self.check_write(command, args).map_err(|failure| (failure, Some(found)))?;
        }
        Ok(found)
    }

    /// Whether the user may run the command on these keys.
    pub(super) fn check_user(&self, session: &mut Session, found: Found, args: &[&[u8]]) -> Result<(), Failure> {
        let version = self.acl_version.load(Ordering::Acquire);
        if session.acl_version != version {
            self.look_up_user(session, version);
        }
        let Some(user) = &session.user else {
            return if found.command.flags.contains(Flags::NO_AUTH) {
                Ok(())
            } else {
                Err(Failure::Fixed("NOAUTH Authentication required."))
            };
        };
        if user.is_unrestricted() || found.command.flags.contains(Flags::NO_AUTH) {
            return Ok(());
        }
        let context = if session.transaction.is_some() { Context::Multi } else { Context::TopLevel };
        self.check_restricted(session, found, args, context)
    }

    fn check_state(&self, session: &Session, found: Found) -> Result<(), Failure> {
        let command = found.command;
        if session.subscriptions() > 0 && session.protocol == Protocol::Resp2 && !runs_while_subscribed(command) {
            return Err(Failure::made(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
                index().name(found.number)
            )));
        }
        if session.transaction.is_some() && command.flags.contains(Flags::NO_MULTI) {
            return Err(Failure::Fixed("ERR Command not allowed inside a transaction"));
        }
        if self.scripts_running() && self.script_is_late() && !command.flags.contains(Flags::ALLOW_BUSY) {
            return Err(Failure::Fixed(
                "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            ));
        }
        Ok(())
    }

    /// Whether the log and the keyspaces' limits allow a write.
    pub(super) fn check_write(&self, command: &Command, args: &[&[u8]]) -> Result<(), Failure> {
        if let Some(bytes) = self.log_bytes(command, args) {
            self.log.admit(bytes).map_err(|error| Failure::made(error.to_string()))?;
        }
        self.check_limits(command, args)
    }

    /// About how many bytes a write adds to the log; `None` if its keys are in keyspaces that are not logged.
    pub(super) fn log_bytes(&self, command: &Command, args: &[&[u8]]) -> Option<usize> {
        let spaces = self.spaces.load();
        if spaces.any_never() {
            let (mut keys, mut logged) = (0, 0);
            command.for_each_key(args, &mut |at, _| {
                keys += 1;
                logged += usize::from(spaces.get(spaces.of(args[at])).durability != Durability::Never);
            });
            if keys > 0 && logged == 0 {
                return None;
            }
        }
        Some(64 + args.iter().map(|arg| arg.len() + 10).sum::<usize>())
    }

    /// Whether a keyspace of one of these keys is at its limit of memory; without keys, whether the keyspace `default` is.
    pub(super) fn is_over_memory(&self, keys: &[&[u8]]) -> bool {
        let spaces = self.spaces.load();
        let is_over = |id| spaces.get(id).memory_bytes_max.is_some_and(|max| spaces.usage(id).bytes() >= max);
        spaces.any_limits()
            && if keys.is_empty() {
                is_over(KeyspaceId::DEFAULT)
            } else {
                keys.iter().any(|key| is_over(spaces.of(key)))
            }
    }

    /// Whether the keyspaces' limits allow a write.
    pub(super) fn check_limits(&self, command: &Command, args: &[&[u8]]) -> Result<(), Failure> {
        let spaces = self.spaces.load();
        let counted = spaces.any_limits() && command.flags.contains(Flags::DENYOOM);
        each_written(command, args, &mut |key| {
            let id = spaces.of(key);
            let space = spaces.get(id);
            check_sizes(space, key, args)?;
            if counted { check_usage(space, spaces.usage(id)) } else { Ok(()) }
        })
    }

    /// Whether keys and arguments of a write are no longer than their keyspaces allow.
    pub(super) fn check_lengths(&self, command: &Command, args: &[&[u8]]) -> Result<(), Failure> {
        let spaces = self.spaces.load();
        each_written(command, args, &mut |key| check_sizes(spaces.get(spaces.of(key)), key, args))
    }

    fn queue(&self, session: &mut Session, found: Found, args: &[&[u8]], out: &mut Encoder) {
        let max = self.settings.load().transaction_commands_max;
        let Some(transaction) = &mut session.transaction else { return };
        if transaction.queue.len() >= max {
            transaction.aborted = true;
            out.error(format!("ERR a transaction holds at most {max} commands").as_bytes());
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

/// Calls `check` with each key that the command may change, until one is refused.
fn each_written(
    command: &Command,
    args: &[&[u8]],
    check: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut checked = Ok(());
    command.for_each_key(args, &mut |at, access| {
        if checked.is_ok() && access.writes() {
            checked = check(args[at]);
        }
    });
    checked
}

fn check_sizes(space: &Keyspace, key: &[u8], args: &[&[u8]]) -> Result<(), Failure> {
    let refused = |what: &str, bytes: usize, max: usize| {
        let name = &space.name;
        Err(Failure::made(format!("ERR {what} of {bytes} bytes exceeds the limit of {max} bytes of keyspace '{name}'")))
    };
    if key.len() > space.key_bytes_max {
        return refused("key", key.len(), space.key_bytes_max);
    }
    match args.iter().find(|arg| arg.len() > space.value_bytes_max) {
        Some(arg) => refused("value", arg.len(), space.value_bytes_max),
        None => Ok(()),
    }
}

fn check_usage(space: &Keyspace, usage: &Usage) -> Result<(), Failure> {
    if space.memory_bytes_max.is_some_and(|max| usage.bytes() >= max) {
        return Err(Failure::Fixed("OOM command not allowed when used memory > 'maxmemory'."));
    }
    if space.keys_max.is_some_and(|max| usage.keys() >= max) {
        let (name, keys) = (&space.name, usage.keys());
        return Err(Failure::made(format!("QUOTA keyspace '{name}' is at its limit of {keys} keys")));
    }
    Ok(())
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

fn runs_while_subscribed(command: &Command) -> bool {
    matches!(command.name, "subscribe" | "unsubscribe" | "psubscribe" | "punsubscribe" | "ping" | "quit" | "reset")
}

fn unknown_command(args: &[&[u8]]) -> Failure {
    const SHOWN_BYTES_MAX: usize = 128;
    if let Some(reason) = absent::reason(args[0]) {
        let name = String::from_utf8_lossy(args[0]).to_uppercase();
        return Failure::made(format!("ERR '{name}' is not supported by this version of Mainstay: {reason}"));
    }
    let mut text = b"ERR unknown command '".to_vec();
    let name = up_to_nul(args[0]);
    text.extend(&name[..name.len().min(SHOWN_BYTES_MAX)]);
    text.extend(b"', with args beginning with: ");
    let begin = text.len();
    for arg in &args[1..] {
        if text.len() - begin >= SHOWN_BYTES_MAX {
            break;
        }
        text.push(b'\'');
        let room = SHOWN_BYTES_MAX - (text.len() - 1 - begin);
        let shown = up_to_nul(arg);
        text.extend(&shown[..shown.len().min(room)]);
        text.extend(b"' ");
    }
    Failure::Made(text)
}
