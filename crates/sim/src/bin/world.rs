//! Runs worlds: `world --seeds A..B`, `world --replay FILE`, `world --seed N --trace`.

use mainstay_sim::world::defect::Defect;
use mainstay_sim::world::plan::Plan;
use mainstay_sim::world::shrink::shrink;
use mainstay_sim::world::{Report, Totals, Tracing, draw, run};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const USAGE: &str = "usage: world --seeds A..B [--steps N] [--threads N] [--defect NAME] [--out DIR]
       world --seed N [--steps N] [--defect NAME]     one seed, with its trace
       world --replay FILE                            a plan that was written before, with its trace";

/// Steps of a drawn plan, on average.
const STEPS: usize = 200;
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
    };
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let number = || value.parse().map_err(|_| format!("{flag} is {value}, allowed is a number"));
        match flag.as_str() {
            "--seeds" => options.seeds = range(&value)?,
            "--seed" => (options.seeds, options.one) = (number()?..number()? + 1, true),
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
            "--defect" => return Err("--defect needs a build with --features bugbank".to_owned()),
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

#[allow(clippy::disallowed_methods, reason = "a program that measures itself; the worlds read no clock")]
fn many(options: &Options) -> ExitCode {
    let began = std::time::Instant::now();
    let (next, done) = (AtomicU64::new(options.seeds.start), Mutex::new((Totals::default(), 0u64, Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= options.seeds.end {
                        return;
                    }
                    let report = run(&plan(seed, options), Tracing::Digest);
                    if let Ok(mut done) = done.lock() {
                        done.0 += report.totals;
                        // Independent of the order in which seeds end.
                        done.1 = done.1.wrapping_add(report.trace.digest().wrapping_mul(seed | 1));
                        if report.violation.is_some() {
                            done.2.push((seed, report));
                        }
                    }
                }
            });
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    let (totals, digest, mut failed) = done.into_inner().unwrap_or_default();
    failed.sort_by_key(|(seed, _)| *seed);
    let seeds = options.seeds.end - options.seeds.start;
    println!(
        "{seeds} seeds in {seconds:.1} s, {:.0} a second, {} failed, digest {digest:016x}",
        seeds as f64 / seconds,
        failed.len()
    );
    println!("{totals:#?}");
    for (seed, report) in failed.iter().take(20) {
        if let Some(violation) = &report.violation {
            println!("seed {seed}: {violation}");
        }
    }
    match failed.first() {
        None => ExitCode::SUCCESS,
        Some((seed, report)) => {
            explain(*seed, report, options);
            ExitCode::from(1)
        }
    }
}

/// Makes the first failing plan small, prints its trace, and leaves it in a file.
fn explain(seed: u64, report: &Report, options: &Options) {
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
        println!("the shrunk plan does not fail; the full one: {:?}", report.violation);
    }
}
