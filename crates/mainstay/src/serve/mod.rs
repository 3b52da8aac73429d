//! `mainstay serve`: a node from its configuration to its orderly stop.
//!
//! ```text
//! load config ─ open data directory ─ snapshot ─ log ─ listeners ─ serve … SIGTERM ─ drain ─ last snapshot ─ stop
//! ```

mod background;
mod clock;
mod connection;
mod listener;
mod machine;
mod node;
mod recovery;
mod reload;
mod snapshotter;
mod ticker;
mod tls;
mod translate;

pub use clock::SystemClock;
pub use node::{Node, Phase};

use crate::cli::{Exit, ServeArgs};
use crate::config::{Config, Diagnostic, Notice};
use crate::telemetry::Logger;
use node::Stops;
use std::io::Write;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Runs a node until it is told to stop.
#[must_use]
pub fn run(args: &ServeArgs) -> Exit {
    let (config, notices) = match args.load(std::env::vars()) {
        Ok(loaded) => loaded,
        Err(errors) => {
            report(&errors);
            return Exit::BadInput;
        }
    };
    warn(&notices);
    let logger = match Logger::to_stderr(&config.log, &config.node.name) {
        Ok(logger) => logger,
        Err(error) => {
            eprintln!("the logger cannot start: {error}");
            return Exit::Internal;
        }
    };
    let exit = match start(args, config, &logger) {
        Ok(exit) => exit,
        Err(failure) => {
            logger.error("serve", "the node cannot start", &[("reason", &failure.reason)]);
            failure.exit
        }
    };
    logger.flush();
    exit
}

/// Why a node cannot start.
struct Failure {
    reason: String,
    exit: Exit,
}

impl Failure {
    fn new(exit: Exit, reason: impl std::fmt::Display) -> Self {
        Self { reason: format!("{reason}"), exit }
    }
}

fn start(args: &ServeArgs, config: Config, logger: &Logger) -> Result<Exit, Failure> {
    let threads = config.node.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("mainstay")
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Internal, error))?;
    // From here on SIGHUP does not end the process: one that comes while the data is read is answered after that.
    let hangups = runtime.block_on(async { signal(SignalKind::hangup()) }).map_err(|error| unsignalled(&error))?;
    let node = recovery::open(config, logger)?;
    let served = runtime.block_on(serve(args.clone(), Arc::clone(&node), hangups));
    // Connections that did not end in time are dropped with the runtime; what they were promised is on the disk.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    // Also a node that could not listen leaves a last snapshot: it holds what is not logged, which the snapshot before it held too.
    let stopped = node.stop().map_err(|error| Failure::new(Exit::Internal, error));
    served?;
    stopped?;
    Ok(Exit::Done)
}

fn unsignalled(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Internal, format!("signals cannot be heard: {error}"))
}

async fn serve(args: ServeArgs, node: Arc<Node>, hangups: Signal) -> Result<(), Failure> {
    // Before anybody can know that the node is there: from here on every stop is an orderly one.
    let stops = Stops::listen().map_err(|error| unsignalled(&error))?;
    let listening = listener::open(&node).await.map_err(|error| Failure::new(Exit::No, error))?;
    for line in &listening {
        say(line);
    }
    node.set_phase(Phase::Ready);
    say("ready");
    tokio::spawn(ticker::expire(Arc::clone(&node)));
    tokio::spawn(ticker::watch_clients(Arc::clone(&node)));
    tokio::spawn(reload::on_hangup(hangups, args, Arc::clone(&node)));
    let why = node.stop_asked(stops).await;
    node.logger.info("serve", "stopping", &[("reason", &why)]);
    node.drain().await;
    node.engine.stop_scripts();
    Ok(())
}

/// Prints a line that people and scripts wait for. That nobody reads it is no reason to stop.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn report(errors: &[Diagnostic]) {
    for error in errors {
        eprintln!("{error}");
    }
    let (count, s) = (errors.len(), if errors.len() == 1 { "" } else { "s" });
    eprintln!("{count} error{s}; nothing was started");
}

fn warn(notices: &[Notice]) {
    for notice in notices {
        eprintln!("{notice}");
    }
}

/// A node of that configuration that accepts no clients, for tests of what looks at one.
#[cfg(test)]
pub(crate) fn open_for_test(config: Config, logger: &Logger) -> Arc<Node> {
    match recovery::open(config, logger) {
        Ok(node) => node,
        Err(failure) => panic!("the node cannot start: {}", failure.reason),
    }
}
