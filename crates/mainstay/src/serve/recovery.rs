//! From a data directory to a node that can serve.

use super::Failure;
use super::background::Helper;
use super::clock::SystemClock;
use super::node::{LateLog, Node, Parts};
use super::snapshotter::Snapshotter;
use super::tls::Acceptor;
use super::{say, translate};
use crate::cli::Exit;
use crate::config::Config;
use crate::disk::{DataDir, Journal, Segments, SnapshotError, Snapshots};
use crate::telemetry::Logger;
use mainstay_foundation::Timestamp;
use mainstay_node::engine::{Clock, Engine, Log, ReplayError, Settings};
use mainstay_node::keyspace::Durability;
use mainstay_storage::recover::Refusal;
use mainstay_storage::{ClusterId, Lsn, Recovery, SnapshotHeader, Wal, recover};
use std::io::Read;
use std::sync::Arc;

/// Opens the directory, fills an engine from snapshot and log, and starts the log.
pub(super) fn open(config: Config, logger: &Logger) -> Result<Arc<Node>, Failure> {
    let clock = Arc::new(SystemClock::start());
    let dir = DataDir::open(&config.node.data_dir, ClusterId(random_u128()?))
        .map_err(|error| Failure::new(Exit::No, error))?;
    let tls = match &config.tls {
        Some(tls) => Some(Acceptor::load(tls).map_err(|error| Failure::new(Exit::BadInput, error))?),
        None => None,
    };
    let acl = translate::acl(&config).map_err(|error| Failure::new(Exit::BadInput, error))?;
    let background = Helper::start(logger.clone()).map_err(|error| Failure::new(Exit::Internal, error))?;
    let settings =
        Settings { background: Some(Arc::new(background)), ..translate::settings(&config, Settings::default()) };
    let log = LateLog::default();
    let shared_clock = SharedClock(Arc::clone(&clock));
    let seed = random_u128()? as u64;
    let engine =
        Engine::new(translate::keyspaces(&config), settings, acl, Box::new(log.clone()), Box::new(shared_clock), seed);
    let engine = Arc::new(engine);
    let snapshots = Snapshots::new(dir.path(), dir.cluster(), config.snapshot.keep);
    let wal = fill(&engine, &dir, &snapshots, &config, &clock, logger)?;
    let failures = logger.clone();
    let on_failure = Box::new(move |what: &str| failures.error("wal", what, &[]));
    let journal = Journal::start(dir.path(), wal, Arc::clone(&clock) as Arc<dyn Clock>, on_failure)
        .map_err(|error| Failure::new(Exit::No, format!("the log cannot be opened: {error}")))?;
    // The mark of a start: what follows a last snapshot is known to follow it.
    let now = clock.now().as_micros().to_le_bytes();
    journal.append(&[&now], Durability::Always).map_err(|error| Failure::new(Exit::No, error))?;
    journal.sync_now().map_err(|error| Failure::new(Exit::No, error))?;
    log.set(journal.clone());
    let snapshotter =
        Snapshotter::start(snapshots, Arc::clone(&engine), journal.clone(), &config.snapshot, logger.clone())
            .map_err(|error| Failure::new(Exit::Internal, error))?;
    Ok(Node::new(Parts { engine, journal, clock, logger: logger.clone(), snapshotter, tls, config, dir }))
}

struct SharedClock(Arc<SystemClock>);

impl Clock for SharedClock {
    #[inline]
    fn instant(&self) -> mainstay_foundation::Instant {
        self.0.instant()
    }

    #[inline]
    fn date(&self, at: mainstay_foundation::Instant) -> Timestamp {
        self.0.date(at)
    }
}

