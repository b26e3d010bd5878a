//! `migrate --renumber`.

use super::Context;
use crate::app::{self, AppError, Keep, RenumberReport};
use crate::model::TaskId;
use crate::ui::{Exit, plural, render_patch, safe};
use crate::wire::{self, RenumberJson};

/// A task and the number that it is to have.
#[derive(Debug, Clone)]
pub(super) struct Renumber {
    old: TaskId,
    new: TaskId,
}

impl std::str::FromStr for Renumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (old, new) = text.split_once('=').ok_or("give the old number and the new one, as in 18=20")?;
        let id = |text: &str| TaskId::parse(text).map_err(|error| error.to_string());
        let (old, named) = (id(old)?, id(new)?);
        // One without a tag has the old one's; who has written a tag means it, the usual one included.
        if new.contains(':') && named.tag() != old.tag() {
            return Err(format!("task {old} cannot become {new}: the tag stays; leave it out of the new number"));
        }
        Ok(Self { old, new: named })
    }
}

/// Gives tasks other numbers, or shows what that changes.
pub(super) fn run(wanted: &[Renumber], keep: Keep, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    if keep == Keep::Commit {
        context.mend(&project)?;
    }
    let wanted: Vec<(TaskId, TaskId)> = wanted.iter().map(|one| (one.old.clone(), one.new.clone())).collect();
    let work = || app::renumber(&project, &wanted, keep, super::now());
    let result = if keep == Keep::DryRun {
        work()
    } else {
        Context::logged(&project, "migrate", work, |record, report| record.note_commit(report.commit.as_ref()))
    };
    match result {
        Ok(report) => {
            show(&report, context);
            Ok(Exit::Success)
        }
        Err(error) => {
            refuse(&error, context);
            Err(error)
        }
    }
}

fn show(report: &RenumberReport, context: &Context) {
    let output = context.output;
    if context.json {
        return output.data(&wire::pretty(&RenumberJson::of(report)));
    }
    if report.commit.is_none() {
        for file in &report.files {
            output.data(&render_patch(&file.path, file.before.as_deref(), file.after.as_deref()));
        }
    }
    for place in &report.by_hand {
        output.say(&format!("by hand: {}", safe(place)));
    }
    for path in &report.left_alone {
        output.say(&format!("your changes to {path} contradict that; your file was left alone (see: git diff)"));
    }
    let tasks = plural(report.numbers.len(), "task", "tasks");
    output.say(&match &report.commit {
        Some(id) => format!("renumbered {tasks} (commit {0}; undo: taskmaster undo {0})", id.short()),
        None => format!("{tasks} would be renumbered"),
    });
}

/// Lists everything that is in the way; the refusal itself is said like any other failure.
fn refuse(error: &AppError, context: &Context) {
    let list: Vec<String> = match error {
        AppError::Renumber(refusal) => refusal.obstacles.iter().map(ToString::to_string).collect(),
        AppError::Dirty { paths } => paths.iter().map(ToString::to_string).collect(),
        _ => return,
    };
    let output = context.output;
    if context.json {
        return output.data(&wire::pretty(&RenumberJson::refused(error.to_string(), list)));
    }
    for line in list {
        output.data(&format!("{}\n", safe(&line)));
    }
}
