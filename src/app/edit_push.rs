//! A status that is set and pushed at once. What follows from it is sent once that is where everybody has it.

use std::collections::HashSet;

use super::ci::{Mark, MarkWhose, Published, Refusal, names, publish};
use super::edit::attempt_quietly;
use super::emit_push::token;
use super::{AppError, EditReport, Project, StatusEdit, effects, worker};
use crate::format::workflow::Executor;
use crate::git::Deferral;

/// Sets a task's status, and pushes the commits, from the remote's new tip again where somebody else was faster.
///
/// # Errors
/// When it cannot be set, or not be pushed: then the commits are here.
pub fn set_status_and_push(
    project: &Project,
    request: &StatusEdit,
    refusal: Refusal,
) -> Result<(EditReport, Published), AppError> {
    let repository = &project.repository;
    let branch = repository.branch()?.ok_or(AppError::Deferred(Deferral::Detached))?;
    let mut mark = mark(project, &branch)?;
    let before = mark.as_ref().and_then(Mark::at).cloned();
    // What was sent for a step is known again by this, also where its commit is merged as another one.
    let step = (mark.is_some() && refusal == Refusal::Stacks).then(token);
    let mut recorded = HashSet::new();
    let (report, published) = publish(project, refusal, mark.as_mut(), |_| {
        let report = attempt_quietly(project, request, step.as_deref())?;
        recorded.extend(report.sync.iter().flat_map(|sync| &sync.plan.effects).map(|effect| effect.key.clone()));
        Ok(report)
    })?;
    // Those of commits that were dropped since somebody else was faster.
    for effect in report.sync.iter().flat_map(|sync| &sync.plan.effects) {
        recorded.remove(&effect.key);
    }
    effects::leave(project, &recorded)?;
    if let Some(mark) = &mut mark {
        let plan = report.sync.as_ref().map(|sync| &sync.plan);
        let named = plan.zip(step.as_deref()).map(|(plan, step)| names(plan, step)).unwrap_or_default();
        mark.leave_note(project, before.as_ref(), (named, request.now))?;
    }
    if let Some(sync) = &report.sync {
        worker::ring(project, sync);
    }
    Ok((report, published))
}

/// The mark of the branch where pipelines commit: of what this commits another run has nothing to do.
fn mark(project: &Project, branch: &str) -> Result<Option<Mark>, AppError> {
    let Some(tip) = project.repository.head()? else { return Ok(None) };
    let is_executor = project.commit(&tip)?.workflow.git.executor == Executor::Ci && project.acts_as(Executor::Ci);
    if is_executor { Mark::look(project, branch, MarkWhose::Step) } else { Ok(None) }
}
