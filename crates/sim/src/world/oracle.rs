//! What has to be true, kept apart from what is judged: the records in order, and what was promised about them.

use super::Violation;
use super::image::{self, Image};
use super::records::{PlacedKey, touched};
use super::shell::Appended;
use super::spaces::durability;
use super::start::{self, Filled, Ground};
use super::vocabulary::PAIR;
use mainstay_foundation::{Instant, Timestamp};
use mainstay_node::engine::Engine;
use mainstay_node::keyspace::Durability;
use mainstay_node::shell::NoLog;
use mainstay_storage::Lsn;
use std::collections::BTreeMap;
use std::time::Duration;

/// A record that was appended.
#[derive(Clone, Debug)]
struct Past {
    payload: Vec<u8>,
    at: Instant,
    time: Timestamp,
}

/// What has to be there of keys that are not logged.
#[derive(Clone, Debug)]
pub(super) enum Unlogged {
    /// Nothing.
    Nothing,
    /// What an orderly stop held, or nothing if it was cut short.
    AtMost(Vec<Image>),
    /// What an orderly stop held.
    Exactly(Vec<Image>),
    /// Anything: the record that tells of a start after the last orderly stop may be what is damaged.
    Anything,
}

/// What a start has to find.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    /// Records up to here.
    pub(super) upto: Lsn,
    /// A time that the shards have reached.
    pub(super) date: Timestamp,
    pub(super) unlogged: Unlogged,
}

/// The record of all lives.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    /// From lsn 1.
    history: Vec<Past>,
    /// The newest record that survives a crash of the process for certain.
    written: Lsn,
    /// The newest record that some released reply told of, if its keyspace promises `always`.
    promised: Lsn,
    /// The newest record that wrote the key, of keyspaces that promise `always`.
    last_write: BTreeMap<PlacedKey, Lsn>,
    /// The newest record that wrote any such key.
    last_always: Lsn,
    /// When the ticker removed expired keys, and the date then.
    expired: Vec<(Instant, Timestamp)>,
    /// A date that must never be undercut again.
    date: Timestamp,
    /// Since when the log takes nothing.
    poisoned_at: Option<Instant>,
    /// An engine that holds what the first so many records make.
    twin: Option<(Engine, usize)>,
}

impl Oracle {
    /// Takes note of appended records. Gives those that change keys of keyspaces that promise `always`.
    pub(super) fn absorb(&mut self, appended: Vec<Appended>, ground: &Ground) -> Result<Vec<Lsn>, Violation> {
        let mut newest = Vec::new();
        for Appended { lsn, payload, durability: class, at } in appended {
            let place = Lsn(self.history.len() as u64 + 1);
            let touched =
                touched(&payload).map_err(|error| Violation::new("SIM-1", format!("lsn {place}: {error}")))?;
            if lsn.is_some_and(|lsn| lsn != place) {
                return Err(Violation::new("SIM-1", format!("record {place} got lsn {lsn:?}")));
            }
            if let Some(key) = touched.keys.iter().find(|key| durability(&key.1) == Durability::Never) {
                let what = format!("record {place} holds {}, which is not logged", key.1.escape_ascii());
                return Err(Violation::new("SIM-6", what));
            }
            let changed = self.changed(&payload, touched.keys, touched.everything, ground)?;
            if !changed.is_empty() {
                if class != Durability::Always {
                    let what = format!("record {place} changes {}, appended as {}", names(&changed), class.name());
                    return Err(Violation::new("SIM-2", what));
                }
                newest.push(place);
                self.last_always = place;
                for key in changed {
                    self.last_write.insert(key, place);
                }
            }
            self.history.push(Past { payload, at, time: touched.time });
            if lsn.is_some() {
                self.written = place;
            }
        }
        Ok(newest)
    }

    /// The keys of keyspaces that promise `always` that the next record changes, found by applying it to a twin.
    fn changed(
        &mut self,
        payload: &[u8],
        mut keys: Vec<PlacedKey>,
        everything: bool,
        ground: &Ground,
    ) -> Result<Vec<PlacedKey>, Violation> {
        let twin = self.twin(self.history.len(), ground)?;
        let time = touched(payload).map(|touched| touched.time).unwrap_or_default();
        keys.retain(|key| durability(&key.1) == Durability::Always);
        let mut before: Vec<Option<Image>> = keys.iter().map(|key| image::of(twin, key, time)).collect();
        if everything {
            let (all, _) = image::state(twin, time);
            for image in all.into_iter().filter(|image| durability(image::key(image)) == Durability::Always) {
                keys.push((image[0], image::key(&image).to_vec()));
                before.push(Some(image));
            }
        }
        let applied = twin.replay(&mut |apply| apply(payload));
        applied.map_err(|error| Violation::new("SIM-1", error.to_string()))?;
        let changed = keys.into_iter().zip(before).filter(|(key, before)| image::of(twin, key, time) != *before);
        let changed = changed.map(|(key, _)| key).collect();
        if let Some((_, applied)) = &mut self.twin {
            *applied += 1;
        }
        Ok(changed)
    }

