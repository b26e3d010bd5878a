//! A tree in memory that a plan is tried out on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::event::plain;
use crate::format::body::CheckMark;
use crate::format::{self, edit::EditError, edit::FieldEdit};
use crate::model::{
    Board, Category, FileRole, RecordKind, Snapshot, SnapshotLabel, SourceFile, StatusSet, Task, TaskId, TreePath,
};

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
fn spelling(status: &str, kind: RecordKind, statuses: &StatusSet) -> String {
    match kind {
        RecordKind::TasksJson | RecordKind::GeneratedText => statuses.canonical(status).to_owned(),
        RecordKind::FrontMatter | RecordKind::BodyBullet => status.to_owned(),
    }
}

/// Files as they would be, and the board they make.
#[derive(Debug)]
pub struct Workspace {
    snapshot: Snapshot,
    board: Board,
    /// The files as `board` has them.
    read: Snapshot,
    original: BTreeMap<TreePath, Vec<u8>>,
    /// Files were edited since `board` was read.
    stale: bool,
    /// The board of the last [`Workspace::settle`], where it differs.
    settled: Option<Board>,
}

impl Workspace {
    /// Starts from a snapshot.
    #[must_use]
    pub fn new(snapshot: &Snapshot, statuses: &StatusSet) -> Self {
        Self::on(snapshot, format::board(snapshot, statuses.clone()))
    }

    /// Starts from a snapshot whose board is known.
    #[must_use]
    pub fn on(snapshot: &Snapshot, board: Board) -> Self {
        let snapshot = Snapshot { label: SnapshotLabel::Planned, ..snapshot.clone() };
        Self { read: snapshot.clone(), snapshot, board, original: BTreeMap::new(), stale: false, settled: None }
    }

    /// The board as of the last [`Workspace::refresh`].
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The files as they would be.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Carries out one edit in memory and gives the old value; `None` where nothing had to change.
    ///
    /// # Errors
    /// When the file has no such record, or cannot be edited safely.
    pub fn apply(&mut self, edit: &TaskEdit) -> Result<Option<Value>, EditError> {
        let bytes = self.snapshot.bytes(&edit.path).ok_or(EditError::NoSuchRecord)?;
        let patches = format::edit(&edit.path, edit.kind, bytes, &edit.task, &edit.edit, self.check_mark(edit))?;
        if patches.is_empty() {
            return Ok(None);
        }
        let old = self.value(edit);
        let edited = format::patch::apply(bytes, &patches)
            .map_err(|error| EditError::Unsafe { field: edit.edit.path.join("."), reason: error.to_string() })?;
        self.original.entry(edit.path.clone()).or_insert_with(|| bytes.to_vec());
        self.snapshot.files.insert(edit.path.clone(), SourceFile::new(edited));
        self.stale = true;
        Ok(Some(old))
    }

    /// Reads the edited files again.
    pub fn refresh(&mut self) {
        if self.stale {
            self.stale = false;
            let board = format::board_following(&self.read, &self.board, &self.snapshot, &self.board.statuses);
            self.read.files.clone_from(&self.snapshot.files);
            let before = std::mem::replace(&mut self.board, board);
            self.settled.get_or_insert(before);
        }
    }

    /// Reads the edited files again; gives the board of the last time where anything had changed.
    pub fn settle(&mut self) -> Option<Board> {
        self.refresh();
        self.settled.take()
    }

    /// From here on statuses are understood so.
    pub fn set_statuses(&mut self, statuses: &StatusSet) {
        if self.board.statuses != *statuses {
            self.board = format::board(&self.snapshot, statuses.clone());
            self.read.files.clone_from(&self.snapshot.files);
        }
    }

    /// The files that differ from the start: path, bytes before, bytes after.
    #[must_use]
    pub fn changed(&self) -> Vec<(TreePath, Vec<u8>, Vec<u8>)> {
        self.original
            .iter()
            .filter_map(|(path, before)| {
                let after = self.snapshot.bytes(path)?;
                (after != before.as_slice()).then(|| (path.clone(), before.clone(), after.to_vec()))
            })
            .collect()
    }

    /// A done task gets a check mark behind its bullet where the tree's other done tasks have one.
    fn check_mark(&self, edit: &TaskEdit) -> CheckMark {
        let status = edit.edit.value.as_str().unwrap_or_default();
        if self.board.statuses.category(status) != Category::Done {
            return CheckMark::Remove;
        }
        let marked =
            self.snapshot.files.iter().any(|(path, file)| {
                path.role() == FileRole::TaskMarkdown && format::body::has_check_mark(file.bytes())
            });
        if marked { CheckMark::Add } else { CheckMark::Keep }
    }

    fn value(&self, edit: &TaskEdit) -> Value {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
        let Some(task) = self.board.tasks.get(&edit.task) else { return Value::Null };
        let at_home = task.path == edit.path && task.record.kind == edit.kind;
        match edit.edit.path.as_slice() {
            [field] if field == "status" && !at_home => {
                let mirror = task.mirrors.iter().find(|mirror| mirror.path == edit.path && mirror.kind == edit.kind);
                mirror.map_or(Value::Null, |mirror| text(&mirror.status))
            }
            [first, rest @ ..] => {
                let mut value = super::diff::fields(&task.record).get(first).cloned().unwrap_or(Value::Null);
                for key in rest {
                    value = value.get(key).cloned().unwrap_or(Value::Null);
                }
                value
            }
            [] => Value::Null,
        }
    }
}

/// A value in a report: nothing for `null`.
#[must_use]
pub fn shown(value: &Value) -> String {
    if value.is_null() { String::new() } else { plain(value) }
}
