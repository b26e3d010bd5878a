use std::collections::BTreeMap;

use super::{Converted, Migration, Refusal, board, differences};
use crate::model::{FileRole, Snapshot, SourceFile, StatusSet, TreePath};

/// A tree with files of an older layout, which stood beside its folder.
///
/// # Errors
/// When there is no list among them, or other files are where they go.
pub fn adopt(
    snapshot: &Snapshot,
    statuses: &StatusSet,
    files: &BTreeMap<TreePath, Vec<u8>>,
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
    let known = board(snapshot, statuses);
    let moved = board(&after, statuses).tasks.into_keys().filter(|id| !known.tasks.contains_key(id)).collect();
    let notes = vec!["the tasks' files in `tasks/` beside the tree move into it".to_owned()];
    Ok(Migration { changes: differences(snapshot, &after), moved, notes, conflicts: Vec::new() })
}
