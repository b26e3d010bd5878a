//! What is pushed into a bare repository: each branch is processed as a clone processes its own, without
//! a worktree. The branches and their cursors say what is new; who rings only says that it is time to look.

use super::sync::{attempt_on, report};
use super::{AppError, Project, SyncOutcome, SyncReport, SyncRequest, worker};
use crate::git::{Deferral, Mended};
use crate::store::Turn;

/// How often a branch is tried that pushes keep moving: each of them rings its own bell.
const TRIES: u32 = 5;

/// Waits for the turn of this process: what is pushed while another one looks is looked at after it.
///
/// # Errors
/// When the lock's file cannot be made.
pub fn turn(project: &Project) -> Result<Turn, AppError> {
    Ok(Turn::wait(&project.repository.store_dir().join("server.lock"))?)
}

/// The branches on which something may be new.
///
/// # Errors
/// When the references cannot be read.
pub fn pushed_branches(project: &Project) -> Result<Vec<String>, AppError> {
    let repository = &project.repository;
    let mut found = Vec::new();
    for branch in repository.branches()? {
        let Some(tip) = repository.branch_tip(&branch)? else { continue };
        // Forced back: all of it was seen.
        let was_seen = match repository.cursor(&branch)? {
            Some(cursor) => repository.is_ancestor(&tip, &cursor)?,
            None => false,
        };
        if !was_seen {
            found.push(branch);
        }
    }
    Ok(found)
}

/// Says where branches begin that are new: behind what was processed on any other, before the others move
/// on. Whoever pushes one need not have pulled what the engine committed.
///
/// # Errors
/// When history or references cannot be read or written.
pub fn begin_new(project: &Project) -> Result<(), AppError> {
    let repository = &project.repository;
    let mut beginnings = Vec::new();
    for branch in repository.branches()? {
        if let (None, Some(tip)) = (repository.cursor(&branch)?, repository.branch_tip(&branch)?)
            && let Some(base) = repository.nearest_processed(&tip)?
        {
            beginnings.push((branch, base));
        }
    }
    for (branch, base) in beginnings {
        repository.set_cursor(&branch, None, &base)?;
    }
    Ok(())
}

/// Processes what is new on one branch, whatever HEAD is on.
///
/// # Errors
/// When the repository cannot be read or written.
pub fn sync_branch(project: &Project, request: &SyncRequest, branch: &str) -> Result<SyncReport, AppError> {
    for _ in 0..TRIES {
        // Deleted by a push: there is nothing to process any more.
        let Some(tip) = project.repository.branch_tip(branch)? else {
            return Ok(report(Some(branch.to_owned()), SyncOutcome::UpToDate));
        };
        if let Some(report) = attempt_on(project, request, Mended::Nothing, branch.to_owned(), tip)? {
            worker::ring(project, &report);
            return Ok(report);
        }
    }
    Ok(report(Some(branch.to_owned()), SyncOutcome::Deferred { why: Deferral::BranchMoves, waiting: 0 }))
}

/// The present state of every branch is the beginning, where none was made before.
///
/// # Errors
/// When the references cannot be read or written.
pub fn begin_pushed(project: &Project) -> Result<(), AppError> {
    let repository = &project.repository;
    for branch in repository.branches()? {
        if let (None, Some(tip)) = (repository.cursor(&branch)?, repository.branch_tip(&branch)?) {
            repository.set_cursor(&branch, None, &tip)?;
        }
    }
    Ok(())
}
