//! Whether the process lives, and whether it should be sent clients.

use super::Admin;
use super::answer::Answer;
use super::routes::Query;
use crate::serve::{Node, Phase};
use hyper::StatusCode;
use serde_json::json;

/// Whether a node should be sent clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Yes.
    Ready,
    /// No, and why.
    NotReady(Vec<&'static str>),
}

/// Whether `node` should be sent clients: it serves, and its log takes writes that last.
#[must_use]
pub fn readiness(node: &Node) -> Readiness {
    judge(node.phase(), node.journal.status().poisoned)
}

fn judge(phase: Phase, poisoned: bool) -> Readiness {
    let mut reasons = Vec::new();
    match phase {
        Phase::Loading => reasons.push("the node is loading its data"),
        Phase::Ready => {}
        Phase::Draining => reasons.push("the node is draining: it ends its connections and stops"),
    }
    if poisoned {
        reasons.push("the log failed: no write is acknowledged until the node is restarted");
    }
    if reasons.is_empty() { Readiness::Ready } else { Readiness::NotReady(reasons) }
}

/// `/healthz`: that there is an answer is the answer.
pub(super) fn health(_: &Admin, _: &Query) -> Answer {
    Answer::json(StatusCode::OK, &json!({ "status": "alive" }))
}

/// `/readyz`.
pub(super) fn ready(admin: &Admin, _: &Query) -> Answer {
    match readiness(&admin.node) {
        Readiness::Ready => Answer::json(StatusCode::OK, &json!({ "status": "ready", "reasons": [] })),
        Readiness::NotReady(reasons) => {
            Answer::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not ready", "reasons": reasons }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_ready_only_when_it_serves_and_its_log_is_sound() {
        for (phase, poisoned, reasons) in [
            (Phase::Loading, false, 1),
            (Phase::Ready, false, 0),
            (Phase::Ready, true, 1),
            (Phase::Draining, false, 1),
            (Phase::Draining, true, 2),
        ] {
            let found = match judge(phase, poisoned) {
                Readiness::Ready => 0,
                Readiness::NotReady(reasons) => reasons.len(),
            };
            assert_eq!(found, reasons, "{phase:?} {poisoned}");
        }
    }
}
