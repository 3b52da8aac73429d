//! Running scripts over shards.
//!
//! One script runs at a time. It begins with the shards of its declared keys and takes others when it reaches for their keys. What
//! it wrote is logged as one record of its commands, at the time at which it began: replay needs neither Lua nor the script.
//!
//! While it runs, others who need one of its shards try again a moment later. Past the time limit they are answered `-BUSY`, and
//! `SCRIPT KILL` ends a script that has not written.

use super::dispatch::unlogged;
use super::locks::Reaching;
use super::{Call, Engine, Flow};
use crate::acl::Context;
use crate::command::{Command, Ctx, Failure, Flags, Run, index};
use crate::resp::Protocol;
use crate::script::{self, Host, LogLevel, Origin, Scripts, Sha, Verdict, Watch};
use crate::session::Session;
use crate::shard::{Effects, Held, Keys};
use crate::slot;
use mainstay_foundation::Instant;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A script that runs longer gives its thread's other work away; and again each time that it has run twice as long, because nobody may
/// have been free to take the work, which then stays with the thread.
const LONG: Duration = Duration::from_millis(5);

/// What others may know of the running script.
#[derive(Debug, Default)]
pub(super) struct ScriptRun {
    /// When it began, in nanoseconds of the monotonic clock plus one; 0: none runs.
    since: AtomicU64,
    kill: AtomicBool,
    wrote: AtomicBool,
    /// The node stops: no script goes on.
    stop: AtomicBool,
    /// A script that had written was ended by that: memory has half of it, and the log nothing.
    cut_short: AtomicBool,
}

impl ScriptRun {
    fn begin(&self, now: Instant) {
        self.kill.store(false, Ordering::Relaxed);
        self.wrote.store(false, Ordering::Relaxed);
        self.since.store(now.as_nanos() + 1, Ordering::Release);
    }

    fn end(&self) {
        self.since.store(0, Ordering::Release);
    }

    fn running_for(&self, now: Instant) -> Option<Duration> {
        let since = self.since.load(Ordering::Acquire);
        (since != 0).then(|| now.since(Instant::from_nanos(since - 1)))
    }
}

/// Whether the command runs a script.
pub(super) fn is_eval(command: &Command) -> bool {
    matches!(command.name, "eval" | "evalsha" | "eval_ro" | "evalsha_ro")
}

/// What a script may do.
#[derive(Clone, Copy)]
struct Rights {
    /// It may not write.
    readonly: bool,
    /// It may write although memory is over its limit.
    over_memory: bool,
}

/// A request to run a script, taken apart.
struct Request<'a> {
    body: Option<&'a [u8]>,
    sha: Sha,
    keys: &'a [&'a [u8]],
    args: &'a [&'a [u8]],
    readonly: bool,
}

impl<'a> Request<'a> {
    fn parse(command: &Command, args: &'a [&'a [u8]]) -> Result<Self, Failure> {
        const UNKNOWN: Failure = Failure::Fixed("NOSCRIPT No matching script. Please use EVAL.");
        let count = crate::command::args::int(args[2])?;
        if count > args.len() as i64 - 3 {
            return Err(Failure::Fixed("ERR Number of keys can't be greater than number of args"));
        }
        let count = usize::try_from(count).map_err(|_| Failure::Fixed("ERR Number of keys can't be negative"))?;
        let (keys, rest) = args[3..].split_at(count);
        let by_sha = command.name.starts_with("evalsha");
        let sha = if by_sha { Sha::parse(args[1]).ok_or(UNKNOWN)? } else { Sha::of(args[1]) };
        Ok(Self { body: (!by_sha).then_some(args[1]), sha, keys, args: rest, readonly: command.name.ends_with("_ro") })
    }

    /// Compiles the script if need be, and says what it may do.
    fn prepare(&self, engine: &Engine, scripts: &mut Scripts) -> Result<Rights, Failure> {
        if !scripts.exists(&self.sha) {
            let body = self.body.ok_or(Failure::Fixed("NOSCRIPT No matching script. Please use EVAL."))?;
            scripts
                .load(body, Origin::Eval)
                .map_err(|error| Failure::made(error.reply()[1..].trim_ascii_end().to_vec()))?;
        }
        let flags = scripts.flags(&self.sha).unwrap_or_default();
        let writes = !flags.contains(script::Flags::COMPATIBILITY) && !flags.contains(script::Flags::NO_WRITES);
        if self.readonly && writes {
            return Err(Failure::Fixed("ERR Can not execute a script with write flag using *_ro command."));
        }
        let over_memory = flags.contains(script::Flags::ALLOW_OOM);
        if writes && !over_memory && engine.is_over_memory(self.keys) {
            return Err(Failure::Fixed(
                "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
            ));
        }
        Ok(Rights { readonly: self.readonly || flags.contains(script::Flags::NO_WRITES), over_memory })
    }
}

