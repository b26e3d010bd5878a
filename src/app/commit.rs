//! Commits that somebody has asked for: made, or refused with a reason.

use super::{AppError, Project};
use crate::git::{CommitOutcome, Deferral, EngineCommit, WorktreeOutcome};
use crate::model::{CommitId, TreePath};

/// A commit that was made.
pub(super) struct Made {
    pub(super) id: CommitId,
    /// Files that hold the user's own changes and could not follow.
    pub(super) left_alone: Vec<TreePath>,
}

/// Makes a commit, and says why where it cannot be made now.
pub(super) fn make(project: &Project, commit: &EngineCommit<'_>) -> Result<Made, AppError> {
    match project.repository.commit_files(commit)? {
        CommitOutcome::Made { id, worktree } => {
            let stuck = worktree.into_iter().filter(|(_, outcome)| *outcome == WorktreeOutcome::LeftAlone);
            Ok(Made { id, left_alone: stuck.map(|(path, _)| path).collect() })
        }
        CommitOutcome::Deferred(why) => Err(AppError::Deferred(why)),
        CommitOutcome::Moved => Err(AppError::Deferred(Deferral::BranchMoves)),
    }
}

/// Makes a commit of the engine's that nothing is to follow from: where all before it was processed, it
/// is, too.
pub(super) fn make_processed(project: &Project, commit: &EngineCommit<'_>) -> Result<Made, AppError> {
    let cursor_is_tip = project.repository.cursor(commit.branch)?.as_ref() == Some(commit.tip);
    let made = make(project, commit)?;
    if cursor_is_tip {
        project.repository.set_cursor(commit.branch, &made.id)?;
    }
    Ok(made)
}
