//! `mainstay check`: is the file valid, and what does it promise.

use std::io::Write;

use serde_json::{Value, json};

use super::serve::read_file;
use super::{CheckArgs, Exit};
use crate::config::{Config, Contract, Diagnostic, Keyspace, Notice, Place, Route, Severity};

/// What `check` answers.
#[derive(Debug)]
pub struct Report {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// [`Exit::Done`] for a valid file, [`Exit::BadInput`] for any other.
    pub exit: Exit,
}

/// Checks the file and prints the answer. Neither the environment nor secrets nor certificates are read: the answer is about the
/// file alone, on any machine.
#[must_use]
pub fn run(args: &CheckArgs) -> Exit {
    let name = args.file.display().to_string();
    let report = match read_file(&args.file) {
        Ok(source) => report(&source, &name, args.json),
        Err(error) => refused(&name, &[error], args.json),
    };
    // A reader that has gone away does not change the verdict.
    let _ = std::io::stderr().lock().write_all(report.err.as_bytes());
    let _ = std::io::stdout().lock().write_all(report.out.as_bytes());
    report.exit
}

/// The answer for a file's text.
#[must_use]
pub fn report(source: &str, name: &str, json: bool) -> Report {
    match Config::parse(source, name) {
        Ok((config, notices)) if json => accepted_json(name, &config, &notices),
        Ok((config, notices)) => accepted(name, &config, &notices),
        Err(errors) => refused(name, &errors, json),
    }
}

fn refused(name: &str, errors: &[Diagnostic], json: bool) -> Report {
    if json {
        let answer = json!({ "file": name, "valid": false, "findings": findings_json(errors) });
        return Report { out: format!("{answer:#}\n"), err: String::new(), exit: Exit::BadInput };
    }
    let count = errors.iter().filter(|error| error.severity == Severity::Error).count();
    let err = format!("{}{name}: {count} error{}\n", printed(errors), if count == 1 { "" } else { "s" });
    Report { out: String::new(), err, exit: Exit::BadInput }
}

fn accepted(name: &str, config: &Config, notices: &[Notice]) -> Report {
    let mut out = format!("{name}: valid; keyspaces: {}, routes: {}\n", config.keyspaces.len(), config.routes.len());
    for keyspace in &config.keyspaces {
        out.push_str(&format!("\nkeyspace {}\n", keyspace.name));
        Contract::of(keyspace)
            .lines()
            .iter()
            .for_each(|(label, text)| out.push_str(&format!("  {label:<11} {text}\n")));
    }
    for route in &config.routes {
        out.push_str(&format!("\nroute {}, upstreams: {}\n", route.label, route.upstreams));
        route.stack.iter().for_each(|(layer, text)| out.push_str(&format!("  {layer:<11} {text}\n")));
    }
    let unserved = notices.iter().filter(|notice| notice.severity == Severity::Unserved).count();
    if unserved > 0 {
        out.push_str(&format!(
            "\nnot served by this version: {unserved}; `mainstay serve` refuses this file and names each\n"
        ));
    }
    Report { out, err: printed(notices), exit: Exit::Done }
}

fn printed(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n\n")).collect()
}

fn accepted_json(name: &str, config: &Config, notices: &[Notice]) -> Report {
    let served = !notices.iter().any(|notice| notice.severity == Severity::Unserved);
    let answer = json!({
        "file": name,
        "valid": true,
        "served": served,
        "keyspaces": config.keyspaces.iter().map(keyspace_json).collect::<Vec<_>>(),
        "routes": config.routes.iter().map(route_json).collect::<Vec<_>>(),
        "findings": findings_json(notices),
    });
    Report { out: format!("{answer:#}\n"), err: String::new(), exit: Exit::Done }
}

fn keyspace_json(keyspace: &Keyspace) -> Value {
    let contract = Contract::of(keyspace);
    json!({
        "name": keyspace.name,
        "prefix": keyspace.prefix,
        "replication": keyspace.replication.as_str(),
        "durability": keyspace.durability.as_str(),
        "partition": keyspace.partition.as_str(),
        "eviction": keyspace.eviction.as_str(),
        "max_memory_bytes": keyspace.max_memory,
        "levels": contract.levels.iter().map(|level| level.as_str()).collect::<Vec<_>>(),
        "contract": contract.lines().into_iter().map(|(label, text)| (label.to_owned(), Value::from(text))).collect::<serde_json::Map<_, _>>(),
    })
}

fn route_json(route: &Route) -> Value {
    let layer = |(layer, settings): &(&'static str, String)| json!({ "layer": layer, "settings": settings });
    json!({ "match": route.label, "upstreams": route.upstreams, "stack": route.stack.iter().map(layer).collect::<Vec<_>>() })
}

fn findings_json(diagnostics: &[Diagnostic]) -> Vec<Value> {
    diagnostics.iter().map(finding_json).collect()
}

fn finding_json(diagnostic: &Diagnostic) -> Value {
    let (file, line, column) = match &diagnostic.place {
        Place::File { name, line, column, .. } => (name, Some(line), Some(column)),
        Place::Named(name) => (name, None, None),
    };
    json!({
        "severity": diagnostic.severity.to_string(),
        "where": file,
        "line": line,
        "column": column,
        "message": diagnostic.message,
        "help": diagnostic.help,
    })
}
