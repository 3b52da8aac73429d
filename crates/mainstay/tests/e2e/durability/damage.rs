//! A log whose end is missing, and one whose middle has changed.

use super::durable;
use crate::kit::{Directory, Durability, Options, Server};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes keys 0 to 99 and kills the server at once. The values can be found in the files again.
fn written(durability: Durability) -> (Options, Arc<Directory>) {
    let options = durable(durability);
    let server = Server::subject_with(options.clone());
    let mut client = server.connect();
    for n in 0..100 {
        client.send_line(&format!("SET key:{n} marker-of-value-{n:03}-in-the-log"));
    }
    for _ in 0..100 {
        assert_eq!(client.receive().to_string(), "+OK");
    }
    (options, server.kill())
}

/// The file below `directory` that holds the value of key `n`, and where in it.
fn place_of_value(directory: &Path, n: usize) -> (PathBuf, usize) {
    let marker = format!("marker-of-value-{n:03}-in-the-log").into_bytes();
    let mut directories = vec![directory.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).expect("the data directory can be read") {
            let path = entry.expect("the data directory can be read").path();
            if path.is_dir() {
                directories.push(path);
            } else if let Ok(content) = std::fs::read(&path)
                && let Some(at) = content.windows(marker.len()).position(|window| window == marker)
            {
                return (path, at);
            }
        }
    }
    panic!("no file holds the value of key:{n}");
}

/// Cuts the log in the middle of the last record; the file and its content after that.
fn cut_last_record(directory: &Path) -> (PathBuf, Vec<u8>) {
    let (file, at) = place_of_value(directory, 99);
    let mut content = std::fs::read(&file).expect("the log can be read");
    content.truncate(at + 10);
    std::fs::write(&file, &content).expect("the log can be written");
    (file, content)
}

#[test]
fn a_torn_tail_is_cut() {
    let server = torn_and_started();
    let mut client = server.connect();
    assert_eq!(client.line("GET key:98"), r#""marker-of-value-098-in-the-log""#);
    assert_eq!(client.line("EXISTS key:99"), ":0");
    // What comes after the cut is kept like anything else.
    assert_eq!(client.line("SET after the-cut"), "+OK");
    let server = server.restart_after_kill();
    assert_eq!(server.connect().line("MGET key:0 after"), r#"["marker-of-value-000-in-the-log", "the-cut"]"#);
}

/// A server on a log whose last record is torn. The sync of each second may just have covered that record, and then it
/// is no torn tail but a loss: so a few attempts are made.
fn torn_and_started() -> Server {
    let mut refusals = Vec::new();
    for _ in 0..5 {
        let (options, directory) = written(Durability::EverySecond);
        cut_last_record(directory.path());
        match Server::try_subject_in(options, directory) {
            Ok(server) => return server,
            Err(failure) => refusals.push(failure.to_string()),
        }
    }
    panic!("no start with a torn tail: {refusals:?}");
}

#[test]
fn a_missing_end_that_was_synced_stops_the_start() {
    if skipped() {
        return;
    }
    let (options, directory) = written(Durability::Always);
    let (file, content) = cut_last_record(directory.path());
    check_refused(options, &directory, &file, &content);
}

#[test]
fn a_damaged_middle_stops_the_start_and_says_where() {
    if skipped() {
        return;
    }
    let (options, directory) = written(Durability::Always);
    let (file, at) = place_of_value(directory.path(), 50);
    let mut content = std::fs::read(&file).expect("the log can be read");
    content[at + 3] ^= 0x20;
    std::fs::write(&file, &content).expect("the log can be written");
    check_refused(options, &directory, &file, &content);
}

fn skipped() -> bool {
    let stand_in = Server::subject_is_stand_in();
    if stand_in {
        eprintln!("SKIPPED: redis-server has no checksums in its log");
    }
    stand_in
}

/// The start fails, names the file and the offset, and leaves the file as it is.
fn check_refused(options: Options, directory: &Arc<Directory>, file: &Path, content: &[u8]) {
    let started = Server::try_subject_in(options, Arc::clone(directory));
    let failure = started.map(drop).expect_err("the start must be refused");
    let status = failure.status.expect("the program ends by itself");
    assert!(status.code().is_some_and(|code| code != 0), "ended with {status}");
    let name = file.file_name().expect("a file has a name").to_string_lossy();
    assert!(failure.output.contains(&*name), "the file {name} is not named:\n{}", failure.output);
    assert!(failure.output.contains("offset"), "no offset is named:\n{}", failure.output);
    assert!(std::fs::read(file).expect("the log can be read") == content, "a refused start changes nothing");
}
