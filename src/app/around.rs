//! Plans that leave free what stands in the worktree and in no commit.

use super::{AppError, Project};
use crate::engine::cascade::{self, Source};
use crate::engine::numbering::Beside;
use crate::engine::plan::{Detail, Plan};
use crate::engine::redo::Made;
use crate::model::{Board, FileRole, Snapshot};
use crate::store;

/// What follows on top of a tree. Where a task would be made under a number or a path that a file on disk or a staged one
/// has, which no commit has, it gets the next one that is free of those: else that file would wipe it out once it is
/// added. A report that has no place on disk is not written. In a clone where nothing is in the way the plan is the one that
/// the tree alone gives.
///
/// # Errors
/// When a task or a report is made, and files on disk or the index cannot be read.
pub(super) fn plan(
    project: &Project,
    (snapshot, board): (&Snapshot, &Board),
    sources: &[Source<'_>],
) -> Result<Plan, AppError> {
    let plan = cascade::plan_on(snapshot, board, sources, Detail::Brief);
    let repository = &project.repository;
    let makes_tasks = plan.made.iter().any(|made| matches!(made, Made::Task(_)));
    let writes_reports = plan.files.iter().any(|file| file.path.role() == FileRole::Report);
    if !(makes_tasks || writes_reports) || repository.is_bare() {
        return Ok(plan);
    }
    let here = [store::snapshot_of_folder(&repository.tree_dir()?)?, repository.snapshot_of_index()?];
    let beside = Beside::of(snapshot, &here);
    if !beside.meets(&plan.made, &plan.files) {
        return Ok(plan);
    }
    Ok(cascade::plan_around(snapshot, board, sources, &beside))
}
