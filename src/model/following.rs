use std::sync::Arc;

use super::{Board, Diagnostic, Mirror, Reading, Record, RecordKind, Task, TaskId, TreePath};

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
        if !changes.iter().all(|change| self.is_silent(change) && self.is_simple(change)) {
            return None;
        }
        let mut board = self.clone();
        board.set(changes, |_| {});
        Some(board)
    }

    /// Makes the tasks of this board those of a snapshot that differs in these files alone, and
    /// gives each changed task as it was. Its findings stay as they are. `None` where more differs
    /// than what tasks say of themselves; then nothing was changed.
    ///
    /// It costs what the files hold, however many tasks the board has.
    pub fn follow(&mut self, changes: &[FileReadings<'_>]) -> Option<Vec<Task>> {
        if !changes.iter().all(|change| self.is_simple(change)) {
            return None;
        }
        let mut before = Vec::new();
        self.set(changes, |task| before.push(task.clone()));
        Some(before)
    }

    /// Carries over what the files say. `meet` sees each task that changes, before it does so; a
    /// task of several places it sees again.
    fn set(&mut self, changes: &[FileReadings<'_>], mut meet: impl FnMut(&Task)) {
        for change in changes {
            for record in &change.after.records {
                let Some(task) = self.tasks.get_mut(&record.id) else { continue };
                if task.path == *change.path && task.record.kind == record.kind {
                    if task.record != *record {
                        meet(task);
                    }
                    task.record = Arc::clone(record);
                    continue;
                }
                let place = task.mirrors.iter().position(|mirror| is_place(mirror, change.path, record.kind));
                let Some(at) = place else { continue };
                if task.mirrors.get(at).is_some_and(|mirror| mirror.status != record.status) {
                    meet(task);
                }
                if let Some(mirror) = task.mirrors.get_mut(at) {
                    mirror.status.clone_from(&record.status);
                }
            }
        }
    }

    /// Whether nothing is wrong with a file, before and after, and the status of none is unknown.
    fn is_silent(&self, change: &FileReadings<'_>) -> bool {
        let (before, after) = (change.before, change.after);
        let here = |finding: &Diagnostic| finding.place.as_ref().is_none_or(|place| place.path == *change.path);
        before.diagnostics.is_empty()
            && after.diagnostics.is_empty()
            && !self.diagnostics.iter().any(here)
            && before.records.iter().zip(&after.records).all(|(old, new)| {
                new.status == old.status
                    || new.status.as_deref().is_none_or(|status| self.statuses.find(status).is_some())
            })
    }

    /// Whether a change leaves alone which tasks there are, where they are and what they wait for.
    fn is_simple(&self, change: &FileReadings<'_>) -> bool {
        let (before, after) = (change.before, change.after);
        let mut places: Vec<(&TaskId, RecordKind)> =
            after.records.iter().map(|record| (&record.id, record.kind)).collect();
        places.sort();
        let known = |record: &Record| {
            self.tasks.get(&record.id).is_none_or(|task| {
                task.path == *change.path && task.record.kind == record.kind
                    || task.mirrors.iter().any(|mirror| is_place(mirror, change.path, record.kind))
            })
        };
        after.records.iter().all(|record| known(record))
            && before.current_tag == after.current_tag
            && before.records.len() == after.records.len()
            && before.records.iter().zip(&after.records).all(|(old, new)| {
                (&old.id, old.kind, old.nested) == (&new.id, new.kind, new.nested)
                    && (&old.parent, &old.dependencies) == (&new.parent, &new.dependencies)
            })
            && places.is_sorted_by(|a, b| a < b)
    }
}

fn is_place(mirror: &Mirror, path: &TreePath, kind: RecordKind) -> bool {
    mirror.kind == kind && mirror.path == *path
}