fn fill(
    engine: &Engine,
    dir: &DataDir,
    snapshots: &Snapshots,
    config: &Config,
    clock: &SystemClock,
    logger: &Logger,
) -> Result<Wal, Failure> {
    let began = clock.instant();
    let bad = |error: &dyn std::fmt::Display| {
        Failure::new(
            Exit::No,
            format!("{error}\nhelp: look at it with `mainstay storage check {}`", dir.path().display()),
        )
    };
    snapshots.clean().map_err(|error| bad(&error))?;
    let base = load_snapshot(engine, snapshots, logger).map_err(|error| bad(&error))?;
    let after = base.as_ref().map_or(Lsn::ZERO, |header| header.lsn);
    let (recovery, latest) = replay(engine, dir, after).map_err(|error| bad(&error))?;
    let segments = Segments::new(dir.path());
    for step in &recovery.steps {
        segments.perform(step).map_err(|error| bad(&error))?;
    }
    if let Some(cut) = &recovery.cut {
        let (file, offset, lsn) = (cut.segment.file_name(), cut.offset, cut.lsn.0);
        logger.warn(
            "wal",
            "cut a torn tail, which was never acknowledged as durable",
            &[("file", &file), ("offset", &offset), ("lsn", &lsn)],
        );
    }
    if recovery.records > 0 {
        engine.forget_unlogged();
    }
    let floor = base.as_ref().map_or(latest, |header| header.time_floor.max(latest));
    engine.advance(floor);
    let keys: usize = engine.key_counts().iter().map(|(keys, _)| keys).sum();
    let took = clock.instant().since(began);
    let from =
        base.map_or_else(|| "nothing".to_owned(), |header| mainstay_storage::snapshot::snapshot_file_name(header.lsn));
    let rate = recovery.records as f64 / took.as_secs_f64().max(1e-9);
    say(&format!(
        "recovered keys={keys} from={from} records={} seconds={:.3} records_per_second={rate:.0}",
        recovery.records,
        took.as_secs_f64()
    ));
    Wal::resume(translate::wal(config), dir.cluster(), recovery.resume)
        .map_err(|error| Failure::new(Exit::BadInput, error))
}

/// Fills the engine from the newest snapshot that is whole. A damaged one is passed over: the log reaches back to the one before it.
fn load_snapshot(
    engine: &Engine,
    snapshots: &Snapshots,
    logger: &Logger,
) -> Result<Option<SnapshotHeader>, SnapshotError> {
    let mut damaged = None;
    for lsn in snapshots.list()? {
        let read = snapshots
            .read(lsn, |header, image| engine.restore(image, header.is_final).map_err(|error| error.to_string()));
        match read {
            Ok(header) => return Ok(Some(header)),
            Err(error @ SnapshotError::Damaged { .. }) => {
                logger.warn("snapshot", "passed over a damaged snapshot", &[("reason", &error)]);
                engine.clear();
                damaged.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    damaged.map_or(Ok(None), Err)
}

fn replay(engine: &Engine, dir: &DataDir, after: Lsn) -> Result<(Recovery, Timestamp), String> {
    let mut recovered = None;
    let latest = engine.replay(&mut |apply| {
        let mut failed = None;
        let read = recover(&Segments::new(dir.path()), after, Some(dir.cluster()), |record| {
            apply(record.payload).map_err(|error| {
                let refusal = Refusal(error.to_string());
                failed = Some(error);
                refusal
            })
        });
        recovered = Some(read);
        failed.map_or(Ok(()), Err)
    });
    match (recovered, latest) {
        (Some(Ok(recovery)), Ok(latest)) => Ok((recovery, latest)),
        (Some(Err(error)), _) => Err(error.to_string()),
        (_, Err(error)) => Err(replay_failed(&error)),
        (None, Ok(_)) => Err("the log was not read".to_owned()),
    }
}

fn replay_failed(error: &ReplayError) -> String {
    format!("the log cannot be applied: {error}")
}

fn random_u128() -> Result<u128, Failure> {
    let mut bytes = [0u8; 16];
    std::fs::OpenOptions::new()
        .read(true)
        .open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(|error| Failure::new(Exit::Internal, format!("/dev/urandom: {error}")))?;
    Ok(u128::from_le_bytes(bytes))
}
