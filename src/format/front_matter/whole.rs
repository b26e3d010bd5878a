//! The whole file of a task that is written elsewhere: what a migration makes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::read::read;
use super::scalar::{Context, render, string, word};
use crate::format::sections;
use crate::format::yaml::Style;
use crate::model::{DEFAULT_TAG, Reading, Record, RecordKind, TaskId, TreePath};

/// Fields of `tasks.json` that mean something else in front matter.
const TAKEN: [&str; 8] = ["id", "task_id", "subtask_id", "parent_task", "title", "status", "priority", "dependencies"];

/// A file, and what it cannot say.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Fields that did not find room in it.
    pub left_out: Vec<String>,
}

/// The file at `path` that says what a record of `tasks.json` says. `None` where no file could: its id would
/// not be read back.
///
/// Texts stand in the body; one that would be taken for something else there stands in the front matter, like
/// every other field.
#[must_use]
pub fn print(path: &TreePath, record: &Record) -> Option<Printed> {
    let mut left_out: Vec<String> = record.fields.keys().filter(|key| TAKEN.contains(&key.as_str())).cloned().collect();
    let mut fields: BTreeMap<&String, &Value> =
        record.fields.iter().filter(|(key, value)| !TAKEN.contains(&key.as_str()) && !is_empty(key, value)).collect();
    let texts: BTreeMap<String, String> = fields
        .iter()
        .filter(|(key, _)| sections::is_section(key))
        .filter_map(|(key, value)| Some(((*key).clone(), value.as_str()?.to_owned())))
        .collect();
    let draft = |fields: &BTreeMap<&String, &Value>, texts: &BTreeMap<String, String>| {
        let text = write(record, fields, texts);
        is_read_back(path, &text, record, fields, texts).then_some(text)
    };
    // Most texts are plain: all at once, else those that are so one by one.
    let mut in_body = texts.clone();
    if draft(&fields, &texts).is_none() {
        in_body.retain(|key, text| {
            let alone = BTreeMap::from([(key.clone(), text.clone())]);
            draft(&BTreeMap::new(), &alone).is_some()
        });
        if draft(&fields, &in_body).is_none() {
            in_body.clear();
        }
    }
    if let Some(text) = draft(&fields, &in_body) {
        return Some(Printed { bytes: text.into_bytes(), left_out });
    }
    fields.retain(|key, value| {
        let fits = draft(&BTreeMap::from([(*key, *value)]), &BTreeMap::new()).is_some();
        if !fits {
            left_out.push((*key).clone());
        }
        fits
    });
    let text = draft(&fields, &BTreeMap::new())?;
    Some(Printed { bytes: text.into_bytes(), left_out })
}

/// A text without words has no section.
fn is_empty(key: &str, value: &Value) -> bool {
    sections::is_section(key) && value.as_str().is_some_and(str::is_empty)
}

fn write(record: &Record, fields: &BTreeMap<&String, &Value>, texts: &BTreeMap<String, String>) -> String {
    let mut text = String::from("---\n");
    let mut line = |key: &str, value: &str| text.push_str(&format!("{key}: {value}\n"));
    let plain = |text: &str| string(text, Style::Plain, Context::Block);
    let whole = if record.nested { record.id.parent() } else { None };
    line("task_id", &word(&spelled(whole.as_ref().unwrap_or(&record.id), "task"), Style::Plain, Context::Block));
    match &whole {
        Some(_) => {
            line("subtask_id", &word(&numbered(record.id.last_segment(), "subtask"), Style::Plain, Context::Block));
        }
        None => line("subtask_id", "null"),
    }
    if let Some(title) = &record.title {
        line("title", &plain(title));
    }
    if let Some(status) = &record.status {
        line("status", &plain(status));
    }
    if let Some(priority) = &record.priority {
        line("priority", &plain(priority));
    }
    let parent = whole.as_ref().map(|parent| spelled(parent, "task")).or_else(|| record.parent.clone());
    if let Some(parent) = parent {
        line("parent_task", &word(&parent, Style::Plain, Context::Block));
    }
    let dependencies: Vec<String> =
        record.dependencies.iter().map(|text| word(text, Style::Plain, Context::Flow)).collect();
    line("dependencies", &format!("[{}]", dependencies.join(", ")));
    for (key, value) in fields.iter().filter(|(key, _)| !texts.contains_key(**key)) {
        line(&string(key, Style::Plain, Context::Flow), &render(value, Style::Plain, Context::Block));
    }
    text.push_str("---\n");
    text.push_str(&sections::print(record.title.as_deref().unwrap_or_default(), texts));
    text
}

fn is_read_back(
    path: &TreePath,
    text: &str,
    record: &Record,
    fields: &BTreeMap<&String, &Value>,
    texts: &BTreeMap<String, String>,
) -> bool {
    let Reading { records, .. } = read(path, text.as_bytes());
    let [found] = records.as_slice() else { return false };
    let same_fields = found.fields.keys().count() == fields.keys().filter(|key| !texts.contains_key(**key)).count()
        && found.fields.iter().all(|(key, value)| fields.get(key).is_some_and(|field| *field == value));
    found.kind == RecordKind::FrontMatter
        && found.id == record.id
        && found.nested == record.nested
        && found.title == record.title
        && found.status == record.status
        && found.priority == record.priority
        && found.dependencies == record.dependencies
        && same_fields
        && sections::read(text) == *texts
}

/// An id as front matter spells it: with its tag where that is not the usual one.
fn spelled(id: &TaskId, kind: &str) -> String {
    let path = numbered(id.path(), kind);
    if id.tag() == DEFAULT_TAG { path } else { format!("{}:{path}", id.tag()) }
}

fn numbered(path: &str, kind: &str) -> String {
    let is_number = !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{kind}_{path:0>3}") } else { path.to_owned() }
}
