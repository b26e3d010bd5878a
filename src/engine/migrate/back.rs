use std::sync::Arc;

use super::again::half_migrated;
use super::agreed::bring_to_all;
use super::away::edited;
use super::corrected::bring_over;
use super::forward::{forward, misread, otherwise};
use super::losses::{texts_without_place, unreadable_since};
use super::numbers::Spelled;
use super::sides::Sides;
use super::since::since;
use super::{
    Manifest, Migration, MigrationRequest, Refusal, Target, Unreadable, board, changed, differences, json, markdown,
};
use crate::engine::diff::field;
use crate::format::edit::EditError;
use crate::format::{self, front_matter, tasks_json};
use crate::model::{Board, FileRole, RecordKind, Snapshot, SourceFile, StatusSet, Task, TaskId, TreePath};

/// A migrated tree in the layout that it had: the files that were put away, with what was edited since made in them.
/// `None` where the tree was not migrated, or to the other layout.
///
/// # Errors
/// When an edit cannot be taken along; nothing is then.
pub fn back(
    snapshot: &Snapshot,
    statuses: &StatusSet,
    request: &MigrationRequest,
) -> Result<Option<Migration>, Refusal> {
    let (target, unreadable) = (request.target, request.unreadable);
    let Some(manifest) = Manifest::of(snapshot)?.filter(|manifest| manifest.request.target != target) else {
        return Ok(None);
    };
    let edited = edited(snapshot, &manifest);
    if !edited.is_empty() {
        return Err(Refusal::EditedAway(edited.iter().map(ToString::to_string).collect()));
    }
    let first = as_it_was(snapshot, &manifest)?;
    let again = forward(&first, statuses, &manifest.request)?;
    let then = changed(&first, &again.changes);
    half_migrated(snapshot, &then)?;
    let sides = Sides::of(snapshot, statuses);
    let mut conflicts = sides.with_bullets(since(&sides, &Sides::of(&then, statuses), &manifest, request));
    if conflicts.iter().any(|conflict| conflict.winner.is_none()) {
        return Err(Refusal::Undecided(conflicts));
    }
    let before = snapshot;
    let decided = sides.decided(snapshot, manifest.request.target, &conflicts)?;
    let snapshot = if conflicts.is_empty() { snapshot } else { &decided };
    let (expected, now) = (board(&then, statuses), board(snapshot, statuses));
    let stay = unreadable_since(snapshot, &then, &now, &expected);
    if !stay.is_empty() && unreadable == Unreadable::Refuse {
        return Err(Refusal::Unreadable(stay.into_values().flatten().collect()));
    }
    let stays = |id: &TaskId| expected.tasks.get(id).is_some_and(|task| stay.contains_key(&task.path));
    let was = board(&first, statuses);
    let mut way = Way { target, then: &then, snapshot, was: &was, now: &now, moved: Vec::new(), lost: Vec::new() };
    let mut after = way.edited(&first, &expected, &manifest, statuses)?;
    for task in now.tasks.values().filter(|task| !expected.tasks.contains_key(&task.id)) {
        way.add(&mut after, task)?;
    }
    let gone = expected.tasks.values().filter(|task| !now.tasks.contains_key(&task.id) && !stays(&task.id));
    way.take_out(&mut after, &gone.collect::<Vec<_>>())?;
    leave(&mut after, snapshot, stay.keys())?;
    if target == Target::TasksJson {
        let edited = |task: &&Task| then.bytes(&task.path) != snapshot.bytes(&task.path);
        Spelled::of(snapshot, now.tasks.values().filter(edited)).in_lists(&mut after, &first);
    }
    bring_to_all(&mut after, &now, &manifest, statuses)?;
    let mut lost = std::mem::take(&mut way.lost);
    lost.extend(bring_over(snapshot, &then, &mut after, &manifest, statuses));
    if target == Target::TasksJson {
        lost.extend(texts_without_place(snapshot, &then, &after, &now));
    }
    if !lost.is_empty() {
        return Err(Refusal::Lost(lost));
    }
    let mut moved = again.moved;
    moved.retain(|task| now.tasks.contains_key(task));
    moved.extend(way.moved);
    let after_board = board(&after, statuses);
    let mut different = misread(&now, &after_board);
    // What was not touched since is in each place as it was, contradictory or not said at all.
    different.retain(|id| {
        let (Some(now), Some(after)) = (now.tasks.get(id), after_board.tasks.get(id)) else { return !stays(id) };
        let then = expected.tasks.get(id);
        let untouched = |name: &&str| then.is_some_and(|then| field(&then.record, name) == field(&now.record, name));
        let is_as_it_was = otherwise(now, after, &after_board).iter().all(untouched);
        !(is_as_it_was || manifest.request.has_decided(id) || stays(id))
    });
    if !different.is_empty() {
        return Err(Refusal::NotReadBack(different));
    }
    // Contradictions that were there before the migration come back with it, unless somebody says who is right.
    let sides = Sides::of(&after, statuses);
    let about = MigrationRequest { tag: manifest.request.tag.clone(), ..request.clone() };
    let mut old = sides.conflicts(&about);
    old.retain(|conflict| conflict.winner.is_some());
    let after = sides.decided(&after, Target::TasksJson, &old)?;
    conflicts.extend(sides.with_bullets(old));
    let notes = stay.into_values().flatten().map(|found| format!("could not be read, and stays: {found}")).collect();
    Ok(Some(Migration { changes: differences(before, &after), moved, notes, conflicts }))
}

