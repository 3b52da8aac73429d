//! `mainstay storage check` and `repair`: a data directory without its node.
//!
//! Both take the directory's lock, so that no node runs meanwhile. A check changes nothing; a repair sets files aside and never deletes one.

mod directory;
mod repair;
#[cfg(test)]
mod tests;

use super::{Exit, StorageArgs, StorageCommand};
use crate::disk::{DirError, DirLock, identity};
use directory::Directory;
use mainstay_storage::ClusterId;
use mainstay_storage::check::{self, RepairPlan, RepairStep, Report, Verdict};
use mainstay_storage::snapshot::snapshot_file_name;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// Checks or repairs, and prints what was found. Exit 0: sound, 1: damaged, 2: nothing here can help, 65: no data directory, or one in use.
#[must_use]
pub fn run(command: &StorageCommand) -> Exit {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    match command {
        StorageCommand::Check(args) => check(args, &mut out, &mut err),
        StorageCommand::Repair(args) => repair(args, &mut out, &mut err),
    }
}

/// A directory that was read.
struct Checked {
    report: Report,
    /// What is wrong with the identity, and what to do about it.
    identity: Option<String>,
    /// The identity was written by a newer program.
    newer: bool,
}

impl Checked {
    fn read(dir: &Path) -> io::Result<Self> {
        let report = check::check(&Directory::new(dir))?;
        let found = owner(&report);
        let (identity, newer) = match identity(dir) {
            Ok(Some(declared)) => {
                (found.filter(|found| *found != declared).map(|found| foreign(declared, found)), false)
            }
            Ok(None) => (Some(format!("meta is missing{}", remedy(found))), false),
            Err(error @ DirError::Newer { .. }) => (Some(error.to_string()), true),
            Err(error) => (Some(format!("{error}{}", remedy(found))), false),
        };
        Ok(Self { report, identity, newer })
    }

    fn exit(&self) -> Exit {
        match self.report.verdict() {
            _ if self.newer => Exit::Unknown,
            Verdict::Unreadable => Exit::Unknown,
            Verdict::Damaged | Verdict::BadSnapshot => Exit::No,
            Verdict::Clean | Verdict::TornTail if self.identity.is_some() => Exit::No,
            Verdict::Clean | Verdict::TornTail => Exit::Done,
        }
    }

    fn text(&self) -> String {
        let identity = self.identity.as_ref().map_or_else(String::new, |identity| format!("identity: {identity}\n"));
        format!("{identity}{}\n", self.report)
    }

    /// What to do, if anything.
    fn advice(&self, dir: &Path) -> Option<String> {
        let repair = format!("mainstay storage repair {}", dir.display());
        match self.report.verdict() {
            Verdict::Clean | Verdict::TornTail => None,
            Verdict::BadSnapshot => {
                Some(format!("set the damaged snapshot aside with `{repair}`; nothing is lost by that"))
            }
            Verdict::Damaged => {
                let loss = check::plan(&self.report).and_then(|plan| plan.loss);
                let loss = loss.map_or_else(|| "nothing that was acknowledged".to_owned(), |loss| loss.to_string());
                Some(format!("restore a backup, or run `{repair}`, which gives up {loss}"))
            }
            Verdict::Unreadable => {
                Some("see above: start the version that wrote it, or give the files back to their user".to_owned())
            }
        }
    }
}

/// Whose log and snapshots these are.
fn owner(report: &Report) -> Option<ClusterId> {
    let snapshot = report.snapshots.iter().find_map(|found| found.outcome.as_ref().ok());
    snapshot.map(|(header, _)| header.cluster).or_else(|| report.log.as_ref().ok()?.cluster)
}

fn foreign(declared: ClusterId, found: ClusterId) -> String {
    format!("meta says {declared}, log and snapshots say {found}: files of two directories were mixed")
}

fn remedy(found: Option<ClusterId>) -> String {
    found.map_or_else(String::new, |found| {
        format!("; log and snapshots say: write `mainstay 1 {found}` into the file meta")
    })
}

/// Takes the lock of what is a data directory.
fn lock(dir: &Path) -> Result<DirLock, String> {
    let named = |reason: &str| format!("{}: {reason}", dir.display());
    let entries = std::fs::read_dir(dir).map_err(|error| named(&error.to_string()))?;
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let ours = |name: String| name == "meta" || name.starts_with("wal-") || name.starts_with("snapshot-");
    if !names.any(ours) {
        return Err(named("holds neither a log nor snapshots; expected a data directory (node.data_dir)"));
    }
    DirLock::take(dir).map_err(|error| error.to_string())
}

/// Reads a locked directory; what is printed of an error, and its exit code.
fn read(dir: &Path, err: &mut dyn Write) -> Result<Checked, Exit> {
    Checked::read(dir).map_err(|error| {
        say(err, &format!("{}: {error}\n", dir.display()));
        Exit::BadInput
    })
}

