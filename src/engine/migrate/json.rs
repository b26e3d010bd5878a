//! Markdown files as entries of `tasks.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::numbers::Spelled;
use super::{Converted, MigrationRequest, Refusal, Target, sources};
use crate::format::edit::FieldEdit;
use crate::format::json::Source;
use crate::format::named::{Named, NamedFor, respelled};
use crate::format::{self, sections, tasks_json};
use crate::model::{Board, DEFAULT_TAG, Record, RecordKind, Snapshot, SourceFile, Task, TaskId, TreePath};

/// Keys that mean something of their own in `tasks.json`.
pub(super) const TAKEN: [&str; 7] = ["id", "title", "status", "priority", "dependencies", "subtasks", "parentId"];

pub(super) fn convert(snapshot: &Snapshot, board: &Board, request: &MigrationRequest) -> Result<Converted, Refusal> {
    let mut result = Converted::of(snapshot);
    let is_markdown = |task: &&Task| task.record.kind == RecordKind::FrontMatter && request.is_about(&task.id);
    let tasks: Vec<&Task> = board.tasks.values().filter(is_markdown).collect();
    if tasks.is_empty() {
        return Err(Refusal::Nothing);
    }
    // One with tasks in it that cannot be told apart can still take others.
    let readable = |(_, file): &(&TreePath, &Arc<SourceFile>)| {
        Source::new(file.bytes()).is_ok_and(|source| source.parse().is_ok_and(|root| root.scalar().is_none()))
    };
    let existing = sources(snapshot, Target::Markdown).find(readable);
    let path = existing.map_or_else(|| TreePath::known("tasks/tasks.json"), |(path, _)| path.clone());
    if existing.is_none() && snapshot.files.contains_key(&path) {
        return Err(Refusal::Taken(vec![path]));
    }
    let entries: BTreeMap<TaskId, _> = existing
        .map(|(path, file)| file.reading(|bytes| format::read(path, bytes)).records.iter())
        .into_iter()
        .flatten()
        .rev()
        .map(|record| (record.id.clone(), record))
        .collect();
    let new: Vec<&Task> = tasks.iter().copied().filter(|task| !entries.contains_key(&task.id)).collect();
    let mut writer = Writer { snapshot, board, children: BTreeMap::new(), notes: Vec::new() };
    let is_new: BTreeSet<&TaskId> = new.iter().map(|task| &task.id).collect();
    let mut tops: Vec<(&Task, Option<TaskId>)> = Vec::new();
    for task in new {
        match task.id.parent().filter(|_| task.record.nested) {
            Some(parent) if is_new.contains(&parent) => writer.children.entry(parent).or_default().push(task),
            Some(parent) if entries.contains_key(&parent) => tops.push((task, Some(parent))),
            _ => tops.push((task, None)),
        }
    }
    let bytes = match existing {
        None => {
            let mut tags: Vec<(String, Vec<Value>)> = vec![];
            for (task, _) in tops {
                let value = writer.value(task, None);
                match tags.iter_mut().find(|(tag, _)| tag == task.id.tag()) {
                    Some((_, list)) => list.push(value),
                    None => tags.push((task.id.tag().to_owned(), vec![value])),
                }
            }
            tags.sort_by_key(|(tag, _)| tag != DEFAULT_TAG);
            tasks_json::document(&tags)
        }
        Some((_, file)) => {
            let mut bytes = file.bytes().to_vec();
            for (task, parent) in tops {
                let value = writer.value(task, parent.as_ref());
                let refused = |source| Refusal::Edit { task: task.id.clone(), source };
                bytes = tasks_json::insert_value(&bytes, &task.id, parent.as_ref(), &value).map_err(refused)?;
            }
            let both = tasks.iter().filter_map(|task| Some((*task, &***entries.get(&task.id)?)));
            let missing: Vec<_> = both.map(|(task, entry)| (&task.id, writer.missing(task, entry))).collect();
            filled(bytes, missing)?
        }
    };
    // What is in the list already may mean another task now, too.
    let bytes = named_as_meant(&path, bytes, &board.tasks.values().collect::<Vec<_>>(), board);
    let bytes = Spelled::of(snapshot, tasks.iter().copied())
        .in_list(bytes, existing.map(|(_, file)| file.bytes()).unwrap_or_default());
    result.notes = writer.notes;
    result.moved = tasks.iter().map(|task| task.id.clone()).collect();
    result.snapshot.files.insert(path, SourceFile::new(bytes));
    for (path, file) in sources(snapshot, Target::TasksJson) {
        let records = &file.reading(|bytes| format::read(path, bytes)).records;
        let homes = records.iter().filter(|record| record.kind == RecordKind::FrontMatter);
        for record in homes.filter(|record| request.is_about(&record.id)) {
            if board.tasks.get(&record.id).is_some_and(|task| task.path != *path) {
                result.notes.push(format!("task {} is written twice: {path} is put away", record.id));
            }
            result.snapshot.forget(path);
        }
    }
    Ok(result)
}

