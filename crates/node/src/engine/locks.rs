//! How the engine takes shards.
//!
//! A command takes the one shard of its keys, or several all or none: whoever cannot get one of several lets the others go
//! before it waits. So nobody waits while holding, but for one: a script takes shards as it reaches for keys, and there is
//! only one script at a time. Hence no cycle of waiting.
//!
//! A script may run for long. Whoever meets a shard that a running script holds gets [`Contended`] instead of blocking its
//! thread; the shell tries the command again a moment later, and others are served meanwhile.

use super::{Engine, Lsn};
use crate::shard::{HeldShards, Shard};
use crate::slot::SHARD_COUNT;
use parking_lot::MutexGuard;
use std::time::Duration;

/// A script holds a needed shard: try again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contended;

/// How long a thread waits for a shard while a script runs.
const PATIENCE: Duration = Duration::from_millis(1);

impl Engine {
    /// Takes one shard.
    #[inline]
    pub(crate) fn lock_one(&self, index: usize) -> Result<MutexGuard<'_, Shard>, Contended> {
        if let Some(guard) = self.shards[index].try_lock() {
            return Ok(guard);
        }
        loop {
            if let Some(guard) = self.shards[index].try_lock_for(PATIENCE) {
                return Ok(guard);
            }
            if self.scripts_running() {
                return Err(Contended);
            }
        }
    }

    /// Takes one shard and waits as long as it takes.
    pub(crate) fn lock_waiting(&self, index: usize) -> MutexGuard<'_, Shard> {
        self.shards[index].lock()
    }

    /// Takes several shards, all or none. `indexes` are sorted and differ.
    pub(crate) fn lock_many(&self, indexes: &[usize]) -> Result<Several<'_>, Contended> {
        let mut wait_for = None;
        loop {
            // Waiting happens with nothing held; the awaited shard is let go again if the others are not free.
            let first = match wait_for {
                Some(index) => Some((index, self.lock_one(index)?)),
                None => None,
            };
            match self.try_many(indexes, first) {
                Ok(several) => return Ok(several),
                Err(index) => wait_for = Some(index),
            }
        }
    }

    fn try_many<'e>(
        &'e self,
        indexes: &[usize],
        mut first: Option<(usize, MutexGuard<'e, Shard>)>,
    ) -> Result<Several<'e>, usize> {
        let mut guards = Vec::with_capacity(indexes.len());
        for &index in indexes {
            let guard = match first.take() {
                Some((held, guard)) if held == index => guard,
                other => {
                    first = other;
                    self.shards[index].try_lock().ok_or(index)?
                }
            };
            guards.push((index, guard));
        }
        Ok(Several { guards })
    }

    /// Takes all shards.
    pub(crate) fn lock_all(&self) -> Result<Several<'_>, Contended> {
        let indexes: Vec<usize> = (0..SHARD_COUNT).collect();
        self.lock_many(&indexes)
    }

    /// Takes several shards and waits as long as it takes.
    pub(crate) fn lock_many_waiting(&self, indexes: &[usize]) -> Several<'_> {
        loop {
            if let Ok(several) = self.lock_many(indexes) {
                return several;
            }
        }
    }
}

/// Several shards, held at once.
#[derive(Debug)]
pub(crate) struct Several<'e> {
    guards: Vec<(usize, MutexGuard<'e, Shard>)>,
}

impl Several<'_> {
    fn place(&self, index: usize) -> Option<usize> {
        if self.guards.len() == SHARD_COUNT {
            return Some(index);
        }
        self.guards.binary_search_by_key(&index, |(held, _)| *held).ok()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Shard> {
        self.guards.iter_mut().map(|(_, guard)| &mut **guard)
    }
}

impl HeldShards for Several<'_> {
    fn shard(&mut self, index: usize) -> &mut Shard {
        match self.place(index) {
            Some(place) => &mut self.guards[place].1,
            None => panic!("LOCK-1: shard {index} is used but not held"),
        }
    }

    fn peek(&self, index: usize) -> Option<&Shard> {
        Some(&*self.guards[self.place(index)?].1)
    }
}

/// Holds one shard at a time: for commands that walk over all of them.
#[derive(Debug)]
pub(crate) struct Walking<'e> {
    engine: &'e Engine,
    held: Option<(usize, MutexGuard<'e, Shard>)>,
    sync_lsn: Lsn,
}

impl<'e> Walking<'e> {
    pub(crate) const fn new(engine: &'e Engine) -> Self {
        Self { engine, held: None, sync_lsn: 0 }
    }

    /// Up to where the log has to be synced before what was seen may be told.
    pub(crate) const fn sync_lsn(&self) -> Lsn {
        self.sync_lsn
    }
}

impl HeldShards for Walking<'_> {
    fn shard(&mut self, index: usize) -> &mut Shard {
        if self.held.as_ref().is_none_or(|(held, _)| *held != index) {
            self.held = None;
            let now = self.engine.clock.now();
            let mut guard = self.engine.lock_waiting(index);
            guard.advance(now);
            self.sync_lsn = self.sync_lsn.max(guard.sync_lsn);
            self.held = Some((index, guard));
        }
        match &mut self.held {
            Some((_, guard)) => guard,
            None => unreachable!("just taken"),
        }
    }

    fn peek(&self, index: usize) -> Option<&Shard> {
        self.held.as_ref().filter(|(held, _)| *held == index).map(|(_, guard)| &**guard)
    }
}

/// Takes shards at their first use and keeps them; only the one running script does.
pub(crate) struct Reaching<'e> {
    engine: &'e Engine,
    guards: Vec<Option<MutexGuard<'e, Shard>>>,
}

impl<'e> Reaching<'e> {
    pub(crate) fn new(engine: &'e Engine, declared: Several<'e>) -> Self {
        let mut guards: Vec<Option<MutexGuard<'e, Shard>>> = (0..SHARD_COUNT).map(|_| None).collect();
        for (index, guard) in declared.guards {
            guards[index] = Some(guard);
        }
        Self { engine, guards }
    }

    pub(crate) fn held(&mut self) -> impl Iterator<Item = &mut Shard> {
        self.guards.iter_mut().flatten().map(|guard| &mut **guard)
    }
}

impl HeldShards for Reaching<'_> {
    fn shard(&mut self, index: usize) -> &mut Shard {
        self.guards[index].get_or_insert_with(|| self.engine.lock_waiting(index))
    }

    fn peek(&self, index: usize) -> Option<&Shard> {
        self.guards[index].as_deref()
    }
}
