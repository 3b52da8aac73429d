//! What will happen in a world: drawn from a seed, shrunk, written to a file, run again.
//!
//! A plan is complete: every choice is in its steps, so that leaving some out leaves the others as they were. As text it is a line
//! for its setup and a line for each step.

use super::defect::Defect;
use super::text::{Line, put_bytes};
use crate::disk::DiskFaults;

/// What is fixed for all lives of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Seeds hash tables, dice and the disk.
    pub seed: u64,
    /// Bytes of a log segment.
    pub segment_bytes: u64,
    /// `always` bytes that may wait for a sync.
    pub waiting_bytes_max: u64,
    /// Bytes of the whole log.
    pub log_bytes_max: u64,
    /// By how much the date runs ahead of the monotonic clock, in millionths.
    pub drift_ppm: i64,
    /// Chance in a thousand that a sector that a loss of power took is torn.
    pub tear_permille: u64,
}

/// The end of a life, and what happens to the disk until the next one serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Seed of what a loss of power takes; `None`: only the process is killed.
    pub power: Option<u64>,
    /// By how much the date is wrong afterwards, in microseconds.
    pub jump_us: i64,
    /// A copy of the disk with one bit turned over is started too, and judged; this seed chooses the bit.
    pub flip: Option<u64>,
    /// Starts that are cut short after so many disk operations, each by a kill or a loss of power.
    pub again: Vec<(u64, Option<u64>)>,
}

/// How the disk behaves from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Chance in a thousand that a write fails.
    pub write_error_permille: u64,
    /// Chance in a thousand that a sync fails.
    pub sync_error_permille: u64,
    /// Bytes that all files may take.
    pub capacity_bytes: u64,
    /// How long a sync takes, in microseconds.
    pub sync_us: u64,
}

impl Weather {
    /// Nothing fails; a sync takes 200 µs.
    pub const CALM: Self =
        Self { write_error_permille: 0, sync_error_permille: 0, capacity_bytes: u64::MAX, sync_us: 200 };

    pub(super) fn faults(self, tear_permille: u64) -> DiskFaults {
        let share = |permille: u64| permille as f64 / 1_000.0;
        DiskFaults {
            write_error: share(self.write_error_permille),
            sync_error: share(self.sync_error_permille),
            tear: share(tear_permille),
            capacity_bytes: self.capacity_bytes,
        }
    }
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A client sends a request.
    Command {
        /// Its number, from 0.
        client: usize,
        /// The name and its arguments.
        args: Vec<Vec<u8>>,
    },
    /// The date jumps, forward or back.
    Jump {
        /// By so many microseconds.
        us: i64,
    },
    /// The ticker looks at so many shards.
    Expire {
        /// Of 256.
        shards: usize,
    },
    /// A snapshot is begun.
    Snapshot,
    /// The running snapshot takes so many steps.
    SnapshotSteps {
        /// Of a shard, or of its publication.
        steps: u64,
    },
    /// The disk changes its ways.
    Weather(Weather),
    /// The life ends before the disk operation that comes after so many more.
    Fuse {
        /// From now.
        operations: u64,
        /// What follows.
        restart: Restart,
    },
    /// The life ends here.
    Crash(Restart),
    /// An orderly stop with a last snapshot, and a start.
    Stop {
        /// By how much the date is wrong afterwards, in microseconds.
        jump_us: i64,
    },
}

/// A pause, and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time that passes before, in microseconds.
    pub pause_us: u64,
    /// What happens then.
    pub action: Action,
}

/// All that happens in one world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is fixed.
    pub setup: Setup,
    /// What happens.
    pub steps: Vec<Step>,
    /// The defect that the world has.
    pub defect: Option<Defect>,
}

/// A line of a plan's file that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the plan: {what} expected")]
pub struct PlanError {
    /// From 1.
    pub line: usize,
    /// What should stand there.
    pub what: &'static str,
}

const HEADER: &str = "mainstay world 1";

impl Plan {
    /// The plan as text that [`Plan::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Setup { seed, segment_bytes, waiting_bytes_max, log_bytes_max, drift_ppm, tear_permille } = self.setup;
        let defect = self.defect.map_or("none", Defect::name);
        let mut text = format!(
            "{HEADER}\nsetup {seed} {segment_bytes} {waiting_bytes_max} {log_bytes_max} {drift_ppm} {tear_permille} {defect}\n"
        );
        for step in &self.steps {
            text.push_str(&step.to_text());
            text.push('\n');
        }
        text
    }

    /// Reads what [`Plan::to_text`] wrote.
    ///
    /// # Errors
    /// The first line that is malformed.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            return Err(PlanError { line: 1, what: HEADER });
        }
        let (at, line) = lines.next().ok_or(PlanError { line: 2, what: "the setup" })?;
        let malformed = |what| PlanError { line: at, what };
        let (setup, defect) = parse_setup(line).map_err(malformed)?;
        let mut steps = Vec::new();
        for (line, text) in lines.filter(|(_, line)| !line.is_empty()) {
            steps.push(Step::parse(text).map_err(|what| PlanError { line, what })?);
        }
        Ok(Self { setup, steps, defect })
    }
}

