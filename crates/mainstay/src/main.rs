//! The `mainstay` program.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use mainstay::cli::{self, Command, Exit};

fn main() -> ExitCode {
    let exit = match cli::parse(std::env::args_os()) {
        Err(exit) => exit,
        Ok(Command::Check(args)) => cli::check::run(&args),
        Ok(Command::Version) => {
            println!("mainstay {}", env!("CARGO_PKG_VERSION"));
            Exit::Done
        }
        Ok(Command::Serve(args)) => mainstay::serve::run(&args),
        Ok(Command::Status(args)) => cli::status::run(&args),
        Ok(Command::Storage(command)) => cli::storage::run(&command),
        Ok(Command::Keyspace(command)) => cli::keyspace::run(&command),
    };
    exit.into()
}
