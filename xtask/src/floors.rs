//! A crate uses only crates of floors below its own. The table is the house in `ARCHITECTURE.md`; tests may look
//! sideways, so development dependencies are not counted.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Every crate that may exist, by its name without `mainstay-`, and its floor.
const FLOORS: &[(&str, u8)] = &[
    ("foundation", 0),
    ("cache", 1),
    ("partition", 1),
    ("replication", 1),
    ("crdt", 1),
    ("txn", 1),
    ("resilience", 1),
    ("events", 1),
    ("lock", 1),
    ("observe", 1),
    ("chaos", 1),
    ("storage", 1),
    ("node", 2),
    ("adapters", 2),
    ("sim", 2),
    ("mainstay", 3),
];

/// Arrows that stay on one floor, each with its reason.
const SIDEWAYS: &[(&str, &str)] = &[
    // The simulator's world runs the node's own machines.
    ("sim", "node"),
];

/// Chores stand beside the house: they use nothing of it and nothing uses them.
const OUTSIDE: &str = "xtask";

/// Workspaces of their own, so that none of their dependencies enters the root lock file.
const SEPARATE_WORKSPACES: &[&str] = &["bench", "fuzz"];

/// Every way in which the workspace at `root` differs from the table; empty when it keeps to it.
pub(crate) fn violations(root: &Path) -> Vec<String> {
    let metadata = metadata(root);
    let arrows = arrows(&metadata);
    let crates = crate_names(&metadata);
    let mut violations: Vec<String> = crates.iter().filter_map(|name| unknown(name)).collect();
    violations.extend(arrows.iter().filter_map(|(from, to)| forbidden(from, to)));
    for folder in SEPARATE_WORKSPACES {
        let inside = format!("{}/{folder}/", root.display());
        if manifest_paths(&metadata).iter().any(|path| path.starts_with(&inside)) {
            violations.push(format!("{folder}/ belongs to the root workspace; it must be a workspace of its own"));
        }
    }
    violations
}

fn unknown(name: &str) -> Option<String> {
    let known = name == OUTSIDE || floor(name).is_some();
    (!known).then(|| format!("crate {name} has no floor; add it to the table in xtask/src/floors.rs"))
}

/// What is wrong with the arrow, if anything is. Crates without a floor are reported once, by [`unknown`].
fn forbidden(from: &str, to: &str) -> Option<String> {
    if from == OUTSIDE || to == OUTSIDE {
        return Some(format!("{from} uses {to}: {OUTSIDE} stands outside the house"));
    }
    let (above, below) = (floor(from)?, floor(to)?);
    if above > below || SIDEWAYS.contains(&(from, to)) {
        return None;
    }
    Some(format!("{from} (floor {above}) uses {to} (floor {below}): a crate uses only floors below its own"))
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

fn metadata(root: &Path) -> Value {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(root);
    let output = command.output().unwrap_or_else(|error| panic!("cannot start cargo metadata: {error}"));
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn manifest_paths(metadata: &Value) -> Vec<&str> {
    packages(metadata).filter_map(|package| package["manifest_path"].as_str()).collect()
}

fn crate_names(metadata: &Value) -> Vec<String> {
    packages(metadata).filter_map(|package| package["name"].as_str()).map(short).collect()
}

/// Normal and build dependencies between members of the workspace.
fn arrows(metadata: &Value) -> Vec<(String, String)> {
    let members = crate_names(metadata);
    let mut arrows = Vec::new();
    for package in packages(metadata) {
        let from = short(package["name"].as_str().unwrap_or_default());
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = short(dependency["name"].as_str().unwrap_or_default());
            let ours = dependency["path"].is_string() && members.contains(&to);
            if ours && dependency["kind"].as_str() != Some("dev") {
                arrows.push((from.clone(), to));
            }
        }
    }
    arrows
}

fn short(name: &str) -> String {
    name.strip_prefix("mainstay-").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_down() {
        let cases = [
            ("mainstay", "node", true),
            ("mainstay", "foundation", true),
            ("node", "storage", true),
            ("sim", "node", true),
            ("node", "sim", false),
            ("storage", "node", false),
            ("cache", "crdt", false),
            ("foundation", "storage", false),
            ("node", "mainstay", false),
            ("node", "xtask", false),
            ("xtask", "node", false),
        ];
        for (from, to, allowed) in cases {
            assert_eq!(forbidden(from, to).is_none(), allowed, "{from} -> {to}");
        }
    }

    #[test]
    fn development_dependencies_and_foreign_crates_are_no_arrows() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "mainstay-foundation", "dependencies": [
                { "name": "mainstay-node", "path": "x", "kind": "dev" },
                { "name": "foldhash", "kind": null },
            ] },
            { "name": "mainstay-node", "dependencies": [
                { "name": "mainstay-foundation", "path": "x", "kind": null },
                { "name": "xtask", "path": "x", "kind": "build" },
            ] },
            { "name": "xtask", "dependencies": [] },
        ] });
        let expected = [("node", "foundation"), ("node", "xtask")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(arrows(&metadata), expected);
    }

    #[test]
    fn a_crate_without_a_floor_is_named() {
        assert!(unknown("novelty").is_some_and(|text| text.contains("novelty")));
        assert_eq!(unknown("node"), None);
        assert_eq!(unknown("xtask"), None);
    }
}
