//! The machine and the versions a result belongs to.

use crate::options::Options;
use std::process::Command;

/// Facts for the head of a report, as name and value.
pub fn facts(options: &Options) -> Vec<(&'static str, String)> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mainstay = output(Command::new(&options.mainstay).arg("--version"));
    vec![
        ("date", today()),
        ("machine", format!("{}, {cores} CPUs", model.trim_start_matches([' ', '\t', ':']).trim())),
        ("kernel", output(Command::new("uname").arg("-sr"))),
        (
            "mainstay",
            format!("{mainstay}, commit {}", output(Command::new("git").args(["rev-parse", "--short", "HEAD"]))),
        ),
        ("redis", output(Command::new("redis-server").arg("--version"))),
        ("command", options.command.clone()),
    ]
}

/// The date as YYYY-MM-DD.
pub fn today() -> String {
    output(Command::new("date").arg("+%F"))
}

fn output(command: &mut Command) -> String {
    let output = command.output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.unwrap_or_else(|error| format!("unknown ({error})"))
}
