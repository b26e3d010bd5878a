use serde_json::{Map, Value};

use super::commit::{Own, make_own, persist};
use super::ground::ground;
use super::project::nearest;
use super::{AppError, Project, SyncReport, View, around};
use super::{worker, worktree};
use crate::engine::action;
use crate::engine::cascade::Source;
use crate::engine::creation::Ground;
use crate::engine::event::{self, Origin};
use crate::engine::plan::{Plan, PlannedFile};
use crate::engine::redo::{Made, redo};
use crate::engine::workspace::{Settled, TaskEdit, Workspace};
use crate::format::edit::FieldEdit;
use crate::git::{Disk, FileChange};
use crate::model::{CommitId, TaskId, Timestamp, TreePath};

/// A status to be set by hand.
#[derive(Debug, Clone)]
pub struct StatusEdit {
    /// The task in any spelling.
    pub task: TaskId,
    /// The status in any spelling.
    pub status: String,
    /// What is merged, key by key, into the task's `metadata`.
    pub metadata: Map<String, Value>,
    /// How it is kept.
    pub keep: Keep,
    /// When it is done.
    pub now: Timestamp,
}

/// How an edit by hand is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing is written: only what would be is said.
    DryRun,
    /// In the worktree alone.
    Worktree,
    /// In a commit of the user's own, and what follows from it behind it.
    Commit,
}

/// What an edit did.
#[derive(Debug)]
pub struct EditReport {
    /// The task as it was found.
    pub task: TaskId,
    /// Its status before.
    pub old: String,
    /// Its status now.
    pub new: String,
    /// The files that changed, or would.
    pub files: Vec<PlannedFile>,
    /// What follows by the rules, where nothing was committed.
    pub plan: Plan,
    /// The user's commit.
    pub commit: Option<CommitId>,
    /// What followed from the commit.
    pub sync: Option<SyncReport>,
    /// Files that hold the user's own changes and could not take the edit.
    pub left_alone: Vec<TreePath>,
}

/// Sets a task's status in every place that writes it.
///
/// # Errors
/// For a task or a status that does not exist, a transition that is not allowed, a file that cannot
/// be edited; nothing is written then.
pub fn set_status(project: &Project, request: &StatusEdit) -> Result<EditReport, AppError> {
    let report = attempt_quietly(project, request, None)?;
    if let Some(sync) = &report.sync {
        worker::ring(project, sync);
    }
    Ok(report)
}

/// The same, without setting off who carries effects out. The commit of a step says which one it is.
pub(super) fn attempt_quietly(
    project: &Project,
    request: &StatusEdit,
    step: Option<&str>,
) -> Result<EditReport, AppError> {
    persist(|| attempt(project, request, step))
}

