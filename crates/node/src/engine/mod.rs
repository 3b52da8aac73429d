//! The engine: from a request to a reply, over all shards. No IO; clock and log come from the shell as traits.
//!
//! [`Engine::execute`] is called by each connection's task, inline, on whatever thread the task runs. The way of a command is
//! always the same: find its row, check arity, rights and limits; take its shards; run it at the shards' time; append its record to the
//! log while the shards are held; let them go; publish events and serve blocked clients; answer.
//!
//! Invariants:
//! * ENGINE-1: the log has the records of a shard in the order in which they were executed.
//! * ENGINE-2: a reply leaves only when the log is synced up to the session's `sync_lsn`, which covers what the command wrote *and read* in
//!   keyspaces that promise `always`: nothing that was seen is lost.
//! * ENGINE-3: no thread waits for a shard while holding one, but the one that runs the only running script.

mod admission;
mod blocking;
mod client_line;
mod clients;
mod dispatch;
mod errors;
mod locks;
mod machine;
mod pause;
mod pubsub;
mod recovery;
mod scripting;
mod settings;
mod slowlog;
mod stats;
#[cfg(test)]
mod tests;
mod transaction;
mod upkeep;
mod users;

pub use blocking::{Outcome as WaitOutcome, Waiter};
pub use clients::{ClientInfo, Clients, Mail, Mailbox};
pub use errors::ErrorCounts;
pub use machine::Machine;
pub use pause::{Pause, Paused};
pub use pubsub::PubSub;
pub use recovery::{Apply, ReplayError};
pub use settings::{Background, Clock, Log, LogError, Lsn, OutputLimit, Settings};
pub use slowlog::{SlowEntry, SlowLog};
pub use stats::{BUCKETS_US, CommandTotals, Outcome, Recorder, Sample, Series};
pub(crate) use users::permit;

use crate::acl::Acl;
use crate::command::Found;
use crate::keyspace::{Durability, KeyspaceId, Keyspaces};
use crate::resp::Encoder;
use crate::script::{LogLevel, Scripts};
use crate::session::Session;
use crate::shard::{DB_COUNT, Effects, EventClass, HeldShards, KeyEvent, Lookups, Shard};
use crate::slot::SHARD_COUNT;
use arc_swap::ArcSwap;
use mainstay_foundation::{Rng, Timestamp};
use parking_lot::{Mutex, RwLock};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// What the connection does after a command.
#[derive(Debug)]
pub enum Flow {
    /// Goes on with the next one.
    Continue,
    /// Sends what is written and closes.
    Close,
    /// Waits; nothing was written.
    Wait(Arc<Waiter>),
    /// Nothing happened, because a running script holds what is needed: runs the same command again a moment later.
    Retry,
    /// Asks the shell for something that only it can do; the reply is written.
    Ask(Request),
}

/// What only the shell can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// `SHUTDOWN`.
    Shutdown {
        /// Whether a snapshot is left.
        save: bool,
    },
    /// `BGSAVE`: a snapshot in the background.
    Snapshot,
    /// `SAVE`: the reply waits for the snapshot.
    SnapshotNow,
}

/// What a session command may touch.
pub struct Call<'a> {
    /// Everything.
    pub engine: &'a Engine,
    /// The connection.
    pub session: &'a mut Session,
    /// The reply.
    pub out: &'a mut Encoder,
    /// The command's row.
    pub found: Found,
    /// The date.
    pub now: Timestamp,
    /// The shards, if it runs within a transaction or script, which holds them.
    pub held: Option<&'a mut dyn HeldShards>,
    /// The scripts, if it runs within a transaction that has them.
    pub scripts: Option<&'a mut Scripts>,
}

impl Call<'_> {
    /// Uses the scripts: those that the transaction has, or the engine's, if no script runs; else the command is tried again later.
    pub fn with_scripts(&mut self, use_them: impl FnOnce(&mut Scripts, &mut Encoder)) -> Flow {
        match &mut self.scripts {
            Some(scripts) => use_them(scripts, self.out),
            None => match self.engine.scripts.try_lock() {
                Some(mut scripts) => use_them(&mut scripts, self.out),
                None => return Flow::Retry,
            },
        }
        Flow::Continue
    }

    /// Calls `visit` with each shard in turn: with those held, or holding one at a time.
    pub fn each_shard(&mut self, visit: &mut dyn FnMut(&mut Shard)) {
        for index in 0..SHARD_COUNT {
            match &mut self.held {
                Some(held) => visit(held.shard(index)),
                None => visit(&mut self.engine.lock_waiting(index)),
            }
        }
    }
}

/// Things to do once no shard is held.
#[derive(Debug, Default)]
struct Sink {
    events: Vec<KeyEvent>,
}

/// Stripes of the counters, so that connections on two threads seldom meet.
const RECORDER_COUNT: usize = 16;

