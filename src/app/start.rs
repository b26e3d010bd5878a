//! Beginning with a task on a branch of its own.

use super::edit::refuse_commit;
use super::{AppError, EditReport, Keep, Project, StatusEdit, branch_name, set_status};
use crate::git::{Deferral, SwitchKind};
use crate::model::Category;

/// The branch that a task is begun on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartBranch {
    /// Its name.
    pub name: String,
    /// How it is come by.
    pub way: BranchWay,
}

/// How a task's branch is come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchWay {
    /// It is made at HEAD.
    Made,
    /// It is there, and switched to.
    Switched,
    /// HEAD is on it.
    Here,
}

/// Switches to the task's own branch, which is made where there is none, and sets the status there. Where
/// the commit cannot be made, HEAD is back where it was.
///
/// # Errors
/// When the branch cannot be switched to, or the status cannot be set; what can be known of that is known
/// before anything is done.
pub fn start_on_branch(project: &Project, request: &StatusEdit) -> Result<(StartBranch, EditReport), AppError> {
    let repository = &project.repository;
    match refuse_commit(project) {
        // On the branch it is not any more.
        Err(AppError::Deferred(Deferral::Detached)) => {}
        refused => refused?,
    }
    let preview = set_status(project, &StatusEdit { keep: Keep::DryRun, ..request.clone() })?;
    let branch = start_branch(project, &preview)?;
    if request.keep == Keep::DryRun {
        return Ok((branch, preview));
    }
    let kind = match branch.way {
        BranchWay::Here => return set_status(project, request).map(|report| (branch, report)),
        BranchWay::Made => SwitchKind::New,
        BranchWay::Switched => SwitchKind::Existing,
    };
    let switched = repository.switch(&branch.name, kind)?;
    match set_status(project, request) {
        Ok(report) => Ok((branch, report)),
        Err(error) => match repository.switch_back(&switched) {
            Ok(true) => Err(error),
            // Why nothing was committed is what matters.
            Ok(false) | Err(_) => Err(AppError::StaysOn { branch: branch.name, source: Box::new(error) }),
        },
    }
}

/// The branch for a task, and how it is come by.
fn start_branch(project: &Project, preview: &EditReport) -> Result<StartBranch, AppError> {
    let repository = &project.repository;
    let view = project.worktree()?;
    let name = branch_name(view.task(&preview.task)?);
    if repository.branch()?.as_ref() == Some(&name) {
        return Ok(StartBranch { name, way: BranchWay::Here });
    }
    let Some(tip) = repository.branch_tip(&name)? else { return Ok(StartBranch { name, way: BranchWay::Made }) };
    let there = project.commit(&tip)?;
    let status = there.task(&preview.task).map(|task| task.status().to_owned()).ok();
    let is_open = |status: &str| matches!(there.board.statuses.category(status), Category::Todo | Category::Active);
    match status {
        Some(status) if is_open(&status) => Ok(StartBranch { name, way: BranchWay::Switched }),
        status => Err(AppError::BranchElsewhere { branch: name, id: preview.task.clone(), status }),
    }
}
