use std::sync::Arc;

use super::{Board, Reading, RecordKind, TaskId, TreePath};

/// One file that differs between two snapshots, and what it says in each.
#[derive(Debug, Clone, Copy)]
pub struct FileReadings<'a> {
    /// Which file.
    pub path: &'a TreePath,
    /// What it said.
    pub before: &'a Reading,
    /// What it says.
    pub after: &'a Reading,
}

impl Board {
    /// The board of a snapshot that differs from this board's in these files alone, with the same
    /// meaning of statuses. `None` where more differs than what tasks say of themselves, so that all
    /// files have to be joined anew.
    ///
    /// What comes of it is what [`Board::build`] gives; tests hold it to that.
    #[must_use]
    pub fn following(&self, changes: &[FileReadings<'_>]) -> Option<Self> {
        if !changes.iter().all(|change| self.is_simple(change)) {
            return None;
        }
        let mut board = self.clone();
        for change in changes {
            for record in &change.after.records {
                let Some(task) = board.tasks.get_mut(&record.id) else { continue };
                if task.path == *change.path && task.record.kind == record.kind {
                    task.record = Arc::clone(record);
                    continue;
                }
                let here = |kind: RecordKind, path: &TreePath| kind == record.kind && path == change.path;
                let mirror = task.mirrors.iter_mut().find(|mirror| here(mirror.kind, &mirror.path))?;
                mirror.status.clone_from(&record.status);
            }
        }
        Some(board)
    }

    /// Whether a change leaves alone which tasks there are, what they wait for and what is wrong.
    fn is_simple(&self, change: &FileReadings<'_>) -> bool {
        let (before, after) = (change.before, change.after);
        let silent = before.diagnostics.is_empty()
            && after.diagnostics.is_empty()
            && !self
                .diagnostics
                .iter()
                .any(|finding| finding.place.as_ref().is_none_or(|place| place.path == *change.path));
        let mut places: Vec<(&TaskId, RecordKind)> =
            after.records.iter().map(|record| (&record.id, record.kind)).collect();
        places.sort();
        silent
            && before.current_tag == after.current_tag
            && before.records.len() == after.records.len()
            && before.records.iter().zip(&after.records).all(|(old, new)| {
                (&old.id, old.kind, old.nested) == (&new.id, new.kind, new.nested)
                    && (&old.parent, &old.dependencies) == (&new.parent, &new.dependencies)
                    && (new.status == old.status
                        || new.status.as_deref().is_none_or(|status| self.statuses.find(status).is_some()))
            })
            && places.is_sorted_by(|a, b| a < b)
    }
}