/// The list with names in full that would mean another task in it, since a sibling of that number has come to stand there.
fn named_as_meant(path: &TreePath, bytes: Vec<u8>, tasks: &[&Task], board: &Board) -> Vec<u8> {
    let mut alone = Snapshot::empty();
    alone.files.insert(path.clone(), SourceFile::new(bytes.clone()));
    let read = super::board(&alone, &board.statuses);
    let needs = |task: &Task| -> BTreeSet<TaskId> { task.dependencies.iter().map(|other| other.id.clone()).collect() };
    let differs = |task: &&&Task| read.tasks.get(&task.id).is_some_and(|there| needs(there) != needs(task));
    let differing: BTreeMap<&TaskId, &&Task> = tasks.iter().filter(differs).map(|task| (&task.id, task)).collect();
    if differing.is_empty() {
        return bytes;
    }
    let respell = |named: &Named<'_>| {
        let task = differing.get(named.task.filter(|_| named.purpose == NamedFor::Dependency)?)?;
        let whole = |text: &str| TaskId::parse_within(text, task.id.tag()).ok();
        let meant = task.dependencies.iter().find(|other| whole(&other.written) == whole(named.written))?;
        let text = in_full(&meant.id);
        (meant.id.segments().count() == 1 && text != named.written).then_some(text)
    };
    respelled(path, &bytes, &respell).unwrap_or(bytes)
}

/// The list with what its entries do not say, one new field of each task at a time: two would meet in one place.
fn filled(mut bytes: Vec<u8>, mut missing: Vec<(&TaskId, Vec<FieldEdit>)>) -> Result<Vec<u8>, Refusal> {
    loop {
        let round: Vec<(&TaskId, FieldEdit)> = missing
            .iter_mut()
            .filter(|(_, edits)| !edits.is_empty())
            .map(|(task, edits)| (*task, edits.remove(0)))
            .collect();
        let Some((first, _)) = round.first() else { return Ok(bytes) };
        let edits: Vec<(&TaskId, &FieldEdit)> = round.iter().map(|(task, edit)| (*task, edit)).collect();
        let refused = |source| Refusal::Edit { task: (*first).clone(), source };
        bytes = format::edit_tasks_json(&bytes, &edits).map_err(refused)?;
    }
}

/// One task as an entry, without those in it.
pub(super) fn entry(snapshot: &Snapshot, board: &Board, task: &Task, parent: Option<&TaskId>) -> Value {
    Writer { snapshot, board, children: BTreeMap::new(), notes: Vec::new() }.value(task, parent)
}

struct Writer<'a> {
    snapshot: &'a Snapshot,
    board: &'a Board,
    /// The tasks that are written inside their parents.
    children: BTreeMap<TaskId, Vec<&'a Task>>,
    notes: Vec<String>,
}

