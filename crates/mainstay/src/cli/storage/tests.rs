use super::*;
use crate::disk::{DataDir, Journal};
use crate::serve::SystemClock;
use mainstay_node::engine::Log;
use mainstay_node::keyspace::Durability;
use mainstay_storage::{SegmentId, Wal, WalConfig, recover};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

const CLUSTER: ClusterId = ClusterId(0xabc);

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mainstay-cli-storage-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// A stopped node's directory with a hundred durable records.
    fn with_log(name: &str) -> Self {
        let scratch = Self::new(name);
        let dir = DataDir::open(&scratch.0, CLUSTER).expect("a directory");
        let recovery = recover(&crate::disk::Segments::new(dir.path()), mainstay_storage::Lsn::ZERO, None, |_| Ok(()));
        let config = WalConfig { segment_bytes: 1 << 20, ..WalConfig::default() };
        let wal = Wal::resume(config, CLUSTER, recovery.expect("an empty log").resume).expect("a log");
        let clock = Arc::new(SystemClock::start());
        let journal = Journal::start(dir.path(), wal, clock, Box::new(|what| panic!("{what}"))).expect("a journal");
        for number in 0..100u64 {
            journal.append(&[b"record ", &number.to_le_bytes()], Durability::Always).expect("room");
        }
        assert!(journal.status().appended_bytes > 0);
        journal.stop().expect("a sound log");
        let status = journal.status();
        assert_eq!(status.sync_buckets.iter().sum::<u64>(), status.syncs);
        drop(dir);
        scratch
    }

    fn segment(&self) -> PathBuf {
        let first = fs::read_dir(&self.0).expect("a directory").filter_map(|entry| {
            let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
            SegmentId::from_file_name(&name).map(|_| name)
        });
        self.0.join(first.min().expect("a segment"))
    }

    /// Changes a byte of the 50th record.
    fn damage(&self) -> Vec<u8> {
        let mut bytes = fs::read(self.segment()).expect("a segment");
        let marker = [b"record ".as_slice(), &50u64.to_le_bytes()].concat();
        let at = bytes.windows(marker.len()).position(|window| window == marker).expect("the record");
        bytes[at] ^= 1;
        fs::write(self.segment(), &bytes).expect("a damaged segment");
        bytes
    }

    fn run(&self, repairing: bool, json: bool) -> (Exit, String, String) {
        let args = StorageArgs { dir: self.0.clone(), json };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = if repairing { repair(&args, &mut out, &mut err) } else { check(&args, &mut out, &mut err) };
        (exit, String::from_utf8(out).expect("UTF-8"), String::from_utf8(err).expect("UTF-8"))
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(&self.0)
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_file())
            .map(|path| {
                (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("a file"))
            })
            .collect();
        files.sort();
        files
    }
}

#[test]
fn a_sound_directory_is_sound_and_stays_as_it_is() {
    let scratch = Scratch::with_log("sound");
    let before = scratch.files();
    let (exit, out, err) = scratch.run(false, false);
    assert_eq!((exit, err.as_str()), (Exit::Done, ""), "{out}");
    assert!(out.contains("100 records") && out.ends_with("verdict: clean\n"), "{out}");
    let (exit, out, _) = scratch.run(false, true);
    let found: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((exit, &found["verdict"], &found["log"]["records"]), (Exit::Done, &"clean".into(), &100.into()));
    let (exit, out, _) = scratch.run(true, false);
    assert!(exit == Exit::Done && out.contains("nothing to repair"), "{out}");
    assert!(before == scratch.files());
}

#[test]
fn a_damaged_log_is_named_and_repaired_without_losing_a_byte() {
    let scratch = Scratch::with_log("damaged");
    let damaged = scratch.damage();
    let before = scratch.files();
    let (exit, out, _) = scratch.run(false, false);
    let name = scratch.segment().file_name().expect("a name").to_string_lossy().into_owned();
    assert_eq!(exit, Exit::No, "{out}");
    for part in [name.as_str(), "offset", "verdict: damaged", "storage repair", "records from lsn 51"] {
        assert!(out.contains(part), "{part} is missing:\n{out}");
    }
    assert!(before == scratch.files(), "a check changes nothing");

    let (exit, out, err) = scratch.run(true, false);
    assert_eq!((exit, err.as_str()), (Exit::Done, ""), "{out}");
    assert!(out.contains("gives up: records from lsn 51") && out.ends_with("verdict: clean\n"), "{out}");
    assert!(out.contains("50 records"), "{out}");
    let kept = fs::read(scratch.0.join(check::LOST_AND_FOUND).join(&name)).expect("the copy");
    assert!(kept == damaged, "what was cut is kept");
    assert_eq!(scratch.run(false, false).0, Exit::Done);
}

