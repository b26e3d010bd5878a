use std::collections::{BTreeMap, BTreeSet};

use super::commit::make_with_others;
use super::dirty::dirty;
use super::message;
use super::renumber::is_markdown;
use super::undo_replay::{repeated_since, replay};
use super::undo_subject::subjects;
use super::{AppError, Project, View};
use crate::engine::migrate::{MIGRATE, changed};
use crate::engine::plan::Merge;
use crate::engine::renumber::{NUMBER, RENUMBER};
use crate::engine::take_back::{Contradicting, Contradiction, take_back as take_back_in};
use crate::format::tasks_json;
use crate::format::trailer::{self, CHANGE, ChangeTrailer, MADE_TASK, RULES, UNDOES};
use crate::git::{Deferral, Disk, EngineCommit, FileChange, NewMode, UnreadFile};
use crate::model::{Commit, CommitId, FileRole, RecordKind, Snapshot, TaskId, Timestamp, TreePath};

/// What was taken back.
#[derive(Debug)]
pub struct UndoReport {
    /// The commits whose changes were taken back, newest first.
    pub undone: Vec<Commit>,
    /// The commit that takes them back; `None` for a dry run.
    pub commit: Option<CommitId>,
    /// The files that changed, or would.
    pub files: Vec<FileChange>,
    /// Files beside the tree that come again, or would; their paths are from the top of the repository.
    pub others: Vec<FileChange>,
    /// Files that had been changed since, and that keep what was changed.
    pub merged: Vec<TreePath>,
    /// Files that hold the user's own changes and could not follow.
    pub left_alone: Vec<TreePath>,
}

/// What becomes of changes that came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// Where they are in the way, nothing is taken back.
    Refuse,
    /// They are kept, and merged with what is taken back; only contradictions are in the way.
    Merge,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoMode {
    /// Nothing is.
    DryRun,
    /// A commit is made.
    Commit,
}

/// Takes back an engine commit, those of one event, or the newest one on this branch, by a commit of
/// its own. History is never rewritten, and what was taken back does not follow again.
///
/// # Errors
/// When there is no such commit, later changes are in the way, or nothing can be committed now.
pub fn undo(
    project: &Project,
    subject: Option<&str>,
    later: Later,
    mode: UndoMode,
    now: Timestamp,
) -> Result<UndoReport, AppError> {
    let repository = &project.repository;
    if let Some(why) = repository.deferral()? {
        return Err(AppError::Deferred(why));
    }
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else {
        return Err(AppError::Deferred(Deferral::Detached));
    };
    let undone = subjects(project, subject, &tip)?;
    let view = project.commit(&tip)?;
    if undone.iter().any(is_migration) {
        // What a migration has made goes as a whole, with whatever stands in it.
        let dirty = dirty(project, &view.snapshot)?;
        if !dirty.is_empty() {
            return Err(AppError::Dirty { paths: dirty });
        }
    }
    let Taken { files, others, merged } = match (taken(project, &undone, &view, Later::Refuse), later) {
        (Err(AppError::UndoConflict { .. } | AppError::UndoNeeded { .. }), Later::Merge) => {
            match replay(project, &undone, &tip, &view)? {
                Some(taken) => taken,
                None => taken(project, &undone, &view, Later::Merge)?,
            }
        }
        (taken, _) => taken?,
    };
    if mode == UndoMode::DryRun || files.is_empty() {
        return Ok(UndoReport { undone, commit: None, files, others, merged, left_alone: Vec::new() });
    }
    let subject = undone.iter().map(|commit| commit.id.short()).collect::<Vec<_>>().join(", ");
    let mut text = message::subject(&view.workflow, &format!("undo {subject}"));
    text.push_str("\n\n");
    for commit in &undone {
        text.push_str(&format!("Takes back {} \"{}\".\n", commit.id.short(), message::clean(commit.subject())));
    }
    text.push('\n');
    for commit in &undone {
        for change in trailer::changes(&commit.message).into_iter().rev() {
            let back = ChangeTrailer { old: change.new, new: change.old, trigger: "undo".to_owned(), ..change };
            text.push_str(&format!("{CHANGE}: {back}\n"));
        }
    }
    for commit in &undone {
        text.push_str(&format!("{UNDOES}: {}\n", commit.id));
    }
    text.push_str(&format!("{RULES}: {}\n", message::RULES_VERSION));
    let identity = message::identity(&view.workflow);
    let commit = EngineCommit {
        branch: &branch,
        tip: Some(&tip),
        message: &text,
        identity: &identity,
        time: now,
        files: &files,
        redo: &|_, _| None,
        disk: Disk::Follows,
    };
    let taken_back = make_with_others(project, &commit, &others)?;
    Ok(UndoReport { undone, commit: Some(taken_back.id), files, others, merged, left_alone: taken_back.left_alone })
}

