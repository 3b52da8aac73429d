//! A world with one node: the real engine on the real log, over a disk that fails, at a time that jumps.
//!
//! [`draw`] makes a plan of a seed, [`run`] lives it, [`shrink`](shrink::shrink) makes a failing one small. Everything that happens is in
//! the plan; the same plan is the same run, byte for byte.
//!
//! ```text
//! plan ──> World ── requests ──> Engine ── Log ──> Journal (threads in virtual time) ──> SimLog ──> SimDisk
//!             │                    └── images ──> Snapshotter ──> Publication ────────────────────────┘
//!             └── after each step and each start: Oracle
//! ```
//!
//! Invariants, checked against what the world itself wrote down:
//! * SIM-1: records come in the order of their lsns, are well-formed and replay.
//! * SIM-2: a record that writes a key of an `always` keyspace is appended as such.
//! * SIM-3: a reply leaves only when every such record that it tells of, written or read, is synced.
//! * SIM-4: a start finds every promised record, and nothing that was never appended: all that was written after a kill; after a loss of
//!   power all that was told by replies of `always` keyspaces, and all that is older than the bound of `everysec`.
//! * SIM-5: no shard's time goes back behind what the log knew, or behind the removal of expired keys.
//! * SIM-6: keys that are not logged are nowhere in the log, gone after a crash, and as they were after an orderly stop.
//! * SIM-7: the state, running and recovered, from whatever snapshot, is that of replaying every record from the first.
//! * SIM-8: what one transaction, script or request wrote is there whole or not at all.
//! * SIM-9: damage at rest is refused or passed over, never served; what another snapshot covers is passed over.
//! * SIM-10: once the faults end, writes are taken, replies leave, and a stop leaves everything.
//! * SHARD-1: the counts of keys and bytes are those of the keys ([`Engine::verify`](mainstay_node::engine::Engine::verify)).

mod client;
pub mod defect;
mod draw;
mod image;
mod life;
mod oracle;
pub mod plan;
mod records;
mod restart;
mod shell;
pub mod shrink;
mod snapshotter;
mod spaces;
mod start;
#[cfg(test)]
mod tests;
mod text;
mod trace;
mod vocabulary;

pub use draw::draw;
pub use trace::{Trace, Tracing};

use crate::disk::{DiskFaults, SimDisk};
use defect::Given;
use image::Image;
use life::{Life, shift_date};
use mainstay_foundation::{Rng, Timestamp};
use mainstay_node::engine::{Clock, Log};
use mainstay_node::keyspace::Durability;
use mainstay_node::shell::ManualClock;
use mainstay_storage::Lsn;
use oracle::Oracle;
use plan::{Action, Plan, Restart, Step, Weather};
use snapshotter::Progress;
use start::Ground;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Steps between two looks at all counts.
const VERIFY_EVERY: usize = 16;
/// The date at which every world begins.
const EPOCH: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its number.
    pub invariant: &'static str,
    /// What was found.
    pub what: String,
}

