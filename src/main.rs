//! The program `taskmaster`.

use std::process::ExitCode;

fn main() -> ExitCode {
    taskmaster::cli::main()
}