/// What taking commits back comes to.
pub(super) struct Taken {
    pub(super) files: Vec<FileChange>,
    /// Those beside the tree.
    pub(super) others: Vec<FileChange>,
    /// Those that had been changed since.
    pub(super) merged: Vec<TreePath>,
}

/// Takes commits back, file by file.
fn taken(project: &Project, undone: &[Commit], view: &View, later: Later) -> Result<Taken, AppError> {
    let mut taken = Taken { files: Vec::new(), others: Vec::new(), merged: Vec::new() };
    let mut contradictions = Vec::new();
    for commit in undone {
        match take_back(project, commit, &view.snapshot, later, &mut taken) {
            Err(AppError::UndoContradictions { contradictions: found, .. }) => contradictions.extend(found),
            other => other?,
        }
    }
    if !contradictions.is_empty() {
        let commits = undone.iter().map(|commit| commit.id.short()).collect::<Vec<_>>().join(", ");
        return Err(AppError::UndoContradictions { commits, contradictions });
    }
    taken.files.retain(|file| file.before != file.after);
    refuse_hanging(project, undone, view)?;
    refuse_lost_numbers(undone, view, &taken.files)?;
    Ok(taken)
}

/// Refuses to take numbers away that tasks name which came later.
fn refuse_lost_numbers(undone: &[Commit], tip: &View, files: &[FileChange]) -> Result<(), AppError> {
    let is_number = |change: &ChangeTrailer| change.field == NUMBER && change.trigger == RENUMBER;
    if !undone.iter().flat_map(|commit| trailer::changes(&commit.message)).any(|change| is_number(&change)) {
        return Ok(());
    }
    let changes = files.iter().map(|file| (file.path.clone(), file.after.clone())).collect();
    let after = View::of(changed(&tip.snapshot, &changes)).board;
    for task in after.tasks.values() {
        let mut names = task.parent.iter().chain(task.dependencies.iter().map(|other| &other.id));
        let lost = |id: &&TaskId| tip.board.tasks.contains_key(id) && !after.tasks.contains_key(id);
        if let Some(needed) = names.find(lost) {
            return Err(AppError::UndoNeeded { task: task.id.clone(), needed: needed.clone() });
        }
    }
    Ok(())
}

/// Refuses to take away made tasks that others are part of, or wait for: in the tip, the index or the worktree.
fn refuse_hanging(project: &Project, undone: &[Commit], tip: &View) -> Result<(), AppError> {
    let listed: Vec<ChangeTrailer> = undone.iter().flat_map(|commit| trailer::changes(&commit.message)).collect();
    let made: Vec<&TaskId> = listed
        .iter()
        .filter(|change| change.field == MADE_TASK && !change.new.is_empty())
        .map(|change| &change.task)
        .filter(|id| tip.board.tasks.contains_key(id))
        .collect();
    if made.is_empty() {
        return Ok(());
    }
    for view in [tip, &project.index()?, &project.worktree()?] {
        for task in view.board.tasks.values().filter(|task| !made.contains(&&task.id)) {
            let parent = task.id.parent();
            let mut needed = task.parent.iter().chain(&parent).chain(task.dependencies.iter().map(|other| &other.id));
            if let Some(needed) = needed.find(|id| made.contains(id)) {
                return Err(AppError::UndoNeeded { task: task.id.clone(), needed: needed.clone() });
            }
        }
    }
    Ok(())
}

