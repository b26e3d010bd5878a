//! A tree in memory that a plan is tried out on.

mod habit;
mod make;
mod task_edit;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::diff::{Change, diff, diff_of};
use super::event::plain;
use super::links::Links;
use super::numbering::Beside;
use super::plan::{Merge, PlannedFile};
use crate::format::body::CheckMark;
use crate::format::{self, edit::EditError};
use crate::model::{
    Board, Category, FileRole, RecordKind, Snapshot, SnapshotLabel, SourceFile, StatusSet, Task, TaskId, TreePath,
};

pub use make::{MadeTask, Written, usual_tag};
pub(in crate::engine) use task_edit::spelling;
pub use task_edit::{StatusPlaces, TaskEdit};

/// Files as they would be, and the board they make.
///
/// Files and board are those of the start until the first edit, which copies them. From there on each
/// step costs what it changes: the board is changed in place, and edits of one `tasks.json` go into the
/// board at once and into the file together. The board's findings stay those of the start.
#[derive(Debug)]
pub struct Workspace<'a> {
    snapshot: Cow<'a, Snapshot>,
    board: Cow<'a, Board>,
    links: Links,
    /// Changed files as they were first; nothing where there was none.
    original: BTreeMap<TreePath, Option<Arc<SourceFile>>>,
    /// Files that tasks were made in.
    grown: BTreeSet<TreePath>,
    /// Edited files as `board` has them, until it has read them again.
    unread: BTreeMap<TreePath, Arc<SourceFile>>,
    /// Edits that `board` has and the file has not yet.
    unwritten: BTreeMap<TreePath, Vec<TaskEdit>>,
    /// What was since the last [`Workspace::settle`], where anything differs.
    settled: Option<Before>,
    habit: Habit,
    /// What stands beside the tree, where somebody has looked.
    beside: Option<&'a Beside>,
    /// Tasks that the events being processed are about: one that is gone is not another one that is made.
    spoken: BTreeSet<TaskId>,
}

/// What was before some edits.
#[derive(Debug)]
enum Before {
    /// The tasks that have changed; there are no others than then.
    Tasks(BTreeMap<TaskId, Task>),
    /// All of it.
    Board(Board),
}

/// What has changed since the last look.
#[derive(Debug)]
pub struct Settled {
    /// The changes.
    pub changes: Vec<Change>,
    /// The board before, with the changed tasks at least.
    pub before: Board,
}

/// Whether done tasks of this tree have check marks behind their bullets.
#[derive(Debug)]
enum Habit {
    /// Nobody has looked yet.
    Unknown,
    /// This file has one.
    Marked(TreePath),
    /// No file has.
    Unmarked,
}