impl Engine {
    /// Whether a script runs.
    #[inline]
    pub(crate) fn scripts_running(&self) -> bool {
        self.script_run.since.load(Ordering::Acquire) != 0
    }

    /// Whether the running script is over its time.
    pub(crate) fn script_is_late(&self) -> bool {
        let limit = self.settings.load().script_time_limit_ms;
        let running = self.script_run.running_for(self.clock.instant());
        limit > 0 && running.is_some_and(|time| time >= Duration::from_millis(limit))
    }

    /// Ends the running script, and any that comes, because the node stops. One that has written is ended too: what it did is not logged,
    /// so after a restart it never ran.
    pub fn stop_scripts(&self) {
        self.script_run.stop.store(true, Ordering::Release);
    }

    /// Whether memory holds half a script, so that no snapshot of it may be kept.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.script_run.cut_short.load(Ordering::Acquire)
    }

    /// `SCRIPT KILL`.
    pub(crate) fn kill_script(&self) -> Result<(), Failure> {
        if !self.scripts_running() {
            return Err(Failure::Fixed("NOTBUSY No scripts in execution right now."));
        }
        if self.script_run.wrote.load(Ordering::Acquire) {
            return Err(Failure::Fixed(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script \
                 termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
            ));
        }
        self.script_run.kill.store(true, Ordering::Release);
        Ok(())
    }

    /// `EVAL` and its kin, outside a transaction.
    pub(crate) fn eval(&self, call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
        let request = Request::parse(call.found.command, args)?;
        let Some(mut scripts) = self.scripts.try_lock() else { return Ok(Flow::Retry) };
        let rights = request.prepare(self, &mut scripts)?;
        let mut shards: Vec<usize> = request.keys.iter().map(|key| slot::shard_of_key(key)).collect();
        shards.sort_unstable();
        shards.dedup();
        let Ok(mut declared) = self.lock_many(&shards) else { return Ok(Flow::Retry) };
        let now = self.time_of(&mut declared);
        let mut held = Reaching::new(self, declared);
        let settings = self.settings();
        let (mut effects, mut rng) = (Effects::default(), self.dice());
        effects.reset(settings.notify, self.spaces().any_never());
        let reply_at = call.out.len();
        let keys = Keys::new(Held::Many(&mut held), now, call.session.db, &settings, &mut rng, &mut effects, self.seed);
        let mut ctx = Ctx::new(keys, call.out);
        ctx.bus = Some(&self.pubsub);
        ctx.clock = Some(&*self.clock);
        self.run_script(call.session, &mut scripts, &request, rights, &mut ctx);
        let committed = self.commit(&mut effects, now, held.held());
        let ready = super::dispatch::settle(call.session, held.held());
        drop(held);
        drop(scripts);
        unlogged(committed, call.out, reply_at);
        self.after(ready, &mut effects);
        Ok(Flow::Continue)
    }

    /// `EVAL` and its kin within a transaction, whose shards are held.
    pub(super) fn eval_within(
        &self,
        session: &mut Session,
        scripts: &mut Scripts,
        command: &Command,
        args: &[&[u8]],
        ctx: &mut Ctx<'_>,
    ) {
        let prepared = Request::parse(command, args).and_then(|request| Ok((request.prepare(self, scripts)?, request)));
        match prepared {
            Ok((rights, request)) => self.run_script(session, scripts, &request, rights, ctx),
            Err(failure) => ctx.out.error(failure.text()),
        }
    }

    fn run_script(
        &self,
        session: &mut Session,
        scripts: &mut Scripts,
        request: &Request<'_>,
        rights: Rights,
        ctx: &mut Ctx<'_>,
    ) {
        // While the script runs, the context's buffer is scratch space for the replies of its commands.
        let mut out = std::mem::take(ctx.out);
        let protocol = match out.protocol {
            Protocol::Resp2 => script::Protocol::Resp2,
            Protocol::Resp3 => script::Protocol::Resp3,
        };
        let call = script::Call {
            sha: &request.sha,
            keys: request.keys,
            args: request.args,
            seed: ctx.keys.rng.next_u64(),
            protocol,
        };
        let (db, subscribed_as) = (session.db, session.protocol);
        self.script_run.begin(self.clock.instant());
        let mut host = ScriptHost { engine: self, session, ctx, rights, admitted: 0 };
        let watch = RunWatch { engine: self, long: AtomicU64::new(LONG.as_nanos() as u64) };
        let ended = scripts.run(call, &mut host, &watch, out.buffer());
        let stopped = ended == script::Ended::Killed && self.script_run.stop.load(Ordering::Acquire);
        if stopped && ctx.keys.effects.dirty > 0 {
            self.script_run.cut_short.store(true, Ordering::Release);
            ctx.keys.effects.abandoned = true;
        }
        self.script_run.end();
        session.select(db);
        session.protocol = subscribed_as;
        *ctx.out = out;
    }
}

