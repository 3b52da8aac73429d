//! `mainstay` and redis-server side by side: the same work in turns, on the same two cores, in one run.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin redis -- [--quick] [--only PART,…]
//! ```
//! Each server runs on one thread on CPU 0, the load on CPU 1. Every number is the median of interleaved rounds, with
//! the lowest and the highest. The result goes to `bench/results/` as Markdown and JSON, each row with its goal.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads clocks and starts programs")]

mod client;
mod load;
mod machine;
mod memory;
mod options;
mod recovery;
mod report;
mod script;
mod server;
mod stall;
mod throughput;

use options::{Options, Part};
use report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n{}", options::USAGE);
            return ExitCode::from(64);
        }
    };
    let mut report = Report::new(&options);
    for part in Part::ALL {
        if options.parts.contains(&part) {
            eprintln!("{}", part.name());
            match part {
                Part::Throughput => throughput::measure(&options, &mut report),
                Part::Memory => memory::measure(&options, &mut report),
                Part::Recovery => recovery::measure(&options, &mut report),
                Part::Stall => stall::measure(&options, &mut report),
                Part::Script => script::measure(&options, &mut report),
            }
        }
    }
    report.write();
    ExitCode::SUCCESS
}