impl<'a> Workspace<'a> {
    /// Starts from a snapshot.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot, statuses: &StatusSet) -> Self {
        Self::starting(snapshot, Cow::Owned(format::board(snapshot, statuses.clone())))
    }

    /// Starts from a snapshot whose board is known.
    #[must_use]
    pub fn on(snapshot: &'a Snapshot, board: &'a Board) -> Self {
        Self::starting(snapshot, Cow::Borrowed(board))
    }

    fn starting(snapshot: &'a Snapshot, board: Cow<'a, Board>) -> Self {
        Self {
            snapshot: Cow::Borrowed(snapshot),
            board,
            links: Links::default(),
            original: BTreeMap::new(),
            grown: BTreeSet::new(),
            unread: BTreeMap::new(),
            unwritten: BTreeMap::new(),
            settled: None,
            habit: Habit::Unknown,
            beside: None,
            spoken: BTreeSet::new(),
        }
    }

    /// The same, where tasks that are made leave free what stands beside the tree.
    #[must_use]
    pub fn around(self, beside: &'a Beside) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// The same, where no task that is made has the number of one of `tasks`, be they gone.
    #[must_use]
    pub fn speaking_of<'t>(mut self, tasks: impl IntoIterator<Item = &'t TaskId>) -> Self {
        self.spoken.extend(tasks.into_iter().cloned());
        self
    }

    /// The board as of the last [`Workspace::refresh`].
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Which tasks of the board name which.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Whether there is a file.
    #[must_use]
    pub fn has_file(&self, path: &TreePath) -> bool {
        self.snapshot.files.contains_key(path)
    }

    /// The bytes of a file that holds no tasks.
    #[must_use]
    pub fn bytes(&self, path: &TreePath) -> Option<&[u8]> {
        self.snapshot.bytes(path)
    }

    /// The files as they would be.
    #[must_use]
    pub fn snapshot(&mut self) -> &Snapshot {
        self.write_out();
        &self.snapshot
    }

    /// The files as they would be, and the board they make.
    #[must_use]
    pub fn planned(&mut self) -> (&Snapshot, &Board) {
        self.refresh();
        self.write_out();
        (&self.snapshot, &self.board)
    }

    /// Carries out one edit in memory and gives the old value; `None` where nothing had to change.
    ///
    /// # Errors
    /// When the file has no such record, or cannot be edited safely.
    pub fn apply(&mut self, edit: &TaskEdit) -> Result<Option<Value>, EditError> {
        if let Some(old) = self.apply_to_board(edit) {
            return Ok(Some(old));
        }
        self.write_out_file(&edit.path);
        let check_mark = self.check_mark(edit);
        let file = Arc::clone(self.snapshot.files.get(&edit.path).ok_or(EditError::NoSuchRecord)?);
        let patches = format::edit(&edit.path, edit.kind, file.bytes(), &edit.task, &edit.edit, check_mark)?;
        if patches.is_empty() {
            return Ok(None);
        }
        let old = self.value(edit);
        let edited = format::patch::apply(file.bytes(), &patches)
            .map_err(|error| EditError::Unsafe { field: edit.edit.path.join("."), reason: error.to_string() })?;
        if matches!(self.habit, Habit::Unmarked) && format::body::has_check_mark(&edited) {
            self.habit = Habit::Unknown;
        }
        self.original.entry(edit.path.clone()).or_insert_with(|| Some(Arc::clone(&file)));
        self.unread.entry(edit.path.clone()).or_insert(file);
        self.write(edit.path.clone(), SourceFile::new(edited));
        Ok(Some(old))
    }

    /// Replaces one plain text of a `tasks.json` by another, in the board alone; the file follows
    /// when it is asked for. `None`, and no change, where the edit is of another sort.
    fn apply_to_board(&mut self, edit: &TaskEdit) -> Option<Value> {
        let ([field], Some(new)) = (edit.edit.path.as_slice(), edit.edit.value.as_str()) else { return None };
        if edit.kind != RecordKind::TasksJson || !is_plain(new) || self.unread.contains_key(&edit.path) {
            return None;
        }
        let file = self.snapshot.files.get(&edit.path)?;
        let task = self.board.tasks.get(&edit.task)?;
        let at_home = task.path == edit.path && task.record.kind == edit.kind;
        let mirror = task.mirrors.iter().position(|mirror| mirror.path == edit.path && mirror.kind == edit.kind);
        let old = match (field.as_str(), mirror) {
            ("status", _) if at_home => task.record.status.clone()?,
            ("status", Some(at)) => task.mirrors.get(at)?.status.clone()?,
            ("updated" | "updatedAt", _) if at_home => task.record.fields.get(field)?.as_str()?.to_owned(),
            _ => return None,
        };
        if old == new || !is_plain(&old) {
            return None;
        }
        let task = self.board.to_mut().tasks.get_mut(&edit.task)?;
        note(&mut self.settled, task);
        match (field.as_str(), mirror) {
            ("status", _) if at_home => Arc::make_mut(&mut task.record).status = Some(new.to_owned()),
            ("status", Some(at)) => task.mirrors.get_mut(at)?.status = Some(new.to_owned()),
            _ => {
                Arc::make_mut(&mut task.record).fields.insert(field.clone(), edit.edit.value.clone());
            }
        }
        self.original.entry(edit.path.clone()).or_insert_with(|| Some(Arc::clone(file)));
        self.unwritten.entry(edit.path.clone()).or_default().push(edit.clone());
        Some(Value::String(old))
    }

    /// Reads the edited files again.
    pub fn refresh(&mut self) {
        if self.unread.is_empty() {
            return;
        }
        let Some(old) = format::follow(self.board.to_mut(), &self.unread, &self.snapshot.files) else {
            return self.read_anew();
        };
        self.unread.clear();
        self.settled.get_or_insert_with(|| Before::Tasks(BTreeMap::new()));
        for task in &old {
            note(&mut self.settled, task);
        }
    }

    /// Reads the edited files again; gives what has changed since the last time, if files were edited.
    pub fn settle(&mut self) -> Option<Settled> {
        self.refresh();
        Some(match self.settled.take()? {
            Before::Board(before) => Settled { changes: diff(&before, &self.board), before },
            Before::Tasks(tasks) => Settled {
                changes: diff_of(&tasks, &self.board),
                before: Board {
                    tasks: tasks.into_iter().collect(),
                    statuses: self.board.statuses.clone(),
                    ..Board::empty()
                },
            },
        })
    }

    /// From here on statuses are understood so.
    pub fn set_statuses(&mut self, statuses: &StatusSet) {
        if self.board.statuses != *statuses {
            self.refresh();
            self.board.to_mut().statuses.clone_from(statuses);
            self.read_anew();
            self.settled = None;
        }
    }

    /// The files that differ from the start.
    #[must_use]
    pub fn changed(&mut self) -> Vec<PlannedFile> {
        self.write_out();
        self.original
            .iter()
            .filter_map(|(path, before)| {
                let after = self.snapshot.bytes(path)?;
                let before = before.as_ref().map(|file| file.bytes());
                let merge = if self.grown.contains(path) { Merge::ByRecords } else { Merge::ByLines };
                (Some(after) != before).then(|| PlannedFile {
                    path: path.clone(),
                    before: before.map(<[u8]>::to_vec),
                    after: after.to_vec(),
                    merge,
                })
            })
            .collect()
    }

    /// Joins all files anew.
    fn read_anew(&mut self) {
        self.write_out();
        self.unread.clear();
        self.links = Links::default();
        let board = format::board(&self.snapshot, self.board.statuses.clone());
        let mut before = std::mem::replace(&mut self.board, Cow::Owned(board)).into_owned();
        self.settled = Some(match self.settled.take() {
            Some(Before::Board(first)) => Before::Board(first),
            Some(Before::Tasks(tasks)) => {
                before.tasks.extend(tasks);
                Before::Board(before)
            }
            None => Before::Board(before),
        });
    }

    /// Brings the files up to what the board has.
    fn write_out(&mut self) {
        while let Some(path) = self.unwritten.keys().next().cloned() {
            self.write_out_file(&path);
        }
    }

    fn write_out_file(&mut self, path: &TreePath) {
        let (Some(edits), Some(file)) = (self.unwritten.remove(path), self.snapshot.files.get(path)) else { return };
        let together: Vec<_> = edits.iter().map(|edit| (&edit.task, &edit.edit)).collect();
        let bytes = format::edit_tasks_json(file.bytes(), &together);
        // What cannot be done together is done one by one, and what cannot be done at all is left.
        let bytes = bytes.unwrap_or_else(|_| {
            together.iter().fold(file.bytes().to_vec(), |bytes, one| {
                format::edit_tasks_json(&bytes, std::slice::from_ref(one)).unwrap_or(bytes)
            })
        });
        self.write(path.clone(), SourceFile::new(bytes));
    }

    fn write(&mut self, path: TreePath, file: Arc<SourceFile>) {
        let snapshot = self.snapshot.to_mut();
        snapshot.label = SnapshotLabel::Planned;
        snapshot.files.insert(path, file);
    }

    /// A done task gets a check mark behind its bullet where the tree's other done tasks have one.
    fn check_mark(&mut self, edit: &TaskEdit) -> CheckMark {
        let status = edit.edit.value.as_str().unwrap_or_default();
        if self.board.statuses.category(status) != Category::Done {
            return CheckMark::Remove;
        }
        let is_marked = |path: &TreePath, file: &SourceFile| {
            path.role() == FileRole::TaskMarkdown && format::body::has_check_mark(file.bytes())
        };
        let known = match &self.habit {
            Habit::Unknown => false,
            Habit::Unmarked => true,
            Habit::Marked(path) => self.snapshot.files.get(path).is_some_and(|file| is_marked(path, file)),
        };
        if !known {
            let marked = self.snapshot.files.iter().find(|(path, file)| is_marked(path, file));
            self.habit = marked.map_or(Habit::Unmarked, |(path, _)| Habit::Marked(path.clone()));
        }
        if matches!(self.habit, Habit::Marked(_)) { CheckMark::Add } else { CheckMark::Keep }
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

/// Keeps a task that is about to change, or has, as it was first.
fn note(settled: &mut Option<Before>, task: &Task) {
    if let Before::Tasks(tasks) = settled.get_or_insert_with(|| Before::Tasks(BTreeMap::new())) {
        tasks.entry(task.id.clone()).or_insert_with(|| task.clone());
    }
}

/// Whether a text stands in JSON as it is, in whatever style the file is written.
fn is_plain(text: &str) -> bool {
    text.chars().all(|char| matches!(char, ' '..='~') && !matches!(char, '"' | '\\'))
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
