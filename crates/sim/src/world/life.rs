//! One life of the node: requests, time, threads, snapshots, until it ends.

use super::Violation;
use super::client::{Client, Reply};
use super::defect::{self, Defect};
use super::draw::CLIENTS;
use super::oracle::Oracle;
use super::plan::Weather;
use super::shell::Journal;
use super::snapshotter::{Progress, Snapshotter};
use super::start::Ground;
use super::vocabulary::PAIR;
use mainstay_foundation::Instant;
use mainstay_node::command::{Flags, index};
use mainstay_node::engine::{Clock, Engine, Flow, WaitOutcome};
use mainstay_node::resp::Encoder;
use mainstay_storage::Lsn;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

/// Turns of the threads at one instant before they count as stuck.
const TURNS_MAX: u32 = 10_000;

/// A running node with its clients.
pub(super) struct Life {
    pub(super) engine: Engine,
    pub(super) journal: Journal,
    pub(super) clients: Vec<Client>,
    snapshot: Option<Snapshotter>,
    /// Replies that left, for the trace.
    pub(super) left: Vec<(usize, Vec<u8>)>,
}

impl Life {
    pub(super) fn new(engine: Engine, journal: Journal) -> Self {
        let clients = (0..CLIENTS).map(|number| Client::new(&engine, number)).collect();
        Self { engine, journal, clients, snapshot: None, left: Vec::new() }
    }

    pub(super) fn is_burnt(&self) -> bool {
        self.journal.with(|log| log.disk().is_burnt())
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.journal.with(|log| log.wal().poisoned().is_some())
    }

    pub(super) fn set_weather(&self, weather: Weather, ground: &Ground) {
        self.journal.set_weather(weather, ground.setup.tear_permille);
    }

    /// Lets `us` microseconds pass, with all that is due in them. Ends early if the process is stopped.
    pub(super) fn pass(&mut self, us: u64, ground: &Ground, oracle: &mut Oracle) -> Result<(), Violation> {
        let clock = &ground.clock;
        let end = Instant::from_nanos(clock.instant().as_nanos() + us * 1_000);
        for _ in 0..TURNS_MAX {
            let deadlines = self.clients.iter().filter_map(|client| client.blocked.as_ref()?.deadline);
            let next = self.journal.next_turn().into_iter().chain(deadlines).min();
            let Some(at) = next.filter(|at| *at <= end) else {
                advance(ground, end);
                return Ok(());
            };
            advance(ground, at);
            self.journal.turn();
            self.settle(ground, oracle)?;
            if self.is_burnt() {
                return Ok(());
            }
        }
        Err(Violation::new("SIM-10", "the threads of the log do not come to rest".to_owned()))
    }

    /// A client sends a request. What it got, for the trace.
    pub(super) fn request(
        &mut self,
        number: usize,
        args: &[Vec<u8>],
        ground: &Ground,
        oracle: &mut Oracle,
    ) -> Result<String, Violation> {
        let client = &mut self.clients[number];
        if client.blocked.is_some() {
            return Ok("(waits)".to_owned());
        }
        let by_halves = args[0] == b"INCR" && PAIR.contains(&args[1].as_slice());
        if by_halves && client.session.transaction.is_none() {
            return Ok("(its transaction ended with an earlier life)".to_owned());
        }
        let mut out = Encoder::new(Vec::new(), client.session.protocol);
        let slices: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        client.session.clock = ground.clock.instant();
        let (before, newest) = (client.tells_of(args, oracle), oracle.last());
        let flow = self.engine.execute(&mut client.session, &slices, &mut out);
        self.engine.flush_samples(&mut client.session);
        let always = oracle.absorb(self.journal.take_appended(), ground)?;
        let served = self.end_waits(ground.clock.instant(), newest, oracle);
        let client = &mut self.clients[number];
        match flow {
            Flow::Wait(waiter) => {
                client.block(waiter, args.to_vec(), ground.clock.instant());
                self.settle(ground, oracle)?;
                return Ok("(begins to wait)".to_owned());
            }
            Flow::Continue => {}
            other => return Err(Violation::new("SIM-0", format!("{other:?} was not expected"))),
        }
        let bytes = out.into_bytes();
        let shown = shown(&bytes);
        // Those served by this request have records of their own, behind that of the request, if it has one.
        let has_own = oracle.last().0 - newest.0 > served;
        let own = always.first().copied().filter(|lsn| has_own && *lsn == newest.next()).unwrap_or_default();
        let own = if bytes.starts_with(b"-UNKNOWN") { Lsn::ZERO } else { own };
        let sees = own.max(if client.has_read(args, &bytes) { before } else { Lsn::ZERO });
        let needs = if defect::is(ground.defect, Defect::ReadsDoNotWait) { own } else { Lsn(client.session.sync_lsn) };
        client.replies.push_back(Reply { needs, sees, bytes });
        self.settle(ground, oracle)?;
        Ok(shown)
    }

    /// The ticker.
    pub(super) fn expire(&mut self, shards: usize, ground: &Ground, oracle: &mut Oracle) -> Result<u64, Violation> {
        let removed = || self.engine.expired_keys.load(Ordering::Relaxed);
        let (before, refused, poisoned) = (removed(), self.journal.refused(), self.is_poisoned());
        self.engine.expire(shards);
        let gone = removed() - before;
        oracle.absorb(self.journal.take_appended(), ground)?;
        if gone > 0 && self.journal.refused() == refused && !poisoned && !self.is_burnt() {
            oracle.expired(ground.clock.instant(), ground.clock.now());
        }
        self.settle(ground, oracle)?;
        Ok(gone)
    }

