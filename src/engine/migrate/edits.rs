//! The edits of tasks that came since a tree was migrated, made in the files as they were.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::agreed::COMPARED;
use super::back::{Way, refused};
use super::sides::Sides;
use super::{Manifest, Refusal, Target, json};
use crate::engine::diff::fields;
use crate::engine::workspace::{StatusPlaces, TaskEdit, Workspace};
use crate::format::edit::FieldEdit;
use crate::format::{self, front_matter, patch, sections, tasks_json};
use crate::model::{Board, FileRole, RecordKind, Snapshot, SourceFile, StatusSet, Task, TaskId, TreePath};

/// A place of a task.
pub(super) type Place<'a> = (&'a TaskId, &'a TreePath, RecordKind);

fn place(task: &Task) -> Place<'_> {
    (&task.id, &task.path, task.record.kind)
}

/// What is to be done to the files as they were.
#[derive(Default)]
struct Edits<'a> {
    /// Fields that get a value.
    set: Vec<TaskEdit>,
    /// Fields of front matter that come without one, or with one that has no place in a body.
    written: Vec<(Place<'a>, FieldEdit)>,
    /// Fields that go.
    removed: Vec<(Place<'a>, String)>,
    /// Texts of bodies.
    texts: Vec<(&'a Task, String, String)>,
}

impl<'a> Edits<'a> {
    /// Gives a field a value; `None` takes it out.
    fn give(&mut self, (task, path, kind): Place<'a>, field: &str, value: Option<Value>) {
        let place = (task, path, kind);
        match value {
            None => self.removed.push((place, field.to_owned())),
            Some(Value::Null) if kind == RecordKind::FrontMatter => {
                self.written.push((place, FieldEdit::new(field, Value::Null)));
            }
            Some(value) => {
                let edit = FieldEdit::new(field, value);
                self.set.push(TaskEdit { task: task.clone(), path: path.clone(), kind, edit });
            }
        }
    }

    /// Gives a body a text. What is none stands in the front matter.
    fn give_text(&mut self, first: &Snapshot, home: &'a Task, field: String, value: Option<Value>) {
        let text = value.as_ref().and_then(Value::as_str).map(ToOwned::to_owned);
        let file = first.bytes(&home.path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        if let Some(value) = value.filter(|value| !value.is_string()) {
            self.written.push((place(home), FieldEdit::new(field.as_str(), value)));
        }
        if text.is_some() || sections::read(file).contains_key(&field) {
            self.texts.push((home, field, text.unwrap_or_default()));
        }
    }

    /// Makes them, the status and other fields first.
    fn make(self, first: &Snapshot, statuses: &StatusSet) -> Result<Snapshot, Refusal> {
        let mut workspace = Workspace::new(first, statuses);
        for edit in &self.set {
            let refusal = |source| Refusal::Edit { task: edit.task.clone(), source };
            workspace.apply(edit).map_err(refusal)?;
        }
        let mut after = workspace.snapshot().clone();
        for ((task, path, _), edit) in self.written {
            let bytes = after.bytes(path).unwrap_or_default();
            let refusal = |source| Refusal::Edit { task: task.clone(), source };
            let patches = front_matter::edit_written(bytes, &edit).map_err(refusal)?;
            let edited = patch::apply(bytes, &patches);
            let edited = edited.map_err(|error| refused(task, &edit.path.join("."), &error.to_string()))?;
            after.files.insert(path.clone(), SourceFile::new(edited));
        }
        for (place, field) in self.removed {
            without_field(&mut after, place, &field)?;
        }
        for (home, field, text) in self.texts {
            let bytes = after.bytes(&home.path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            let written = sections::set(bytes, &field, &text);
            let edited = written.and_then(|written| patch::apply(bytes.as_bytes(), &[written]).ok());
            let edited = edited.ok_or_else(|| refused(&home.id, &field, "it would not be read back"))?;
            after.files.insert(home.path.clone(), SourceFile::new(edited));
        }
        Ok(after)
    }
}

/// Takes a field out of a place.
pub(super) fn without_field(after: &mut Snapshot, (task, path, kind): Place<'_>, field: &str) -> Result<(), Refusal> {
    let bytes = after.bytes(path).unwrap_or_default();
    let shorter = match kind {
        RecordKind::TasksJson => tasks_json::without_field(bytes, task, field),
        _ => front_matter::without_field(bytes, field),
    };
    let shorter = shorter.ok_or_else(|| refused(task, field, "it cannot be taken out alone"))?;
    after.files.insert(path.clone(), SourceFile::new(shorter));
    Ok(())
}

impl Way<'_> {
    /// The first tree with what was edited in tasks that it has. A Markdown file that was there and was corrected gets
    /// of it what the migration had corrected: the rest is merged into it as it is written.
    pub(super) fn edited(
        &self,
        first: &Snapshot,
        expected: &Board,
        manifest: &Manifest,
        statuses: &StatusSet,
    ) -> Result<Snapshot, Refusal> {
        let (old, new) = (Said::of(self.then, self.snapshot), Said::of(self.snapshot, self.then));
        let sides = (self.target == Target::Markdown).then(|| Sides::of(first, statuses));
        let mut edits = Edits::default();
        for (id, task) in &self.now.tasks {
            let (Some(then), Some(home)) = (expected.tasks.get(id), self.was.tasks.get(id)) else { continue };
            let (status, status_then) = (new.status(task), old.status(then));
            let text = status.as_ref().and_then(Value::as_str).unwrap_or_default();
            if status != status_then || manifest.standing.get(id).is_some_and(|standing| standing != text) {
                self.status(&mut edits, home, status);
            }
            if then.path == task.path && self.then.bytes(&then.path) == self.snapshot.bytes(&task.path) {
                continue;
            }
            let (said_then, said_now) = (old.all(then), new.all(task));
            // A list that was there has been edited itself.
            let places = sides.as_ref().map(|sides| sides.whole(id)).unwrap_or_default();
            let listed = places.into_iter().map(|(_, place)| place).find(|place| place.path == task.path);
            let in_list = listed.map(|entry| (place(entry), fields(&entry.record)));
            let is_merged = home.path.role() == FileRole::TaskMarkdown && [&then.path, &task.path] == [&home.path; 2];
            let (was, made) = (fields(&home.record), fields(&then.record));
            for (field, value) in self.differing(&said_then, &said_now, task) {
                if let Some((place, entry)) = &in_list
                    && !COMPARED.contains(&field.as_str())
                    && entry.get(&field) == said_then.get(&field)
                {
                    edits.give(*place, &field, value.clone());
                }
                if is_merged && was.get(&field) == made.get(&field) {
                    continue;
                }
                let in_body = home.path.role() == FileRole::TaskMarkdown && sections::is_section(&field);
                if in_body && !was.contains_key(&field) {
                    edits.give_text(first, home, field, value);
                } else {
                    edits.give(place(home), &field, value);
                }
            }
        }
        edits.make(first, statuses)
    }

    /// The edits of a status: what was written is what the task's home gets, in that spelling. Where it means what a
    /// place says, only the home is another; the others are brought into step as they spell it. One that was removed is
    /// gone in lists, too; what was generated, and bullets, cannot do without.
    fn status<'a>(&'a self, edits: &mut Edits<'a>, home: &'a Task, status: Option<Value>) {
        let Some(Value::String(status)) = status else {
            let lists = home.mirrors.iter().filter(|mirror| mirror.kind == RecordKind::TasksJson);
            let lists = lists.filter(|mirror| mirror.status.is_some());
            let lists = lists.map(|mirror| (&home.id, &mirror.path, mirror.kind));
            for place in [place(home)].into_iter().chain(lists) {
                edits.give(place, "status", status.clone());
            }
            return;
        };
        let mut all = TaskEdit::status_as_spelled(home, &status, self.was, StatusPlaces::All);
        if home.record.status.as_deref() != Some(&status) && !status.is_empty() {
            all.retain(|edit| edit.path != home.path || edit.kind != home.record.kind);
            edits.give(place(home), "status", Some(status.into()));
        }
        edits.set.extend(all);
    }

    /// The fields but the status that were edited since, texts of bodies among them.
    fn differing(
        &self,
        old: &BTreeMap<String, Value>,
        new: &BTreeMap<String, Value>,
        now: &Task,
    ) -> Vec<(String, Option<Value>)> {
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let differs = names.into_iter().filter(|name| !matches!(name.as_str(), "status" | "parent" | "subtasks"));
        let differs = differs.filter(|name| old.get(*name) != new.get(*name));
        differs
            .map(|name| {
                let value = match new.get(name) {
                    Some(_) if name == "dependencies" && self.target == Target::TasksJson => {
                        Some(json::dependencies(now, self.now))
                    }
                    None if name == "dependencies" => Some(Value::Array(Vec::new())),
                    value => value.cloned(),
                };
                (name.clone(), value)
            })
            .collect()
    }
}

/// Fields that a reading has as missing where they are there without a value.
const NULLS: [&str; 3] = ["title", "status", "priority"];

/// What the tasks of a tree say in their homes.
struct Said<'a> {
    snapshot: &'a Snapshot,
    /// Fields without a value, in files that differ from another tree's.
    nulls: BTreeSet<(&'a TreePath, TaskId, &'static str)>,
}

impl<'a> Said<'a> {
    fn of(snapshot: &'a Snapshot, other: &Snapshot) -> Self {
        let mut nulls = BTreeSet::new();
        for (path, file) in snapshot.files.iter().filter(|(path, file)| other.bytes(path) != Some(file.bytes())) {
            match path.role() {
                FileRole::TaskMarkdown => {
                    let records = &file.reading(|bytes| format::read(path, bytes)).records;
                    let Some(record) = records.first() else { continue };
                    let text = std::str::from_utf8(file.bytes()).unwrap_or_default();
                    let found = front_matter::nulls(text, &NULLS).into_iter();
                    nulls.extend(found.map(|name| (path, record.id.clone(), name)));
                }
                FileRole::TasksJson => {
                    let found = tasks_json::nulls(file.bytes(), &NULLS).into_iter();
                    nulls.extend(found.map(|(task, name)| (path, task, name)));
                }
                _ => {}
            }
        }
        Self { snapshot, nulls }
    }

    fn is_null(&self, task: &Task, field: &'static str) -> bool {
        self.nulls.contains(&(&task.path, task.id.clone(), field))
    }

    fn status(&self, task: &Task) -> Option<Value> {
        let text = task.record.status.clone().map(Value::String);
        text.or_else(|| self.is_null(task, "status").then_some(Value::Null))
    }

    /// All fields, the texts of a body among them.
    fn all(&self, task: &Task) -> BTreeMap<String, Value> {
        let mut said = fields(&task.record);
        for name in NULLS.into_iter().filter(|name| self.is_null(task, name)) {
            said.entry(name.to_owned()).or_insert(Value::Null);
        }
        if task.path.role() == FileRole::TaskMarkdown {
            let file = self.snapshot.bytes(&task.path).and_then(|bytes| std::str::from_utf8(bytes).ok());
            for (name, text) in sections::read(file.unwrap_or_default()) {
                said.entry(name).or_insert(Value::String(text));
            }
        }
        said
    }
}
