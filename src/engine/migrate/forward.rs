use std::collections::{BTreeMap, BTreeSet};

use super::agreed::agreed;
use super::away::digests;
use super::sides::Sides;
use super::{
    Conflict, Converted, Manifest, Migration, MigrationRequest, Refusal, Target, Unreadable, board, differences, json,
    markdown,
};
use crate::format;
use crate::model::{Board, FileRole, Severity, Snapshot, SourceFile, StatusSet, Task, TaskId, TreePath};

/// A tree in the other layout, with what was there put away.
///
/// # Errors
/// When nothing can be migrated, or not all of what was asked for; nothing is in between.
pub fn forward(snapshot: &Snapshot, statuses: &StatusSet, request: &MigrationRequest) -> Result<Migration, Refusal> {
    if let Some(manifest) = Manifest::of(snapshot)? {
        return Err(Refusal::Already(manifest.request.target.name()));
    }
    let put_away: Vec<_> = snapshot.files.keys().filter(|path| path.role() == FileRole::Migrated).cloned().collect();
    if !put_away.is_empty() {
        return Err(Refusal::Taken(put_away));
    }
    let unreadable = unreadable(snapshot);
    if !unreadable.is_empty() && request.unreadable == Unreadable::Refuse {
        return Err(Refusal::Unreadable(unreadable));
    }
    let sides = Sides::of(snapshot, statuses);
    let conflicts = sides.with_bullets(sides.conflicts(request));
    if conflicts.iter().any(|conflict| conflict.winner.is_none()) {
        return Err(Refusal::Undecided(conflicts));
    }
    let decided = sides.decided(snapshot, request.target, &conflicts)?;
    let before = board(&decided, statuses);
    let converted = match request.target {
        Target::Markdown => markdown::convert(&decided, &before, request)?,
        Target::TasksJson => json::convert(&decided, &before, request)?,
    };
    if converted.snapshot.has_files_of(&decided) {
        return Err(Refusal::Nothing);
    }
    let there = board(&converted.snapshot, statuses);
    let different = misread(&before, &there);
    if !different.is_empty() {
        return Err(Refusal::NotReadBack(different));
    }
    let Converted { snapshot: mut after, moved, mut notes, standing } = converted;
    notes.splice(0..0, unreadable.into_iter().map(|found| format!("could not be read: {found}")));
    put_away_what_changed(snapshot, &mut after);
    let made =
        after.files.keys().filter(|path| !snapshot.files.contains_key(*path) && path.role() != FileRole::Migrated);
    let manifest = Manifest {
        request: decided_request(request, &conflicts),
        made: made.cloned().collect(),
        standing,
        agreed: agreed(sides.in_several(request), &there),
        put_away: digests(&after),
    };
    after.files.insert(Manifest::path(), SourceFile::new(manifest.to_bytes()));
    let collisions = collisions(&after);
    if !collisions.is_empty() {
        return Err(Refusal::Collisions(collisions));
    }
    Ok(Migration { changes: differences(snapshot, &after), moved, notes, conflicts })
}

/// Who was right is kept task by task, so that the same can be done again.
fn decided_request(request: &MigrationRequest, conflicts: &[Conflict]) -> MigrationRequest {
    let said = |task: &TaskId| request.winners.get(task).copied().or(request.otherwise);
    let winners = conflicts.iter().filter_map(|conflict| Some((conflict.task.clone(), said(&conflict.task)?)));
    let by_field = conflicts.iter().filter_map(|conflict| {
        let key = (conflict.task.clone(), conflict.field.to_owned());
        let side = *request.by_field.get(&key)?;
        Some((key, side))
    });
    MigrationRequest { winners: winners.collect(), by_field: by_field.collect(), ..request.clone() }
}

fn put_away_what_changed(before: &Snapshot, after: &mut Snapshot) {
    for (path, file) in &before.files {
        let unchanged = after.files.get(path).is_some_and(|now| now.bytes() == file.bytes());
        if let Some(place) = Manifest::put_away(path).filter(|_| !unchanged) {
            after.files.insert(place, file.clone());
        }
    }
}

/// What cannot be read of the files of tasks, line by line.
#[must_use]
pub fn unreadable(snapshot: &Snapshot) -> Vec<String> {
    let mut list: Vec<String> =
        snapshot.problems.iter().filter(|found| found.severity == Severity::Error).map(said).collect();
    for (path, file) in &snapshot.files {
        let findings = &file.reading(|bytes| format::read(path, bytes)).diagnostics;
        list.extend(findings.iter().filter(|found| found.severity == Severity::Error).map(said));
    }
    list
}

pub(super) fn said(found: &crate::model::Diagnostic) -> String {
    match &found.place {
        Some(place) => format!("{}:{}: {}", place.path, place.line, found.message),
        None => found.message.clone(),
    }
}

/// The tasks that say something else afterwards. How a status or an absence is spelled does not count.
pub(super) fn misread(before: &Board, after: &Board) -> Vec<TaskId> {
    let gone = before.tasks.keys().filter(|id| !after.tasks.contains_key(id));
    let differ = after
        .tasks
        .values()
        .filter(|task| before.tasks.get(&task.id).is_none_or(|old| !otherwise(old, task, after).is_empty()));
    gone.cloned().chain(differ.map(|task| task.id.clone())).collect()
}

/// The fields of which a task says something else. What nobody had said, another place may say.
pub(super) fn otherwise(old: &Task, new: &Task, board: &Board) -> Vec<&'static str> {
    let needs = |task: &Task| -> BTreeSet<TaskId> {
        task.dependencies.iter().map(|dependency| dependency.id.clone()).collect()
    };
    let lost = |old: &Option<String>, new: &Option<String>, same: &dyn Fn(&str, &str) -> bool| {
        let (old, new) = (old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
        !old.is_empty() && !same(old, new)
    };
    let (one, other) = (&old.record, &new.record);
    let fields = [
        ("title", lost(&one.title, &other.title, &|one, other| one == other)),
        ("status", lost(&one.status, &other.status, &|one, other| board.statuses.same(one, other))),
        ("priority", lost(&one.priority, &other.priority, &|one, other| one.trim().eq_ignore_ascii_case(other.trim()))),
        ("dependencies", needs(old) != needs(new)),
    ];
    fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
}

/// Paths that a file system without case takes for one.
pub(in crate::engine) fn collisions(snapshot: &Snapshot) -> Vec<(TreePath, TreePath)> {
    let mut seen: BTreeMap<String, &TreePath> = BTreeMap::new();
    let mut found = Vec::new();
    for path in snapshot.files.keys() {
        if let Some(other) = seen.insert(path.as_str().to_lowercase(), path) {
            found.push((other.clone(), path.clone()));
        }
    }
    found
}
