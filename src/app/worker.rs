//! Setting off the one that carries effects out. Nobody waits for it: whoever has recorded them goes on.

use std::process::{Command, Stdio};

use super::{Carrier, Project, SyncReport};

/// What git tells the hooks of a commit about that very commit: a command that commits later must not take it over.
const COMMIT_VARIABLES: [&str; 3] = ["GIT_AUTHOR_DATE", "GIT_REFLOG_ACTION", "GIT_QUARANTINE_PATH"];

/// Whose commits are, as git tells its hooks of the author of that very commit, whoever that is; and as the environment says who
/// commits, which git leaves alone. A command that commits later is of who commits here.
const WHO: [(&str, &str); 2] = [("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL")];

/// The variable by which a command knows the effect that it is run for, and what it starts is known.
const EFFECT_VARIABLE: &str = "TASKMASTER_EFFECT";

/// Sets off a run of the outbox that outlives this process, where something waits that is allowed. That none can be
/// started is no failure: the next one finds what waits.
pub(super) fn ring(project: &Project, report: &SyncReport) {
    if report.recorded.allowed == 0 || project.carrier == Carrier::Beside {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let repository = &project.repository;
    let folder = repository.workdir().unwrap_or(repository.git_dir());
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut command = Command::new(program);
    command.arg("-C").arg(&folder).args(["--quiet", "outbox", "run", "--detached"]).current_dir(&folder);
    for name in repository.local_variables().unwrap_or_default().iter().map(String::as_str).chain(COMMIT_VARIABLES) {
        command.env_remove(name);
    }
    for (author, committer) in WHO {
        match std::env::var_os(committer) {
            Some(who) => command.env(author, who),
            None => command.env_remove(author),
        };
    }
    // It is no part of the command of an effect that has led to this, and does not end with that.
    command.env_remove(EFFECT_VARIABLE);
    // Whoever waits for the end of a pipe that a hook writes to does not wait for this.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    drop(command.spawn());
}
