//! From the difference between two boards to events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    CREATED, DELETED, DEPENDENCIES_UPDATED, Event, FIELD_UPDATED, Origin, PRIORITY_UPDATED, STATUS_UPDATED,
    UPDATED_FIELDS, plain,
};
use crate::engine::diff::Change;
use crate::model::{Board, Code, Diagnostic, RecordKind, Task, TaskId, TreePath};

/// Events of one step, and what was contradictory about it.
#[derive(Debug, Clone, Default)]
pub struct Derived {
    /// The events by path of the task's home, then by task and field.
    pub events: Vec<Event>,
    /// Statuses of one task that were changed to different values in one step.
    pub conflicts: Vec<Diagnostic>,
}

/// Derives the events of one step from its changes.
///
/// A status that changes in a mirror is an event like any other, unless it only catches up with what
/// the home says already. Generated text is written by its generator alone and makes no events. Where
/// a task's home is of another kind than before, what the new home says otherwise is no news: only a
/// status that differs in one and the same place is.
#[must_use]
pub fn derive(changes: &[Change], before: &Board, after: &Board, origin: &Origin) -> Derived {
    let mut derived = Derived::default();
    let mut statuses: BTreeMap<&TaskId, StatusChanges> = BTreeMap::new();
    for change in changes {
        if let Some((old, new)) = other_home(change.task(), before, after) {
            let about_status = match change {
                Change::Field { field, .. } => field == "status",
                Change::Mirror { .. } => true,
                Change::Created(_) | Change::Deleted(_) | Change::Moved { .. } => false,
            };
            if about_status {
                let status = statuses.entry(change.task()).or_default();
                status.mirrors = in_both(old, new);
                // No place has it both before and after: then the one home is compared with the other.
                if status.mirrors.is_empty() {
                    status.home = Some((old.record.status.clone(), new.record.status.clone()));
                }
            }
            continue;
        }
        match change {
            Change::Created(task) => {
                let status = Some(Value::String(task.status().to_owned()));
                derived.events.push(Event::about(CREATED, &task.id, None, (None, status), origin));
            }
            Change::Deleted(task) => {
                let status = Some(Value::String(task.status().to_owned()));
                let event = Event::about(DELETED, &task.id, None, (status, None), origin);
                derived.events.push(Event { gone: Some(task.clone()), ..event });
            }
            Change::Field { task, field, old, new } if field == "status" => {
                statuses.entry(task).or_default().home = Some((text_of(old.as_ref()), text_of(new.as_ref())));
            }
            Change::Field { task, field, old, new } => {
                if let Some(kind) = field_event(field) {
                    let values = (old.clone(), new.clone());
                    derived.events.push(Event::about(kind, task, Some(field), values, origin));
                }
            }
            Change::Mirror { task, old: Some(old), new: Some(new) } if new.kind != RecordKind::GeneratedText => {
                statuses.entry(task).or_default().mirrors.push((old.status.as_deref(), new.status.as_deref()));
            }
            Change::Mirror { .. } | Change::Moved { .. } => {}
        }
    }
    for (task, changed) in statuses {
        if let Some((old, new)) = changed.settle(task, before, after, &mut derived.conflicts) {
            let values = (old.map(Value::String), new.map(Value::String));
            derived.events.push(Event::about(STATUS_UPDATED, task, Some("status"), values, origin));
        }
    }
    let dated: BTreeSet<&TaskId> = changes.iter().filter_map(dated_task).collect();
    for event in &mut derived.events {
        event.is_dated = event.task.as_ref().is_some_and(|task| dated.contains(task));
    }
    let place = |event: &Event| {
        let task = event.task.as_ref().and_then(|id| after.tasks.get(id).or_else(|| before.tasks.get(id)));
        (task.map(|task| task.path.clone()), event.task.clone(), event.field.clone())
    };
    derived.events.sort_by_cached_key(place);
    derived
}

/// The task whose date of its last change this sets.
fn dated_task(change: &Change) -> Option<&TaskId> {
    match change {
        Change::Field { task, field, new: Some(_), .. } if UPDATED_FIELDS.contains(&field.as_str()) => Some(task),
        _ => None,
    }
}

