use super::{AppError, Project, View};
use crate::engine::migrate::MIGRATE;
use crate::engine::plan::PlannedFile;
use crate::engine::redo::{Made, redo};
use crate::engine::workspace::{StatusPlaces, TaskEdit, Workspace};
use crate::format::trailer;
use crate::git::{Deferral, Disk, EngineCommit, FileChange};
use crate::model::{CommitId, Person, RecordKind, Task, TaskId, Timestamp, TreePath};

use super::commit::make_processed;
use super::message;
use super::transitions::{Reading, Walk};
use super::worktree::planned;

/// Which place is right where places contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefer {
    /// The front matter.
    Markdown,
    /// tasks.json.
    Json,
    /// The one that was changed by the newer commit.
    Newest,
}

/// What was brought into step.
#[derive(Debug)]
pub struct RepairReport {
    /// Each task, its status before (of its home), and the one that all places have now.
    pub repaired: Vec<(TaskId, String, String)>,
    /// Tasks that contradict themselves and have no such place to prefer.
    pub undecided: Vec<TaskId>,
    /// The files that changed, or would.
    pub files: Vec<PlannedFile>,
    /// The commit; `None` for a dry run.
    pub commit: Option<CommitId>,
}

/// Brings every place that contradicts its task into step, at the branch tip, in a commit of its
/// own that fires nothing: old drift is no event.
///
/// # Errors
/// When nothing can be committed now, or a file cannot be edited.
pub fn repair(project: &Project, prefer: Prefer, commit: bool, now: Timestamp) -> Result<RepairReport, AppError> {
    let repository = &project.repository;
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else {
        return Err(AppError::Deferred(Deferral::Detached));
    };
    if let Some(why) = repository.deferral()? {
        return Err(AppError::Deferred(why));
    }
    let view = project.commit(&tip)?;
    let newest = if prefer == Prefer::Newest { last_changes(project, &tip)? } else { Vec::new() };
    let mut report = RepairReport { repaired: Vec::new(), undecided: Vec::new(), files: Vec::new(), commit: None };
    let mut workspace = Workspace::new(&view.snapshot, &view.board.statuses);
    let mut trailers = String::new();
    let mut made = Vec::new();
    for task in view.board.tasks.values() {
        if view.board.drift(task).next().is_none() {
            continue;
        }
        let Some(status) = preferred(task, prefer, &newest) else {
            report.undecided.push(task.id.clone());
            continue;
        };
        for edit in TaskEdit::status_as_spelled(task, &status, &view.board, StatusPlaces::All) {
            let old = workspace.apply(&edit).map_err(|source| AppError::Edit { path: edit.path.clone(), source })?;
            if let Some(old) = old {
                let change = trailer::ChangeTrailer {
                    event: "repair".to_owned(),
                    trigger: "repair".to_owned(),
                    task: task.id.clone(),
                    field: edit.label(Some(task)),
                    old: crate::engine::workspace::shown(&old),
                    new: crate::engine::workspace::shown(&edit.edit.value),
                    depth: 1,
                };
                trailers.push_str(&format!("{}: {change}\n", trailer::CHANGE));
                made.push(Made::Edit { edit, old });
            }
        }
        report.repaired.push((task.id.clone(), task.status().to_owned(), status));
    }
    report.files = workspace.changed();
    if commit && !report.files.is_empty() {
        report.commit = Some(commit_repair(project, &view, (&branch, &tip), &report, (&trailers, &made), now)?);
    }
    Ok(report)
}

fn preferred(task: &Task, prefer: Prefer, newest: &[(TaskId, RecordKind, TreePath)]) -> Option<String> {
    let wanted = match prefer {
        Prefer::Markdown => RecordKind::FrontMatter,
        Prefer::Json => RecordKind::TasksJson,
        Prefer::Newest => newest.iter().rev().find(|(id, ..)| *id == task.id).map(|(_, kind, _)| *kind)?,
    };
    if task.record.kind == wanted {
        return task.record.status.clone();
    }
    task.mirrors.iter().find(|mirror| mirror.kind == wanted)?.status.clone()
}

/// Which place, of which kind, each status change along the branch was made in, oldest first.
fn last_changes(project: &Project, tip: &CommitId) -> Result<Vec<(TaskId, RecordKind, TreePath)>, AppError> {
    let mut changes = Vec::new();
    let mut walk = Walk::new(project, Reading::Pure, None);
    for id in project.repository.first_parents(None, tip)? {
        // Another layout is nobody's change.
        let listed = trailer::changes(&project.repository.commit(&id)?.message);
        if listed.iter().any(|change| change.event == MIGRATE) {
            continue;
        }
        changes.extend(walk.status_places(&id)?);
    }
    Ok(changes)
}

fn commit_repair(
    project: &Project,
    view: &View,
    (branch, tip): (&str, &CommitId),
    report: &RepairReport,
    (trailers, made): (&str, &[Made]),
    now: Timestamp,
) -> Result<CommitId, AppError> {
    let summary = format!("repair the statuses of {} tasks", report.repaired.len());
    let subject = message::subject(&view.workflow, &summary);
    let text = format!("{subject}\n\n{trailers}{}: {}\n", trailer::RULES, message::RULES_VERSION);
    let files: Vec<FileChange> = report.files.iter().map(FileChange::from).collect();
    let identity: Person = message::identity(&view.workflow);
    let commit = EngineCommit {
        branch,
        tip: Some(tip),
        message: &text,
        identity: &identity,
        time: now,
        files: &files,
        redo: &|path, bytes| redo(made, path, planned(&report.files, path), bytes),
        disk: Disk::Follows,
    };
    Ok(make_processed(project, &commit)?.id)
}
