//! End to end: the real binary, real clients, a real redis-server beside it.
//!
//! `scripts/test` installs the foreign programs these tests need. `E2E_SUBJECT=redis-server` runs them against
//! redis-server in the place of `mainstay`.
#![allow(
    clippy::disallowed_methods,
    reason = "a test of the whole program is a shell: it reads clocks and opens files"
)]

mod acl;
mod admin;
mod blocking;
mod clients;
mod connections;
mod differential;
mod durability;
mod keyspaces;
mod kit;
mod limits;
mod lua;
mod reload;
mod start;
mod tls;
mod transcripts;