fn parse_setup(line: &str) -> Result<(Setup, Option<Defect>), &'static str> {
    let mut line = Line::new(line);
    if line.word()? != "setup" {
        return Err("'setup'");
    }
    let setup = Setup {
        seed: line.number()?,
        segment_bytes: line.number()?,
        waiting_bytes_max: line.number()?,
        log_bytes_max: line.number()?,
        drift_ppm: line.number()?,
        tear_permille: line.number()?,
    };
    match line.word()? {
        "none" => Ok((setup, None)),
        name => Defect::named(name).map(|defect| (setup, Some(defect))).ok_or("a defect or 'none'"),
    }
}

impl Step {
    /// The step as one line.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{:<7} ", self.pause_us);
        match &self.action {
            Action::Command { client, args } => {
                out.push_str(&format!("command {client}"));
                for arg in args {
                    out.push(' ');
                    put_bytes(&mut out, arg);
                }
            }
            Action::Jump { us } => out.push_str(&format!("jump {us}")),
            Action::Expire { shards } => out.push_str(&format!("expire {shards}")),
            Action::Snapshot => out.push_str("snapshot"),
            Action::SnapshotSteps { steps } => out.push_str(&format!("steps {steps}")),
            Action::Weather(weather) => {
                let Weather { write_error_permille, sync_error_permille, capacity_bytes, sync_us } = weather;
                out.push_str(&format!(
                    "weather {write_error_permille} {sync_error_permille} {capacity_bytes} {sync_us}"
                ));
            }
            Action::Fuse { operations, restart } => out.push_str(&format!("fuse {operations} {}", restart.to_text())),
            Action::Crash(restart) => out.push_str(&format!("crash {}", restart.to_text())),
            Action::Stop { jump_us } => out.push_str(&format!("stop {jump_us}")),
        }
        out
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut line = Line::new(text);
        let pause_us = line.number()?;
        let action = match line.word()? {
            "command" => Action::Command { client: line.number()?, args: line.rest_bytes()? },
            "jump" => Action::Jump { us: line.number()? },
            "expire" => Action::Expire { shards: line.number()? },
            "snapshot" => Action::Snapshot,
            "steps" => Action::SnapshotSteps { steps: line.number()? },
            "weather" => Action::Weather(Weather {
                write_error_permille: line.number()?,
                sync_error_permille: line.number()?,
                capacity_bytes: line.number()?,
                sync_us: line.number()?,
            }),
            "fuse" => Action::Fuse { operations: line.number()?, restart: Restart::parse(&mut line)? },
            "crash" => Action::Crash(Restart::parse(&mut line)?),
            "stop" => Action::Stop { jump_us: line.number()? },
            _ => return Err("an action"),
        };
        Ok(Self { pause_us, action })
    }
}

fn end_text(power: Option<u64>) -> String {
    power.map_or_else(|| "kill".to_owned(), |seed| format!("power {seed}"))
}

fn parse_end(line: &mut Line<'_>) -> Result<Option<u64>, &'static str> {
    match line.word()? {
        "kill" => Ok(None),
        "power" => line.number().map(Some),
        _ => Err("'kill' or 'power'"),
    }
}

impl Restart {
    fn to_text(&self) -> String {
        let flip = self.flip.map_or_else(|| "-".to_owned(), |seed| seed.to_string());
        let mut text = format!("{} {} {flip}", end_text(self.power), self.jump_us);
        for (operations, power) in &self.again {
            text.push_str(&format!(" {operations} {}", end_text(*power)));
        }
        text
    }

    fn parse(line: &mut Line<'_>) -> Result<Self, &'static str> {
        let (power, jump_us) = (parse_end(line)?, line.number()?);
        let flip = match line.word()? {
            "-" => None,
            seed => Some(seed.parse().map_err(|_| "a seed or '-'")?),
        };
        let mut again = Vec::new();
        while !line.is_empty() {
            again.push((line.number()?, parse_end(line)?));
        }
        Ok(Self { power, jump_us, flip, again })
    }
}
