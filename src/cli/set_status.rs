use clap::Args;
use serde_json::{Map, Value};

use super::{Context, edited};
use crate::app::{self, AppError, EditReport, Keep, Project, RunRecord, StatusEdit};
use crate::model::TaskId;
use crate::ui::{Exit, safe};
use crate::wire::{self, EditJson};

#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub(super) struct Arguments {
    /// The task in any spelling: 18, 18.5, `task_018/subtask_005`, tag:18; not given, the one that the
    /// branch is named for: task/18-parser
    id: Option<String>,
    /// The status: done, in-progress, ... in any spelling
    status: String,
    #[command(flatten)]
    options: Options,
}

/// How a status is set, whichever command it is set by.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A JSON object that is merged, key by key, into the task's `metadata`
    #[arg(long, value_name = "JSON")]
    pub(super) metadata: Option<String>,
    /// Edit the files and leave committing to you
    #[arg(long)]
    pub(super) no_commit: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
}

impl Options {
    fn keep(&self) -> Keep {
        match (self.dry_run, self.no_commit) {
            (true, _) => Keep::DryRun,
            (_, true) => Keep::Worktree,
            _ => Keep::Commit,
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let id = if let Some(id) = &arguments.id {
        TaskId::parse(id)?
    } else {
        let project = context.project()?;
        let view = project.worktree()?;
        // The one word that is given is a status, unless it can only be a task.
        if let (Err(_), Ok(id)) = (view.know_status(&arguments.status), TaskId::parse(&arguments.status)) {
            return Err(AppError::NoStatus { id });
        }
        app::task_or_branch(&project, &view, None)?.id.clone()
    };
    set(id, &arguments.status, &arguments.options, context)
}

/// Sets a status and says what came of it.
pub(super) fn set(task: TaskId, status: &str, options: &Options, context: &Context) -> Result<Exit, AppError> {
    carry_out(task, status, options, context, app::set_status)
}

/// The same by another use case.
pub(super) fn carry_out(
    task: TaskId,
    status: &str,
    options: &Options,
    context: &Context,
    work: impl FnOnce(&Project, &StatusEdit) -> Result<EditReport, AppError>,
) -> Result<Exit, AppError> {
    let keep = options.keep();
    let request = request(task, status, options)?;
    let mut project = context.project()?;
    // A proposal's own rules do not say what its pipeline does for others.
    let acts =
        |surroundings: app::Surroundings| surroundings.is_pipeline() && surroundings.occasion == app::Occasion::Push;
    if app::Surroundings::of_process().is_ok_and(acts) {
        project = project.in_pipeline();
    }
    if keep == Keep::Commit {
        context.mend(&project)?;
    }
    let work = || work(&project, &request);
    let report = match keep {
        Keep::Commit => Context::logged(&project, "set-status", work, note)?,
        Keep::DryRun | Keep::Worktree => work()?,
    };
    if context.json {
        context.output.data(&wire::pretty(&EditJson::of(&report)));
    } else {
        say(&report, keep, context);
    }
    Ok(Exit::Success)
}

fn note(record: &mut RunRecord, report: &EditReport) {
    if let Some(sync) = &report.sync {
        record.note_sync(sync);
    }
}

/// What is asked of the use case.
fn request(task: TaskId, status: &str, options: &Options) -> Result<StatusEdit, AppError> {
    Ok(StatusEdit {
        task,
        status: status.to_owned(),
        metadata: options.metadata.as_deref().map(read_metadata).transpose()?.unwrap_or_default(),
        keep: options.keep(),
        now: super::now(),
    })
}

fn say(report: &EditReport, keep: Keep, context: &Context) {
    let output = context.output;
    if keep == Keep::DryRun {
        edited::dry_run(output, &report.files, &report.plan);
        return;
    }
    if report.files.is_empty() {
        output.say(&format!("task {} is {} already", report.task, safe(&report.new)));
        return;
    }
    let commit = report
        .commit
        .as_ref()
        .map_or_else(|| " (not committed)".to_owned(), |commit| format!(" (commit {})", commit.short()));
    output.say(&format!("task {}: {} -> {}{commit}", report.task, safe(&report.old), safe(&report.new)));
    edited::aftermath(output, &report.left_alone, report.sync.as_ref());
}

fn read_metadata(text: &str) -> Result<Map<String, Value>, AppError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(AppError::Metadata { reason: "it is another kind of value".to_owned() }),
        Err(error) => Err(AppError::Metadata { reason: error.to_string() }),
    }
}
