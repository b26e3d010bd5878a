use super::causes::{Cause, Causes, lists};
use super::commit::make_processed;
use super::explain::{event_digits, find_event, names_event};
use super::message;
use super::transitions::is_engine_commit;
use super::{AppError, Project, View};
use crate::engine::event::Event;
use crate::engine::plan::Merge;
use crate::format::tasks_json;
use crate::format::trailer::{self, CHANGE, ChangeTrailer, MADE_TASK, RULES, UNDOES};
use crate::git::{Deferral, Disk, EngineCommit, FileChange};
use crate::model::{Commit, CommitId, FileRole, RecordKind, TaskId, Timestamp, TreePath};

/// What was taken back.
#[derive(Debug)]
pub struct UndoReport {
    /// The commits whose changes were taken back, newest first.
    pub undone: Vec<Commit>,
    /// The commit that takes them back; `None` for a dry run.
    pub commit: Option<CommitId>,
    /// The files that changed, or would.
    pub files: Vec<FileChange>,
    /// Files that hold the user's own changes and could not follow.
    pub left_alone: Vec<TreePath>,
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
pub fn undo(project: &Project, subject: Option<&str>, mode: UndoMode, now: Timestamp) -> Result<UndoReport, AppError> {
    let repository = &project.repository;
    if let Some(why) = repository.deferral()? {
        return Err(AppError::Deferred(why));
    }
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else {
        return Err(AppError::Deferred(Deferral::Detached));
    };
    let undone = subjects(project, subject, &tip)?;
    let view = project.commit(&tip)?;
    let mut files: Vec<FileChange> = Vec::new();
    for commit in &undone {
        take_back(project, commit, &view.snapshot, &mut files)?;
    }
    files.retain(|file| file.before != file.after);
    refuse_hanging(project, &undone, &view)?;
    if mode == UndoMode::DryRun || files.is_empty() {
        return Ok(UndoReport { undone, commit: None, files, left_alone: Vec::new() });
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
    let taken_back = make_processed(project, &commit)?;
    Ok(UndoReport { undone, commit: Some(taken_back.id), files, left_alone: taken_back.left_alone })
}

/// Refuses to take away made tasks that others are part of, or wait for: in the tip, the index or the worktree.
fn refuse_hanging(project: &Project, undone: &[Commit], tip: &View) -> Result<(), AppError> {
    let listed: Vec<ChangeTrailer> = undone.iter().flat_map(|commit| trailer::changes(&commit.message)).collect();
    let made: Vec<&TaskId> = listed
        .iter()
        .filter(|change| change.field == MADE_TASK && !change.new.is_empty())
        .map(|change| &change.task)
        .filter(|id| tip.board.tasks.contains_key(*id))
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

/// The engine commits that are meant, newest first.
fn subjects(project: &Project, subject: Option<&str>, tip: &CommitId) -> Result<Vec<Commit>, AppError> {
    let repository = &project.repository;
    let mut chain: Vec<Commit> = Vec::new();
    for id in repository.first_parents(None, tip)? {
        chain.push(repository.commit(&id)?);
    }
    chain.reverse();
    let taken_back: Vec<String> = chain
        .iter()
        .flat_map(|commit| trailer::trailers(&commit.message))
        .filter(|(key, _)| *key == UNDOES)
        .map(|(_, value)| value.to_owned())
        .collect();
    let can_be = |commit: &Commit| {
        is_engine_commit(commit)
            && !taken_back.iter().any(|id| id == commit.id.as_str())
            && !trailer::trailers(&commit.message).iter().any(|(key, _)| *key == UNDOES)
    };
    let Some(text) = subject else {
        let newest = chain.into_iter().find(can_be);
        return newest
            .map(|commit| vec![commit])
            .ok_or_else(|| AppError::NothingToUndo { detail: " on this branch".to_owned() });
    };
    if let Ok(id) = repository.resolve(text) {
        let commit = repository.commit(&id)?;
        if !is_engine_commit(&commit) {
            // A person's commit: what followed from it is meant.
            let caused = caused_by(project, tip, chain.into_iter().filter(can_be), &id, None)?;
            if caused.is_empty() {
                let detail = format!(": {} is not one, and nothing followed from it", id.short());
                return Err(AppError::NothingToUndo { detail });
            }
            return Ok(caused);
        }
        if !can_be(&commit) {
            return Err(AppError::NothingToUndo { detail: format!(": {} was undone already", id.short()) });
        }
        return Ok(vec![commit]);
    }
    let digits = event_digits(text)?;
    let (named, others): (Vec<Commit>, Vec<Commit>) =
        chain.into_iter().filter(can_be).partition(|commit| names_event(commit, &digits));
    if !named.is_empty() {
        return Ok(named);
    }
    let Some((source, event)) = find_event(project, tip, text)? else {
        return Err(AppError::UnknownSubject { text: text.to_owned() });
    };
    // History was rewritten: what follows from the event names it as it was before.
    let found = caused_by(project, tip, others.into_iter(), &source, Some(&event))?;
    if found.is_empty() {
        return Err(AppError::NothingToUndo { detail: format!(" for event {}", event.id.short()) });
    }
    Ok(found)
}

/// Those engine commits that follow from a commit, or from one event of it.
fn caused_by(
    project: &Project,
    tip: &CommitId,
    commits: impl Iterator<Item = Commit>,
    source: &CommitId,
    event: Option<&Event>,
) -> Result<Vec<Commit>, AppError> {
    let causes = Causes::of_history(project, tip)?;
    let mut found = Vec::new();
    for commit in commits {
        let listed = trailer::changes(&commit.message);
        let of_event = |named: &CommitId| event.is_none_or(|event| lists(&listed, &event.id_in(named)));
        let is_cause = |cause: &Cause| cause.found.as_ref() == Some(source) && of_event(&cause.named);
        if causes.of(&commit)?.iter().any(is_cause) {
            found.push(commit);
        }
    }
    Ok(found)
}

/// Adds what takes one commit's changes back, merged into what has happened since.
fn take_back(
    project: &Project,
    commit: &Commit,
    tip: &crate::model::Snapshot,
    files: &mut Vec<FileChange>,
) -> Result<(), AppError> {
    let repository = &project.repository;
    let Some(parent) = commit.parents.first() else { return Ok(()) };
    let before = repository.snapshot_of_commit(parent)?;
    let after = repository.snapshot_of_commit(&commit.id)?;
    for (path, file) in &after.files {
        let (old, new) = (before.bytes(path), file.bytes());
        if old == Some(new) {
            continue;
        }
        let known = files.iter().position(|file| file.path == *path);
        let current = match known.and_then(|at| files.get(at)) {
            Some(file) => file.after.clone(),
            None => tip.bytes(path).map(<[u8]>::to_vec),
        };
        let conflict = || AppError::UndoConflict { path: path.clone(), commit: commit.id.short().to_owned() };
        let back = match (old, &current) {
            (Some(old), _) => {
                let current = current.as_deref().unwrap_or_default();
                let merged = match repository.merge(new, current, old)? {
                    Some(merged) => Some(merged),
                    None => without_made(project, commit, path, (old, new, current))?,
                };
                Some(merged.ok_or_else(conflict)?)
            }
            // A file that the commit made goes again, unless somebody has worked in it since.
            (None, Some(current)) if current != new => return Err(conflict()),
            (None, _) => None,
        };
        match known.and_then(|at| files.get_mut(at)) {
            Some(file) => file.after = back,
            None => files.push(FileChange { path: path.clone(), before: current, after: back, merge: Merge::ByLines }),
        }
    }
    // What the commit took away comes again, unless somebody has put another file there.
    for (path, file) in before.files.iter().filter(|(path, _)| !after.files.contains_key(*path)) {
        let known = files.iter().position(|file| file.path == *path);
        let current = match known.and_then(|at| files.get(at)) {
            Some(file) => file.after.clone(),
            None => tip.bytes(path).map(<[u8]>::to_vec),
        };
        if current.as_deref().is_some_and(|current| current != file.bytes()) {
            return Err(AppError::UndoConflict { path: path.clone(), commit: commit.id.short().to_owned() });
        }
        let back = Some(file.bytes().to_vec());
        match known.and_then(|at| files.get_mut(at)) {
            Some(file) => file.after = back,
            None => files.push(FileChange { path: path.clone(), before: current, after: back, merge: Merge::ByLines }),
        }
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
