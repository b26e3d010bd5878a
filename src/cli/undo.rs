use clap::Args;

use super::Context;
use crate::app::{self, AppError, Later, UndoMode};
use crate::ui::{Exit, render_patch, safe};
use crate::wire::{self, UndoJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An engine commit, the commit it follows from, or the beginning of an event's id, at least 6
    /// digits; the newest engine commit where nothing is given
    subject: Option<String>,
    /// Keep what was changed since in the same places, and refuse only where that contradicts
    #[arg(long)]
    merge: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let mode = if arguments.dry_run { UndoMode::DryRun } else { UndoMode::Commit };
    if mode == UndoMode::Commit {
        context.mend(&project)?;
    }
    let later = if arguments.merge { Later::Merge } else { Later::Refuse };
    let work = || app::undo(&project, arguments.subject.as_deref(), later, mode, super::now());
    let result = match mode {
        UndoMode::Commit => {
            Context::logged(&project, "undo", work, |record, report| record.note_commit(report.commit.as_ref()))
        }
        UndoMode::DryRun => work(),
    };
    let output = context.output;
    let report = match result {
        Ok(report) => report,
        Err(error) => {
            refuse(&error, context);
            return Err(error);
        }
    };
    if context.json {
        output.data(&wire::pretty(&UndoJson::of(&report)));
        return Ok(Exit::Success);
    }
    if report.commit.is_none() {
        for file in report.files.iter().chain(&report.others) {
            output.data(&render_patch(&file.path, file.before.as_deref(), file.after.as_deref()));
        }
    }
    for commit in &report.undone {
        let how = match &report.commit {
            Some(id) => format!("taken back by {}", id.short()),
            None if report.files.is_empty() => "has nothing left to take back".to_owned(),
            None => "would be taken back".to_owned(),
        };
        output.say(&format!("{} \"{}\" {how}", commit.id.short(), safe(commit.subject())));
    }
    for path in &report.merged {
        output.say(&format!("kept what was changed in {} since", safe(path.as_str())));
    }
    for path in &report.left_alone {
        output.say(&format!("your changes to {path} contradict that; your file was left alone (see: git diff)"));
    }
    Ok(Exit::Success)
}

/// Lists the places that are in the way; the refusal itself is said like any other failure.
fn refuse(error: &AppError, context: &Context) {
    if let AppError::Dirty { paths } = error
        && !context.json
    {
        for path in paths {
            context.output.data(&format!("{}\n", safe(path.as_str())));
        }
    }
    if let AppError::Migrate(refusal) = error
        && !context.json
    {
        for line in refusal.list() {
            context.output.data(&format!("{}\n", safe(&line)));
        }
    }
    let AppError::UndoContradictions { contradictions, .. } = error else { return };
    if context.json {
        return context.output.data(&wire::pretty(&UndoJson::refused(error.to_string(), contradictions)));
    }
    for contradiction in contradictions {
        context.output.data(&format!("{}\n", safe(&contradiction.to_string())));
    }
}