/// The running script's view of the node.
struct ScriptHost<'h, 'c> {
    engine: &'h Engine,
    session: &'h mut Session,
    ctx: &'h mut Ctx<'c>,
    rights: Rights,
    /// Bytes that the log has room for.
    admitted: usize,
}

impl ScriptHost<'_, '_> {
    /// Whether the log will take what the script wrote so far and `bytes` more: it is one record. The log is asked for more than that,
    /// since it may have to make room each time.
    fn admit_record(&mut self, bytes: usize) -> Result<(), Failure> {
        let need = self.ctx.keys.effects.items.len() + bytes;
        if need <= self.admitted {
            return Ok(());
        }
        let log = &self.engine.log;
        let generous = [need * 2, need + need / 4, need + need / 20].into_iter().find(|wish| log.admit(*wish).is_ok());
        self.admitted = match generous {
            Some(wish) => wish,
            None => log.admit(need).map(|()| need).map_err(|error| Failure::made(error.to_string()))?,
        };
        Ok(())
    }

    /// Finds the row and checks what can be checked before it runs.
    fn admit(&mut self, args: &[&[u8]]) -> Result<crate::command::Found, Failure> {
        let found = lookup(args).ok_or(Failure::Fixed("ERR Unknown Redis command called from script"))?;
        let command = found.command;
        if !command.accepts(args.len()) || matches!(command.run, Run::Container) {
            return Err(Failure::Fixed("ERR Wrong number of args calling Redis command from script"));
        }
        if command.flags.contains(Flags::NOSCRIPT) {
            return Err(Failure::Fixed("ERR This Redis command is not allowed from script"));
        }
        if self.session.user.as_ref().is_none_or(|user| !user.is_unrestricted()) {
            self.engine.check_restricted(self.session, found, args, Context::Script)?;
        }
        if command.flags.contains(Flags::WRITE) {
            if self.rights.readonly {
                return Err(Failure::Fixed("ERR Write commands are not allowed from read-only scripts."));
            }
            // Once it has written, a script is not stopped halfway by a full log or keyspace; what is too long stays so.
            if self.ctx.keys.effects.dirty == 0 {
                // Limits of memory stop only who has the flag.
                let stopped_by = if self.rights.over_memory { command.flags - Flags::DENYOOM } else { command.flags };
                self.engine.check_write(&Command { flags: stopped_by, ..*command }, args)?;
            } else {
                self.engine.check_lengths(command, args)?;
                self.admit_record(self.engine.log_bytes(command, args).unwrap_or(0))?;
            }
        }
        Ok(found)
    }
}

impl Host for ScriptHost<'_, '_> {
    fn call(&mut self, args: &[&[u8]], resp3: bool, reply: &mut Vec<u8>) {
        let protocol = if resp3 { Protocol::Resp3 } else { Protocol::Resp2 };
        self.ctx.out.clear();
        self.ctx.out.protocol = protocol;
        match self.admit(args) {
            Err(failure) => self.ctx.out.error(failure.text()),
            Ok(found) => {
                self.ctx.keys.db = self.session.db;
                if matches!(found.command.run, Run::Data(_)) {
                    self.ctx.in_script = true;
                    self.ctx.run(found.command, args);
                    self.ctx.in_script = false;
                } else {
                    self.session.protocol = protocol;
                    self.engine.run_session_within(self.session, found, args, self.ctx, None);
                }
                if self.ctx.keys.effects.dirty > 0 {
                    self.engine.script_run.wrote.store(true, Ordering::Release);
                }
            }
        }
        reply.extend_from_slice(self.ctx.out.bytes());
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        self.engine.script_log(level, message);
    }

    fn acl_check(&mut self, args: &[&[u8]]) -> Option<bool> {
        let found = lookup(args).filter(|found| found.command.accepts(args.len()))?;
        let user = self.session.user.as_ref()?;
        Some(super::users::permit(user, found, args).is_ok())
    }
}

fn lookup(args: &[&[u8]]) -> Option<crate::command::Found> {
    let found = index().find(args[0])?;
    match (found.command.run, args.get(1)) {
        (Run::Container, Some(sub)) => index().find_sub(found.number, sub),
        _ => Some(found),
    }
}

struct RunWatch<'h> {
    engine: &'h Engine,
    /// Nanoseconds after which the thread's other work is given away next.
    long: AtomicU64,
}

impl Watch for RunWatch<'_> {
    fn tick(&self) -> Verdict {
        let run = &self.engine.script_run;
        if run.kill.load(Ordering::Acquire) || run.stop.load(Ordering::Acquire) {
            return Verdict::Kill;
        }
        let long = self.long.load(Ordering::Relaxed);
        let running = run.running_for(self.engine.clock.instant());
        if running.is_some_and(|time| time >= Duration::from_nanos(long)) {
            self.long.store(long.saturating_mul(2), Ordering::Relaxed);
            if let Some(background) = &self.engine.settings.load().background {
                background.hand_off();
            }
        }
        Verdict::Continue
    }
}