impl Violation {
    fn new(invariant: &'static str, what: String) -> Self {
        Self { invariant, what }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests sent.
    pub requests: u64,
    /// Lives that ended by a kill.
    pub kills: u64,
    /// By a loss of power.
    pub power_losses: u64,
    /// In order.
    pub stops: u64,
    /// Starts that were cut short.
    pub cut_short: u64,
    /// Snapshots published.
    pub snapshots: u64,
    /// Damaged disks that were refused.
    pub damage_refused: u64,
    /// Damaged disks that started with full data.
    pub damage_passed: u64,
    /// Logs closed by a failed write or sync.
    pub poisoned: u64,
    /// Replies that said there is no space.
    pub no_space: u64,
    /// Expired keys removed by the ticker.
    pub expired: u64,
    /// Operations that changed the disk.
    pub operations: u64,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.kills += other.kills;
        self.power_losses += other.power_losses;
        self.stops += other.stops;
        self.cut_short += other.cut_short;
        self.snapshots += other.snapshots;
        self.damage_refused += other.damage_refused;
        self.damage_passed += other.damage_passed;
        self.poisoned += other.poisoned;
        self.no_space += other.no_space;
        self.expired += other.expired;
        self.operations += other.operations;
    }
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Report {
    /// The invariant that did not hold, if any.
    pub violation: Option<Violation>,
    /// What happened.
    pub trace: Trace,
    /// What was done.
    pub totals: Totals,
}

/// Lives `plan`. A panic of the node counts as a violation.
#[must_use]
pub fn run(plan: &Plan, tracing: Tracing) -> Report {
    let mut world = World::new(plan, tracing);
    let lived = catch_unwind(AssertUnwindSafe(|| world.live(plan)));
    let violation = match lived {
        Ok(result) => result.err(),
        Err(panic) => Some(Violation::new("PANIC", panic_text(&*panic))),
    };
    if let Some(violation) = &violation {
        world.say(|| violation.to_string());
    }
    world.trace.mix(&world.totals.operations.to_le_bytes());
    Report { violation, trace: world.trace, totals: world.totals }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

struct World {
    ground: Ground,
    oracle: Oracle,
    life: Option<Life>,
    /// What follows when the process is stopped at a chosen disk operation.
    fuse: Option<Restart>,
    weather: Weather,
    /// What an orderly stop that may be cut short would leave of keys that are not logged.
    held: Option<Vec<Image>>,
    /// Whether no write of the mark can have failed in this life.
    marks_sound: bool,
    /// The newest record written before what happens now.
    settled: Lsn,
    /// The bound of `everysec` in the last life.
    bound: Duration,
    trace: Trace,
    totals: Totals,
    step: usize,
}

impl World {
    fn new(plan: &Plan, tracing: Tracing) -> Self {
        let clock = ManualClock::default();
        clock.set(EPOCH);
        let defect: Given = plan.defect;
        Self {
            ground: Ground { setup: plan.setup, clock, defect, starts: 0 },
            oracle: Oracle::default(),
            life: None,
            fuse: None,
            weather: Weather::CALM,
            held: None,
            marks_sound: true,
            settled: Lsn::ZERO,
            bound: Duration::ZERO,
            trace: Trace::new(tracing),
            totals: Totals::default(),
            step: 0,
        }
    }

    fn live(&mut self, plan: &Plan) -> Result<(), Violation> {
        let disk = SimDisk::new(Rng::new(plan.setup.seed), DiskFaults::default());
        let promise = self.oracle.after_kill(self.oracle.written());
        self.start(disk, promise, &[])?;
        for (number, step) in plan.steps.iter().enumerate() {
            self.step = number + 1;
            if let Err(violation) = self.take(step) {
                self.say(|| step.to_text());
                return Err(violation);
            }
            if number % VERIFY_EVERY == 0 {
                self.life().engine.verify();
            }
        }
        self.step = plan.steps.len() + 1;
        self.heal()
    }

    fn life(&mut self) -> &mut Life {
        self.life.as_mut().expect("a life follows each other")
    }

    fn take(&mut self, step: &Step) -> Result<(), Violation> {
        self.pass(step.pause_us)?;
        match &step.action {
            Action::Command { client, args } => self.request(*client, args)?,
            Action::Jump { us } => {
                shift_date(&self.ground, *us);
                self.say(|| format!("the date jumps by {us} us"));
            }
            Action::Expire { shards } => {
                let Self { ground, oracle, life, .. } = self;
                let gone = life.as_mut().expect("it lives").expire(*shards, ground, oracle)?;
                self.totals.expired += gone;
                self.say(|| format!("the ticker looks at {shards} shards and removes {gone} keys"));
            }
            Action::Snapshot => {
                let Self { ground, life, .. } = self;
                let begun = life.as_mut().expect("it lives").begin_snapshot(ground, false);
                self.say(|| if begun { "a snapshot begins".to_owned() } else { "a snapshot is running".to_owned() });
            }
            Action::SnapshotSteps { steps } => self.step_snapshot(*steps)?,
            Action::Weather(weather) => self.set_weather(*weather),
            Action::Fuse { operations, restart } => {
                if self.fuse.is_none() {
                    self.life().journal.with(|log| log.disk_mut().arm(*operations));
                    self.fuse = Some(restart.clone());
                    self.say(|| format!("the process will be stopped after {operations} disk operations"));
                }
            }
            Action::Crash(restart) => self.crash(restart)?,
            Action::Stop { jump_us } => {
                self.stop(*jump_us)?;
            }
        }
        self.look_at_fuse()
    }

    fn pass(&mut self, us: u64) -> Result<(), Violation> {
        let Self { ground, oracle, life, .. } = self;
        life.as_mut().expect("it lives").pass(us, ground, oracle)?;
        self.look_at_fuse()
    }

    fn request(&mut self, client: usize, args: &[Vec<u8>]) -> Result<(), Violation> {
        self.totals.requests += 1;
        let Self { ground, oracle, life, .. } = self;
        let reply = life.as_mut().expect("it lives").request(client, args, ground, oracle)?;
        self.totals.no_space += u64::from(reply.starts_with("-NOSPACE"));
        self.trace.mix(reply.as_bytes());
        self.say(|| {
            let mut text = format!("client {client} ");
            for arg in args {
                text.push_str(&format!(" {}", arg.escape_ascii()));
            }
            format!("{text:<60} {reply}")
        });
        Ok(())
    }

    fn step_snapshot(&mut self, steps: u64) -> Result<(), Violation> {
        let Self { ground, oracle, life, .. } = self;
        let life = life.as_mut().expect("it lives");
        let progress = life.step_snapshot(steps, ground);
        life.settle(ground, oracle)?;
        self.totals.snapshots += u64::from(progress == Some(Progress::Done));
        self.say(|| format!("the snapshot goes on: {progress:?}"));
        Ok(())
    }

    fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
        self.marks_sound &= weather.write_error_permille == 0;
        let Self { ground, life, .. } = self;
        life.as_mut().expect("it lives").set_weather(weather, ground);
        self.say(|| format!("{weather:?}"));
    }

    /// The replies that left since the last line, and a line.
    fn say(&mut self, text: impl FnOnce() -> String) {
        let now = self.ground.clock.instant().as_nanos() / 1_000;
        let (mut last, mut synced) = (0, 0);
        let mut left = Vec::new();
        if let Some(life) = &mut self.life {
            (last, synced) = life.journal.with(|log| (log.wal().last_lsn().0, log.wal().synced_lsn().0));
            left = std::mem::take(&mut life.left);
        }
        let place = [self.step as u64, now, last, synced];
        self.trace.line(place, text);
        for (client, bytes) in left {
            self.trace.mix(&bytes);
            self.trace.line(place, || format!("    to {client}: {}", bytes.escape_ascii()));
        }
    }

    /// The faults end: everything has to come right by itself.
    fn heal(&mut self) -> Result<(), Violation> {
        if self.fuse.take().is_some() {
            self.life().journal.with(|log| log.disk_mut().disarm());
        }
        self.set_weather(Weather::CALM);
        if self.life().is_poisoned() {
            self.crash(&Restart { power: None, jump_us: 0, flip: None, again: Vec::new() })?;
        }
        self.pass(3_000_000)?;
        self.rescue()?;
        self.pass(3_000_000)?;
        for client in 0..draw::CLIENTS {
            if self.life().clients[client].session.transaction.is_some() {
                self.request(client, &[b"DISCARD".to_vec()])?;
            }
        }
        self.pass(3_000_000)?;
        let owed: usize = self.life().clients.iter().map(|client| client.replies.len()).sum();
        if owed > 0 {
            return Err(Violation::new("SIM-10", format!("{owed} replies never left")));
        }
        let free = (0..draw::CLIENTS)
            .find(|&client| self.life.as_ref().is_some_and(|life| life.clients[client].blocked.is_none()));
        if let Some(client) = free {
            let before = self.oracle.last();
            self.request(client, &[b"SET".to_vec(), b"a:s0".to_vec(), b"healed".to_vec()])?;
            if self.oracle.last() == before {
                return Err(Violation::new("SIM-10", "a write is refused though nothing fails".to_owned()));
            }
        }
        if !self.stop(0)? {
            return Err(Violation::new("SIM-10", "an orderly stop fails though nothing else does".to_owned()));
        }
        self.life().engine.verify();
        Ok(())
    }

    /// Where the log is full, snapshots let old segments go.
    fn rescue(&mut self) -> Result<(), Violation> {
        self.life().abandon_snapshot();
        for _ in 0..2 {
            let Self { ground, life, .. } = self;
            let life = life.as_mut().expect("it lives");
            // Only a snapshot at a newer record lets go what the one before it covers.
            let now = ground.clock.now().as_micros().to_le_bytes();
            let _ = life.journal.append(&[&now], Durability::EverySecond);
            life.begin_snapshot(ground, false);
            for _ in 0..4 {
                self.step_snapshot(2_000)?;
                self.pass(300_000)?;
            }
        }
        Ok(())
    }
}

/// What a stop leaves of keys that are not logged.
fn unlogged(life: &Life) -> Vec<Image> {
    let time = oracle::shard_time(&life.engine);
    image::state(&life.engine, time).1
}
