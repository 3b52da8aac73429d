//! The running node: what all its tasks share.

use super::clock::SystemClock;
use super::machine::Process;
use super::snapshotter::Snapshotter;
use super::tls::Acceptor;
use crate::config::Config;
use crate::disk::{DataDir, Journal, Unsynced};
use crate::telemetry::Logger;
use arc_swap::ArcSwap;
use mainstay_node::engine::{Engine, Log, LogError, Lsn, Request};
use mainstay_node::keyspace::Durability;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// How far the node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// It reads its data.
    Loading,
    /// It serves.
    Ready,
    /// It ends its connections.
    Draining,
}

/// A node.
pub struct Node {
    /// The data.
    pub engine: Arc<Engine>,
    /// The log.
    pub journal: Journal,
    /// The clocks, for the ticker.
    pub clock: Arc<SystemClock>,
    /// Lines about what happens.
    pub logger: Logger,
    /// Takes snapshots.
    pub snapshotter: Snapshotter,
    /// Certificates, if TLS is on.
    pub(super) tls: Option<Acceptor>,
    /// Bytes of unfinished requests of all connections.
    pub(super) query_bytes: AtomicUsize,
    /// Connections refused because there were too many.
    pub rejected: AtomicUsize,
    config: ArcSwap<Config>,
    phase: AtomicU8,
    resp_port: AtomicU16,
    stop: Notify,
    stop_without_snapshot: AtomicBool,
    _dir: DataDir,
}

/// What a node is made of.
pub(super) struct Parts {
    pub(super) engine: Arc<Engine>,
    pub(super) journal: Journal,
    pub(super) clock: Arc<SystemClock>,
    pub(super) logger: Logger,
    pub(super) snapshotter: Snapshotter,
    pub(super) tls: Option<Acceptor>,
    pub(super) config: Config,
    pub(super) dir: DataDir,
}

/// The signals that stop a node. From when it is made, they no longer end the process by themselves.
pub(super) struct Stops {
    terminated: Signal,
    interrupted: Signal,
}

impl Stops {
    /// Begins to hear them; to be called within the runtime.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self { terminated: signal(SignalKind::terminate())?, interrupted: signal(SignalKind::interrupt())? })
    }
}

impl Node {
    pub(super) fn new(parts: Parts) -> Arc<Self> {
        let node = Arc::new(Self {
            engine: parts.engine,
            journal: parts.journal,
            clock: parts.clock,
            logger: parts.logger,
            snapshotter: parts.snapshotter,
            tls: parts.tls,
            query_bytes: AtomicUsize::new(0),
            rejected: AtomicUsize::new(0),
            config: ArcSwap::from_pointee(parts.config),
            phase: AtomicU8::new(Phase::Loading as u8),
            stop: Notify::new(),
            stop_without_snapshot: AtomicBool::new(false),
            _dir: parts.dir,
            resp_port: AtomicU16::new(0),
        });
        node.engine.set_machine(Box::new(Process::of(Arc::downgrade(&node))));
        node
    }

    /// The port that Redis clients find it at; 0 without such a listener.
    #[must_use]
    pub fn resp_port(&self) -> u16 {
        self.resp_port.load(Ordering::Relaxed)
    }

    pub(super) fn set_resp_port(&self, port: u16) {
        self.resp_port.store(port, Ordering::Relaxed);
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    pub(super) fn set_config(&self, config: Config) {
        self.config.store(Arc::new(config));
    }

    /// How far the node is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Loading,
            1 => Phase::Ready,
            _ => Phase::Draining,
        }
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// Does what a command asked of the shell; the text of an error if it could not.
    pub(super) async fn perform(self: &Arc<Self>, request: Request) -> Result<(), String> {
        match request {
            Request::Shutdown { save } => {
                self.stop_without_snapshot.store(!save, Ordering::Release);
                self.stop.notify_one();
                Ok(())
            }
            Request::Snapshot => {
                self.snapshotter.ask();
                Ok(())
            }
            Request::SnapshotNow => {
                let node = Arc::clone(self);
                let taken =
                    tokio::task::spawn_blocking(move || node.snapshotter.take_now(&node.engine, &node.journal, false))
                        .await;
                match taken {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    /// Waits until the node is told to stop; why.
    pub(super) async fn stop_asked(&self, mut stops: Stops) -> &'static str {
        tokio::select! {
            _ = stops.terminated.recv() => "SIGTERM",
            _ = stops.interrupted.recv() => "SIGINT",
            () = self.stop.notified() => "SHUTDOWN",
        }
    }

    /// Ends all connections: each after the replies that it is owed, and none later than the drain time.
    pub(super) async fn drain(&self) {
        self.set_phase(Phase::Draining);
        if self.stop_without_snapshot.load(Ordering::Acquire) {
            self.engine.stop_scripts();
        }
        for client in self.engine.clients.list() {
            client.mailbox.close("the node is shutting down");
        }
        let patience = self.config().node.drain;
        let drained = async {
            while !self.engine.clients.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(patience, drained).await.is_err() {
            let left = self.engine.clients.len();
            self.logger.warn("serve", "connections did not end in time", &[("connections", &left)]);
        }
    }

    /// Leaves a last snapshot, unless it was asked not to, and a clean log.
    ///
    /// # Errors
    /// The log failed: what it acknowledged is durable, what it did not may be lost.
    pub(super) fn stop(&self) -> Result<(), Unsynced> {
        self.snapshotter.stop();
        if self.engine.is_cut_short() {
            self.logger.warn(
                "serve",
                "left no last snapshot, as a script was cut short; the log has everything else",
                &[],
            );
        } else if !self.stop_without_snapshot.load(Ordering::Acquire) {
            match self.snapshotter.take_now(&self.engine, &self.journal, true) {
                Ok(taken) => {
                    self.logger.info(
                        "serve",
                        "left a last snapshot",
                        &[("keys", &taken.keys), ("bytes", &taken.bytes)],
                    );
                }
                Err(error) => {
                    self.logger.error("serve", "left no last snapshot; the log has everything", &[("reason", &error)]);
                }
            }
        }
        let stopped = self.journal.stop();
        self.logger.info("serve", "stopped", &[]);
        stopped
    }
}

/// The log of an engine that is still being filled: it is there once recovery is done.
#[derive(Clone, Default)]
pub(super) struct LateLog(Arc<OnceLock<Journal>>);

impl LateLog {
    pub(super) fn set(&self, journal: Journal) {
        let _ = self.0.set(journal);
    }
}

impl Log for LateLog {
    #[inline]
    fn admit(&self, bytes: usize) -> Result<(), LogError> {
        self.0.get().map_or(Err(LogError::Busy), |journal| journal.admit(bytes))
    }

    #[inline]
    fn append(&self, parts: &[&[u8]], durability: Durability) -> Result<Lsn, LogError> {
        self.0.get().map_or(Err(LogError::Busy), |journal| journal.append(parts, durability))
    }

    fn fell_behind(&self) {
        if let Some(journal) = self.0.get() {
            journal.fell_behind();
        }
    }
}
