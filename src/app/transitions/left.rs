//! What commits take back: values that nothing is to bring about again.

use crate::app::AppError;
use crate::engine::cascade::Left;
use crate::engine::creation::{self, EVENT, FILE};
use crate::engine::diff::Change;
use crate::engine::event::plain;
use crate::engine::made_key::{MadeKey, reports};
use crate::format::trailer::{self, NO_TASK};
use crate::model::{Commit, Snapshot, StatusSet, Task, TaskId};

/// The values that changes take fields out of.
pub(super) fn left_values(changes: &[Change], statuses: &StatusSet) -> Vec<Left> {
    let left = changes.iter().filter_map(|change| match change {
        // A task whose number another one has taken was not meant to go.
        Change::Field { field, new: Some(new), .. } if field == EVENT && MadeKey::parse(&plain(new)).is_some() => None,
        Change::Field { task, field, old: Some(old), new: Some(new) } => {
            Some((task, field.as_str(), plain(old), plain(new)))
        }
        Change::Mirror { task, old: Some(old), new: Some(new) } => {
            Some((task, "status", old.status.clone()?, new.status.clone()?))
        }
        _ => None,
    });
    // Who removes a task that was made for an event does not want it again.
    let removed = changes.iter().filter_map(|change| match change {
        Change::Deleted(task) => made_for(task),
        _ => None,
    });
    left.filter(|(_, field, old, new)| *field != "status" || !statuses.same(old, new))
        .map(|(task, field, old, _)| Left { task: task.clone(), field: field.to_owned(), value: old })
        .chain(removed)
        .collect()
}

/// The generated files that a commit removes, and those whose change it lists as taken back.
pub(super) fn left_files(commit: &Commit, before: &Snapshot, after: &Snapshot) -> Result<Vec<Left>, AppError> {
    let removed = reports(before).filter(|path| !after.files.contains_key(path)).map(|path| format!("{FILE}{path}"));
    let listed = trailer::changes(&commit.message).into_iter();
    let undone = listed.filter(|entry| entry.trigger == "undo" && entry.field.starts_with(FILE));
    let nobody = TaskId::parse(NO_TASK)?;
    let left = |field| Left { task: nobody.clone(), field, value: String::new() };
    Ok(removed.chain(undone.map(|entry| entry.field)).map(left).collect())
}

/// The event a task was made for, as a value that it is not to be made for again.
pub(super) fn made_for(task: &Task) -> Option<Left> {
    let value = creation::made_for(task)?.to_owned();
    Some(Left { task: task.id.clone(), field: EVENT.to_owned(), value })
}
