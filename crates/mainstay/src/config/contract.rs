//! What a keyspace promises, derived from its declaration: the text that `mainstay check` prints.

use super::keyspace::Quorum;
use super::quantity::{format_duration, format_size};
use super::{Durability, Eviction, Keyspace, Level, Partition, Replication, Strategy, Values};

/// What is said of a keyspace whose data an existing engine holds.
const ENGINE_DECIDES: &str = "as the engine behind it";

/// The promises of one keyspace. Each field is a sentence or a short phrase for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Which keys are meant.
    pub keys: String,
    /// What an acknowledged write survives.
    pub survives: String,
    /// What may be lost, in the worst case that is planned for.
    pub may_lose: String,
    /// The choice under a partition and without one.
    pub cap: String,
    /// Levels that reads can ask for, weakest first; empty: what the engine behind it gives.
    pub levels: Vec<Level>,
    /// The level of reads that ask for none.
    pub level: Option<Level>,
    /// The memory limit and what happens at it.
    pub memory: String,
    /// When keys expire.
    pub expiry: String,
    /// How keys are cut into slices.
    pub partitioning: String,
    /// The engine or origin behind it.
    pub behind: Option<String>,
}

impl Contract {
    /// Derives the contract of a declared keyspace.
    #[must_use]
    pub fn of(keyspace: &Keyspace) -> Self {
        Self {
            keys: keys(keyspace),
            survives: survives(keyspace),
            may_lose: may_lose(keyspace),
            cap: cap(keyspace),
            level: keyspace.level.or_else(|| levels(keyspace).last().copied()),
            levels: levels(keyspace),
            memory: memory(keyspace),
            expiry: expiry(keyspace),
            partitioning: partitioning(keyspace).to_owned(),
            behind: behind(keyspace),
        }
    }

    /// Label and text of each promise, in reading order.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("keys", self.keys.clone()),
            ("survives", self.survives.clone()),
            ("may lose", self.may_lose.clone()),
            ("CAP/PACELC", self.cap.clone()),
            ("reads", self.reads()),
            ("memory", self.memory.clone()),
            ("expiry", self.expiry.clone()),
            ("partition", self.partitioning.clone()),
        ];
        lines.extend(self.behind.clone().map(|behind| ("behind it", behind)));
        lines
    }

    fn reads(&self) -> String {
        let Some(level) = self.level else { return "what the engine gives".to_owned() };
        let others: Vec<&str> =
            self.levels.iter().filter(|other| **other != level).map(|other| other.as_str()).collect();
        format!("{level}; on request {}", others.join(", "))
    }
}

/// The levels that a keyspace's replication can give, weakest first.
pub(crate) fn levels(keyspace: &Keyspace) -> Vec<Level> {
    use Level::{Causal, Eventual, Linearizable, Monotonic, ReadYourWrites, Sequential};
    let weak = vec![Eventual, Monotonic, ReadYourWrites, Causal];
    match (&keyspace.engine, &keyspace.quorum) {
        (Some(_), _) => Vec::new(),
        (None, None) => vec![Eventual, Monotonic, ReadYourWrites, Causal, Sequential, Linearizable],
        (None, Some(quorum)) if is_linearizable(quorum) => [weak, vec![Linearizable]].concat(),
        (None, Some(_)) => weak,
    }
}

fn is_linearizable(quorum: &Quorum) -> bool {
    match quorum.values {
        Values::Crdt => false,
        Values::Register => quorum.overlaps() && !quorum.sloppy,
        Values::Cas => true,
    }
}

fn keys(keyspace: &Keyspace) -> String {
    if keyspace.prefix.is_empty() {
        "every key that no other prefix claims".to_owned()
    } else {
        format!("keys that begin with \"{}\"", keyspace.prefix)
    }
}

fn survives(keyspace: &Keyspace) -> String {
    if let Some(engine) = &keyspace.engine {
        return format!("what {engine} promises; this node keeps nothing");
    }
    let here = match keyspace.durability {
        Durability::Always => "a process crash and a power loss",
        Durability::Everysec => "a process crash; a power loss but for the last second",
        Durability::Never => "nothing: it lives in memory only",
    };
    match (keyspace.replication, &keyspace.quorum) {
        (Replication::Local, _) | (Replication::Quorum, None) => {
            format!("{here} (one copy, durability {})", keyspace.durability)
        }
        (Replication::Raft, _) => {
            let tolerated = keyspace.replicas.saturating_sub(1) / 2;
            format!("{here}, and the loss of {tolerated} of {} replicas", keyspace.replicas)
        }
        (Replication::Quorum, Some(quorum)) => match quorum.w {
            0 | 1 => format!("{here}; one of {} replicas acknowledges it", quorum.n),
            w => {
                format!("{here}, and the loss of {} of the {w} replicas (of {}) that acknowledged it", w - 1, quorum.n)
            }
        },
    }
}

