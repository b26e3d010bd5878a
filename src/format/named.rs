//! Places in a file that name a task, and how such a name is replaced by another one of the same spelling.
//!
//! What a name means, and how the new one is spelled, whoever asks knows; here it is known where names stand and how
//! the file quotes them.

use super::edit::EditError;
use super::patch;
use super::{front_matter, generated_text, tasks_json};
use crate::model::{FileRole, TaskId, TreePath};

/// What a name is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedFor {
    /// It is the task's own id, the whole of it or the part behind its parent's.
    Own,
    /// It is the task's own id, or of a subtask that of the task which it is part of (`task_id`).
    Whole,
    /// The task that this one is part of.
    Parent,
    /// A task that this one waits for.
    Dependency,
}

/// A name in a file.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The task it stands in; `None` in a note.
    pub task: Option<&'a TaskId>,
    /// What for.
    pub purpose: NamedFor,
    /// As it is written, without quotes.
    pub written: &'a str,
}

/// Gives a name its new spelling; `None` where it stays.
pub type Respell<'a> = dyn Fn(&Named<'_>) -> Option<String> + 'a;

/// The file with every name of a task respelled that has to be; every other byte stays.
///
/// # Errors
/// When a name is written in a way that does not permit to change it alone.
pub fn respelled(path: &TreePath, bytes: &[u8], respell: &Respell<'_>) -> Result<Vec<u8>, EditError> {
    let patches = match path.role() {
        FileRole::TaskMarkdown => front_matter::names(path, bytes, respell)?,
        FileRole::TasksJson => tasks_json::names(bytes, respell)?,
        FileRole::GeneratedText => generated_text::names(path, bytes, respell),
        _ => Vec::new(),
    };
    patch::apply(bytes, &patches)
        .map_err(|error| EditError::Unsafe { field: "id".to_owned(), reason: error.to_string() })
}

/// A name in a field that no format knows, and whose own name speaks of tasks: `related`, `blocks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose {
    /// The task it stands in; `None` where it stands beside the tasks of a list.
    pub task: Option<TaskId>,
    /// The tag that it stands in.
    pub tag: String,
    /// As it is written, without quotes.
    pub written: String,
    /// Its line, counted from 1.
    pub line: usize,
}

/// The names in fields that no format knows. What they mean is for people to say.
#[must_use]
pub fn loose(path: &TreePath, bytes: &[u8]) -> Vec<Loose> {
    match path.role() {
        FileRole::TaskMarkdown => front_matter::loose(path, bytes),
        FileRole::TasksJson => tasks_json::loose(bytes),
        _ => Vec::new(),
    }
}

/// Whether a field or a label of that name may name tasks.
#[must_use]
pub fn speaks_of_tasks(name: &str) -> bool {
    const PARTS: [&str; 19] = [
        "task",
        "depend",
        "block",
        "relat",
        "parent",
        "child",
        "require",
        "prereq",
        "duplicate",
        "merged",
        "supersede",
        "replace",
        "follow",
        "preced",
        "predecessor",
        "successor",
        "issue",
        "epic",
        "link",
    ];
    let name = name.to_lowercase();
    name == "see" || name.starts_with("see_") || PARTS.iter().any(|part| name.contains(part))
}

/// The line of a byte, counted from 1.
#[must_use]
pub fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// Names that stand joined by commas, each respelled; `None` where all stay.
pub(super) fn respelled_list(text: &str, one: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut changed = false;
    let parts = text.split(',').map(|part| {
        let name = part.trim();
        match Some(name).filter(|name| !name.is_empty()).and_then(&one) {
            Some(new) => {
                changed = true;
                part.replacen(name, &new, 1)
            }
            None => part.to_owned(),
        }
    });
    let joined = parts.collect::<Vec<_>>().join(",");
    changed.then_some(joined)
}