fn attempt(project: &Project, request: &StatusEdit, step: Option<&str>) -> Result<EditReport, AppError> {
    if request.keep == Keep::Commit {
        refuse_commit(project)?;
    }
    // A commit is made of what the tip has: the user's other edits are not this command's business.
    let tip = project.repository.head()?;
    let base = match (&tip, request.keep) {
        (Some(tip), Keep::Commit) => project.commit(tip)?,
        _ => project.worktree()?,
    };
    let task = match base.task(&request.task) {
        // A commit of it would take the user's whole new file along.
        Err(_) if request.keep == Keep::Commit && project.worktree()?.task(&request.task).is_ok() => {
            return Err(AppError::NotCommitted { id: request.task.clone() });
        }
        found => found?,
    };
    let view = &base;
    let statuses = &view.board.statuses;
    let status = known_status(view, &request.status)?;
    if !statuses.allows(task.status(), &status) {
        let allowed = statuses.find(task.status()).and_then(|definition| definition.transitions.clone());
        return Err(AppError::ForbiddenTransition {
            id: task.id.clone(),
            from: task.status().to_owned(),
            to: status,
            allowed: allowed.unwrap_or_default(),
        });
    }
    let mut edits = TaskEdit::status_as_spelled(task, &status, &view.board, action::places(&view.workflow));
    let at_home = |edit: &&TaskEdit| edit.path == task.path && edit.kind == task.record.kind;
    let spelled = edits.iter().find(at_home).and_then(|edit| edit.edit.value.as_str()).map(ToOwned::to_owned);
    for (key, value) in &request.metadata {
        let edit = FieldEdit { path: vec!["metadata".to_owned(), key.clone()], value: value.clone() };
        edits.push(TaskEdit { task: task.id.clone(), path: task.path.clone(), kind: task.record.kind, edit });
    }
    let mut workspace = Workspace::on(&view.snapshot, &view.board);
    let mut made = Vec::new();
    for edit in edits {
        let old = workspace.apply(&edit).map_err(|source| AppError::Edit { path: edit.path.clone(), source })?;
        made.extend(old.map(|old| Made::Edit { edit, old }));
    }
    let files = workspace.changed();
    workspace.refresh();
    let mut report = EditReport {
        task: task.id.clone(),
        old: task.status().to_owned(),
        new: spelled.unwrap_or(status),
        files,
        plan: Plan::default(),
        commit: None,
        sync: None,
        left_alone: Vec::new(),
    };
    if request.keep == Keep::DryRun || (request.keep == Keep::Commit && report.files.is_empty()) {
        let ground = ground(project, &view.workflow, project.repository.branch()?.as_deref());
        report.plan = consequences(project, view, &mut workspace, request.now, ground)?;
        return Ok(report);
    }
    match (request.keep, tip) {
        (Keep::Commit, Some(tip)) => commit(project, view, (request, step), &tip, &made, &mut report)?,
        _ => {
            worktree::write(project, &report.files, &made)?;
        }
    }
    Ok(report)
}

/// The reasons no commit can be made, before anything is done.
pub(super) fn refuse_commit(project: &Project) -> Result<(), AppError> {
    let repository = &project.repository;
    if repository.is_tree_ignored() {
        return Err(AppError::Ignored { prefix: repository.prefix().to_owned(), instead: "give --no-commit" });
    }
    match repository.deferral()? {
        Some(why) => Err(AppError::Deferred(why)),
        None => Ok(()),
    }
}

/// The project's name of a status, in the spelling its files use.
pub(super) fn known_status(view: &View, text: &str) -> Result<String, AppError> {
    let statuses = &view.board.statuses;
    if let Some(definition) = statuses.find(text) {
        return Ok(definition.name.clone());
    }
    let known: Vec<String> = statuses.definitions().iter().map(|definition| definition.name.clone()).collect();
    Err(AppError::UnknownStatus { text: text.to_owned(), suggestion: nearest(text, &known), known })
}

/// What would follow by the rules if the edit were committed.
pub(super) fn consequences(
    project: &Project,
    view: &View,
    workspace: &mut Workspace<'_>,
    now: Timestamp,
    ground: Ground,
) -> Result<Plan, AppError> {
    let origin = Origin { time: Some(now), authored: Some(now), ground, ..Origin::default() };
    let events = match workspace.settle() {
        Some(Settled { changes, before }) => event::derive(&changes, &before, workspace.board(), &origin).events,
        None => Vec::new(),
    };
    let source = Source {
        workflow: &view.workflow,
        environment: project.environment(&view.workflow),
        events,
        closes: Vec::new(),
        origin,
        inherited: std::collections::HashSet::new(),
        left: Vec::new(),
    };
    let (snapshot, board) = workspace.planned();
    around::plan(project, (snapshot, board), &[source])
}

/// A commit of the user's own with the edit alone, then what follows from it.
fn commit(
    project: &Project,
    view: &View,
    (request, step): (&StatusEdit, Option<&str>),
    tip: &CommitId,
    made: &[Made],
    report: &mut EditReport,
) -> Result<(), AppError> {
    let subject = format!("{} {}", report.task, report.new);
    let files: Vec<FileChange> = report.files.iter().map(FileChange::from).collect();
    let again = |path: &TreePath, bytes: &[u8]| redo(made, path, worktree::planned(&report.files, path), bytes);
    let (disk, now) = (Disk::Follows, request.now);
    let own = Own { view, tip, subject: &subject, step, files: &files, redo: &again, disk, now };
    let (made, followed) = make_own(project, &own)?;
    (report.commit, report.left_alone) = (Some(made.id), made.left_alone);
    report.sync = Some(followed);
    Ok(())
}
