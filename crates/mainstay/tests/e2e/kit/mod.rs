//! What every end-to-end test stands on: a server process, a client that hides nothing, and foreign programs.

mod client;
mod directory;
mod external;
mod reply;
mod server;
mod start;

pub(crate) use client::{Client, encode};
pub(crate) use directory::Directory;
pub(crate) use external::{clients_directory, require, run, shell_signal};
pub(crate) use reply::{Reply, escaped};
pub(crate) use server::{Address, Durability, Options, Server};
pub(crate) use start::StartFailure;

use std::time::{Duration, Instant};

/// Asks `condition` again and again until it holds; panics naming `what` after ten seconds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < give_up, "waited 10 s in vain for: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// True, and says so, when the server under test is not `mainstay`, which alone has `what`.
pub(crate) fn skipped_for_want_of(what: &str) -> bool {
    let stand_in = Server::subject_is_stand_in();
    if stand_in {
        eprintln!("SKIPPED: only mainstay has {what}");
    }
    stand_in
}

/// A number from the environment, or its default.
pub(crate) fn number_from_environment(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => default,
    }
}
