//! What each hook does when git rings. A hook never is the reason a commit fails, except for a
//! finding about what that very commit changes: errors, panics and slowness warn and let it pass.

mod amend;
mod commit_msg;
mod post_checkout;
mod post_commit;
mod post_merge;
mod post_receive;
mod post_rewrite;
mod pre_commit;
mod pre_push;
mod prepare_commit_msg;

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::HookName;
use crate::app::{self, Advance, AppError, Project, RunRecord, SyncOutcome, SyncRequest};
use crate::format::workflow::{Mode, Workflow};
use crate::git::{Abandoned, Deferral, abandon_index_lock};
use crate::model::{Diagnostic, Severity, Timestamp};
use crate::ui::{Exit, Output, plural, render_sync, safe};
use crate::wire::run_lines;

/// How long a hook may take before git goes on without it.
const LONGEST: Duration = Duration::from_secs(5);

/// Runs one hook with the arguments git gives it.
#[must_use]
pub fn run(hook: HookName, arguments: &[String], output: Output) -> Exit {
    if app::is_off_here() {
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
            log_briefly(hook, "it took longer than 5 seconds");
            let exit = passed("it took longer than 5 seconds; run: taskmaster sync");
            std::process::exit(exit.code().into());
        }
    });
    let result = catch_unwind(AssertUnwindSafe(|| ring(hook, arguments, output)));
    drop(done);
    match result {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => passed(&safe(&error.to_string())),
        Err(_) => {
            log_briefly(hook, "a defect in taskmaster");
            passed("a defect in taskmaster, please report it")
        }
    }
}

fn ring(hook: HookName, arguments: &[String], output: Output) -> Result<Exit, AppError> {
    let project = Project::open(Path::new("."))?;
    if !project.is_enabled() {
        return Ok(Exit::Success);
    }
    // The process ends when the hook does: giving ten thousand files back one by one would take as
    // long as reading them did.
    let began = Instant::now();
    let record = RefCell::new(begin(hook));
    let bell = ManuallyDrop::new(Bell { project, arguments, output, record });
    let result = match hook {
        HookName::PreCommit => pre_commit::run(&bell),
        HookName::PrepareCommitMsg => prepare_commit_msg::run(&bell),
        HookName::CommitMsg => commit_msg::run(&bell),
        HookName::PostCommit => post_commit::run(&bell),
        HookName::PostMerge => post_merge::run(&bell),
        HookName::PostRewrite => post_rewrite::run(&bell),
        HookName::PostCheckout => post_checkout::run(&bell),
        HookName::PrePush => pre_push::run(&bell),
        HookName::PostReceive => Ok(post_receive::run(&bell)),
    };
    bell.log(&result, began.elapsed());
    result
}

/// The record of a run that begins now.
fn begin(hook: HookName) -> RunRecord {
    RunRecord::new(hook.file_name(), Timestamp { seconds: amend::now(), offset_minutes: 0 })
}

/// Notes in the log why a hook was left out, if that goes at once.
fn log_briefly(hook: HookName, why: &'static str) {
    let (done, written) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        if let Ok(project) = Project::open(Path::new(".")) {
            let mut record = begin(hook);
            record.outcome = "left-out";
            record.errors.push(why.to_owned());
            app::log_run(&project, &mut record, &run_lines);
        }
        drop(done);
    });
    let _ = written.recv_timeout(Duration::from_millis(200));
}

/// A hook that rings: the repository, what git says, and where to talk.
struct Bell<'a> {
    project: Project,
    arguments: &'a [String],
    output: Output,
    record: RefCell<RunRecord>,
}

impl Bell<'_> {
    /// Processes what is new and says what came of it.
    fn sync(&self, advance: Advance) -> Result<Exit, AppError> {
        let report = app::sync(&self.project, &SyncRequest { advance, since: None })?;
        self.record.borrow_mut().note_sync(&report);
        // A rebase rings for every pick, and once more when it has ended.
        let picking = matches!(report.outcome, SyncOutcome::Deferred { why: Deferral::Rebase, .. });
        if !picking {
            for line in render_sync(&report) {
                self.output.say(&line);
            }
        }
        if !report.causes.is_empty()
            && let Err(error) = self.project.know_environment()
        {
            let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            self.output.say(&format!("taskmaster: nothing is sent or run: {}{hint}", safe(&error.to_string())));
        }
        Ok(Exit::Success)
    }

    /// The same, and says which errors came with what is new: those that no commit made here was checked for.
    fn sync_with_errors(&self, advance: Advance) -> Result<Exit, AppError> {
        let errors = app::brought_errors(&self.project).unwrap_or_default();
        let exit = self.sync(advance)?;
        self.note(&errors);
        if let Some(first) = errors.first() {
            let count = plural(errors.len(), "error", "errors");
            self.output.say(&format!("taskmaster: this brought {count}; see: taskmaster check"));
            self.output.say(&format!("taskmaster: {}", safe(&first.message)));
        }
        Ok(exit)
    }

    /// Takes findings down for the log.
    fn note(&self, findings: &[Diagnostic]) {
        let mut record = self.record.borrow_mut();
        for finding in findings {
            let message = finding.message.clone();
            if finding.severity == Severity::Error {
                record.errors.push(message);
            } else {
                record.warnings.push(message);
            }
        }
    }

    /// Writes the run into the log.
    fn log(&self, result: &Result<Exit, AppError>, duration: Duration) {
        let mut record = self.record.borrow_mut();
        record.duration = duration;
        match result {
            Ok(Exit::Success) => {}
            Ok(_) => record.outcome = "refused",
            Err(error) => {
                record.outcome = "left-out";
                record.errors.push(error.to_string());
            }
        }
        if record.branch.is_none() {
            record.branch = self.project.repository.branch().ok().flatten();
        }
        app::log_run(&self.project, &mut record, &run_lines);
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
