use std::collections::{HashMap, HashSet};

use clap::Args;

use super::{At, Context};
use crate::app::{AppError, View};
use crate::model::{Category, Priority, Task, TaskId};
use crate::ui::{Exit, safe};
use crate::wire::{self, TaskJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only tasks of this tag
    #[arg(short, long)]
    tag: Option<String>,
    #[command(flatten)]
    at: At,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let view = arguments.at.view(&project)?;
    arguments.tag.iter().try_for_each(|tag| view.know_tag(tag))?;
    let tag = arguments.tag.as_deref().or(view.board.current_tag.as_deref());
    let Some(task) = next(&view, tag).or_else(|| next(&view, None).filter(|_| arguments.tag.is_none())) else {
        context.output.say("no task is ready: all are finished, blocked, or wait for another");
        return Ok(Exit::Success);
    };
    if context.json {
        context.output.data(&wire::pretty(&TaskJson::full(&view, task)));
    } else {
        context.output.data(&format!("{} {}\n", task.id, safe(task.title())));
        context.output.say(&format!("{} - see: taskmaster show {}", why(&view, task), task.id));
    }
    Ok(Exit::Success)
}

/// The task to work on: one that is being worked on before one that is not, subtasks of a started
/// task first, then by priority, by how many tasks wait for it, and by id.
fn next<'a>(view: &'a View, tag: Option<&str>) -> Option<&'a Task> {
    let category = |task: &Task| view.board.statuses.category(task.status());
    let mut waiting: HashMap<&TaskId, usize> = HashMap::new();
    let mut with_open_children: HashSet<&TaskId> = HashSet::new();
    for task in view.board.tasks.values() {
        let dependencies: HashSet<&TaskId> = task.dependencies.iter().map(|dependency| &dependency.id).collect();
        for dependency in dependencies {
            *waiting.entry(dependency).or_default() += 1;
        }
        if !category(task).is_final() {
            with_open_children.extend(&task.parent);
        }
    }
    let candidates = view.board.tasks.values().filter(|task| {
        tag.is_none_or(|tag| task.id.tag() == tag)
            && matches!(category(task), Category::Todo | Category::Active)
            && !with_open_children.contains(&task.id)
            && view.board.is_ready(task)
    });
    candidates.min_by_key(|task| {
        let parent = task.parent.as_ref().and_then(|parent| view.board.tasks.get(parent));
        let parent_open = parent.is_none_or(|parent| !category(parent).is_final());
        let parent_started = parent.is_some_and(|parent| category(parent) == Category::Active);
        let priority = task.priority().or_else(|| parent?.priority()).unwrap_or(Priority::Medium);
        let waiting = waiting.get(&task.id).copied().unwrap_or_default();
        (
            !parent_open,
            category(task) != Category::Active,
            !parent_started,
            priority.rank(),
            std::cmp::Reverse(waiting),
            task.id.clone(),
        )
    })
}

fn why(view: &View, task: &Task) -> String {
    let waiting = view.board.dependents(&task.id).count();
    let priority =
        task.priority().map_or_else(String::new, |priority| format!(", priority {}", safe(&priority.to_string())));
    let wait = match waiting {
        0 => String::new(),
        1 => ", 1 task waits for it".to_owned(),
        more => format!(", {more} tasks wait for it"),
    };
    format!("it is {} and waits for nothing{priority}{wait}", safe(task.status()))
}
