//! The program `git-taskmaster`: the same, so that `git taskmaster` works.

use std::process::ExitCode;

fn main() -> ExitCode {
    taskmaster::cli::main()
}