    /// Begins a snapshot, if none is being taken.
    pub(super) fn begin_snapshot(&mut self, ground: &Ground, last: bool) -> bool {
        if self.snapshot.is_some() {
            return false;
        }
        self.snapshot = Some(Snapshotter::begin(&self.engine, &self.journal, ground, last));
        true
    }

    /// Gives up the running snapshot, if there is one.
    pub(super) fn abandon_snapshot(&mut self) {
        if let Some(snapshot) = self.snapshot.take() {
            snapshot.abandon(&self.engine, &self.journal);
        }
    }

    /// Goes on with the snapshot for at most so many steps. `None`: there is none, or its file failed.
    pub(super) fn step_snapshot(&mut self, steps: u64, ground: &Ground) -> Option<Progress> {
        let mut progress = None;
        for _ in 0..steps {
            match self.snapshot.as_mut()?.step(&self.engine, &self.journal, ground) {
                Ok(Progress::More) => progress = Some(Progress::More),
                Ok(Progress::Waits) => return Some(Progress::Waits),
                Ok(Progress::Done) => {
                    self.snapshot = None;
                    self.engine.note_saved();
                    return Some(Progress::Done);
                }
                Err(_) => {
                    self.abandon_snapshot();
                    return None;
                }
            }
        }
        progress
    }

    /// What follows from anything that happened: waits end, replies leave.
    pub(super) fn settle(&mut self, ground: &Ground, oracle: &mut Oracle) -> Result<(), Violation> {
        oracle.absorb(self.journal.take_appended(), ground)?;
        if self.is_burnt() {
            return Ok(());
        }
        let now = ground.clock.instant();
        self.end_waits(now, oracle.last(), oracle);
        let (synced, poisoned) = self.journal.with(|log| (log.wal().synced_lsn(), log.wal().poisoned().is_some()));
        if poisoned {
            oracle.poisoned(now);
        }
        for (number, client) in self.clients.iter_mut().enumerate() {
            while let Some(reply) = client.replies.front() {
                if reply.needs > synced && !defect::is(ground.defect, Defect::AckBeforeSync) {
                    break;
                }
                oracle.release(reply.sees, synced)?;
                let reply = client.replies.pop_front().expect("it was looked at");
                self.left.push((number, reply.bytes));
            }
            if poisoned {
                // The connection is told that the outcome is unknown.
                client.replies.clear();
            }
        }
        Ok(())
    }

    /// Ends what is served or late; how many were served. Their records are behind `newest`.
    fn end_waits(&mut self, now: Instant, newest: Lsn, oracle: &Oracle) -> u64 {
        (0..CLIENTS).map(|number| u64::from(self.end_wait(number, now, newest, oracle))).sum()
    }

    fn end_wait(&mut self, number: usize, now: Instant, newest: Lsn, oracle: &Oracle) -> bool {
        let client = &mut self.clients[number];
        let Some(blocked) = &client.blocked else { return false };
        let waiter = blocked.waiter.clone();
        let mut outcome = waiter.poll(&mut Context::from_waker(Waker::noop()));
        if outcome.is_pending() && blocked.deadline.is_some_and(|deadline| deadline <= now) {
            waiter.time_out();
            outcome = waiter.poll(&mut Context::from_waker(Waker::noop()));
        }
        let Poll::Ready(outcome) = outcome else { return false };
        self.engine.forget_waiter(&waiter);
        let blocked = client.blocked.take().expect("it was looked at");
        let served = matches!(outcome, WaitOutcome::Served(..));
        let (bytes, needs, sees) = match outcome {
            WaitOutcome::Served(bytes, needs) => {
                (bytes, Lsn(needs), oracle.served(client.session.db, &blocked.args, newest))
            }
            WaitOutcome::TimedOut(bytes) => (bytes, Lsn::ZERO, Lsn::ZERO),
            WaitOutcome::Unblocked => (Vec::new(), Lsn::ZERO, Lsn::ZERO),
        };
        client.replies.push_back(Reply { needs, sees, bytes });
        served
    }
}

impl Client {
    /// The newest record that a reply to `args` may tell of already, in keyspaces that promise `always`.
    fn tells_of(&self, args: &[Vec<u8>], oracle: &Oracle) -> Lsn {
        let db = self.session.db;
        let all = |args: &[Vec<u8>]| {
            index().find(&args[0]).is_some_and(|found| found.command.flags.contains(Flags::ALL_SHARDS))
        };
        let of = |args: &[Vec<u8>]| oracle.sees(db, args, all(args));
        if !args[0].eq_ignore_ascii_case(b"exec") {
            return of(args);
        }
        self.queued.iter().map(|args| of(args)).max().unwrap_or_default()
    }

    /// Whether `reply` tells of what `args` read: not if it only queues, and not if the request was refused.
    fn has_read(&mut self, args: &[Vec<u8>], reply: &[u8]) -> bool {
        if reply == b"+QUEUED\r\n" {
            self.queued.push(args.to_vec());
            return false;
        }
        if self.session.transaction.is_none() {
            self.queued.clear();
        }
        reply.first() != Some(&b'-') && !args[0].eq_ignore_ascii_case(b"watch")
    }
}

/// Moves both clocks; the date drifts.
fn advance(ground: &Ground, to: Instant) {
    let us = to.since(ground.clock.instant()).as_micros() as u64;
    ground.clock.advance_micros(us);
    shift_date(ground, us as i64 * ground.setup.drift_ppm / 1_000_000);
}

/// Moves the date alone.
pub(super) fn shift_date(ground: &Ground, us: i64) {
    let date = ground.clock.now().as_micros().saturating_add_signed(us);
    ground.clock.set(mainstay_foundation::Timestamp::from_micros(date));
}

fn shown(reply: &[u8]) -> String {
    let text = reply.escape_ascii().to_string();
    match text.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