/// Leaves files where they are, and as they are.
fn leave<'a>(
    after: &mut Snapshot,
    snapshot: &Snapshot,
    paths: impl Iterator<Item = &'a TreePath>,
) -> Result<(), Refusal> {
    let mut taken = Vec::new();
    for path in paths {
        match (after.bytes(path), snapshot.files.get(path)) {
            (Some(there), Some(here)) if there != here.bytes() => taken.push(path.clone()),
            (_, Some(here)) => drop(after.files.insert(path.clone(), here.clone())),
            (_, None) => {}
        }
    }
    if taken.is_empty() { Ok(()) } else { Err(Refusal::Taken(taken)) }
}

/// The tree before it was migrated, as far as nothing was edited since.
fn as_it_was(snapshot: &Snapshot, manifest: &Manifest) -> Result<Snapshot, Refusal> {
    let mut first = snapshot.clone();
    first.files.retain(|path, _| path.role() != FileRole::Migrated);
    for path in &manifest.made {
        first.forget(path);
    }
    // Where all tasks had been in tasks.json, files that came since are new tasks and go there.
    if manifest.request.target == Target::Markdown && manifest.standing.is_empty() {
        let is_task = |(path, file): &(&TreePath, &Arc<SourceFile>)| {
            let mut records = file.reading(|bytes| format::read(path, bytes)).records.iter();
            records.any(|record| record.kind == RecordKind::FrontMatter && manifest.request.is_about(&record.id))
        };
        let new: Vec<TreePath> = first.files.iter().filter(is_task).map(|(path, _)| path.clone()).collect();
        for path in new {
            first.forget(&path);
        }
    }
    for (path, bytes) in Manifest::originals(snapshot) {
        let here = first.bytes(&path).filter(|_| path.role() == FileRole::TasksJson);
        let bytes = match (here, &manifest.request.tag, manifest.request.target) {
            // The lists of other tags have stayed in use.
            (Some(here), Some(tag), Target::Markdown) => {
                tasks_json::refilled(here, &bytes, tag).ok_or_else(|| Refusal::Taken(vec![path.clone()]))?
            }
            _ => bytes,
        };
        first.files.insert(path, SourceFile::new(bytes));
    }
    Ok(first)
}

pub(super) struct Way<'a> {
    pub(super) target: Target,
    /// The migrated tree before anything was edited.
    pub(super) then: &'a Snapshot,
    /// The migrated tree as it is.
    pub(super) snapshot: &'a Snapshot,
    /// The tree as it was first.
    pub(super) was: &'a Board,
    pub(super) now: &'a Board,
    /// New tasks.
    moved: Vec<TaskId>,
    /// What new tasks say that the other layout cannot.
    lost: Vec<String>,
}

