use std::fmt;

use serde_json::Value;

use super::{MigrationRequest, Refusal, Target, json};
use crate::engine::workspace::{StatusPlaces, TaskEdit, Workspace};
use crate::format;
use crate::format::edit::FieldEdit;
use crate::model::{Board, FileRole, RecordKind, Snapshot, StatusSet, Task, TaskId};

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
    /// `status`, `title`, `priority` or `dependencies`.
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

/// What the two sides say.
pub(super) struct Sides {
    /// Both together: of a task in both it is the Markdown file that counts.
    markdown: Board,
    /// Lists without the files.
    json: Board,
}

impl Sides {
    pub(super) fn of(snapshot: &Snapshot, statuses: &StatusSet) -> Self {
        let mut lists = snapshot.clone();
        lists.files.retain(|path, _| path.role() != FileRole::TaskMarkdown);
        Self { markdown: format::board(snapshot, statuses.clone()), json: format::board(&lists, statuses.clone()) }
    }

    /// The tasks that both sides have.
    fn in_both(&self) -> impl Iterator<Item = (&Task, &Task)> {
        let homes = self.markdown.tasks.values().filter(|task| task.record.kind == RecordKind::FrontMatter);
        homes.filter_map(|task| Some((task, self.json.tasks.get(&task.id)?)))
    }

    /// Every contradiction, with who is right.
    pub(super) fn conflicts(&self, request: &MigrationRequest) -> Vec<Conflict> {
        let wanted = self.in_both().filter(|(task, _)| request.is_about(&task.id));
        wanted.flat_map(|(task, entry)| self.of_task(task, entry, request)).collect()
    }

    fn of_task(&self, task: &Task, entry: &Task, request: &MigrationRequest) -> Vec<Conflict> {
        let statuses = &self.markdown.statuses;
        let winner = request.winners.get(&task.id).copied().or(request.otherwise);
        let conflict = |field, markdown: &str, json: &str| Conflict {
            task: task.id.clone(),
            field,
            markdown: markdown.to_owned(),
            json: json.to_owned(),
            winner,
        };
        let mut found = Vec::new();
        let mut compare = |field, markdown: Option<&str>, json: Option<&str>, same: &dyn Fn(&str, &str) -> bool| {
            // What one side does not say at all is no contradiction.
            if let (Some(markdown), Some(json)) = (markdown, json)
                && !same(markdown, json)
            {
                found.push(conflict(field, markdown, json));
            }
        };
        let (ours, theirs) = (&task.record, &entry.record);
        compare("title", ours.title.as_deref(), theirs.title.as_deref(), &|one, other| one.trim() == other.trim());
        compare("status", ours.status.as_deref(), theirs.status.as_deref(), &|one, other| statuses.same(one, other));
        let priority = |one: &str, other: &str| one.trim().eq_ignore_ascii_case(other.trim());
        compare("priority", ours.priority.as_deref(), theirs.priority.as_deref(), &priority);
        let (ours, theirs) = (named(task), named(entry));
        let sorted = |text: &str| {
            let mut ids: Vec<String> = text.split(", ").map(ToOwned::to_owned).collect();
            ids.sort();
            ids.dedup();
            ids
        };
        compare("dependencies", Some(&ours), Some(&theirs), &|one, other| sorted(one) == sorted(other));
        found
    }

    /// The tree with every contradiction decided: the places of the side that was wrong, and text that was generated,
    /// say what the other says.
    pub(super) fn decided(
        &self,
        snapshot: &Snapshot,
        target: Target,
        conflicts: &[Conflict],
    ) -> Result<Snapshot, Refusal> {
        let mut workspace = Workspace::new(snapshot, &self.markdown.statuses);
        for conflict in conflicts {
            let (Some(winner), Some(task), Some(entry)) =
                (conflict.winner, self.markdown.tasks.get(&conflict.task), self.json.tasks.get(&conflict.task))
            else {
                continue;
            };
            let (right, wrong) = match winner {
                Side::Markdown => (task, entry),
                Side::Json => (entry, task),
            };
            let edits = match conflict.field {
                "status" => {
                    let home = workspace.board().tasks.get(&conflict.task).cloned();
                    let status = right.record.status.as_deref().unwrap_or_default();
                    home.map(|home| TaskEdit::status(&home, status, &self.markdown.statuses, StatusPlaces::All))
                }
                // A list that goes need not be corrected first.
                _ if winner == Side::Markdown && target == Target::Markdown => None,
                field => Some(vec![TaskEdit {
                    task: conflict.task.clone(),
                    path: wrong.path.clone(),
                    kind: wrong.record.kind,
                    edit: FieldEdit::new(field, self.value(right, field, winner)),
                }]),
            };
            for edit in edits.into_iter().flatten() {
                let done = workspace.apply(&edit);
                done.map_err(|source| Refusal::Edit { task: conflict.task.clone(), source })?;
            }
        }
        Ok(workspace.snapshot().clone())
    }

    fn value(&self, task: &Task, field: &str, side: Side) -> Value {
        match (field, side) {
            ("dependencies", Side::Markdown) => json::dependencies(task, &self.markdown),
            ("dependencies", Side::Json) => named_in_full(task),
            ("title", _) => task.record.title.as_deref().into(),
            _ => task.record.priority.as_deref().into(),
        }
    }
}

/// The dependencies of a list's task in spellings that mean the same in a file, be it a subtask's or not.
fn named_in_full(task: &Task) -> Value {
    let full = |written: &String| {
        let found = task.dependencies.iter().find(|dependency| dependency.written == *written);
        let path = found.map_or(written.as_str(), |dependency| dependency.id.path());
        let is_number = path.bytes().all(|byte| byte.is_ascii_digit());
        Value::String(if found.is_some() && is_number { format!("task_{path:0>3}") } else { path.to_owned() })
    };
    task.record.dependencies.iter().map(full).collect()
}

fn named(task: &Task) -> String {
    task.dependencies.iter().map(|dependency| dependency.id.to_string()).collect::<Vec<_>>().join(", ")
}