/// The event that a change of a field of a task makes; none for a date that follows every change.
#[must_use]
pub fn field_event(field: &str) -> Option<&'static str> {
    match field {
        "status" => Some(STATUS_UPDATED),
        "priority" => Some(PRIORITY_UPDATED),
        "dependencies" => Some(DEPENDENCIES_UPDATED),
        _ if UPDATED_FIELDS.contains(&field) => None,
        _ => Some(FIELD_UPDATED),
    }
}

/// A task as it was and as it is, where its home is of another kind by now.
fn other_home<'a>(task: &TaskId, before: &'a Board, after: &'a Board) -> Option<(&'a Task, &'a Task)> {
    let (old, new) = (before.tasks.get(task)?, after.tasks.get(task)?);
    (old.record.kind != new.record.kind).then_some((old, new))
}

/// What each place says that repeats a task both before and after.
fn in_both<'a>(old: &'a Task, new: &'a Task) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    let before = places(old);
    let both = places(new).into_iter().filter_map(|(place, status)| Some((*before.get(&place)?, status)));
    both.collect()
}

fn places(task: &Task) -> BTreeMap<(RecordKind, &TreePath), Option<&str>> {
    let home = ((task.record.kind, &task.path), task.record.status.as_deref());
    let mirrors = task.mirrors.iter().filter(|mirror| mirror.kind != RecordKind::GeneratedText);
    mirrors.map(|mirror| ((mirror.kind, &mirror.path), mirror.status.as_deref())).chain([home]).collect()
}

/// The places in which one task's status changed.
#[derive(Default)]
struct StatusChanges<'a> {
    home: Option<(Option<String>, Option<String>)>,
    mirrors: Vec<(Option<&'a str>, Option<&'a str>)>,
}

impl StatusChanges<'_> {
    /// The one transition they amount to; `None` where they amount to none.
    fn settle(
        &self,
        task: &TaskId,
        before: &Board,
        after: &Board,
        conflicts: &mut Vec<Diagnostic>,
    ) -> Option<(Option<String>, Option<String>)> {
        let set = &after.statuses;
        let same = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(a), Some(b)) => set.same(a, b),
            // A missing status is pending.
            (Some(one), None) | (None, Some(one)) => set.same(one, "pending"),
            (None, None) => true,
        };
        let at_home = match other_home(task, before, after) {
            Some((old, _)) => Some(old),
            None => after.tasks.get(task),
        };
        let at_home = at_home.and_then(|task| task.record.status.clone());
        let mut candidates: Vec<(Option<String>, Option<String>)> = Vec::new();
        if let Some((old, new)) = &self.home
            && !same(old, new)
        {
            candidates.push((old.clone(), new.clone()));
        }
        for (old, new) in &self.mirrors {
            let (old, new) = (old.map(ToOwned::to_owned), new.map(ToOwned::to_owned));
            let catches_up = self.home.is_none() && same(&new, &at_home);
            if !same(&old, &new) && !catches_up {
                candidates.push((old, new));
            }
        }
        let (old, new) = candidates.first()?.clone();
        if let Some((_, other)) = candidates.iter().find(|(_, other)| !same(other, &new)) {
            let show = |status: &Option<String>| status.clone().unwrap_or_else(|| "(none)".to_owned());
            let message = format!(
                "the status of task {task} was changed to `{}` in one place and to `{}` in another",
                show(&new).escape_debug(),
                show(other).escape_debug()
            );
            let place = after.tasks.get(task).or_else(|| before.tasks.get(task)).map(|task| task.path.clone());
            let finding = Diagnostic::error(Code::CONTRADICTING_STATUSES, message)
                .about(task)
                .hint("change it in one place only; the others follow");
            conflicts.push(match place {
                Some(path) => finding.at(&path, &[], crate::model::Span::at(0)),
                None => finding,
            });
        }
        Some((old, new))
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    value.map(plain)
}
