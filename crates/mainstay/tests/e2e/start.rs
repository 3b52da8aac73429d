//! Starts that must not succeed, and what they leave untouched.

use crate::kit::{Directory, Durability, Options, Server, StartFailure, skipped_for_want_of};
use std::sync::Arc;

fn refused(options: Options, directory: Arc<Directory>) -> StartFailure {
    Server::try_subject_in(options, directory).expect_err("the start is refused")
}

#[test]
fn a_data_directory_serves_one_process() {
    if skipped_for_want_of("a lock on its data") {
        return;
    }
    let data = Directory::new();
    let options = Options { data: Some(data.path().to_owned()), ..Options::default() };
    let server = Server::try_subject_in(options.clone(), Arc::new(Directory::new())).unwrap_or_else(|f| panic!("{f}"));
    let failure = refused(options.clone(), Arc::new(Directory::new()));
    assert_eq!(failure.status.and_then(|status| status.code()), Some(1), "{failure}");
    assert!(failure.output.contains("in use by another process"), "{failure}");
    assert_eq!(server.connect().line("SET k v"), "+OK", "the first goes on");
    // The lock goes with the process, however that ended.
    server.kill();
    drop(Server::try_subject_in(options, Arc::new(Directory::new())).unwrap_or_else(|failure| panic!("{failure}")));
}

#[test]
fn a_port_in_use_is_named_and_costs_no_data() {
    if skipped_for_want_of("its own words for that") {
        return;
    }
    let never = "[keyspace.s]\nprefix = \"s:\"\ndurability = \"never\"\n";
    let options = Options { toml: never.to_owned(), durability: Durability::EverySecond, ..Options::default() };
    let server = Server::subject_with(options.clone());
    server.connect().ask("SET s:1 kept");
    let (_, directory) = server.terminate();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("a listener has an address");
    let listening =
        format!("[listen]\nresp_tls = \"off\"\nunix = \"{}/no/such/place\"\n{never}", directory.path().display());
    for (toml, named) in
        [(format!("[listen]\nadmin = \"{address}\"\n{never}"), "listen.admin"), (listening, "listen.unix")]
    {
        let failure = refused(Options { toml, admin_from_file: true, ..options.clone() }, Arc::clone(&directory));
        assert_eq!(failure.status.and_then(|status| status.code()), Some(1), "{failure}");
        assert!(failure.output.contains(named), "{failure}");
    }
    drop(taken);
    let server = Server::try_subject_in(options, directory).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(server.connect().line("GET s:1"), r#""kept""#, "what an orderly stop kept is still there");
}

#[test]
fn an_address_that_others_reach_asks_for_credentials() {
    if skipped_for_want_of("listeners in TOML") {
        return;
    }
    let start = |toml: &str| {
        let options = Options { toml: toml.to_owned(), ..Options::default() };
        Server::try_subject_in(options, Arc::new(Directory::new()))
    };
    let failure = start("[listen]\nresp_tls = \"0.0.0.0:0\"\n").expect_err("there is no [tls]");
    assert_eq!(failure.status.and_then(|status| status.code()), Some(65), "{failure}");
    assert!(failure.output.contains("resp_tls"), "{failure}");
}
