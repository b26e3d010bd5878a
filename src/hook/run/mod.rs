//! What each hook does when git rings. A hook never is the reason a commit fails, except for a
//! finding about what that very commit changes: errors, panics and slowness warn and let it pass.

mod amend;
mod commit_msg;
mod post_checkout;
mod post_commit;
mod post_merge;
mod post_rewrite;
mod pre_commit;
mod pre_push;
mod prepare_commit_msg;

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::HookName;
use crate::app::{self, Advance, AppError, Project, SyncOutcome, SyncRequest};
use crate::format::workflow::{Mode, Workflow};
use crate::git::{Abandoned, Deferral, abandon_index_lock};
use crate::ui::{Exit, Output, render_sync, safe};

/// How long a hook may take before git goes on without it.
const LONGEST: Duration = Duration::from_secs(5);

/// Runs one hook with the arguments git gives it.
#[must_use]
pub fn run(hook: HookName, arguments: &[String], output: Output) -> Exit {
    if std::env::var_os("TASKMASTER").is_some_and(|value| value == "0") {
        return Exit::Success;
    }
    let passed = move |why: &str| {
        output.say(&format!("taskmaster: {hook} was left out: {why}; see: taskmaster status"));
        Exit::Success
    };
    // The watch is on the other thread, so that the work has the one whose memory is quicker to get.
    let (done, watched) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let slow = watched.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout);
        if slow && abandon_index_lock() == Abandoned::GivenUp {
            let exit = passed("it took longer than 5 seconds; run: taskmaster sync");
            std::process::exit(exit.code().into());
        }
    });
    let result = catch_unwind(AssertUnwindSafe(|| ring(hook, arguments, output)));
    drop(done);
    match result {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => passed(&safe(&error.to_string())),
        Err(_) => passed("a defect in taskmaster, please report it"),
    }
}

fn ring(hook: HookName, arguments: &[String], output: Output) -> Result<Exit, AppError> {
    let project = Project::open(Path::new("."))?;
    if !project.is_enabled() {
        return Ok(Exit::Success);
    }
    // The process ends when the hook does: giving ten thousand files back one by one would take as
    // long as reading them did.
    let bell = ManuallyDrop::new(Bell { project, arguments, output });
    match hook {
        HookName::PreCommit => pre_commit::run(&bell),
        HookName::PrepareCommitMsg => prepare_commit_msg::run(&bell),
        HookName::CommitMsg => commit_msg::run(&bell),
        HookName::PostCommit => post_commit::run(&bell),
        HookName::PostMerge => post_merge::run(&bell),
        HookName::PostRewrite => post_rewrite::run(&bell),
        HookName::PostCheckout => post_checkout::run(&bell),
        HookName::PrePush => pre_push::run(&bell),
    }
}

/// A hook that rings: the repository, what git says, and where to talk.
struct Bell<'a> {
    project: Project,
    arguments: &'a [String],
    output: Output,
}

impl Bell<'_> {
    /// Processes what is new and says what came of it.
    fn sync(&self, advance: Advance) -> Result<Exit, AppError> {
        let report = app::sync(&self.project, &SyncRequest { advance, since: None })?;
        // A rebase rings for every pick, and once more when it has ended.
        let picking = matches!(report.outcome, SyncOutcome::Deferred { why: Deferral::Rebase, .. });
        if !picking {
            for line in render_sync(&report) {
                self.output.say(&line);
            }
        }
        Ok(Exit::Success)
    }

    /// The rules as they are staged.
    fn staged_workflow(&self) -> Result<Workflow, AppError> {
        Ok(app::workflow_of(&self.project.repository.snapshot_of_index()?))
    }

    /// Whether this hook may refuse.
    fn refuses(&self, workflow: &Workflow) -> bool {
        self.project.mode(workflow) >= Mode::Enforce
    }
}
