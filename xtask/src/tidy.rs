//! House style that a machine can see.

use std::path::Path;
use std::process::Command;

/// The longest file of source code.
const LINES_MAX: usize = 800;

/// Words that say a thing is not done. Split, so that this file does not hold them.
const LEFTOVERS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("unimpl", "emented!"), concat!("to", "do!(")];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];

/// Files that are made by programs, or that are data.
const FOREIGN: &[&str] = &["Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT"];

/// Every breach in the files that git knows or would add; empty when there is none.
pub(crate) fn violations(root: &Path) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files(root) {
        let name = file.rsplit('/').next().unwrap_or(&file);
        if FOREIGN.contains(&name) {
            continue;
        }
        // What is not text has no style.
        if let Ok(text) = std::fs::read_to_string(root.join(&file)) {
            violations.extend(breaches(&file, &text).into_iter().map(|breach| format!("{file}{breach}")));
        }
    }
    violations
}

fn files(root: &Path) -> Vec<String> {
    let mut command = Command::new("git");
    command.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let output = command.output().unwrap_or_else(|error| panic!("cannot start git: {error}"));
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// What is wrong with one file, each beginning with `:` and the line where there is one.
fn breaches(file: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if !text.is_empty() && !text.ends_with('\n') {
        breaches.push(": does not end in a newline".to_owned());
    }
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        for path in MACHINE_PATHS.iter().filter(|path| holds_path(line, path)) {
            breaches.push(format!(":{number}: a path of one machine: {path}"));
        }
        if is_code(file) {
            for word in LEFTOVERS.iter().filter(|word| line.contains(**word)) {
                breaches.push(format!(":{number}: a leftover: {word}"));
            }
        }
    }
    if is_code(file) {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            breaches.push(format!(": {lines} lines, at most {LINES_MAX} are allowed"));
        }
    }
    if file.ends_with(".rs") && !has_module_doc(file, text) {
        breaches.push(": no module doc (`//!`) at the top".to_owned());
    }
    breaches
}

fn is_code(file: &str) -> bool {
    let code = [".rs", ".toml", ".sh", ".py", ".js", ".ts", ".css", ".html", ".lua"];
    code.iter().any(|end| file.ends_with(end)) || file.starts_with("scripts/") || file.starts_with(".ci/")
}

/// True where `path` begins a path, and is not the middle of another path or of an address.
fn holds_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"./-_$}*".contains(c))
    })
}

/// Test modules beside their subject speak for themselves.
fn has_module_doc(file: &str, text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!")).unwrap_or_default();
    first.starts_with("//!") || file.ends_with("/tests.rs") || (file.contains("/src/") && file.contains("/tests/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_breach_is_found_where_it_is() {
        let leftover = format!("//! Doc.\n// {}: later\n", LEFTOVERS[0]);
        let path = format!("//! Doc.\nconst P: &str = \"{}me/x\";\n", MACHINE_PATHS[0]);
        let long = format!("//! Doc.\n{}", "x\n".repeat(LINES_MAX));
        let cases = [
            ("a.rs", "//! Doc.\nfn a() {}\n", None),
            ("a.rs", "", Some("module doc")),
            ("a.rs", "fn a() {}\n", Some("module doc")),
            ("x/tests.rs", "use super::*;\n", None),
            ("x/src/y/tests/z.rs", "use super::*;\n", None),
            ("x/tests/z.rs", "use super::*;\n", Some("module doc")),
            ("a.md", "text without end", Some("newline")),
            ("a.rs", leftover.as_str(), Some(":2: a leftover")),
            ("a.rs", path.as_str(), Some(":2: a path of one machine")),
            ("a.rs", long.as_str(), Some("801 lines")),
            ("transcript.txt", long.as_str(), None),
            ("scripts/test", "ok", Some("newline")),
        ];
        for (file, text, expected) in cases {
            let found = breaches(file, text);
            let as_expected = match expected {
                None => found.is_empty(),
                Some(part) => found.len() == 1 && found[0].contains(part),
            };
            assert!(as_expected, "{file}: {found:?}, expected {expected:?}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_path_counts() {
        let path = MACHINE_PATHS[2];
        assert!(holds_path(&format!("see {path}main"), path));
        assert!(holds_path(&format!("\"{path}main\""), path));
        assert!(!holds_path(&format!("target{path}x"), path));
        assert!(!holds_path(&format!("https://host.example{path}x"), path));
    }
}
