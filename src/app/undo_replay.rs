//! Migrations and new numbers taken back where files have changed since: they are done the other way round on the tree
//! as it is, which takes along whatever has come.

use std::collections::BTreeSet;

use super::migrate::files;
use super::migrate_back::way_back;
use super::undo::{Taken, beside_back};
use super::{AppError, Project, View, renumber};
use crate::engine::diff::field;
use crate::engine::migrate::{Manifest, Migration, MigrationRequest, Target, forward};
use crate::engine::renumber::{NUMBER, RENUMBER};
use crate::format::{board, trailer};
use crate::model::{Commit, CommitId, Snapshot, StatusSet, Task, TaskId, TreePath};

/// What takes these commits back so; `None` where they are no single migration, and no new numbers.
pub(super) fn replay(
    project: &Project,
    undone: &[Commit],
    tip: &CommitId,
    view: &View,
) -> Result<Option<Taken>, AppError> {
    let [commit] = undone else { return Ok(None) };
    let Some(parent) = commit.parents.first() else { return Ok(None) };
    let repository = &project.repository;
    let (before, after) = (repository.snapshot_of_commit(parent)?, repository.snapshot_of_commit(&commit.id)?);
    if !beside_back(project, commit)?.is_empty() {
        return Ok(None);
    }
    let numbers = numbers(commit, view);
    let files = if numbers.is_empty() {
        match migration(project, &before, &after, view)? {
            Some(migration) => files(project, tip, &view.snapshot, &migration)?,
            None => return Ok(None),
        }
    } else {
        renumber::plan(project, tip, view, &numbers)?.1
    };
    let changed: BTreeSet<&TreePath> = files.iter().map(|file| &file.path).collect();
    let is_later = |path: &&TreePath| view.snapshot.bytes(path) != after.bytes(path);
    let merged = changed.iter().copied().filter(is_later).cloned().collect();
    Ok(Some(Taken { files, others: Vec::new(), merged }))
}

/// Files that a migration has left where they are, of tasks that a list repeats, where they say something else since, or are gone: the
/// list would contradict them, if it came back as it was.
pub(super) fn repeated_since(after: &Snapshot, tip: &Snapshot) -> Result<BTreeSet<TreePath>, AppError> {
    let Some(manifest) = Manifest::of(after)?.filter(|manifest| !manifest.agreed.is_empty()) else {
        return Ok(BTreeSet::new());
    };
    let [then, now] = [after, tip].map(|snapshot| board(snapshot, StatusSet::default()));
    let differs = |task: &&Task| {
        let is_same = |now: &Task| {
            let same = |name: &&str| field(&task.record, name) == field(&now.record, name);
            ["title", "status", "priority", "dependencies"].iter().all(same)
        };
        !now.tasks.get(&task.id).is_some_and(is_same)
    };
    let repeated = manifest.agreed.keys().filter_map(|id| then.tasks.get(id));
    Ok(repeated.filter(differs).map(|task| task.path.clone()).collect())
}

/// The numbers that a commit has given, the other way round, of tasks that are still there; not those of subtasks that
/// follow.
fn numbers(commit: &Commit, view: &View) -> Vec<(TaskId, TaskId)> {
    let listed = trailer::changes(&commit.message);
    let given = listed.iter().filter(|change| change.field == NUMBER && change.trigger == RENUMBER);
    let pairs: Vec<(TaskId, TaskId)> =
        given.filter_map(|change| Some((TaskId::parse(&change.new).ok()?, TaskId::parse(&change.old).ok()?))).collect();
    let follows = |(new, old): &(TaskId, TaskId)| {
        let parents = new.parent().zip(old.parent());
        parents.is_some_and(|parents| pairs.contains(&parents) && new.last_segment() == old.last_segment())
    };
    let wanted = pairs.iter().filter(|pair| !follows(pair) && view.board.tasks.contains_key(&pair.0));
    wanted.cloned().collect()
}

/// The migration that is the other way round of the one from `before` to `after`.
fn migration(
    project: &Project,
    before: &Snapshot,
    after: &Snapshot,
    view: &View,
) -> Result<Option<Migration>, AppError> {
    let statuses = &view.board.statuses;
    let bytes = |snapshot: &Snapshot| snapshot.bytes(&Manifest::path()).map(<[u8]>::to_vec);
    if bytes(&view.snapshot) != bytes(after) || bytes(before) == bytes(after) {
        return Ok(None);
    }
    if let Some(manifest) = Manifest::of(after)? {
        let other = match manifest.request.target {
            Target::Markdown => Target::TasksJson,
            Target::TasksJson => Target::Markdown,
        };
        return way_back(project, view, &MigrationRequest::to(other));
    }
    let Some(manifest) = Manifest::of(before)? else { return Ok(None) };
    Ok(Some(forward(&view.snapshot, statuses, &manifest.request)?))
}