/// The data tier of one node.
pub struct Engine {
    shards: Box<[Mutex<Shard>]>,
    spaces: ArcSwap<Keyspaces>,
    settings: ArcSwap<Settings>,
    log: Box<dyn Log>,
    /// The machine's clocks.
    pub clock: Box<dyn Clock>,
    /// Connections.
    pub clients: Clients,
    /// Channels.
    pub pubsub: PubSub,
    /// Users and their rights.
    pub acl: RwLock<Acl>,
    /// Rises with each change of the ACL, so that sessions look their user up again.
    pub acl_version: AtomicU64,
    /// Denials and failed logins.
    pub acl_log: Mutex<crate::acl::Log>,
    /// Slow commands.
    pub slowlog: Mutex<SlowLog>,
    scripts: Mutex<Scripts>,
    script_run: scripting::ScriptRun,
    recorders: [Mutex<Recorder>; RECORDER_COUNT],
    dice: Mutex<Rng>,
    seed: u64,
    snapshot_epoch: AtomicU64,
    expire_at: AtomicUsize,
    /// What the shell tells of the machine.
    machine: OnceLock<Box<dyn Machine>>,
    /// `CLIENT PAUSE`.
    pub pause: Pause,
    /// Error replies.
    pub errors: ErrorCounts,
    /// Keys removed because they expired.
    pub expired_keys: AtomicU64,
    /// Look-ups of keys by reading commands that found one, and that found none. Shards count for themselves; the tick of
    /// [`expire`](Self::expire) and `INFO` bring it here.
    pub hits: AtomicU64,
    /// See `hits`.
    pub misses: AtomicU64,
    /// When the node began.
    pub started: Timestamp,
    saved_s: AtomicU64,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("clients", &self.clients.len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// An empty node. `seed` seeds its hash tables and dice; it should be secret where clients are not trusted.
    #[must_use]
    pub fn new(
        spaces: Arc<Keyspaces>,
        settings: Settings,
        acl: Acl,
        log: Box<dyn Log>,
        clock: Box<dyn Clock>,
        seed: u64,
    ) -> Self {
        let mut dice = Rng::new(seed);
        let table_seed = dice.next_u64();
        let started = clock.now();
        Self {
            shards: (0..SHARD_COUNT).map(|_| Mutex::new(Shard::new(table_seed, Arc::clone(&spaces)))).collect(),
            spaces: ArcSwap::new(spaces),
            settings: ArcSwap::from_pointee(settings),
            log,
            clock,
            clients: Clients::default(),
            pubsub: PubSub::default(),
            acl: RwLock::new(acl),
            acl_version: AtomicU64::new(0),
            acl_log: Mutex::new(crate::acl::Log::new(crate::acl::Log::LENGTH_MAX_DEFAULT)),
            slowlog: Mutex::default(),
            scripts: Mutex::new(Scripts::new(crate::script::Limits::default())),
            script_run: scripting::ScriptRun::default(),
            recorders: Default::default(),
            dice: Mutex::new(dice),
            seed: table_seed,
            snapshot_epoch: AtomicU64::new(0),
            expire_at: AtomicUsize::new(0),
            machine: OnceLock::new(),
            pause: Pause::default(),
            errors: ErrorCounts::default(),
            expired_keys: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            started,
            saved_s: AtomicU64::new(started.as_secs()),
        }
    }

    /// The settings now.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// Replaces the settings.
    pub fn set_settings(&self, settings: Settings) {
        self.settings.store(Arc::new(settings));
    }

    /// The keyspaces now.
    #[must_use]
    pub fn spaces(&self) -> Arc<Keyspaces> {
        self.spaces.load_full()
    }

    /// Sets how many bytes a keyspace may take, until the next [`set_spaces`](Self::set_spaces); `None` is no limit. O(keyspaces).
    pub fn limit_memory(&self, id: KeyspaceId, bytes_max: Option<u64>) {
        // Shards count what they hold and do not look at limits, so they may keep the declarations that they have.
        self.spaces.rcu(|spaces| spaces.with_memory_max(id, bytes_max));
    }

    /// Replaces the keyspaces: every key is counted anew under them, and one that was not logged and now is, is written into the log as
    /// it stands, so that what happens to it from now on can be replayed. Holds all shards for the time of that: O(keys).
    ///
    /// # Errors
    /// [`LogError`]: the log does not take those keys; the keyspaces stay as they were.
    pub fn set_spaces(&self, spaces: Arc<Keyspaces>) -> Result<(), LogError> {
        let indexes: Vec<usize> = (0..SHARD_COUNT).collect();
        let mut all = self.lock_many_waiting(&indexes);
        let now = self.clock.now();
        for shard in all.iter_mut() {
            self.log_newly_logged(shard, &spaces, now)?;
        }
        for shard in all.iter_mut() {
            shard.set_spaces(Arc::clone(&spaces));
        }
        self.spaces.store(spaces);
        Ok(())
    }

    fn log_newly_logged(&self, shard: &mut Shard, spaces: &Keyspaces, now: Timestamp) -> Result<(), LogError> {
        if !shard.spaces.any_never() {
            return Ok(());
        }
        let time = shard.advance(now).as_micros().to_le_bytes();
        let mut lsn = shard.sync_lsn;
        for image in shard.images_of_newly_logged(spaces) {
            lsn = self.log.append(&[&time, &image], Durability::EverySecond)?;
        }
        // Whoever reads them under `always` waits for that.
        shard.sync_lsn = lsn;
        Ok(())
    }

    /// The log, for `INFO` and friends.
    #[must_use]
    pub fn log(&self) -> &dyn Log {
        &*self.log
    }

    /// Gives the engine its view of the machine, once.
    pub fn set_machine(&self, machine: Box<dyn Machine>) {
        let _ = self.machine.set(machine);
    }

    /// What the shell tells of the machine, if it does.
    #[must_use]
    pub fn machine(&self) -> Option<&dyn Machine> {
        self.machine.get().map(|machine| &**machine)
    }

    /// A generator of its own for a session or a unit of execution.
    #[must_use]
    pub fn dice(&self) -> Rng {
        self.dice.lock().fork()
    }

    /// `redis.log`: handed to whoever listens, else dropped.
    fn script_log(&self, level: LogLevel, message: &[u8]) {
        if let Some(background) = &self.settings.load().background {
            background.script_log(level, message);
        }
    }

    /// Random bytes for ids and `ACL GENPASS`: from the seed, so as secret as that.
    pub fn random_u64(&self) -> u64 {
        self.dice.lock().next_u64()
    }

    /// Counts what a session measured since the last call; for the end of a batch.
    pub fn flush_samples(&self, session: &mut Session) {
        if !session.samples.is_empty() {
            self.recorders[session.client.id as usize % RECORDER_COUNT].lock().record(&session.samples);
            session.samples.clear();
        }
    }

    /// The counters of all connections.
    #[must_use]
    pub fn recorded(&self) -> Recorder {
        let mut total = Recorder::default();
        for recorder in &self.recorders {
            total.merge(&recorder.lock());
        }
        total
    }

    /// Forgets the counters (`CONFIG RESETSTAT`).
    pub fn reset_recorded(&self) {
        self.errors.clear();
        for recorder in &self.recorders {
            *recorder.lock() = Recorder::default();
        }
        for counter in [&self.expired_keys, &self.hits, &self.misses] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Appends the record of what was done, while its shards are held. Returns up to where the log has to be synced before the reply.
    fn commit<'s>(
        &self,
        effects: &mut Effects,
        now: Timestamp,
        shards: impl Iterator<Item = &'s mut Shard>,
    ) -> Result<Lsn, LogError> {
        if effects.abandoned || effects.dirty == 0 || effects.items.is_empty() {
            return Ok(0);
        }
        let durability = effects.durability.unwrap_or(Durability::EverySecond);
        if durability == Durability::Never {
            return Ok(0);
        }
        let appended = self.log.append(&[&now.as_micros().to_le_bytes(), &effects.items], durability);
        if appended.is_err() {
            self.log.fell_behind();
        }
        if durability != Durability::Always {
            return appended.map(|_| 0);
        }
        for shard in shards {
            // What is in memory only must not be seen (ENGINE-2).
            shard.sync_lsn = shard.sync_lsn.max(appended.unwrap_or(Lsn::MAX));
        }
        appended
    }

    fn publish_events(&self, events: &[KeyEvent], notify: EventClass) {
        for event in events {
            if notify.contains(EventClass::KEYSPACE) {
                let channel = [format!("__keyspace@{}__:", event.db).as_bytes(), &event.key].concat();
                self.pubsub.publish(&channel, event.name.as_bytes());
            }
            if notify.contains(EventClass::KEYEVENT) {
                self.pubsub.publish(format!("__keyevent@{}__:{}", event.db, event.name).as_bytes(), &event.key);
            }
        }
    }

    /// Adds the look-ups of a shard to those of the node.
    pub(crate) fn count_lookups(&self, shard: &mut Shard) {
        let Lookups { hits, misses } = std::mem::take(&mut shard.lookups);
        if hits + misses > 0 {
            self.hits.fetch_add(hits, Ordering::Relaxed);
            self.misses.fetch_add(misses, Ordering::Relaxed);
        }
    }

    /// Calls `visit` with each shard, holding one at a time.
    pub fn each_shard(&self, visit: &mut dyn FnMut(&mut Shard)) {
        for index in 0..SHARD_COUNT {
            visit(&mut self.lock_waiting(index));
        }
    }

    /// Keys of each database, and those of them with an expiry.
    #[must_use]
    pub fn key_counts(&self) -> [(usize, usize); DB_COUNT as usize] {
        let mut counts = [(0, 0); DB_COUNT as usize];
        self.each_shard(&mut |shard| {
            for (db, count) in counts.iter_mut().enumerate() {
                if let Some(tables) = shard.db(db as u8) {
                    count.0 += tables.len();
                    count.1 += tables.expiring();
                }
            }
        });
        counts
    }

    /// Checks what always has to hold; for simulations and tests. O(keys).
    ///
    /// # Panics
    /// If an invariant of the shards does not hold.
    pub fn verify(&self) {
        let indexes: Vec<usize> = (0..SHARD_COUNT).collect();
        let mut all = self.lock_many_waiting(&indexes);
        let shards: Vec<&Shard> = all.iter_mut().map(|shard| &*shard).collect();
        Shard::verify_usage(shards.into_iter(), &self.spaces());
    }
}