#[test]
fn a_second_repair_replaces_nothing_that_the_first_set_aside() {
    let scratch = Scratch::with_log("twice");
    let lost = scratch.0.join(check::LOST_AND_FOUND);
    let name = scratch.segment().file_name().expect("a name").to_string_lossy().into_owned();
    fs::create_dir_all(&lost).expect("a folder");
    fs::write(lost.join(&name), b"older").expect("a file");
    let damaged = scratch.damage();
    assert_eq!(scratch.run(true, true).0, Exit::Done);
    assert_eq!(fs::read(lost.join(&name)).expect("the older file"), b"older");
    assert!(fs::read(lost.join(format!("{name}.1"))).expect("the copy") == damaged);
}

#[test]
fn a_damaged_snapshot_is_set_aside() {
    let scratch = Scratch::with_log("snapshot");
    let file = snapshot_file_name(mainstay_storage::Lsn(7));
    fs::write(scratch.0.join(&file), b"no snapshot").expect("a file");
    let (exit, out, _) = scratch.run(false, true);
    let found: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (exit, &found["verdict"], &found["snapshots"][0]["sound"]),
        (Exit::No, &"bad snapshot".into(), &false.into())
    );
    let (exit, out, _) = scratch.run(true, true);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (exit, &report["after"]["verdict"], &report["plan"]["gives_up"]),
        (Exit::Done, &"clean".into(), &Value::Null)
    );
    assert!(scratch.0.join(check::LOST_AND_FOUND).join(&file).exists() && !scratch.0.join(&file).exists());
}

#[test]
fn an_identity_that_is_missing_damaged_or_foreign_is_a_finding() {
    let scratch = Scratch::with_log("identity");
    let meta = scratch.0.join("meta");
    for (text, exit, part) in [
        (None, Exit::No, "write `mainstay 1 00000000000000000000000000000abc`"),
        (Some("nonsense"), Exit::No, "write `mainstay 1 00000000000000000000000000000abc`"),
        (Some("mainstay 1 00000000000000000000000000000001\n"), Exit::No, "mixed"),
        (Some("mainstay 9 00000000000000000000000000000abc\n"), Exit::Unknown, "format 9"),
        (Some("mainstay 1 00000000000000000000000000000abc\n"), Exit::Done, "verdict: clean"),
    ] {
        match text {
            Some(text) => fs::write(&meta, text).expect("a file"),
            None => fs::remove_file(&meta).expect("the file"),
        }
        let (found, out, _) = scratch.run(false, false);
        assert_eq!(found, exit, "{text:?}: {out}");
        assert!(out.contains(part), "{text:?}: {out}");
    }
}

#[test]
fn what_is_no_data_directory_or_in_use_is_refused_and_left_alone() {
    let scratch = Scratch::new("refused");
    assert_eq!(scratch.run(false, false).0, Exit::BadInput);
    assert!(!scratch.0.exists(), "a check makes no directory");
    fs::create_dir_all(&scratch.0).expect("a folder");
    fs::write(scratch.0.join("letter.txt"), b"dear").expect("a file");
    for repairing in [false, true] {
        let (exit, _, err) = scratch.run(repairing, false);
        assert!(exit == Exit::BadInput && err.contains("neither a log nor snapshots"), "{err}");
    }
    assert_eq!(scratch.files().len(), 1, "no lock file is left where it does not belong");
    let running = Scratch::with_log("in-use");
    let lock = DirLock::take(&running.0).expect("the lock");
    let (exit, _, err) = running.run(false, false);
    assert!(exit == Exit::BadInput && err.contains("in use"), "{err}");
    drop(lock);
    assert_eq!(running.run(false, false).0, Exit::Done);
}
