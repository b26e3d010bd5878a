use anstyle::{AnsiColor, Style};
use clap::Args;

use super::{At, Context};
use crate::app::{AppError, View};
use crate::engine::creation::is_automated;
use crate::model::{Category, Severity, Task};
use crate::ui::{Columns, Exit, plural, render_diagnostic, safe};
use crate::wire::{self, ListJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only tasks with one of these statuses, or of this category (todo, active, done ...)
    #[arg(short, long, value_name = "STATUS", value_delimiter = ',')]
    status: Vec<String>,
    /// Only tasks of this tag
    #[arg(short, long)]
    tag: Option<String>,
    /// Only tasks that wait for nothing and are not finished
    #[arg(short, long)]
    ready: bool,
    /// Only tasks that the engine has made
    #[arg(long)]
    automated: bool,
    #[command(flatten)]
    at: At,
}

/// How many errors are shown below the list.
const MOST_FINDINGS: usize = 20;

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let view = arguments.at.view(&project)?;
    arguments.status.iter().try_for_each(|status| view.know_status(status))?;
    arguments.tag.iter().try_for_each(|tag| view.know_tag(tag))?;
    let tasks: Vec<&Task> = view.board.tasks.values().filter(|task| arguments.wants(&view, task)).collect();
    let unreadable: Vec<_> = view.diagnostics().filter(|finding| finding.severity == Severity::Error).collect();
    if context.json {
        context.output.data(&wire::pretty(&ListJson::of(&view, &tasks)));
    } else {
        context.output.data(&table(&view, &tasks));
        for finding in unreadable.iter().take(MOST_FINDINGS) {
            context.output.say(&render_diagnostic(finding));
        }
        if unreadable.len() > MOST_FINDINGS {
            context.output.say(&format!("and {} more errors: taskmaster check", unreadable.len() - MOST_FINDINGS));
        }
        if tasks.is_empty() {
            let all = view.board.tasks.len();
            context.output.say(&match all {
                0 => format!("there are no tasks in {} yet", project.repository.prefix()),
                _ => format!("none of {} fits", plural(all, "task", "tasks")),
            });
        }
    }
    Ok(if unreadable.is_empty() { Exit::Success } else { Exit::Findings })
}

impl Arguments {
    fn wants(&self, view: &View, task: &Task) -> bool {
        let statuses = &view.board.statuses;
        let category = statuses.category(task.status());
        let status = self.status.is_empty()
            || self.status.iter().any(|wanted| {
                statuses.same(wanted, task.status()) || Category::named(wanted).is_some_and(|named| named == category)
            });
        let tag = self.tag.as_deref().is_none_or(|tag| task.id.tag() == tag);
        let ready = !self.ready || (!category.is_final() && view.board.is_ready(task));
        let automated = !self.automated || is_automated(task);
        status && tag && ready && automated
    }
}

/// Tasks in columns; a status that other places contradict has a `!`.
fn table(view: &View, tasks: &[&Task]) -> String {
    let mut columns = Columns::default();
    for task in tasks {
        let drift = if view.board.drift(task).next().is_some() { " !" } else { "" };
        let status = format!("{}{drift}", safe(task.status()));
        let priority = task.record.priority.as_deref().unwrap_or("-");
        columns.row([
            (task.id.to_string(), Style::new().bold()),
            (status, style(view.board.statuses.category(task.status()))),
            (safe(priority).into_owned(), Style::new()),
            (safe(task.title()).into_owned(), Style::new()),
        ]);
    }
    columns.render()
}

/// The colour of a category; the word itself says the same.
pub(super) fn style(category: Category) -> Style {
    match category {
        Category::Todo => Style::new(),
        Category::Active => AnsiColor::Yellow.on_default(),
        Category::Blocked => AnsiColor::Magenta.on_default(),
        Category::Review => AnsiColor::Cyan.on_default(),
        Category::Done => AnsiColor::Green.on_default(),
        Category::Failed => AnsiColor::Red.on_default(),
        Category::Cancelled => Style::new().dimmed(),
    }
}
