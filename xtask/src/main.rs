//! Chores of this repository: `cargo xtask floors`, `cargo xtask tidy`, `cargo xtask sim …`.
#![allow(clippy::disallowed_methods, reason = "a chore reads files and starts programs")]

mod floors;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask floors          compare the dependencies between our crates with the table of floors
       cargo xtask tidy            check house style: file lengths, leftovers, paths of machines, module docs
       cargo xtask sim [OPTION]…   run the simulator (crates/sim, binary `world`) with these options
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["floors"] => report("floors", &floors::violations(&root())),
        ["tidy"] => report("tidy", &tidy::violations(&root())),
        ["sim", options @ ..] => sim(options),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(64)
        }
    }
}

fn report(check: &str, violations: &[String]) -> ExitCode {
    for violation in violations {
        eprintln!("{violation}");
    }
    if violations.is_empty() {
        println!("{check}: clean");
        return ExitCode::SUCCESS;
    }
    eprintln!("{check}: {} violations", violations.len());
    ExitCode::FAILURE
}

fn sim(options: &[&str]) -> ExitCode {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--release", "--package", "mainstay-sim", "--bin", "world", "--"]).args(options);
    match command.current_dir(root()).status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("cannot start cargo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the repository").to_path_buf()
}

#[test]
fn the_repository_keeps_its_floors() {
    assert_eq!(floors::violations(&root()), Vec::<String>::new());
}

#[test]
fn the_repository_is_tidy() {
    assert_eq!(tidy::violations(&root()), Vec::<String>::new());
}
