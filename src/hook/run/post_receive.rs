use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::folder::REPOSITORY_VARIABLES;
use super::Bell;
use crate::store::crash::{Step, around};
use crate::ui::Exit;

/// What else git tells the hooks of a push, and a process that outlives the push must not hear.
const PUSH_VARIABLES: [&str; 3] = ["GIT_QUARANTINE_PATH", "GIT_PUSH_OPTION_COUNT", "GIT_PROTOCOL"];

/// Sets off the processing of what was pushed, and is done: whoever pushes waits for this hook, and for
/// every process that keeps its standard output or error.
pub(super) fn run(bell: &Bell<'_>) -> Exit {
    let repository = &bell.project.repository;
    // In quarantine (`pre-receive`, `update`) nothing is decided yet, and no reference may move. Where
    // something is checked out, a branch is its user's to process.
    if std::env::var_os("GIT_QUARANTINE_PATH").is_some() || !repository.is_bare() {
        return Exit::Success;
    }
    let folder = std::path::absolute(repository.git_dir()).unwrap_or_else(|_| repository.git_dir().to_owned());
    let started = std::env::current_exe().and_then(|program| detached(&program, &folder).spawn());
    if let Err(error) = started {
        let line = format!("what was pushed is not processed: {error}; by hand, in that repository: taskmaster sync");
        bell.output.say(&format!("taskmaster: {line}"));
        bell.record.borrow_mut().warnings.push(line);
    }
    Exit::Success
}

/// `taskmaster sync` in the repository, with nothing of this process's: a group of its own, so that the
/// end of the connection does not end it, and errors behind the log.
fn detached(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("-C").arg(folder).args(["--quiet", "sync"]).current_dir(folder);
    for name in REPOSITORY_VARIABLES.iter().chain(&PUSH_VARIABLES) {
        command.env_remove(name);
    }
    let errors = errors(&folder.join("taskmaster/log")).map_or_else(Stdio::null, Stdio::from);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    command
}

/// Where it says what went wrong: nobody is at its terminal.
fn errors(folder: &Path) -> Option<File> {
    around(Step::Folder, || fs::create_dir_all(folder)).ok()?;
    let path = folder.join("post-receive.txt");
    // As with the log itself: no link is followed.
    if folder.is_symlink() || path.is_symlink() {
        return None;
    }
    OpenOptions::new().create(true).append(true).open(path).ok()
}
