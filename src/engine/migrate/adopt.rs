use std::collections::BTreeMap;

use super::sides::Sides;
use super::{Converted, Migration, MigrationRequest, Refusal, Target, board, differences};
use crate::model::{FileRole, Snapshot, SourceFile, StatusSet, Task, TreePath};

/// A tree with files of an older layout, which stood beside its folder.
///
/// # Errors
/// When there is no list among them, other files are where they go, or nobody has said which of two places is right.
pub fn adopt(
    snapshot: &Snapshot,
    statuses: &StatusSet,
    files: &BTreeMap<TreePath, Vec<u8>>,
    request: &MigrationRequest,
) -> Result<Migration, Refusal> {
    if !files.keys().any(|path| path.role() == FileRole::TasksJson) {
        return Err(Refusal::Nothing);
    }
    let taken: Vec<TreePath> = files.keys().filter(|path| snapshot.files.contains_key(*path)).cloned().collect();
    if !taken.is_empty() {
        return Err(Refusal::Taken(taken));
    }
    let mut after = Converted::of(snapshot).snapshot;
    after.files.extend(files.iter().map(|(path, bytes)| (path.clone(), SourceFile::new(bytes.clone()))));
    // What becomes Markdown is looked through when it does.
    let mut conflicts = Vec::new();
    if request.target == Target::TasksJson {
        let sides = Sides::of(&after, statuses);
        conflicts = sides.with_bullets(sides.conflicts(request));
        if conflicts.iter().any(|conflict| conflict.winner.is_none()) {
            return Err(Refusal::Undecided(conflicts));
        }
        after = sides.decided(&after, request.target, &conflicts)?;
    }
    let known = board(snapshot, statuses);
    let moved = board(&after, statuses).tasks.keys().filter(|id| !known.tasks.contains_key(id)).cloned().collect();
    let notes = vec!["the tasks' files in `tasks/` beside the tree move into it".to_owned()];
    Ok(Migration { changes: differences(snapshot, &after), moved, notes, conflicts })
}

/// What is to be said of a list beside a tree that has tasks of its own: it stays, and where it says something else.
/// `None` where there is none.
#[must_use]
pub fn stays_beside(snapshot: &Snapshot, statuses: &StatusSet, files: &BTreeMap<TreePath, Vec<u8>>) -> Option<String> {
    if !files.keys().any(|path| path.role() == FileRole::TasksJson) {
        return None;
    }
    let mut there = Snapshot::empty();
    there.files.extend(files.iter().map(|(path, bytes)| (path.clone(), SourceFile::new(bytes.clone()))));
    let (here, there) = (board(snapshot, statuses), board(&there, statuses));
    let says_else = |other: &&Task| {
        here.tasks.get(&other.id).is_none_or(|task| {
            !statuses.same(task.status(), other.status())
                || task.record.title.as_deref().map(str::trim) != other.record.title.as_deref().map(str::trim)
        })
    };
    let ids: Vec<String> = there.tasks.values().filter(says_else).map(|task| task.id.to_string()).collect();
    let stays = "`tasks/` beside the tree stays, and nothing here reads it";
    Some(match ids.len() {
        0 => stays.to_owned(),
        1 => format!("{stays}; it says something else of 1 task: {}", ids.concat()),
        more => format!("{stays}; it says something else of {more} tasks: {}", ids.join(", ")),
    })
}