impl Way<'_> {
    /// Writes a task that was made since.
    fn add(&mut self, after: &mut Snapshot, task: &Task) -> Result<(), Refusal> {
        let id = &task.id;
        self.moved.push(id.clone());
        match self.target {
            Target::Markdown => {
                let path =
                    markdown::path_of(id, task.record.nested).ok_or_else(|| Refusal::NoPlace(vec![id.clone()]))?;
                if after.files.contains_key(&path) {
                    return Err(Refusal::Taken(vec![path]));
                }
                let printed =
                    front_matter::print(&path, &task.record).ok_or_else(|| Refusal::NoPlace(vec![id.clone()]))?;
                let says = |field: &&String| task.record.fields.get(field).is_some_and(|value| !value.is_null());
                for field in printed.left_out.iter().filter(says) {
                    let (from, field) = (&task.path, field.escape_debug());
                    self.lost.push(format!("{from}: the field `{field}` of task {id}, which front matter cannot have"));
                }
                after.files.insert(path, SourceFile::new(printed.bytes));
            }
            Target::TasksJson => {
                let parent = id.parent().filter(|_| task.record.nested);
                let path = parent.as_ref().and_then(|parent| self.was.tasks.get(parent)).map(|parent| &parent.path);
                let of_tag =
                    || self.was.tasks.values().find(|other| other.id.tag() == id.tag()).map(|other| &other.path);
                let path = path.or_else(of_tag).cloned().unwrap_or_else(|| TreePath::known("tasks/tasks.json"));
                let Some(bytes) = after.bytes(&path) else { return Err(Refusal::NoPlace(vec![id.clone()])) };
                let value = json::entry(self.snapshot, self.now, task, parent.as_ref());
                // A tag may have come since.
                let with_tag = tasks_json::with_tag(bytes, id.tag()).filter(|_| parent.is_none());
                let bytes = with_tag.as_deref().unwrap_or(bytes);
                let has_list = parent.is_some() || tasks_json::has_list(bytes, id.tag());
                let bytes = tasks_json::insert_value(bytes, id, parent.as_ref(), &value).map_err(|source| {
                    if has_list {
                        Refusal::Edit { task: id.clone(), source }
                    } else {
                        Refusal::NoList(vec![id.clone()])
                    }
                })?;
                after.files.insert(path, SourceFile::new(bytes));
            }
        }
        Ok(())
    }

    /// Takes out tasks that were removed since.
    fn take_out(&self, after: &mut Snapshot, gone: &[&Task]) -> Result<(), Refusal> {
        for task in gone {
            let Some(home) = self.was.tasks.get(&task.id) else { continue };
            let others = home.mirrors.iter().filter(|mirror| mirror.kind == RecordKind::TasksJson);
            let places = others.map(|mirror| (&mirror.path, mirror.kind)).chain([(&home.path, home.record.kind)]);
            for (path, kind) in places {
                if kind != RecordKind::TasksJson {
                    after.forget(path);
                    continue;
                }
                let bytes = after.bytes(path).unwrap_or_default();
                // Those inside another that goes, go with it.
                if !format::read(path, bytes).records.iter().any(|record| record.id == task.id) {
                    continue;
                }
                let shorter = tasks_json::take_out(bytes, std::slice::from_ref(&task.id));
                let shorter = shorter.ok_or_else(|| refused(&task.id, "tasks", "it cannot be taken out alone"))?;
                after.files.insert(path.clone(), SourceFile::new(shorter));
            }
        }
        Ok(())
    }
}

pub(super) fn refused(task: &TaskId, field: &str, reason: &str) -> Refusal {
    let source = EditError::Unsafe { field: field.to_owned(), reason: reason.to_owned() };
    Refusal::Edit { task: task.clone(), source }
}
