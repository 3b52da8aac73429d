//! Contradictions: settings that are each valid and cannot hold together. A file per family of nouns.
//!
//! The checks read tables, because a finding needs the place of the line to change, and the typed sections, because defaults
//! count as much as what was written.

mod acl;
mod keyspaces;
mod listeners;
mod node;
mod quorum;
mod route;
mod work;

use super::Config;
use super::findings::Findings;
use super::value::Table;

/// Reports every contradiction of a file.
pub(crate) fn run(file: &Table, config: &Config, findings: &mut Findings) {
    node::check(file, config, findings);
    listeners::check(file, config, findings);
    acl::check(file, findings);
    keyspaces::check(file, config, findings);
    route::check(file, findings);
    work::check(file, findings);
}

/// Reports a reference to a keyspace, stream, … that is not declared.
fn undeclared(table: &Table, key: &str, name: &str, declared: &[&str], findings: &mut Findings) {
    if declared.contains(&name) {
        return;
    }
    let near = super::suggest::nearest(name, declared.iter().copied());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if declared.is_empty() => "none is declared".to_owned(),
        None => format!("declared: {}", declared.join(", ")),
    };
    findings.error(
        table.source_of(key),
        format!("`{}` names `{name}`, which is not declared", table.full_name(key)),
        Some(help),
    );
}

/// Names of the tables of a noun.
fn names<'a>(file: &'a Table, noun: &str) -> Vec<&'a str> {
    file.named(noun).iter().map(|(name, _)| name.as_str()).collect()
}
