//! Contradictions of sagas, streams, projections, outboxes, locks, objectives and experiments.

use std::collections::BTreeSet;

use super::route::not_longer;
use super::{names, undeclared};
use crate::config::findings::Findings;
use crate::config::value::{Table, Value};

pub(super) fn check(file: &Table, findings: &mut Findings) {
    file.named("saga").iter().for_each(|(_, saga)| check_saga(saga, findings));
    let streams = names(file, "stream");
    for (_, projection) in file.named("projection") {
        if let Some(stream) = projection.text("stream") {
            undeclared(projection, "stream", stream, &streams, findings);
        }
    }
    for sink in file.named("outbox").iter().filter_map(|(_, outbox)| outbox.table("sink")) {
        if let Some(name) = sink.text("name").filter(|_| sink.text("kind") == Some("stream")) {
            undeclared(sink, "name", name, &streams, findings);
        }
    }
    file.named("lock").iter().for_each(|(_, lock)| check_lock(lock, findings));
    file.named("slo").iter().for_each(|(_, slo)| check_slo(file, slo, findings));
    let keyspaces = names(file, "keyspace");
    for target in file.named("experiment").iter().filter_map(|(_, experiment)| experiment.table("target")) {
        if let Some(keyspace) = target.text("keyspace") {
            undeclared(target, "keyspace", keyspace, &keyspaces, findings);
        }
    }
}

fn check_saga(saga: &Table, findings: &mut Findings) {
    let steps = saga.tables("step");
    let (mut seen, mut pivot) = (BTreeSet::new(), false);
    for step in steps {
        let name = step.text("name").unwrap_or_default();
        if !name.is_empty() && !seen.insert(name) {
            findings.error(step.source_of("name"), format!("step `{name}` is declared twice in `{}`", saga.path), None);
        }
        check_step(step, pivot, findings);
        pivot |= step.text("kind") == Some("pivot");
    }
    for step in steps {
        check_order(step, &seen, findings);
    }
}

fn check_step(step: &Table, after_pivot: bool, findings: &mut Findings) {
    let kind = step.text("kind").unwrap_or("compensable");
    let undone = step.given("compensate") || step.flag("no_effect") == Some(true);
    if kind == "compensable" && step.given("name") && !undone {
        let help = "add `compensate`, or `no_effect = true` if there is nothing to undo".to_owned();
        findings.error(&step.source, format!("`{}` cannot be undone", step.path), Some(help));
    }
    if kind == "pivot" && after_pivot && !step.given("after") {
        findings.error(step.source_of("kind"), format!("`{}` is a second pivot on the path", step.path), None);
    }
    not_longer(step, "base", "cap", findings);
}

fn check_order(step: &Table, declared: &BTreeSet<&str>, findings: &mut Findings) {
    let declared: Vec<&str> = declared.iter().copied().collect();
    let Some(Value::List(after)) = step.get("after").map(|entry| &entry.value) else { return };
    for entry in after {
        if let Value::Text(name) = &entry.value {
            undeclared(step, "after", name, &declared, findings);
        }
    }
}

fn check_lock(lock: &Table, findings: &mut Findings) {
    let backend = lock.text("backend").unwrap_or_default();
    if backend == "redlock" && lock.text("safety") != Some("efficiency") {
        let help = "set `safety` = \"efficiency\": it saves work and must not guard correctness".to_owned();
        findings.error(lock.source_of("backend"), format!("`{}` cannot be safe with redlock", lock.path), Some(help));
    }
    if backend != "embedded" && !lock.given("url") {
        findings.error(lock.source_of("backend"), format!("`{}` needs `url`", lock.full_name("backend")), None);
    }
}

fn check_slo(file: &Table, slo: &Table, findings: &mut Findings) {
    let Some(over) = slo.text("over") else { return };
    match over.split_once(':') {
        Some((noun @ ("keyspace" | "saga"), name)) => undeclared(slo, "over", name, &names(file, noun), findings),
        Some(("route", name)) => {
            let routes: Vec<&str> = file.tables("route").iter().filter_map(|route| route.text("name")).collect();
            undeclared(slo, "over", name, &routes, findings);
        }
        _ => {
            let message =
                format!("`{}` = \"{}\" names no noun", slo.full_name("over"), crate::config::reader::cut(over));
            findings.error(
                slo.source_of("over"),
                message,
                Some("expected route:NAME, keyspace:NAME or saga:NAME".to_owned()),
            );
        }
    }
}
