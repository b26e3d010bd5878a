use clap::Args;

use super::Context;
use crate::app::{self, AppError, LogEntry, LogFilter};
use crate::model::TaskId;
use crate::ui::{Exit, safe};
use crate::wire::{self, LogJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only this task, in any spelling
    task: Option<String>,
    /// At most so many entries
    #[arg(short = 'm', long = "max", value_name = "COUNT")]
    most: Option<usize>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let task = arguments.task.as_deref().map(TaskId::parse).transpose()?;
    let project = context.project()?;
    let entries = app::log(&project, &LogFilter { task: task.clone(), most: arguments.most })?;
    if context.json {
        context.output.data(&wire::pretty(&LogJson::of(&entries)));
        return Ok(Exit::Success);
    }
    if entries.is_empty() {
        if let Some(id) = &task {
            project.worktree()?.task(id)?;
        }
        context.output.say("nothing in this branch's history changed a task");
    }
    let mut text = String::new();
    for entry in &entries {
        text.push_str(&line(entry));
    }
    context.output.data(&text);
    Ok(Exit::Success)
}

fn line(entry: &LogEntry) -> String {
    let dim = anstyle::Style::new().dimmed();
    let date = entry.commit.committed.date().unwrap_or_else(|_| entry.commit.committed.to_string());
    let task = entry.task.as_ref().map(ToString::to_string).unwrap_or_default();
    let shown = |value: &Option<String>| match value.as_deref() {
        None | Some("") => "(none)".to_owned(),
        Some(value) => {
            let short: String = value.chars().take(60).collect();
            let more = if short.len() < value.len() { "…" } else { "" };
            format!("{}{more}", safe(&short))
        }
    };
    let what = match (entry.kind.as_str(), &entry.field) {
        ("task.created", _) => format!("created ({})", shown(&entry.new)),
        ("task.deleted", _) => "deleted".to_owned(),
        (_, Some(field)) => format!("{} {} -> {}", safe(field), shown(&entry.old), shown(&entry.new)),
        (kind, None) => safe(kind).into_owned(),
    };
    let why = match &entry.because {
        Some((trigger, cause)) => {
            let cause =
                cause.as_deref().and_then(|id| id.get(..7)).map(|id| format!(" after {id}")).unwrap_or_default();
            format!("by {}{cause}", safe(trigger))
        }
        None => format!("by {}", safe(&entry.commit.author.name)),
    };
    format!("{date} {} {task} {what} {dim}{why}{dim:#}\n", entry.commit.id.short())
}
