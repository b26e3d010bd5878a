use clap::Args;
use serde_json::Value;

use super::{At, Context};
use crate::app::{self, AppError, View};
use crate::engine::event::plain;
use crate::model::{DependencyReading, Task, TaskId};
use crate::ui::{Exit, safe};
use crate::wire::{self, TaskJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The task in any spelling: 18, 18.5, `task_018/subtask_005`, tag:18; not given, the one that the
    /// branch is named for: task/18-parser
    id: Option<String>,
    #[command(flatten)]
    at: At,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    arguments.id.as_deref().map(TaskId::parse).transpose()?;
    let project = context.project()?;
    let view = arguments.at.view(&project)?;
    let task = app::task_or_branch(&project, &view, arguments.id.as_deref())?;
    if context.json {
        context.output.data(&wire::pretty(&TaskJson::full(&view, task)));
    } else {
        context.output.data(&text(&view, task));
    }
    Ok(Exit::Success)
}

fn text(view: &View, task: &Task) -> String {
    let bold = anstyle::Style::new().bold();
    let statuses = &view.board.statuses;
    let mut text = format!("{bold}{} {}{bold:#}\n", task.id, safe(task.title()));
    let mut line = |name: &str, value: &str| text.push_str(&format!("{name:<14}{value}\n"));
    line("status", &format!("{} ({})", safe(task.status()), statuses.category(task.status()).name()));
    if let Some(priority) = &task.record.priority {
        line("priority", &safe(priority));
    }
    if let Some(parent) = &task.parent {
        let title = view.board.tasks.get(parent).map(Task::title).unwrap_or_default();
        line("parent", &format!("{parent} {}", safe(title)));
    }
    for dependency in &task.dependencies {
        let state = match view.board.tasks.get(&dependency.id) {
            Some(other) => format!("{} {}", safe(other.status()), safe(other.title())),
            None => "does not exist".to_owned(),
        };
        let reading = match dependency.reading {
            DependencyReading::Plain => "",
            DependencyReading::Sibling => " (read as a sibling)",
            DependencyReading::TopLevel => " (read as a task at the top: the sibling would close a cycle)",
        };
        line("depends on", &format!("{} {state}{reading}", dependency.id));
    }
    for dependent in view.board.dependents(&task.id) {
        line("needed by", &format!("{} {} {}", dependent.id, safe(dependent.status()), safe(dependent.title())));
    }
    for child in view.board.children(&task.id) {
        line("subtask", &format!("{} {} {}", child.id, safe(child.status()), safe(child.title())));
    }
    line("file", task.path.as_str());
    for mirror in &task.mirrors {
        let status = mirror.status.as_deref().unwrap_or("(none)");
        let agrees = mirror.status.as_deref().is_none_or(|status| statuses.same(status, task.status()));
        let mark = if agrees { "" } else { "  <- contradicts the task" };
        line("also in", &format!("{} ({}): {}{mark}", mirror.path, mirror.kind.name(), safe(status)));
    }
    for (key, value) in task.record.fields.iter() {
        let shown = match value {
            Value::Null => continue,
            value => plain(value),
        };
        if shown.contains('\n') || shown.chars().count() > 100 {
            let indented: Vec<String> = shown.lines().map(|line| format!("  {}", safe(line))).collect();
            text.push_str(&format!("\n{bold}{}{bold:#}\n{}\n", safe(key), indented.join("\n")));
        } else if !shown.is_empty() {
            text.push_str(&format!("{:<14}{}\n", safe(key), safe(&shown)));
        }
    }
    text
}