    /// An engine that holds what the first `count` records make.
    fn twin(&mut self, count: usize, ground: &Ground) -> Result<&Engine, Violation> {
        let (engine, from) = match self.twin.take() {
            Some((engine, applied)) if applied <= count => (engine, applied),
            _ => (start::engine(ground, Box::new(NoLog)), 0),
        };
        let replayed =
            engine.replay(&mut |apply| self.history[from..count].iter().try_for_each(|past| apply(&past.payload)));
        replayed.map_err(|error| Violation::new("SIM-1", error.to_string()))?;
        Ok(&self.twin.insert((engine, count)).0)
    }

    /// Takes note of records of which it is not known whether they came to the disk.
    pub(super) fn absorb_unsure(&mut self, appended: Vec<Appended>, ground: &Ground) -> Result<(), Violation> {
        let written = self.written;
        self.absorb(appended, ground)?;
        self.written = written;
        Ok(())
    }

    /// A start found records up to `last`, and was stopped before it served.
    pub(super) fn forget_behind(&mut self, last: Lsn) {
        self.history.truncate(last.0 as usize);
        self.written = self.written.min(last);
    }

    /// The newest record that a reply to `args` tells of, in keyspaces that promise `always`.
    pub(super) fn sees(&self, db: u8, args: &[Vec<u8>], sees_all: bool) -> Lsn {
        if sees_all {
            return self.last_always;
        }
        let of = |arg: &Vec<u8>| self.last_write.get(&(db, arg.clone())).copied();
        args.iter().filter(|arg| durability(arg) == Durability::Always).filter_map(of).max().unwrap_or_default()
    }

    /// The oldest record behind `newest` that a reply to a blocked command can tell of: its own is not older.
    pub(super) fn served(&self, db: u8, args: &[Vec<u8>], newest: Lsn) -> Lsn {
        let of = |arg: &Vec<u8>| self.last_write.get(&(db, arg.clone())).copied();
        let always = args.iter().filter(|arg| durability(arg) == Durability::Always);
        always.filter_map(of).filter(|lsn| *lsn > newest).min().unwrap_or_default()
    }

    /// A reply leaves that tells of records up to `sees`, while the log is synced up to `synced`.
    pub(super) fn release(&mut self, sees: Lsn, synced: Lsn) -> Result<(), Violation> {
        if sees > synced {
            let what = format!("a reply leaves that tells of record {sees}, synced is {synced}");
            return Err(Violation::new("SIM-3", what));
        }
        self.promised = self.promised.max(sees);
        Ok(())
    }

    /// The ticker removed expired keys and told the log.
    pub(super) fn expired(&mut self, at: Instant, date: Timestamp) {
        self.expired.push((at, date));
    }

    /// The log takes nothing any more.
    pub(super) fn poisoned(&mut self, at: Instant) {
        self.poisoned_at.get_or_insert(at);
    }

    /// The newest record.
    pub(super) fn last(&self) -> Lsn {
        Lsn(self.history.len() as u64)
    }

    /// The newest record that a kill leaves.
    pub(super) fn written(&self) -> Lsn {
        self.written
    }

    /// The newest record that some reply told of.
    pub(super) fn promised(&self) -> Lsn {
        self.promised
    }

    /// What a kill of the process has to leave.
    pub(super) fn after_kill(&self, written: Lsn) -> Promise {
        let date = self.expired.iter().map(|promise| promise.1).max().unwrap_or_default();
        Promise { upto: written.min(self.written), date: date.max(self.date), unlogged: Unlogged::Nothing }
    }

    /// What a loss of power has to leave: all of `always` that was told, and all older than `bound`.
    pub(super) fn after_power_loss(&self, now: Instant, bound: Duration) -> Promise {
        let end = self.poisoned_at.unwrap_or(now).min(now);
        let old = |at: Instant| at.plus(bound) < end;
        let count = self.history.partition_point(|past| old(past.at)) as u64;
        let dates = self.expired.iter().filter(|promise| old(promise.0)).map(|promise| promise.1);
        let date = dates.max().unwrap_or_default().max(self.date);
        Promise { upto: self.promised.max(Lsn(count)).min(self.written), date, unlogged: Unlogged::Nothing }
    }

