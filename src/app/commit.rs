//! Commits that somebody has asked for: made, or refused with a reason.

use std::time::Duration;

use super::range::beginning;
use super::sync::sync_quietly;
use super::{Advance, AppError, Project, SyncReport, SyncRequest, View, message};
use crate::format::trailer::STEP;
use crate::git::{CommitOutcome, Deferral, Disk, EngineCommit, FileChange, Redo, WorktreeOutcome};
use crate::model::{CommitId, Timestamp, TreePath};

/// A commit that was made.
pub(super) struct Made {
    pub(super) id: CommitId,
    /// Files that hold the user's own changes and could not follow.
    pub(super) left_alone: Vec<TreePath>,
}

/// Makes a commit, and says why where it cannot be made now.
pub(super) fn make(project: &Project, commit: &EngineCommit<'_>) -> Result<Made, AppError> {
    let blocked = project.repository.blocked(commit.files)?;
    if !blocked.is_empty() {
        return Err(AppError::Blocked { paths: blocked });
    }
    match project.repository.commit_files(commit)? {
        CommitOutcome::Made { id, worktree } => {
            let is_stuck =
                |outcome: WorktreeOutcome| matches!(outcome, WorktreeOutcome::LeftAlone | WorktreeOutcome::Unwritten);
            let stuck = worktree.into_iter().filter(|(_, outcome)| is_stuck(*outcome));
            Ok(Made { id, left_alone: stuck.map(|(path, _)| path).collect() })
        }
        CommitOutcome::Deferred(why) => Err(AppError::Deferred(why)),
        // A lock that a killed process has left looks like somebody who is at it.
        CommitOutcome::Moved => match project.repository.branch_lock(commit.branch) {
            Some(path) => Err(AppError::BranchLocked { path }),
            None => Err(AppError::Deferred(Deferral::BranchMoves)),
        },
    }
}

/// Makes a commit of the engine's that nothing is to follow from: where all before it was processed, it
/// is, too.
pub(super) fn make_processed(project: &Project, commit: &EngineCommit<'_>) -> Result<Made, AppError> {
    let cursor = project.repository.cursor(commit.branch)?;
    let cursor_is_tip = cursor.is_some() && cursor.as_ref() == commit.tip;
    let made = make(project, commit)?;
    if cursor_is_tip {
        project.repository.set_cursor(commit.branch, cursor.as_ref(), &made.id)?;
    }
    Ok(made)
}

/// The same, with files outside the tree; their paths are from the top of the repository.
pub(super) fn make_with_others(
    project: &Project,
    commit: &EngineCommit<'_>,
    others: &[FileChange],
) -> Result<Made, AppError> {
    if others.is_empty() {
        return make_processed(project, commit);
    }
    let mut files = others.to_vec();
    for file in commit.files {
        let path = project.repository.full_path(&file.path);
        let path = TreePath::new(path).map_err(|_| AppError::Linked { path: file.path.clone() })?;
        files.push(FileChange { path, ..file.clone() });
    }
    make_processed(&project.whole()?, &EngineCommit { files: &files, ..*commit })
}

/// How often a command begins anew where others commit at the same time.
const PATIENCE: u32 = 12;

/// Does what ends in a commit, from the new tip again where somebody else's commit came in between; nothing was
/// written then. It takes two seconds at the most, beside the work itself.
pub(super) fn persist<T>(mut attempt: impl FnMut() -> Result<T, AppError>) -> Result<T, AppError> {
    let mut spent = 0;
    loop {
        let result = attempt();
        spent += match result {
            Err(AppError::Deferred(Deferral::BranchMoves) | AppError::BranchLocked { .. }) => 1,
            // The lock itself was waited for.
            Err(AppError::Deferred(Deferral::IndexLocked)) => PATIENCE / 2,
            _ => return result,
        };
        if spent >= PATIENCE {
            return result;
        }
        // Those that collided come back at different times.
        let apart = u64::from(std::process::id() % 40);
        std::thread::sleep(Duration::from_millis(u64::from(spent) * 20 + apart));
    }
}

/// A commit of the user's own, of files that a command has edited on top of the tip, or that were edited on disk.
pub(super) struct Own<'a> {
    /// The tree at the tip.
    pub(super) view: &'a View,
    /// Where the branch is.
    pub(super) tip: &'a CommitId,
    /// What the subject says.
    pub(super) subject: &'a str,
    /// What tells it from all others, where a step of a pipeline makes it.
    pub(super) step: Option<&'a str>,
    /// The files.
    pub(super) files: &'a [FileChange],
    /// For a file that was edited on disk meanwhile.
    pub(super) redo: &'a Redo<'a>,
    /// Which came first, this commit or the files on disk.
    pub(super) disk: Disk,
    /// When.
    pub(super) now: Timestamp,
}

/// Makes a commit of the user's own, then what follows from it. Who carries effects out is not set off.
pub(super) fn make_own(project: &Project, own: &Own<'_>) -> Result<(Made, SyncReport), AppError> {
    // What would be sent by nobody's settings is asked for again before anything is done.
    if let Some(name) = project.environment(&own.view.workflow) {
        own.view.workflow.know_environment(name)?;
    }
    let made = commit_own(project, own)?;
    let followed = sync_quietly(project, &SyncRequest { advance: Advance::AsConfigured, since: None })?;
    Ok((made, followed))
}

/// Makes a commit of the user's own, and leaves what follows from it to others.
pub(super) fn commit_own(project: &Project, own: &Own<'_>) -> Result<Made, AppError> {
    let repository = &project.repository;
    let identity = repository.user()?;
    let mut text = format!("{}\n", message::subject(&own.view.workflow, own.subject));
    if let Some(step) = own.step {
        text.push_str(&format!("\n{STEP}: {step}\n"));
    }
    let branch = repository.branch()?.ok_or(AppError::Deferred(Deferral::Detached))?;
    // Processing must have begun behind this commit for it to count as new.
    if beginning(project, &branch, own.tip)?.is_none() {
        repository.set_cursor(&branch, None, own.tip)?;
    }
    let commit = EngineCommit {
        branch: &branch,
        tip: Some(own.tip),
        message: &text,
        identity: &identity,
        time: own.now,
        files: own.files,
        redo: own.redo,
        disk: own.disk,
    };
    make(project, &commit)
}
