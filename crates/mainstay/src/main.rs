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
        Ok(Command::Status(_) | Command::Storage(_) | Command::Keyspace(_)) => {
            eprintln!("mainstay: this build has the commands check and version only");
            Exit::Usage
        }
    };
    exit.into()
}
