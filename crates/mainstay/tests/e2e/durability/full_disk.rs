//! A disk without room: writes are refused with an error, reads go on, and nothing acknowledged is lost.

use super::durable;
use crate::kit::{Directory, Durability, Options, Server};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// A file system in memory, mounted on the directory; unmounted on drop.
struct SmallDisk<'a> {
    directory: &'a Path,
}

impl<'a> SmallDisk<'a> {
    /// `None` where this process may not mount.
    fn mount(directory: &'a Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(directory).expect("the directory can be made");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(directory);
        let done = mount.output().is_ok_and(|output| output.status.success());
        done.then_some(Self { directory })
    }

    fn resize(&self, size: &str) {
        let mut mount = Command::new("mount");
        let status = mount.args(["-o", &format!("remount,size={size}")]).arg(self.directory).status();
        assert!(status.is_ok_and(|status| status.success()), "a mounted tmpfs can grow");
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        // Lazily: the server that still has it open is killed in a moment.
        let _ = Command::new("umount").arg("-l").arg(self.directory).status();
    }
}

#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    let directory = Arc::new(Directory::new());
    let data = directory.path().join("small-disk");
    let Some(disk) = SmallDisk::mount(&data, "256m") else {
        eprintln!("SKIPPED: may not mount a tmpfs here; the limit on file sizes stands in for a full disk");
        return;
    };
    let options = Options { data: Some(data.clone()), ..writing_at_once() };
    let server = Server::try_subject_in(options.clone(), Arc::clone(&directory)).unwrap_or_else(|f| panic!("{f}"));
    let acknowledged = fill(&server);
    assert!(acknowledged < VALUES_MAX, "350 MiB on a disk of 256 MiB");
    drop(server);
    disk.resize("1g");
    let server = Server::try_subject_in(options, Arc::clone(&directory)).unwrap_or_else(|f| panic!("{f}"));
    check_kept(&server, acknowledged);
    assert_eq!(server.connect().line("SET again works"), "+OK");
}

#[test]
fn a_file_that_cannot_grow_refuses_writes_and_loses_nothing() {
    let options = Options { file_bytes_max: Some(100 << 20), ..writing_at_once() };
    let directory = Arc::new(Directory::new());
    let server = Server::try_subject_in(options.clone(), Arc::clone(&directory)).unwrap_or_else(|f| panic!("{f}"));
    // A log in segments below the limit never meets it.
    let acknowledged = fill(&server);
    drop(server);
    let options = Options { file_bytes_max: None, ..options };
    let server = Server::try_subject_in(options, directory).unwrap_or_else(|f| panic!("{f}"));
    check_kept(&server, acknowledged);
}

/// The stand-in may neither rewrite its log meanwhile nor postpone writing while a sync runs.
fn writing_at_once() -> Options {
    let arguments = ["--auto-aof-rewrite-percentage", "0", "--appendfsync", "no"];
    Options { redis_arguments: arguments.map(str::to_owned).to_vec(), ..durable(Durability::EverySecond) }
}

/// How many values of half a MiB are tried: more than any of the disks here holds.
const VALUES_MAX: usize = 700;

/// Writes until the first refusal; returns how many writes were acknowledged.
fn fill(server: &Server) -> usize {
    let mut client = server.connect();
    let value = "x".repeat(512 << 10);
    let mut acknowledged = 0;
    let refusal = loop {
        if acknowledged == VALUES_MAX {
            return acknowledged;
        }
        let reply = client.call(["SET", &format!("key:{acknowledged}"), &value]);
        match reply.error() {
            None => acknowledged += 1,
            Some(error) => break error,
        }
    };
    assert!(acknowledged > 20, "only {acknowledged} values fitted: {refusal}");
    assert!(refusal.split(' ').next().is_some_and(|code| code.len() > 2), "an error has a code: {refusal}");
    // Reading goes on, on this connection and on new ones; writing stays refused, and nothing half-done is visible.
    assert_eq!(client.ask("STRLEN key:3").integer(), 512 << 10);
    assert_eq!(server.connect().ask("STRLEN key:0").integer(), 512 << 10);
    assert!(server.connect().call(["SET", "late", &value]).error().is_some());
    acknowledged
}

fn check_kept(server: &Server, acknowledged: usize) {
    let mut client = server.connect();
    // redis-server acknowledges the very write that its log then refuses.
    let sure = if Server::subject_is_stand_in() { acknowledged - 2 } else { acknowledged };
    for n in 0..sure {
        assert_eq!(client.ask(&format!("STRLEN key:{n}")).integer(), 512 << 10, "key:{n} of {acknowledged}");
    }
}
