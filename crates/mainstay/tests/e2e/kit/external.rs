//! Programs that are not ours. A missing one fails the test and names the command that installs it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The full path of `program`; panics with what to do where it is not installed.
pub(crate) fn require(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file()).unwrap_or_else(
        || panic!("this test needs the program `{program}`, which is not on PATH; scripts/test installs it"),
    )
}

/// Where `scripts/test` puts the client libraries of other languages: `target/clients` of this repository.
pub(crate) fn clients_directory() -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/clients");
    assert!(
        directory.is_dir(),
        "this test needs the client libraries in {}, which is not there; scripts/test installs them",
        directory.display()
    );
    directory
}

/// Seconds that a program may run.
const RUN_TIMEOUT_S: &str = "120";

/// Runs to the end and returns standard output; panics with both outputs when the exit code is not 0, which it is too
/// when the program had to be ended after two minutes.
pub(crate) fn run(command: &Command) -> String {
    let mut bounded = Command::new("timeout");
    bounded.args(["--kill-after=5", RUN_TIMEOUT_S]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        bounded.env(name, value.unwrap_or_default());
    }
    let output =
        bounded.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}\nstdout:\n{out}\nstderr:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    out
}

/// Sends `signal` ("TERM", "STOP", …) to one process, by the shell's own `kill`, so that no unsafe code is needed.
pub(crate) fn shell_signal(signal: &str, pid: u32) {
    let status = Command::new("sh").arg("-c").arg(format!("kill -{signal} {pid}")).status();
    assert!(status.is_ok_and(|status| status.success()), "cannot send SIG{signal} to process {pid}");
}