/// Adds what takes one commit's changes back, merged into what has happened since.
fn take_back(
    project: &Project,
    commit: &Commit,
    tip: &Snapshot,
    later: Later,
    taken: &mut Taken,
) -> Result<(), AppError> {
    let repository = &project.repository;
    let Some(parent) = commit.parents.first() else { return Ok(()) };
    let before = repository.snapshot_of_commit(parent)?;
    let after = repository.snapshot_of_commit(&commit.id)?;
    let (mut contradictions, mut edited) = (Vec::new(), Vec::new());
    let gone = before.files.keys().filter(|path| !after.files.contains_key(*path));
    for path in after.files.keys().chain(gone) {
        let (old, new) = (before.bytes(path), after.bytes(path));
        if old == new {
            continue;
        }
        let known = taken.files.iter().position(|file| file.path == *path);
        let current = match known.and_then(|at| taken.files.get(at)) {
            Some(file) => file.after.clone(),
            None => tip.bytes(path).map(<[u8]>::to_vec),
        };
        let whole = || Contradiction { path: path.clone(), line: 1, what: Contradicting::File };
        let back = match (old, new, &current) {
            (Some(old), Some(new), _) => {
                let current = current.as_deref().unwrap_or_default();
                match repository.merge(new, current, old)? {
                    Some(merged) => Ok(Some(merged)),
                    None => match without_made(project, commit, path, (old, new, current))? {
                        Some(merged) => Ok(Some(merged)),
                        None if later == Later::Refuse => Err(Vec::new()),
                        None => take_back_in(path, old, new, current).map(Some),
                    },
                }
            }
            // A file that the commit made goes again, unless somebody has worked in it since.
            (None, Some(new), Some(current)) if current != new => Err(vec![whole()]),
            (None, ..) => Ok(None),
            // What the commit took away comes again, unless somebody has put another file there.
            (Some(old), None, Some(current)) if current != old => Err(vec![whole()]),
            (Some(old), None, _) => Ok(Some(old.to_vec())),
        };
        let is_later = current.as_deref() != new && current.as_deref() != old;
        let back = match back {
            Ok(back) => back,
            Err(_) if later == Later::Refuse => {
                edited.push(path.clone());
                continue;
            }
            Err(found) => {
                contradictions.extend(found);
                continue;
            }
        };
        if is_later {
            taken.merged.push(path.clone());
        }
        if let Some(file) = known.and_then(|at| taken.files.get_mut(at)) {
            file.after = back;
            continue;
        }
        let mode = match (&current, &back) {
            (None, Some(_)) => repository.mode_in_commit(parent, &repository.full_path(path))?,
            _ => None,
        };
        taken.files.push(FileChange {
            path: path.clone(),
            before: current,
            after: back,
            merge: Merge::ByLines,
            mode: mode.unwrap_or(NewMode::Plain),
        });
    }
    if later == Later::Refuse && is_migration(commit) {
        let mut repeated = repeated_since(&after, tip)?;
        repeated.retain(|path| !edited.contains(path));
        edited.extend(repeated);
    }
    if !edited.is_empty() {
        return Err(AppError::UndoConflict { paths: edited, commit: commit.id.short().to_owned() });
    }
    unread_back(project, commit, taken)?;
    taken.others.extend(beside_back(project, commit)?);
    if contradictions.is_empty() {
        return Ok(());
    }
    Err(AppError::UndoContradictions { commits: commit.id.short().to_owned(), contradictions })
}

/// Whether a commit wrote the tasks in another layout.
fn is_migration(commit: &Commit) -> bool {
    trailer::changes(&commit.message).iter().any(|change| change.trigger == MIGRATE)
}

