use std::collections::{HashMap, HashSet};

use clap::Args;

use super::set_status::{Options, carry_out, set};
use super::{At, Context};
use crate::app::{self, AppError, BranchWay, Keep, StartBranch, View, branch_task};
use crate::model::{Category, Priority, Task, TaskId};
use crate::ui::{Exit, safe};
use crate::wire::{self, TaskJson};

/// The status of a task that is begun.
const STARTED: &str = "in-progress";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only tasks of this tag
    #[arg(short, long)]
    tag: Option<String>,
    /// Set it in-progress, in a commit of yours as set-status makes it
    #[arg(long, conflicts_with_all = ["at", "index"])]
    start: bool,
    #[command(flatten)]
    how: Start,
    #[command(flatten)]
    at: At,
}

/// How a task is started.
#[derive(Debug, Args)]
struct Start {
    /// With --start: on a branch of its own, task/18-its-title, which is made where there is none
    #[arg(long, requires = "start", conflicts_with = "no_commit")]
    branch: bool,
    /// With --start: edit the files and leave committing to you
    #[arg(long, requires = "start")]
    no_commit: bool,
    /// With --start: only say what would be done
    #[arg(short = 'n', long, requires = "start")]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let view = arguments.at.view(&project)?;
    arguments.tag.iter().try_for_each(|tag| view.know_tag(tag))?;
    let tag = arguments.tag.as_deref().or(view.board.current_tag.as_deref());
    let own = branch_task(&project, &view)?.map(|task| task.id.clone());
    let choose = |tag| next(&view, tag, own.as_ref());
    let Some(task) = choose(tag).or_else(|| choose(None).filter(|_| arguments.tag.is_none())) else {
        context.output.say(if view.board.tasks.is_empty() {
            "there is no task yet; make one: taskmaster create TITLE"
        } else {
            "no task is ready: all are finished, blocked, or wait for another"
        });
        return Ok(Exit::Success);
    };
    if arguments.start {
        return start(task, &arguments.how, context);
    }
    if context.json {
        context.output.data(&wire::pretty(&TaskJson::full(&view, task)));
    } else {
        context.output.data(&format!("{} {}\n", task.id, safe(task.title())));
        context.output.say(&format!("{} - see: taskmaster show {}", why(&view, task), task.id));
    }
    Ok(Exit::Success)
}

/// Sets a task in-progress and says so.
fn start(task: &Task, how: &Start, context: &Context) -> Result<Exit, AppError> {
    let options = Options { metadata: None, no_commit: how.no_commit, dry_run: how.dry_run };
    if !context.json {
        context.output.data(&format!("{} {}\n", task.id, safe(task.title())));
    }
    if !how.branch {
        return set(task.id.clone(), STARTED, &options, context);
    }
    carry_out(task.id.clone(), STARTED, &options, context, |project, request| {
        let (branch, report) = app::start_on_branch(project, request)?;
        context.output.say(&on_branch(&branch, request.keep));
        Ok(report)
    })
}

/// What is said of the branch that a task is begun on.
fn on_branch(branch: &StartBranch, keep: Keep) -> String {
    let name = &branch.name;
    match (branch.way, keep) {
        (BranchWay::Here, _) => format!("on its branch {name}"),
        (BranchWay::Made, Keep::DryRun) => format!("would make the branch {name} and switch to it"),
        (BranchWay::Made, _) => format!("on the new branch {name}"),
        (BranchWay::Switched, Keep::DryRun) => format!("would switch to the branch {name}, which is there"),
        (BranchWay::Switched, _) => format!("on the branch {name}, which was there"),
    }
}

/// The task to work on: one that the branch is named for or a subtask of it, one that is being worked on before one that is not, subtasks of a started
/// task first, then by priority, by how many tasks wait for it, and by id.
fn next<'a>(view: &'a View, tag: Option<&str>, own: Option<&TaskId>) -> Option<&'a Task> {
    let is_own = |task: &Task| own.is_some_and(|own| *own == task.id || Some(own) == task.parent.as_ref());
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
            !is_own(task),
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