    /// Judges what a start found, without believing it.
    pub(super) fn judge(&mut self, filled: &Filled, promise: &Promise, ground: &Ground) -> Result<(), Violation> {
        let last = filled.last;
        if last < promise.upto || last > self.last() {
            let what = format!("promised up to record {}, of {}; found up to {last}", promise.upto, self.last());
            return Err(Violation::new("SIM-4", what));
        }
        let after = filled.base.map_or(Lsn::ZERO, |header| header.lsn);
        for (at, payload) in filled.records.iter().enumerate() {
            let lsn = after.0 as usize + at;
            if self.history.get(lsn).is_none_or(|past| past.payload != *payload) {
                return Err(Violation::new("SIM-4", format!("record {} is another one", lsn + 1)));
            }
        }
        // Records of the time alone are those of starts, which nobody saw, and of expiry, which is promised apart.
        let with_items = |past: &&Past| past.payload.len() > 8;
        let known = self.history[..last.0 as usize].iter().filter(with_items).map(|past| past.time).max();
        let known = known.unwrap_or_default();
        let time = shard_time(&filled.engine);
        if time < known.max(promise.date) {
            let what = format!("shards stand at {time}, the log knew {known}, expiry {}", promise.date);
            return Err(Violation::new("SIM-5", what));
        }
        let (logged, unlogged) = image::state(&filled.engine, time);
        self.compare(&logged, last, time, ground, "after a start")?;
        judge_unlogged(&unlogged, &promise.unlogged, time)?;
        judge_pair(&logged)
    }

    /// A start found records up to `last`, and made them durable.
    pub(super) fn believe(&mut self, last: Lsn, promise: &Promise) {
        self.history.truncate(last.0 as usize);
        (self.written, self.promised) = (last, last);
        self.last_always = self.last_always.min(last);
        self.last_write.values_mut().for_each(|lsn| *lsn = (*lsn).min(last));
        self.expired.clear();
        self.date = self.date.max(promise.date);
        self.poisoned_at = None;
    }

    /// The state of a running engine has to be that of its log.
    pub(super) fn judge_live(&mut self, engine: &Engine, ground: &Ground) -> Result<(), Violation> {
        let time = shard_time(engine);
        let (logged, _) = image::state(engine, time);
        self.compare(&logged, self.last(), time, ground, "while it ran")
    }

    fn compare(
        &mut self,
        found: &[Image],
        upto: Lsn,
        time: Timestamp,
        ground: &Ground,
        when: &str,
    ) -> Result<(), Violation> {
        let twin = self.twin(upto.0 as usize, ground)?;
        let (expected, _) = image::state(twin, time);
        match image::difference(&expected, found) {
            None => Ok(()),
            Some(what) => {
                Err(Violation::new("SIM-7", format!("{when}, replay of records up to {upto} at {time}: {what}")))
            }
        }
    }
}

/// The latest time of any shard.
pub(super) fn shard_time(engine: &Engine) -> Timestamp {
    let mut time = Timestamp::default();
    engine.each_shard(&mut |shard| time = time.max(shard.advance(Timestamp::default())));
    time
}

fn judge_unlogged(found: &[Image], allowed: &Unlogged, time: Timestamp) -> Result<(), Violation> {
    let alive = |image: &&Image| u64::from_le_bytes(image[1..9].try_into().unwrap_or_default()) > time.as_millis();
    let wrong = match allowed {
        Unlogged::Nothing => image::difference(&[], found),
        Unlogged::Anything => None,
        Unlogged::AtMost(_) if found.is_empty() => None,
        Unlogged::AtMost(held) | Unlogged::Exactly(held) => {
            let held: Vec<Image> = held.iter().filter(alive).cloned().collect();
            image::difference(&held, found)
        }
    };
    wrong.map_or(Ok(()), |what| Err(Violation::new("SIM-6", format!("keys that are not logged: {what}"))))
}

fn judge_pair(logged: &[Image]) -> Result<(), Violation> {
    let [a, b] =
        PAIR.map(|name| logged.iter().find(|image| image::key(image) == name).map(|image| image::value(image)));
    if a == b {
        return Ok(());
    }
    let show = |value: Option<&[u8]>| value.map_or_else(|| "-".to_owned(), |value| value.escape_ascii().to_string());
    Err(Violation::new("SIM-8", format!("the pair holds {} and {}", show(a), show(b))))
}

fn names(keys: &[PlacedKey]) -> String {
    keys.iter().map(|key| key.1.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
}
