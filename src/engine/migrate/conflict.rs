use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Target, sources};
use crate::format;
use crate::model::{Board, Record, RecordKind, Snapshot, Task, TaskId};

/// One of the two places in which a task is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The front matter of its file.
    Markdown,
    /// Its entry in tasks.json.
    Json,
}

impl Side {
    /// As it is written on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Json => "json",
        }
    }
}

/// A field that a task's two places give different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Which task.
    pub task: TaskId,
    /// `status`, `title` or `priority`.
    pub field: &'static str,
    /// What the Markdown file says.
    pub markdown: String,
    /// What tasks.json says.
    pub json: String,
    /// Who is right; `None` where nobody has said.
    pub winner: Option<Side>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, field, markdown, json, .. } = self;
        write!(f, "{task} {field}: markdown says `{}`, tasks.json `{}`", markdown.escape_debug(), json.escape_debug())
    }
}

/// The entries of all tasks.json, the first of each id.
pub(super) fn entries(snapshot: &Snapshot) -> BTreeMap<TaskId, Arc<Record>> {
    let mut found = BTreeMap::new();
    for (path, file) in sources(snapshot, Target::Markdown) {
        for record in &file.reading(|bytes| format::read(path, bytes)).records {
            found.entry(record.id.clone()).or_insert_with(|| Arc::clone(record));
        }
    }
    found
}

/// Every contradiction between Markdown and tasks.json, with who is right.
#[must_use]
pub fn conflicts(
    snapshot: &Snapshot,
    board: &Board,
    tag: Option<&str>,
    winners: &BTreeMap<TaskId, Side>,
) -> Vec<Conflict> {
    let entries = entries(snapshot);
    let in_both = board.tasks.values().filter(|task| task.record.kind == RecordKind::FrontMatter);
    let wanted = in_both.filter(|task| tag.is_none_or(|tag| task.id.tag() == tag));
    wanted.filter_map(|task| Some(of_task(task, entries.get(&task.id)?, board, winners))).flatten().collect()
}

fn of_task(task: &Task, entry: &Record, board: &Board, winners: &BTreeMap<TaskId, Side>) -> Vec<Conflict> {
    let same_status = |one: &str, other: &str| board.statuses.same(one, other);
    let same_text = |one: &str, other: &str| one.trim().eq_ignore_ascii_case(other.trim());
    let exact = |one: &str, other: &str| one.trim() == other.trim();
    let fields: [(&'static str, Option<&str>, Option<&str>, &dyn Fn(&str, &str) -> bool); 3] = [
        ("status", task.record.status.as_deref(), entry.status.as_deref(), &same_status),
        ("title", task.record.title.as_deref(), entry.title.as_deref(), &exact),
        ("priority", task.record.priority.as_deref(), entry.priority.as_deref(), &same_text),
    ];
    let differing = fields.into_iter().filter_map(|(field, markdown, json, same)| {
        let (markdown, json) = (markdown?, json?);
        (!same(markdown, json)).then(|| Conflict {
            task: task.id.clone(),
            field,
            markdown: markdown.to_owned(),
            json: json.to_owned(),
            winner: winners.get(&task.id).copied(),
        })
    });
    differing.collect()
}