fn may_lose(keyspace: &Keyspace) -> String {
    if let Some(engine) = &keyspace.engine {
        return format!("what {engine} may lose");
    }
    let lost = match (keyspace.durability, keyspace.replication) {
        (Durability::Never, Replication::Local) => "everything, on any restart but after an orderly stop",
        (Durability::Always, Replication::Local) => "nothing, unless the disk is lost",
        (Durability::Everysec, Replication::Local) => {
            "the last second before a power loss; everything, if the disk is lost"
        }
        (_, Replication::Raft) => "nothing while a majority of its replicas keeps its disks",
        (Durability::Always, Replication::Quorum) => "nothing while one replica that acknowledged it keeps its disk",
        (Durability::Everysec, Replication::Quorum) => {
            "the last second before a power loss that strikes every replica that acknowledged it; everything, if their disks are lost"
        }
        (Durability::Never, Replication::Quorum) => "what no running replica holds",
    };
    let evicts = keyspace.eviction != Eviction::None;
    format!("{lost}{}", if evicts { "; any key at any time, when memory is full" } else { "" })
}

fn cap(keyspace: &Keyspace) -> String {
    if keyspace.engine.is_some() {
        return ENGINE_DECIDES.to_owned();
    }
    match (keyspace.replication, &keyspace.quorum) {
        (Replication::Local, _) | (Replication::Quorum, None) => {
            "one copy, no choice to make: while its owner is away, its keys are away (-CLUSTERDOWN)".to_owned()
        }
        (Replication::Raft, _) => "CP, PC/EC (PC/EL for weaker reads): a minority refuses".to_owned(),
        (Replication::Quorum, Some(quorum)) => quorum_cap(quorum),
    }
}

fn quorum_cap(quorum: &Quorum) -> String {
    let sloppy = if quorum.sloppy { ", sloppy" } else { "" };
    let sum = format!("r + w = {}, n = {}{sloppy}", quorum.r + quorum.w, quorum.n);
    match (quorum.values, quorum.overlaps() && !quorum.sloppy) {
        (Values::Cas, _) => "CP, PC/EC: a key is decided by a majority (Paxos)".to_owned(),
        (Values::Crdt | Values::Register, false) => {
            format!("AP, PA/EL ({sum}): reads may miss acknowledged writes for a while")
        }
        (Values::Register, true) => format!("CP, PC/EC ({sum}): reads write back, so registers are linearizable"),
        (Values::Crdt, true) => {
            format!("CP, PC/EC ({sum}): regular, not linearizable: two reads may see values that do not compare")
        }
    }
}

fn memory(keyspace: &Keyspace) -> String {
    if keyspace.engine.is_some() {
        return ENGINE_DECIDES.to_owned();
    }
    let full = match keyspace.eviction {
        Eviction::None => "when full, writes are refused with -OOM and nothing acknowledged is dropped".to_owned(),
        policy => format!("when full, keys are dropped by {policy}"),
    };
    let keys = keyspace.max_keys.map(|keys| format!(", at most {keys} keys")).unwrap_or_default();
    format!("{}{keys}; {full}", format_size(keyspace.max_memory))
}

fn expiry(keyspace: &Keyspace) -> String {
    if keyspace.engine.is_some() {
        return ENGINE_DECIDES.to_owned();
    }
    match keyspace.ttl {
        None => "only where a client asks for it".to_owned(),
        Some(ttl) if keyspace.ttl_jitter > 0.0 => {
            format!(
                "{} after a write that names no time, shortened by up to {} %",
                format_duration(ttl),
                keyspace.ttl_jitter * 100.0
            )
        }
        Some(ttl) => format!("{} after a write that names no time", format_duration(ttl)),
    }
}

const fn partitioning(keyspace: &Keyspace) -> &'static str {
    if keyspace.engine.is_some() {
        return ENGINE_DECIDES;
    }
    match keyspace.partition {
        Partition::Slots => "slots: 16,384 by CRC16, as cluster clients know them",
        Partition::Hash => "hash: tablets by hash",
        Partition::Range => "range: in byte order; scans over neighbours stay together",
        Partition::Ring => "ring: consistent hashing",
        Partition::Directory => "directory: placed one by one",
    }
}

fn behind(keyspace: &Keyspace) -> Option<String> {
    if let Some(engine) = &keyspace.engine {
        return Some(format!("{engine} holds the data"));
    }
    let origin = keyspace.origin.as_ref()?;
    let duty = match origin.strategy {
        Strategy::CacheAside => "clients fill and invalidate",
        Strategy::ReadThrough => "a miss is loaded; writes are refused",
        Strategy::WriteThrough => "a write reaches it before the reply",
        Strategy::WriteBehind => "a write is logged here and reaches it later",
    };
    let grace =
        origin.grace.map(|grace| format!("; stale for up to {} while one caller reloads", format_duration(grace)));
    let negative = format_duration(origin.negative_ttl);
    Some(format!(
        "{} ({}): {duty}; absence is remembered for {negative}{}",
        origin.kind,
        origin.strategy,
        grace.unwrap_or_default()
    ))
}