fn check(args: &StorageArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let _lock = match lock(&args.dir) {
        Ok(lock) => lock,
        Err(reason) => {
            say(err, &format!("{reason}\n"));
            return Exit::BadInput;
        }
    };
    let checked = match read(&args.dir, err) {
        Ok(checked) => checked,
        Err(exit) => return exit,
    };
    let advice = checked.advice(&args.dir);
    if args.json {
        say(out, &format!("{:#}\n", described(&checked, advice.as_deref())));
    } else {
        let advice = advice.map_or_else(String::new, |advice| format!("help: {advice}\n"));
        say(out, &format!("{}{advice}", checked.text()));
    }
    checked.exit()
}

fn repair(args: &StorageArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let _lock = match lock(&args.dir) {
        Ok(lock) => lock,
        Err(reason) => {
            say(err, &format!("{reason}\n"));
            return Exit::BadInput;
        }
    };
    match repair_locked(args, out, err) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn repair_locked(args: &StorageArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Exit> {
    let before = read(&args.dir, err)?;
    let plan = if before.newer { None } else { check::plan(&before.report) };
    let advice = before.advice(&args.dir);
    let Some(plan) = plan else {
        let text = if args.json {
            format!("{:#}\n", json!({ "before": described(&before, advice.as_deref()), "plan": null, "after": null }))
        } else {
            format!("{}nothing was changed\n", before.text())
        };
        say(out, &text);
        return Ok(before.exit());
    };
    if !args.json {
        // What will be given up is said before it is.
        say(out, &format!("{}{}", before.text(), plan_text(&plan)));
    }
    repair::perform(&args.dir, &plan.steps).map_err(|error| {
        say(err, &format!("{error}; what was done so far can be repeated\n"));
        Exit::Internal
    })?;
    let after = read(&args.dir, err)?;
    if args.json {
        let report = json!({
            "before": described(&before, advice.as_deref()),
            "plan": { "steps": plan.steps.iter().map(step_text).collect::<Vec<_>>(), "gives_up": plan.loss.map(|loss| loss.to_string()) },
            "after": described(&after, after.advice(&args.dir).as_deref()),
        });
        say(out, &format!("{report:#}\n"));
    } else if !plan.steps.is_empty() {
        let advice = after.advice(&args.dir).map_or_else(String::new, |advice| format!("help: {advice}\n"));
        say(out, &format!("repaired; now:\n{}{advice}", after.text()));
    }
    Ok(after.exit())
}

fn plan_text(plan: &RepairPlan) -> String {
    if plan.steps.is_empty() {
        return "nothing to repair\n".to_owned();
    }
    let steps: String = plan.steps.iter().map(|step| format!("plan: {}\n", step_text(step))).collect();
    let loss = plan.loss.map_or_else(|| "nothing that was acknowledged".to_owned(), |loss| loss.to_string());
    format!("{steps}gives up: {loss}\n")
}

fn step_text(step: &RepairStep) -> String {
    match step {
        RepairStep::CopyAside { file } => format!("copy {file} to {}", check::LOST_AND_FOUND),
        RepairStep::SetAside { file } => format!("move {file} to {}", check::LOST_AND_FOUND),
        RepairStep::Cut { file, offset } => format!("end {file} at offset {offset}"),
        RepairStep::SyncDirectory => "make that durable".to_owned(),
    }
}

fn described(checked: &Checked, advice: Option<&str>) -> Value {
    let report = &checked.report;
    let snapshots = report.snapshots.iter().map(|found| match &found.outcome {
        Ok((header, totals)) => json!({
            "file": snapshot_file_name(found.lsn), "sound": true,
            "records": totals.records, "bytes": totals.bytes, "final": header.is_final,
        }),
        Err(error) => json!({ "file": snapshot_file_name(found.lsn), "sound": false, "error": error.to_string() }),
    });
    let log = match &report.log {
        Ok(recovery) => json!({
            "sound": true, "segments": report.segments.len(), "records": recovery.records, "last_lsn": recovery.last_lsn.0,
            "torn": recovery.cut.as_ref().map(|cut| json!({
                "file": cut.segment.file_name(), "offset": cut.offset, "lsn": cut.lsn.0, "flaw": cut.flaw.to_string(),
            })),
        }),
        Err(error) => json!({ "sound": false, "segments": report.segments.len(), "error": error.to_string() }),
    };
    json!({
        "verdict": word(report.verdict()),
        "identity": checked.identity,
        "snapshots": snapshots.collect::<Vec<_>>(),
        "log": log,
        "help": advice,
    })
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clean => "clean",
        Verdict::TornTail => "torn tail",
        Verdict::BadSnapshot => "bad snapshot",
        Verdict::Damaged => "damaged",
        Verdict::Unreadable => "unreadable",
    }
}

/// A reader that has gone away does not change what is done.
fn say(out: &mut dyn Write, text: &str) {
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