impl Writer<'_> {
    /// A task with those in it; `parent` is the one whose list it stands in.
    fn value(&mut self, task: &Task, parent: Option<&TaskId>) -> Value {
        let record = &task.record;
        let id = if parent.is_some() { task.id.last_segment() } else { task.id.path() };
        let mut members = Map::new();
        members.insert("id".to_owned(), number_or_text(id));
        let mut text = |key: &str, value: &Option<String>| {
            if let Some(value) = value {
                members.insert(key.to_owned(), value.as_str().into());
            }
        };
        text("title", &record.title);
        let mut fields = self.fields(task);
        if let Some(description) = fields.iter().position(|(key, _)| key == sections::DESCRIPTION) {
            let (key, value) = fields.remove(description);
            members.insert(key, value);
        }
        let mut text = |key: &str, value: &Option<String>| {
            if let Some(value) = value {
                members.insert(key.to_owned(), value.as_str().into());
            }
        };
        text("status", &record.status);
        text("priority", &record.priority);
        members.insert("dependencies".to_owned(), dependencies(task, self.board));
        members.extend(fields);
        let children = self.children.remove(&task.id).unwrap_or_default();
        let subtasks: Vec<Value> = children.into_iter().map(|child| self.value(child, Some(&task.id))).collect();
        if !subtasks.is_empty() || parent.is_none() {
            members.insert("subtasks".to_owned(), Value::Array(subtasks));
        }
        Value::Object(members)
    }

    /// What an entry does not say.
    fn missing(&mut self, task: &Task, entry: &Record) -> Vec<FieldEdit> {
        let own = [
            ("title", &task.record.title, &entry.title),
            ("status", &task.record.status, &entry.status),
            ("priority", &task.record.priority, &entry.priority),
        ];
        let own = own.into_iter().filter_map(|(key, value, there)| {
            let value = value.as_deref().filter(|_| there.is_none())?;
            Some(FieldEdit::new(key, value))
        });
        let mut edits: Vec<FieldEdit> = own.collect();
        let others = self.fields(task).into_iter().filter(|(key, _)| entry.fields.get(key).is_none());
        edits.extend(others.map(|(key, value)| FieldEdit::new(key, value)));
        edits
    }

    /// The texts of the body, then every other field.
    fn fields(&mut self, task: &Task) -> Vec<(String, Value)> {
        let file = self.snapshot.bytes(&task.path).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let mut fields: Vec<(String, Value)> = Vec::new();
        let mut texts = sections::read(file.unwrap_or_default());
        for name in [sections::DESCRIPTION].into_iter().chain(sections::SECTIONS.map(|(name, _)| name)) {
            if let Some(text) = texts.remove(name).filter(|_| task.record.fields.get(name).is_none()) {
                fields.push((name.to_owned(), Value::String(text)));
            }
        }
        for (key, value) in task.record.fields.iter() {
            if TAKEN.contains(&key.as_str()) {
                let note = format!("the field `{}` of task {} is put away", key.escape_debug(), task.id);
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            } else {
                fields.push((key.clone(), value.clone()));
            }
        }
        fields
    }
}

/// The dependencies of a task as `tasks.json` has them. In a subtask a bare number may mean a sibling, so that there
/// siblings are named in full, and others by number where no sibling has it.
pub(super) fn dependencies(task: &Task, board: &Board) -> Value {
    let parent = task.id.parent().filter(|_| task.record.nested);
    let written = task.record.dependencies.iter().map(|written| {
        let Some(found) = task.dependencies.iter().find(|dependency| dependency.written == *written) else {
            return Value::String(written.clone());
        };
        let id = &found.id;
        if id.tag() != task.id.tag() {
            return Value::String(format!("{}:{}", id.tag(), id.path()));
        }
        let ambiguous = parent.as_ref().and_then(|parent| parent.child(id.path()).ok());
        match ambiguous.filter(|_| id.segments().count() == 1) {
            Some(sibling) if board.tasks.contains_key(&sibling) || !board.tasks.contains_key(id) => {
                Value::String(in_full(id))
            }
            _ => number_or_text(id.path()),
        }
    });
    Value::Array(written.collect())
}

/// An id that means a task at the top, wherever it stands: `task_18`, `master:login`.
pub(super) fn in_full(id: &TaskId) -> String {
    let is_number = id.path().bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("task_{}", id.path()) } else { format!("{}:{}", id.tag(), id.path()) }
}

/// A number where it is spelled as one.
fn number_or_text(text: &str) -> Value {
    let plain = text.len() < 16 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|number| plain && number.to_string() == text);
    number.map_or_else(|| text.into(), Value::from)
}
