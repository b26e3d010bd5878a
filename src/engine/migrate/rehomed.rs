//! Statuses that only changed their home: where the commit of a migration lost its trailers (a squash, a copy without
//! its message), what was decided between contradicting places is nobody's change.

use super::away::as_put_away;
use super::sides::Sides;
use super::{Manifest, Side};
use crate::engine::diff::Change;
use crate::model::{Snapshot, StatusSet, TaskId};

/// Takes out of the changes between two trees what a migration between them has decided, or what its way back has
/// brought again.
///
/// The list of what was made says so: where it came, a task it names the winner of has the status that the winning place
/// had before; where it went, each place of the task says what it says in the files that were put away. Any other status
/// of the same task stays a change.
pub fn drop_rehomed(before: &Snapshot, after: &Snapshot, statuses: &StatusSet, changes: &mut Vec<Change>) {
    let has = |snapshot: &Snapshot| snapshot.files.contains_key(&Manifest::path());
    if changes.is_empty() || has(before) == has(after) {
        return;
    }
    let same = |one: Option<String>, other: Option<String>| match (one, other) {
        (Some(one), Some(other)) => statuses.same(&one, &other),
        (one, other) => one == other,
    };
    let (manifest, old) = match (Manifest::of(before), Manifest::of(after)) {
        (_, Ok(Some(manifest))) => (manifest, Sides::of(before, statuses)),
        (Ok(Some(manifest)), _) => (manifest, Sides::of(&as_put_away(before), statuses)),
        _ => return,
    };
    let new = Sides::of(after, statuses);
    let home = |sides: &Sides, task: &TaskId| Side::ALL.into_iter().find_map(|side| sides.status(task, side));
    let is_only_moved = |task: &TaskId| {
        let request = &manifest.request;
        if !request.has_decided(task) {
            return false;
        }
        let of_status = request.by_field.get(&(task.clone(), "status".to_owned()));
        let winner = of_status.or_else(|| request.winners.get(task));
        if has(after) {
            // A place that has no say leaves it to the task's home.
            let said = winner.and_then(|winner| old.status(task, *winner)).or_else(|| home(&old, task));
            return said.is_some() && same(said, home(&new, task));
        }
        Side::ALL.into_iter().all(|side| match old.status(task, side) {
            Some(said) => same(Some(said), new.status(task, side)),
            None => true,
        })
    };
    changes.retain(|change| match change {
        Change::Field { task, field, new, .. } if matches!(field.as_str(), "status" | "dependencies") => {
            new.is_none() || !is_only_moved(task)
        }
        Change::Field { task, field, new, .. } if matches!(field.as_str(), "title" | "priority") => {
            !(old.says(task, field, new.as_ref()) && is_only_moved(task))
        }
        Change::Mirror { task, .. } => !is_only_moved(task),
        Change::Field { .. } | Change::Created(_) | Change::Deleted(_) | Change::Moved { .. } => true,
    });
}
