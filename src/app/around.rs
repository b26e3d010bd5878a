//! Plans that leave free what stands in the worktree and in no commit.

use super::{AppError, Project};
use crate::engine::cascade::{self, Source};
use crate::engine::numbering::Beside;
use crate::engine::plan::{Detail, Plan, PlannedFile};
use crate::engine::redo::Made;
use crate::git::FileChange;
use crate::model::{Board, FileRole, Snapshot};
use crate::store::{self, Bounded};

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
    // All of the tree is read from the disk only where a number is looked for, or something is in a report's way.
    let mut here = Vec::new();
    if makes_tasks || !have_places(project, &plan.files)? {
        here.push(store::snapshot_of_folder(&repository.tree_dir()?)?);
    }
    here.push(repository.snapshot_of_index()?);
    let beside = Beside::of(snapshot, &here);
    if !beside.meets(&plan.made, &plan.files) {
        return Ok(plan);
    }
    Ok(cascade::plan_around(snapshot, board, sources, &beside))
}

/// Whether reports have their places on disk, as far as a look at these alone tells.
fn have_places(project: &Project, files: &[PlannedFile]) -> Result<bool, AppError> {
    let reports = files.iter().filter(|file| file.path.role() == FileRole::Report);
    // As if each were new: one that is there may have been put in the place of another.
    let reports: Vec<FileChange> = reports.map(|file| FileChange { before: None, ..FileChange::from(file) }).collect();
    for report in &reports {
        match store::read_bounded(&project.on_disk(&report.path)?, store::LARGEST_FILE) {
            Ok(Bounded::TooLarge(_)) | Err(_) => return Ok(false),
            Ok(_) => {}
        }
    }
    Ok(project.repository.blocked(&reports)?.is_empty())
}