/// The files beside the tree that a migration has moved into it.
pub(super) fn beside_back(project: &Project, commit: &Commit) -> Result<Vec<FileChange>, AppError> {
    let (Some(parent), Some(tip)) = (commit.parents.first(), project.repository.head()?) else { return Ok(Vec::new()) };
    if !is_migration(commit) {
        return Ok(Vec::new());
    }
    let read = |id: &CommitId| project.repository.files_beside_tree(id);
    let (before, after, now) = (read(parent)?, read(&commit.id)?, read(&tip)?);
    let mut files = Vec::new();
    for (path, bytes) in before.into_iter().filter(|(path, _)| !after.contains_key(path)) {
        let Some(name) = project.repository.file_beside_tree(&path) else { continue };
        if now.contains_key(&path) {
            return Err(AppError::UndoConflict { paths: vec![name], commit: commit.id.short().to_owned() });
        }
        let mode = project.repository.mode_in_commit(parent, name.as_str())?.unwrap_or(NewMode::Plain);
        files.push(FileChange { path: name, before: None, after: Some(bytes), merge: Merge::ByLines, mode });
    }
    Ok(files)
}

/// Files that are never read, where new numbers had moved them or changed their links: they go back as they are by now, or stay gone.
fn unread_back(project: &Project, commit: &Commit, taken: &mut Taken) -> Result<(), AppError> {
    let gives_numbers = trailer::changes(&commit.message).iter().any(|change| change.trigger == RENUMBER);
    let (Some(parent), Some(tip)) = (commit.parents.first(), project.repository.head()?) else { return Ok(()) };
    if !gives_numbers {
        return Ok(());
    }
    let is_concerned = |path: &TreePath| path.as_str().starts_with("context/") || is_markdown(path);
    let read = |id: &CommitId| project.repository.unread_where(id, &is_concerned);
    let (before, after, now) = (read(parent)?, read(&commit.id)?, read(&tip)?);
    let bytes = |files: &BTreeMap<TreePath, UnreadFile>, path: &TreePath| match files.get(path) {
        Some(UnreadFile::Plain(bytes)) => Some(bytes.clone()),
        _ => None,
    };
    let paths: BTreeSet<&TreePath> = before.keys().chain(after.keys()).collect();
    for path in paths.into_iter().filter(|path| before.get(*path) != after.get(*path)) {
        if now.get(path) != after.get(path) {
            return Err(AppError::UndoConflict { paths: vec![path.clone()], commit: commit.id.short().to_owned() });
        }
        let change = FileChange {
            path: path.clone(),
            before: bytes(&now, path),
            after: bytes(&before, path),
            merge: Merge::ByLines,
            mode: NewMode::Plain,
        };
        taken.files.push(change);
    }
    Ok(())
}

/// A list of tasks with those taken out that a commit made in it, and its other changes taken back by lines:
/// what was made later stands behind them. `None` where they have been worked on since.
fn without_made(
    project: &Project,
    commit: &Commit,
    path: &TreePath,
    (old, new, current): (&[u8], &[u8], &[u8]),
) -> Result<Option<Vec<u8>>, AppError> {
    if path.role() != FileRole::TasksJson {
        return Ok(None);
    }
    let listed = trailer::changes(&commit.message).into_iter();
    let made = listed.filter(|change| change.field == MADE_TASK && !change.new.is_empty()).map(|change| change.task);
    let says = |bytes: &[u8], id: &TaskId| {
        let reading = crate::format::read(path, bytes);
        let record =
            reading.records.into_iter().find(|record| record.id == *id && record.kind == RecordKind::TasksJson)?;
        Some((record.title.clone(), record.status.clone(), record.priority.clone(), record.fields.clone()))
    };
    let made: Vec<TaskId> = made.filter(|id| says(new, id).is_some()).collect();
    if made.is_empty() || made.iter().any(|id| says(new, id) != says(current, id)) {
        return Ok(None);
    }
    let (Some(new), Some(current)) = (tasks_json::take_out(new, &made), tasks_json::take_out(current, &made)) else {
        return Ok(None);
    };
    Ok(project.repository.merge(&new, &current, old)?)
}
