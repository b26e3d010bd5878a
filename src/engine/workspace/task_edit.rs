//! Edits of single fields, and where a status is written.

use super::habit;
use crate::format::edit::FieldEdit;
use crate::model::{Board, RecordKind, StatusSet, Task, TaskId, TreePath};

/// One field of one task in one place, and what it is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskEdit {
    /// Which task.
    pub task: TaskId,
    /// In which file.
    pub path: TreePath,
    /// In which kind of place of that file.
    pub kind: RecordKind,
    /// What is to be written.
    pub edit: FieldEdit,
}

impl TaskEdit {
    /// The edits that give a task a status in every place that has another one; in its home alone
    /// where `places` says so.
    #[must_use]
    pub fn status(task: &Task, status: &str, statuses: &StatusSet, places: StatusPlaces) -> Vec<Self> {
        let home = (&task.path, task.record.kind, task.record.status.as_deref());
        let mirrors = task.mirrors.iter().map(|mirror| (&mirror.path, mirror.kind, mirror.status.as_deref()));
        let mirrors = mirrors.filter(|_| places == StatusPlaces::All);
        let differs = |written: Option<&str>| !written.is_some_and(|written| statuses.same(written, status));
        [home]
            .into_iter()
            .chain(mirrors)
            .filter(|(_, _, written)| differs(*written))
            .map(|(path, kind, _)| Self {
                task: task.id.clone(),
                path: path.clone(),
                kind,
                edit: FieldEdit::new("status", spelling(status, kind, statuses)),
            })
            .collect()
    }

    /// The same, with each status spelled as places of its kind spell it in this tree.
    #[must_use]
    pub fn status_as_spelled(task: &Task, status: &str, board: &Board, places: StatusPlaces) -> Vec<Self> {
        let mut edits = Self::status(task, status, &board.statuses, places);
        // The home is the first; where it says so already, that is how.
        let mut home = task.record.status.clone().unwrap_or_default();
        for edit in &mut edits {
            let given = match (edit.kind, edit.edit.value.as_str()) {
                (RecordKind::BodyBullet, Some(_)) => home.clone(),
                (_, Some(given)) => given.to_owned(),
                (_, None) => continue,
            };
            let spelled = habit::spelled(&given, edit.kind, &home, board).map_or(given, ToOwned::to_owned);
            if edit.path == task.path && edit.kind == task.record.kind {
                home.clone_from(&spelled);
            }
            edit.edit.value = spelled.into();
        }
        edits
    }

    /// The field's name in the audit trail: a mirror of the status names its file.
    #[must_use]
    pub fn label(&self, home: Option<&Task>) -> String {
        let field = self.edit.path.join(".");
        let at_home = home.is_some_and(|task| task.path == self.path && task.record.kind == self.kind);
        match self.kind {
            _ if at_home => field,
            RecordKind::BodyBullet => format!("{field}@body"),
            _ => format!("{field}@{}", self.path),
        }
    }
}

/// Where a status is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusPlaces {
    /// In the task's home and in every mirror of it.
    All,
    /// In the task's home only.
    Home,
}

/// tasks.json and what is generated from it know the canonical names only; Markdown takes the
/// project's own spelling.
pub(in crate::engine) fn spelling(status: &str, kind: RecordKind, statuses: &StatusSet) -> String {
    match kind {
        RecordKind::TasksJson | RecordKind::GeneratedText => statuses.canonical(status).to_owned(),
        RecordKind::FrontMatter | RecordKind::BodyBullet => status.to_owned(),
    }
}
