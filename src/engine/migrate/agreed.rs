//! Tasks that are in several places: what was said of them when a tree was migrated, so that an edit that came since
//! reaches all of them.

use std::collections::BTreeMap;

use super::edits::without_field;
use super::sides::{Sides, is_same, named, value};
use super::{Manifest, Refusal, Side, Target};
use crate::engine::workspace::{StatusPlaces, TaskEdit, Workspace};
use crate::format::edit::FieldEdit;
use crate::model::{Board, Snapshot, StatusSet, Task, TaskId};

/// The fields that places are compared by.
pub(super) const COMPARED: [&str; 4] = ["title", "status", "priority", "dependencies"];

/// What a task says of a field that is compared.
fn said(task: &Task, field: &str) -> Option<String> {
    match field {
        "title" => task.record.title.clone(),
        "status" => task.record.status.clone(),
        "priority" => task.record.priority.clone(),
        _ => Some(named(task)),
    }
}

/// What a migrated tree says of tasks that were in several places.
pub(super) fn agreed<'a>(
    tasks: impl Iterator<Item = &'a TaskId>,
    there: &Board,
) -> BTreeMap<TaskId, BTreeMap<String, String>> {
    let fields =
        |task: &Task| COMPARED.iter().filter_map(|field| Some(((*field).to_owned(), said(task, field)?))).collect();
    let tasks = tasks.filter_map(|id| there.tasks.get(id));
    tasks.map(|task| (task.id.clone(), fields(task))).collect()
}

/// Brings what was edited since into every place of a task that says something of that field. What was not touched stays
/// as it was in each, contradictions among it.
pub(super) fn bring_to_all(
    after: &mut Snapshot,
    now: &Board,
    manifest: &Manifest,
    statuses: &StatusSet,
) -> Result<(), Refusal> {
    let bringing = Bringing { sides: &Sides::of(after, statuses), now, manifest, statuses };
    let (mut edits, mut removed) = (Vec::new(), Vec::new());
    for (id, agreed) in &manifest.agreed {
        let Some(task) = now.tasks.get(id) else { continue };
        for field in COMPARED.into_iter().filter(|field| !bringing.same(task, field, agreed.get(*field))) {
            match said(task, field) {
                Some(status) if field == "status" => edits.extend(bringing.status(task, &status)),
                Some(_) => edits.extend(bringing.field(task, field)),
                // One that is gone is gone in lists already.
                None if field == "status" => {}
                None => removed.extend(bringing.others(task, field).map(|(_, place)| (place.clone(), field))),
            }
        }
    }
    let mut workspace = Workspace::new(after, statuses);
    for edit in edits {
        workspace.apply(&edit).map_err(|source| Refusal::Edit { task: edit.task.clone(), source })?;
    }
    let mut edited = workspace.snapshot().clone();
    for (place, field) in removed {
        without_field(&mut edited, (&place.id, &place.path, place.record.kind), field)?;
    }
    *after = edited;
    Ok(())
}

struct Bringing<'a> {
    /// The places as they are to be, as far as their own edits are in them.
    sides: &'a Sides,
    /// The migrated tree as it is.
    now: &'a Board,
    manifest: &'a Manifest,
    statuses: &'a StatusSet,
}

impl<'a> Bringing<'a> {
    /// Whether a task says this of a field, but for the spelling.
    fn same(&self, task: &Task, field: &str, other: Option<&String>) -> bool {
        match (said(task, field), other) {
            (Some(said), Some(other)) => is_same(self.statuses, field, &said, other),
            (said, other) => said.is_none() && other.is_none(),
        }
    }

    /// The places that say something else of a field. A Markdown file that stays has its own edits.
    fn others(&self, task: &'a Task, field: &'a str) -> impl Iterator<Item = (Side, &'a Task)> {
        let has_own = self.manifest.request.target == Target::Markdown;
        let places = self.sides.whole(&task.id).into_iter();
        let places = places.filter(move |(side, _)| !(has_own && *side == Side::Markdown));
        places.filter(move |(_, place)| said(place, field).is_some_and(|there| !self.same(task, field, Some(&there))))
    }

    fn field(&self, task: &'a Task, field: &'a str) -> impl Iterator<Item = TaskEdit> {
        self.others(task, field).map(move |(side, place)| TaskEdit {
            task: task.id.clone(),
            path: place.path.clone(),
            kind: place.record.kind,
            edit: FieldEdit::new(field, value(task, self.now, field, side)),
        })
    }

    /// A status has mirrors, too.
    fn status(&self, task: &Task, status: &str) -> Vec<TaskEdit> {
        let home = self.sides.whole(&task.id).into_iter().next();
        home.map(|(_, home)| TaskEdit::status(home, status, self.statuses, StatusPlaces::All)).unwrap_or_default()
    }
}
