//! The `git` program, for what libgit2 cannot do.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{GitError, Repository};

/// A call of `git` on one repository, whichever repository the environment may name.
pub(super) struct Program {
    command: Command,
}

impl Program {
    /// `git` in the repository's worktree, on the index the repository was opened with.
    pub(super) fn of(repository: &Repository) -> Self {
        let mut command = Command::new("git");
        let folder = repository.inner.workdir().unwrap_or(repository.inner.path());
        command.current_dir(folder).env("GIT_DIR", absolute(repository.inner.path())).env_remove("GIT_PREFIX");
        match repository.inner.workdir() {
            Some(workdir) => command.env("GIT_WORK_TREE", absolute(workdir)),
            None => command.env_remove("GIT_WORK_TREE"),
        };
        if !repository.from_environment {
            command.env_remove("GIT_INDEX_FILE").env_remove("GIT_COMMON_DIR").env_remove("GIT_OBJECT_DIRECTORY");
        }
        Self { command }
    }

    /// On this index instead.
    pub(super) fn index(mut self, index: &Path) -> Self {
        self.command.env("GIT_INDEX_FILE", absolute(index));
        self
    }

    /// With an addition to the environment.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it with `input` on its standard input and gives its standard output.
    ///
    /// # Errors
    /// When it cannot be started or ends with a failure.
    pub(super) fn run(mut self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let fail = |message: String| GitError::Program { command: arguments.join(" "), message };
        let command = self.command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| fail(error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends early closes its input; its exit status says why.
            let _ = stdin.write_all(input);
        }
        let Output { status, stdout, stderr } = child.wait_with_output().map_err(|error| fail(error.to_string()))?;
        if status.success() { Ok(stdout) } else { Err(fail(String::from_utf8_lossy(&stderr).trim().to_owned())) }
    }
}

impl Repository {
    /// The variables that tell a process of git's which repository it is in: whatever starts anew there must not
    /// inherit them.
    ///
    /// # Errors
    /// When git cannot tell.
    pub fn local_variables(&self) -> Result<Vec<String>, GitError> {
        let listed = Program::of(self).run(&["rev-parse", "--local-env-vars"], &[])?;
        Ok(String::from_utf8_lossy(&listed).lines().map(ToOwned::to_owned).collect())
    }
}

/// Paths are given to a program that runs in another folder.
fn absolute(path: &Path) -> OsString {
    std::path::absolute(path).map_or_else(|_| path.as_os_str().to_owned(), Into::into)
}
