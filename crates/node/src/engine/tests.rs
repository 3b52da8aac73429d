//! What a reply may tell, and what a snapshot holds, against a log whose every step is seen.

use super::*;
use crate::command::index;
use crate::keyspace::Keyspace;
use crate::resp::Protocol;
use crate::shard::SnapshotStep;
use crate::shell::{ManualClock, NoLog};

/// Counts records; refuses them when told to.
#[derive(Clone, Default)]
struct Watched {
    last: Arc<AtomicU64>,
    refuses: Arc<AtomicU64>,
    fell_behind: Arc<AtomicU64>,
}

impl Log for Watched {
    fn admit(&self, _bytes: usize) -> Result<(), LogError> {
        Ok(())
    }

    fn append(&self, _parts: &[&[u8]], _durability: Durability) -> Result<Lsn, LogError> {
        if self.refuses.load(Ordering::Relaxed) > 0 {
            return Err(LogError::NoSpace);
        }
        Ok(self.last.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn fell_behind(&self) {
        self.fell_behind.fetch_add(1, Ordering::Relaxed);
    }
}

fn engine(log: Box<dyn Log>) -> Engine {
    let space = Keyspace { durability: Durability::Always, ..Keyspace::default_space() };
    let clock = Box::new(ManualClock::default());
    Engine::new(Keyspaces::new(vec![space]), Settings::default(), Acl::new(index()), log, clock, 1)
}

fn session(engine: &Engine, id: u64) -> Session {
    Session::new(ClientInfo::detached(id), engine.dice())
}

fn run(engine: &Engine, session: &mut Session, line: &str) -> String {
    let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    let mut out = Encoder::new(Vec::new(), Protocol::Resp2);
    engine.execute(session, &args, &mut out);
    out.bytes().escape_ascii().to_string()
}

#[test]
fn a_refused_record_closes_the_log_and_what_it_would_have_held_is_not_told() {
    let log = Watched::default();
    let engine = engine(Box::new(log.clone()));
    let (mut writer, mut reader) = (session(&engine, 1), session(&engine, 2));
    log.refuses.store(1, Ordering::Relaxed);
    assert!(run(&engine, &mut writer, "SET k v").starts_with("-UNKNOWN"));
    assert_eq!(log.fell_behind.load(Ordering::Relaxed), 1);
    run(&engine, &mut reader, "GET k");
    assert_eq!(reader.sync_lsn, Lsn::MAX, "no sync covers it");
}

#[test]
fn an_exec_that_tells_of_a_change_waits_for_it() {
    let engine = engine(Box::new(Watched::default()));
    let (mut watcher, mut writer) = (session(&engine, 1), session(&engine, 2));
    run(&engine, &mut watcher, "WATCH k");
    run(&engine, &mut watcher, "MULTI");
    run(&engine, &mut writer, "SET k v");
    assert_eq!(run(&engine, &mut watcher, "EXEC"), "*-1\\r\\n");
    assert_eq!(watcher.sync_lsn, writer.sync_lsn);
    assert!(writer.sync_lsn > 0);
}

#[test]
fn a_database_made_after_the_cut_is_not_in_the_snapshot() {
    let engine = engine(Box::new(NoLog));
    let mut writer = session(&engine, 1);
    engine.begin_snapshot(false, || ());
    run(&engine, &mut writer, "INCR k");
    run(&engine, &mut writer, "INCR k");
    let mut images = Vec::new();
    for index in 0..SHARD_COUNT {
        while engine.snapshot_step(index, 1, &mut images) == SnapshotStep::More {}
    }
    assert_eq!(images, [], "nothing was there at the cut");
}
