//! The `git` program, for what libgit2 cannot do.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::GitError;

/// Runs `git ARGUMENTS` in `directory` with `input` on its standard input, on the index at `index`
/// where one is given.
///
/// # Errors
/// When it cannot be started or ends with a failure.
pub(super) fn run(
    directory: &Path,
    arguments: &[&str],
    input: &[u8],
    index: Option<&Path>,
) -> Result<Vec<u8>, GitError> {
    let index = index.map(|path| path.to_string_lossy().into_owned());
    let environment: Vec<(&str, &str)> = index.iter().map(|path| ("GIT_INDEX_FILE", path.as_str())).collect();
    run_with(directory, arguments, input, &environment)
}

/// The same with additions to the environment.
///
/// # Errors
/// As [`run`].
pub(super) fn run_with(
    directory: &Path,
    arguments: &[&str],
    input: &[u8],
    environment: &[(&str, &str)],
) -> Result<Vec<u8>, GitError> {
    let fail = |message: String| GitError::Program { command: arguments.join(" "), message };
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(arguments).envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| fail(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends early closes its input; its exit status says why.
        let _ = stdin.write_all(input);
    }
    let Output { status, stdout, stderr } = child.wait_with_output().map_err(|error| fail(error.to_string()))?;
    if status.success() { Ok(stdout) } else { Err(fail(String::from_utf8_lossy(&stderr).trim().to_owned())) }
}
