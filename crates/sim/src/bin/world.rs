//! Runs worlds: `world --seeds A..B`, `world --replay FILE`, `world --seed N --trace`.

use mainstay_sim::world::defect::Defect;
use mainstay_sim::world::plan::Plan;
use mainstay_sim::world::shrink::shrink;
use mainstay_sim::world::{Totals, Tracing, Violation, draw, run};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const USAGE: &str = "usage: world --seeds A..B [--steps N] [--threads N] [--defect NAME] [--out DIR]
       world --seed N [--steps N] [--defect NAME]     one seed, with its trace
       world --bank N [--steps N]                     looks for each defect of the bug bank in seeds 0..N
       world --replay FILE                            a plan that was written before, with its trace";

/// Steps of a drawn plan, on average.
const STEPS: usize = 200;
/// Failing seeds that are named.
const SHOWN_MAX: usize = 20;
/// Runs that shrinking may take.
const SHRINK_RUNS_MAX: usize = 3_000;

struct Options {
    seeds: Range<u64>,
    one: bool,
    steps: usize,
    threads: usize,
    defect: Option<Defect>,
    out: PathBuf,
    replay: Option<PathBuf>,
    bank: bool,
}

/// What many seeds brought.
#[derive(Default)]
struct Survey {
    totals: Totals,
    /// Of all traces, whatever the order in which seeds ended.
    digest: u64,
    failed: Vec<(u64, Violation)>,
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(what) => {
            eprintln!("{what}\n{USAGE}");
            return ExitCode::from(64);
        }
    };
    // A panic of the node is a finding and printed with it.
    std::panic::set_hook(Box::new(|_| {}));
    if let Some(file) = &options.replay {
        return replay(file);
    }
    if options.bank {
        return bank(&options);
    }
    if options.one {
        return show(&plan(options.seeds.start, &options));
    }
    many(&options)
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        seeds: 0..1_000,
        one: false,
        steps: STEPS,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        defect: None,
        out: std::env::temp_dir(),
        replay: None,
        bank: false,
    };
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let number = || value.parse().map_err(|_| format!("{flag} is {value}, allowed is a number"));
        match flag.as_str() {
            "--seeds" => options.seeds = range(&value)?,
            "--seed" => (options.seeds, options.one) = (number()?..number()? + 1, true),
            "--bank" if cfg!(feature = "bugbank") => {
                (options.seeds, options.bank) = (range(&format!("0..{value}"))?, true);
            }
            "--steps" => options.steps = number()?.clamp(2, 1_000_000) as usize,
            "--threads" => options.threads = number()?.clamp(1, 256) as usize,
            "--out" => options.out = value.into(),
            "--replay" => options.replay = Some(value.into()),
            "--defect" if cfg!(feature = "bugbank") => {
                let defect = Defect::named(&value).ok_or_else(|| {
                    let names: Vec<_> = Defect::ALL.iter().map(|defect| defect.name()).collect();
                    format!("--defect is {value}, allowed are {}", names.join(", "))
                })?;
                options.defect = Some(defect);
            }
            "--bank" | "--defect" => return Err("the bug bank needs a build with --features bugbank".to_owned()),
            _ => return Err(format!("{flag} is unknown")),
        }
    }
    Ok(options)
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let ends = text.split_once("..").and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
    ends.filter(|seeds: &Range<u64>| !seeds.is_empty())
        .ok_or_else(|| format!("--seeds is {text}, allowed is A..B with A below B"))
}

fn plan(seed: u64, options: &Options) -> Plan {
    Plan { defect: options.defect, ..draw(seed, options.steps) }
}

fn replay(file: &PathBuf) -> ExitCode {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::from(65);
        }
    };
    match Plan::parse(&text) {
        Ok(plan) => show(&plan),
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::from(65)
        }
    }
}

/// Runs one plan and prints its trace.
fn show(plan: &Plan) -> ExitCode {
    let report = run(plan, Tracing::Lines);
    println!("{}digest {:016x}\n{:?}", report.trace.text(), report.trace.digest(), report.totals);
    match report.violation {
        None => ExitCode::SUCCESS,
        Some(violation) => {
            println!("{violation}");
            ExitCode::from(1)
        }
    }
}

/// Runs all seeds on all threads.
fn survey(options: &Options, defect: Option<Defect>) -> Survey {
    let (next, done) = (AtomicU64::new(options.seeds.start), Mutex::new(Survey::default()));
    std::thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= options.seeds.end {
                        return;
                    }
                    let report = run(&Plan { defect, ..plan(seed, options) }, Tracing::Digest);
                    if let Ok(mut done) = done.lock() {
                        done.totals += report.totals;
                        done.digest = done.digest.wrapping_add(report.trace.digest().wrapping_mul(seed | 1));
                        done.failed.extend(report.violation.map(|violation| (seed, violation)));
                    }
                }
            });
        }
    });
    let mut survey = done.into_inner().unwrap_or_default();
    survey.failed.sort_by_key(|(seed, _)| *seed);
    survey
}

#[allow(clippy::disallowed_methods, reason = "a program that measures itself; the worlds read no clock")]
fn many(options: &Options) -> ExitCode {
    let began = std::time::Instant::now();
    let Survey { totals, digest, failed } = survey(options, options.defect);
    let (seconds, seeds) = (began.elapsed().as_secs_f64(), options.seeds.end - options.seeds.start);
    let (rate, failures) = (seeds as f64 / seconds, failed.len());
    println!(
        "{seeds} seeds in {seconds:.1} s, {rate:.0} a second, {failures} failed, digest {digest:016x}\n{totals:#?}"
    );
    for (seed, violation) in failed.iter().take(SHOWN_MAX) {
        println!("seed {seed}: {violation}");
    }
    match failed.first() {
        None => ExitCode::SUCCESS,
        Some((seed, violation)) => {
            explain(*seed, violation, options);
            ExitCode::from(1)
        }
    }
}

/// Gives the world each defect in turn, and prints how soon it is found.
fn bank(options: &Options) -> ExitCode {
    println!("| defect | found in seeds | first | by |\n|---|--:|--:|---|");
    let mut escaped = false;
    for &defect in Defect::ALL {
        let failed = survey(options, Some(defect)).failed;
        let mut by: Vec<&str> = failed.iter().map(|(_, violation)| violation.invariant).collect();
        by.sort_unstable();
        by.dedup();
        let first = failed.first().map_or_else(|| "never".to_owned(), |(seed, _)| seed.to_string());
        println!("| `{}` | {} of {} | {first} | {} |", defect.name(), failed.len(), options.seeds.end, by.join(", "));
        escaped |= failed.is_empty();
    }
    ExitCode::from(u8::from(escaped))
}

/// Makes the first failing plan small, prints its trace, and leaves it in a file.
fn explain(seed: u64, violation: &Violation, options: &Options) {
    let full = plan(seed, options);
    let small = shrink(&full, SHRINK_RUNS_MAX);
    let shown = run(&small, Tracing::Lines);
    println!("\nseed {seed}, shrunk from {} steps to {}:\n{}", full.steps.len(), small.steps.len(), shown.trace.text());
    let file = options.out.join(format!("world-{seed}.plan"));
    match std::fs::write(&file, small.to_text()) {
        Ok(()) => println!("run it again: world --replay {}", file.display()),
        Err(error) => println!("the plan could not be written to {}: {error}\n{}", file.display(), small.to_text()),
    }
    if shown.violation.is_none() {
        println!("the shrunk plan does not fail; the full one: {violation}");
    }
}
