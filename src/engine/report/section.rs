use std::collections::BTreeMap;

use serde_json::Value;

use super::Material;
use super::markdown::{line, table};
use crate::engine::event::plain;
use crate::model::{Category, Task};

/// One part of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What happened, when, in which commit and by whom.
    Event,
    /// What an event from outside brought along.
    Data,
    /// The task it happened to.
    Task,
    /// The subtasks of that task.
    Subtasks,
    /// The tasks that wait for it.
    Dependents,
    /// Every task that has failed.
    Failed,
    /// Every task that is being worked on or in review.
    Open,
    /// How many tasks have which status.
    Board,
    /// Each task at the top, and how many of its subtasks are done.
    Progress,
}

impl Section {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Event,
        Self::Data,
        Self::Task,
        Self::Subtasks,
        Self::Dependents,
        Self::Failed,
        Self::Open,
        Self::Board,
        Self::Progress,
    ];

    /// The part of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }

    /// Its name in `workflow.yaml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Data => "data",
            Self::Task => "task",
            Self::Subtasks => "subtasks",
            Self::Dependents => "dependents",
            Self::Failed => "failed",
            Self::Open => "open",
            Self::Board => "board",
            Self::Progress => "progress",
        }
    }

    /// What it shows, for the documentation.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Event => "what happened, when, in which commit and by whom",
            Self::Data => "what an event from outside brought along",
            Self::Task => "the task it happened to",
            Self::Subtasks => "its subtasks",
            Self::Dependents => "the tasks that wait for it",
            Self::Failed => "every task that has failed",
            Self::Open => "every task that is being worked on or in review",
            Self::Board => "how many tasks have which status, and how many of those that count are done",
            Self::Progress => "each task at the top, and how many of its subtasks are done",
        }
    }

    /// The part; `None` where there is nothing to say.
    pub(super) fn render(self, material: &Material<'_>) -> Option<String> {
        match self {
            Self::Event => Some(event(material)),
            Self::Data => data(material),
            Self::Task => material.task.map(task),
            Self::Subtasks => tasks("Subtasks", material.links.children(material.board, &material.task?.id), material),
            Self::Dependents => {
                tasks("What waits for it", material.links.dependents(material.board, &material.task?.id), material)
            }
            Self::Failed => tasks("Failed", of_categories(material, &[Category::Failed]), material),
            Self::Open => tasks("Under way", of_categories(material, &[Category::Active, Category::Review]), material),
            Self::Board => board(material),
            Self::Progress => progress(material),
        }
    }
}

fn event(material: &Material<'_>) -> String {
    let event = material.event;
    let mut text = format!("- Event: {}", line(&event.kind));
    if let Some(task) = &event.task {
        text.push_str(&format!(" of task {}", line(&task.to_string())));
    }
    let show = |value: &Option<Value>| value.as_ref().map_or_else(|| "(none)".to_owned(), |value| line(&plain(value)));
    if event.old.is_some() || event.new.is_some() {
        text.push_str(&format!(", {} -> {}", show(&event.old), show(&event.new)));
    }
    text.push_str(&format!("\n- Event id: {}\n", event.id));
    if let Some(time) = event.origin.time {
        text.push_str(&format!("- Date: {time}\n"));
    }
    if let Some(commit) = &event.origin.commit {
        text.push_str(&format!("- Commit: {commit}\n"));
    }
    if let Some(actor) = &event.origin.actor {
        text.push_str(&format!("- By: {}\n", line(actor)));
    }
    text
}

fn data(material: &Material<'_>) -> Option<String> {
    let mut rows = Vec::new();
    for (key, value) in &material.event.metadata {
        flatten(key, value, &mut rows);
    }
    let rows = rows.into_iter().map(|(key, value)| vec![line(&key), line(&value)]);
    (!material.event.metadata.is_empty()).then(|| format!("## What it brought\n\n{}", table(&["key", "value"], rows)))
}

/// Values inside mappings by their dotted paths.
fn flatten(key: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(inner) if !inner.is_empty() => {
            for (name, value) in inner {
                flatten(&format!("{key}.{name}"), value, rows);
            }
        }
        other => rows.push((key.to_owned(), plain(other))),
    }
}

