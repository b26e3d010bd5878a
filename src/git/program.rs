//! The `git` program, for what libgit2 cannot do.

use std::ffi::OsString;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::{GitError, Repository};

/// A call of `git` on one repository, whichever repository the environment may name.
pub(super) struct Program {
    command: Command,
    longest: Option<Duration>,
}

/// How often a program that has a time to end in is looked after.
const LOOK: Duration = Duration::from_millis(10);

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
        Self { command, longest: None }
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

    /// It has so long to end. What it has started itself sees then that its pipes are closed.
    pub(super) fn within(mut self, longest: Duration) -> Self {
        self.longest = Some(longest);
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
        let ended = match self.longest {
            None => child.wait_with_output().map_err(|error| fail(error.to_string())),
            Some(longest) => wait(child, longest).map_err(|error| fail(error.to_string()))?.ok_or_else(|| {
                fail(format!("it did not end within {} seconds (taskmaster.networkTimeout)", longest.as_secs()))
            }),
        };
        let Output { status, stdout, stderr } = ended?;
        if status.success() { Ok(stdout) } else { Err(fail(String::from_utf8_lossy(&stderr).trim().to_owned())) }
    }
}

/// Waits so long for a program; `None` where it had to be killed.
fn wait(mut child: Child, longest: Duration) -> std::io::Result<Option<Output>> {
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    let until = Instant::now() + longest;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    };
    // What it has left behind may hold the pipes open for ever.
    let left = || until.saturating_duration_since(Instant::now()).max(LOOK);
    let stdout = stdout.recv_timeout(left()).unwrap_or_default();
    let stderr = stderr.recv_timeout(left()).unwrap_or_default();
    Ok(Some(Output { status, stdout, stderr }))
}

/// Reads a pipe to its end, beside everything else.
fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (give, take) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What has come so far counts.
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = give.send(bytes);
    });
    take
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
