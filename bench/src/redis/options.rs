//! What is measured, how often, and against which binary.

use std::path::{Path, PathBuf};
use std::process::Command;

pub const USAGE: &str = "\
usage: redis [--quick] [--only throughput,memory,recovery,stall,script] [--rounds N] [--mainstay PATH] [--out DIR]
  --quick          a tenth of the work in three rounds: shows that everything runs, proves nothing
  --only PARTS     some parts only
  --rounds N       interleaved rounds per number (default 9)
  --mainstay PATH  the binary (default: built now with --release); `redis-server` compares redis-server with itself
  --out DIR        where the result goes (default: bench/results)";

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    Throughput,
    Memory,
    Recovery,
    Stall,
    Script,
}

impl Part {
    pub const ALL: [Self; 5] = [Self::Throughput, Self::Memory, Self::Recovery, Self::Stall, Self::Script];

    pub fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Memory => "memory",
            Self::Recovery => "recovery",
            Self::Stall => "stall",
            Self::Script => "script",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    pub quick: bool,
    pub rounds: usize,
    pub parts: Vec<Part>,
    pub mainstay: PathBuf,
    pub out: PathBuf,
    /// The command line, for the report.
    pub command: String,
}

impl Options {
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.collect();
        let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut quick, mut rounds, mut parts, mut mainstay) = (false, None, Part::ALL.to_vec(), None);
        let mut out = bench.join("results");
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().cloned().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--quick" => quick = true,
                "--rounds" => {
                    let text = value()?;
                    let number = text.parse().ok().filter(|&n: &usize| n > 0);
                    rounds = Some(number.ok_or_else(|| format!("--rounds {text}: not a number above 0"))?);
                }
                "--only" => parts = value()?.split(',').map(part).collect::<Result<_, _>>()?,
                "--mainstay" => mainstay = Some(PathBuf::from(value()?)),
                "--out" => out = PathBuf::from(value()?),
                other => return Err(format!("unknown option: {other}")),
            }
        }
        let mainstay = match mainstay {
            Some(path) => path,
            None => built(bench.parent().expect("bench stands in the repository"))?,
        };
        let rounds = rounds.unwrap_or(if quick { 3 } else { 9 });
        let command =
            format!("cargo run --release --manifest-path bench/Cargo.toml --bin redis -- {}", arguments.join(" "));
        Ok(Self { quick, rounds, parts, mainstay, out, command: command.trim_end_matches([' ', '-']).to_owned() })
    }

    /// `full` in a whole run, a tenth of it in a quick one.
    pub fn scaled(&self, full: u64) -> u64 {
        if self.quick { full / 10 } else { full }
    }

    /// True when redis-server stands in for the binary.
    pub fn is_self_comparison(&self) -> bool {
        self.mainstay == Path::new("redis-server")
    }
}

fn part(name: &str) -> Result<Part, String> {
    let known = || Part::ALL.map(Part::name).join(", ");
    Part::ALL
        .into_iter()
        .find(|part| part.name() == name)
        .ok_or_else(|| format!("no part {name}; there are {}", known()))
}

/// Builds the binary and returns where it is.
fn built(repository: &Path) -> Result<PathBuf, String> {
    eprintln!("building mainstay");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--package", "mainstay", "--message-format", "json-render-diagnostics"]);
    let output = cargo.current_dir(repository).stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err("the build failed".to_owned());
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let executable =
        messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(|m| {
            let ours = m["target"]["name"] == "mainstay";
            m["executable"].as_str().filter(|_| ours).map(PathBuf::from)
        });
    executable.ok_or_else(|| "cargo built no executable named mainstay".to_owned())
}