fn task(task: &Task) -> String {
    let mut text = format!("## Task {}: {}\n\n", line(&task.id.to_string()), line(task.title()));
    text.push_str(&format!("- Status: {}\n", line(task.status())));
    if let Some(priority) = &task.record.priority {
        text.push_str(&format!("- Priority: {}\n", line(priority)));
    }
    if let Some(assignee) = task.record.fields.get("assignee") {
        text.push_str(&format!("- Assignee: {}\n", line(&plain(assignee))));
    }
    if !task.dependencies.is_empty() {
        let ids: Vec<String> = task.dependencies.iter().map(|dependency| line(&dependency.id.to_string())).collect();
        text.push_str(&format!("- Waited for: {}\n", ids.join(", ")));
    }
    text
}

fn of_categories<'a>(material: &Material<'a>, wanted: &'a [Category]) -> impl Iterator<Item = &'a Task> {
    let statuses = &material.board.statuses;
    material.board.tasks.values().filter(|task| wanted.contains(&statuses.category(task.status())))
}

/// How many tasks one list shows: a report is read by people.
const MOST: usize = 200;

fn tasks<'a>(title: &str, tasks: impl Iterator<Item = &'a Task>, material: &Material<'_>) -> Option<String> {
    let all: Vec<&Task> = tasks.collect();
    if all.is_empty() {
        return None;
    }
    let statuses = &material.board.statuses;
    let row =
        |task: &&Task| vec![line(&task.id.to_string()), line(task.title()), line(statuses.canonical(task.status()))];
    let mut text = format!("## {title}\n\n{}", table(&["id", "title", "status"], all.iter().take(MOST).map(row)));
    if all.len() > MOST {
        text.push_str(&format!("\nand {} more\n", all.len() - MOST));
    }
    Some(text)
}

fn board(material: &Material<'_>) -> Option<String> {
    let board = material.board;
    if board.tasks.is_empty() {
        return None;
    }
    let mut counts: BTreeMap<(Category, &str), usize> = BTreeMap::new();
    for task in board.tasks.values() {
        let status = board.statuses.canonical(task.status());
        *counts.entry((board.statuses.category(status), status)).or_default() += 1;
    }
    let of = |wanted: Category| {
        let these = counts.iter().filter(|((category, _), _)| *category == wanted);
        these.map(|(_, count)| count).sum::<usize>()
    };
    let (done, all) = (of(Category::Done), board.tasks.len() - of(Category::Cancelled));
    let rows = counts
        .iter()
        .map(|((category, status), count)| vec![line(status), category.name().to_owned(), count.to_string()]);
    let percent = (done * 100).checked_div(all).unwrap_or_default();
    Some(format!(
        "## Board\n\n{}\n{done} of {all} done ({percent} %), cancelled ones aside.\n",
        table(&["status", "category", "tasks"], rows)
    ))
}

fn progress(material: &Material<'_>) -> Option<String> {
    let statuses = &material.board.statuses;
    let is = |task: &Task, wanted: Category| statuses.category(task.status()) == wanted;
    let top: Vec<&Task> = material.board.tasks.values().filter(|task| task.parent.is_none()).collect();
    if top.is_empty() {
        return None;
    }
    let rows = top.iter().take(MOST).map(|task| {
        let children = material.links.children(material.board, &task.id);
        let counted: Vec<&Task> = children.filter(|child| !is(child, Category::Cancelled)).collect();
        let done = counted.iter().filter(|child| is(child, Category::Done)).count();
        let share = if counted.is_empty() { "-".to_owned() } else { format!("{done} of {}", counted.len()) };
        vec![line(&task.id.to_string()), line(task.title()), line(statuses.canonical(task.status())), share]
    });
    let mut text = format!("## Progress\n\n{}", table(&["id", "title", "status", "subtasks done"], rows));
    if top.len() > MOST {
        text.push_str(&format!("\nand {} more\n", top.len() - MOST));
    }
    Some(text)
}
