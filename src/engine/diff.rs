//! What differs between two boards, as values.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::model::{Board, Mirror, Record, RecordKind, Task, TaskId, TreePath};

/// One typed difference.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A task is there that was not.
    Created(Box<Task>),
    /// A task is gone.
    Deleted(Box<Task>),
    /// A field of a task's home differs; `None` is a field that is not there.
    Field {
        /// Which task.
        task: TaskId,
        /// `title`, `status`, `priority`, `parent`, `dependencies`, or another key of the file.
        field: String,
        /// As it was written.
        old: Option<Value>,
        /// As it is written.
        new: Option<Value>,
    },
    /// A mirror says something else, is new, or is gone.
    Mirror {
        /// Which task.
        task: TaskId,
        /// What it was; `None` where it was not there.
        old: Option<Mirror>,
        /// What it is; `None` where it is not there any more.
        new: Option<Mirror>,
    },
    /// The home is in another place, or reads its dependencies otherwise; no field differs for that.
    Moved {
        /// The task as it was.
        old: Box<Task>,
        /// The task as it is.
        new: Box<Task>,
    },
}

impl Change {
    /// The task the change is about.
    #[must_use]
    pub fn task(&self) -> &TaskId {
        match self {
            Self::Created(task) | Self::Deleted(task) | Self::Moved { new: task, .. } => &task.id,
            Self::Field { task, .. } | Self::Mirror { task, .. } => task,
        }
    }
}

/// All changes from `before` to `after`, by task.
#[must_use]
pub fn diff(before: &Board, after: &Board) -> Vec<Change> {
    let (mut olds, mut news) = (before.tasks.values().peekable(), after.tasks.values().peekable());
    let mut changes = Vec::new();
    loop {
        // Both are in the order of ids: the smaller one is missing on the other side.
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return changes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.id.cmp(&new.id),
        };
        match (olds.next_if(|_| order.is_le()), news.next_if(|_| order.is_ge())) {
            (None, Some(task)) => changes.push(Change::Created(Box::new(task.clone()))),
            (Some(task), None) => changes.push(Change::Deleted(Box::new(task.clone()))),
            (Some(old), Some(new)) => compare(old, new, &mut changes),
            (None, None) => {}
        }
    }
}

/// The changes of the tasks that `before` has; what other tasks `after` has is not looked at.
#[must_use]
pub fn diff_of(before: &BTreeMap<TaskId, Task>, after: &Board) -> Vec<Change> {
    let mut changes = Vec::new();
    for old in before.values() {
        match after.tasks.get(&old.id) {
            Some(new) => compare(old, new, &mut changes),
            None => changes.push(Change::Deleted(Box::new(old.clone()))),
        }
    }
    changes
}

fn compare(old: &Task, new: &Task, changes: &mut Vec<Change>) {
    // Unchanged files share their records, which makes the common case a comparison of pointers.
    if !Arc::ptr_eq(&old.record, &new.record) {
        let (before, after) = (fields(&old.record), fields(&new.record));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (old_value, new_value) = (before.get(name), after.get(name));
            if old_value != new_value {
                changes.push(Change::Field {
                    task: new.id.clone(),
                    field: name.clone(),
                    old: old_value.cloned(),
                    new: new_value.cloned(),
                });
            }
        }
    }
    if old.mirrors != new.mirrors {
        let by_place = |task: &Task| -> BTreeMap<(RecordKind, TreePath), Mirror> {
            task.mirrors.iter().map(|mirror| ((mirror.kind, mirror.path.clone()), mirror.clone())).collect()
        };
        let (before, after) = (by_place(old), by_place(new));
        let places: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for place in places {
            let (old_mirror, new_mirror) = (before.get(place), after.get(place));
            if old_mirror != new_mirror {
                changes.push(Change::Mirror {
                    task: new.id.clone(),
                    old: old_mirror.cloned(),
                    new: new_mirror.cloned(),
                });
            }
        }
    }
    let same_place =
        old.path == new.path && (old.record.kind, old.record.nested) == (new.record.kind, new.record.nested);
    if !same_place || old.parent != new.parent || old.dependencies != new.dependencies {
        changes.push(Change::Moved { old: Box::new(old.clone()), new: Box::new(new.clone()) });
    }
}

/// Applies changes to a board: `apply(diff(a, b), a)` has the tasks of `b`.
#[must_use]
pub fn apply(changes: &[Change], board: &Board) -> Board {
    let mut result = board.clone();
    for change in changes {
        match change {
            Change::Created(task) => {
                result.tasks.insert((**task).clone());
            }
            Change::Deleted(task) => {
                result.tasks.remove(&task.id);
            }
            Change::Field { task, field, new, .. } => {
                if let Some(task) = result.tasks.get_mut(task) {
                    set_field(Arc::make_mut(&mut task.record), field, new.as_ref());
                }
            }
            Change::Mirror { task, old, new } => {
                if let Some(task) = result.tasks.get_mut(task) {
                    task.mirrors.retain(|mirror| {
                        old.as_ref().is_none_or(|old| (&old.path, old.kind) != (&mirror.path, mirror.kind))
                    });
                    task.mirrors.extend(new.clone());
                    task.mirrors.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
                }
            }
            Change::Moved { new, .. } => {
                if let Some(task) = result.tasks.get_mut(&new.id) {
                    let record = Arc::make_mut(&mut task.record);
                    (record.kind, record.nested) = (new.record.kind, new.record.nested);
                    task.path = new.path.clone();
                    task.parent.clone_from(&new.parent);
                    task.dependencies.clone_from(&new.dependencies);
                }
            }
        }
    }
    result
}

/// The fields of a record by name, as written.
#[must_use]
pub fn fields(record: &Record) -> BTreeMap<String, Value> {
    let mut fields: BTreeMap<String, Value> =
        record.fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut add = |name: &str, text: &Option<String>| {
        if let Some(text) = text {
            fields.insert(name.to_owned(), Value::String(text.clone()));
        }
    };
    add("title", &record.title);
    add("status", &record.status);
    add("priority", &record.priority);
    add("parent", &record.parent);
    if !record.dependencies.is_empty() {
        let items = record.dependencies.iter().cloned().map(Value::String).collect();
        fields.insert("dependencies".to_owned(), Value::Array(items));
    }
    fields
}

/// One of these fields, without a copy of the others.
#[must_use]
pub fn field<'a>(record: &'a Record, name: &str) -> Option<Cow<'a, Value>> {
    let text = |text: &Option<String>| text.clone().map(|text| Cow::Owned(Value::String(text)));
    let own = match name {
        "title" => text(&record.title),
        "status" => text(&record.status),
        "priority" => text(&record.priority),
        "parent" => text(&record.parent),
        "dependencies" if !record.dependencies.is_empty() => {
            Some(Cow::Owned(record.dependencies.iter().cloned().map(Value::String).collect()))
        }
        _ => None,
    };
    own.or_else(|| record.fields.get(name).map(Cow::Borrowed))
}

fn set_field(record: &mut Record, field: &str, value: Option<&Value>) {
    let text = value.and_then(Value::as_str).map(ToOwned::to_owned);
    match field {
        "title" => record.title = text,
        "status" => record.status = text,
        "priority" => record.priority = text,
        "parent" => record.parent = text,
        "dependencies" => {
            let items = value.and_then(Value::as_array).into_iter().flatten();
            record.dependencies = items.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        }
        _ => {
            match value {
                Some(value) => record.fields.insert(field.to_owned(), value.clone()),
                None => record.fields.remove(field),
            };
        }
    }
}
