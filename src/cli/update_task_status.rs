use clap::Args;

use super::{Context, set_status};
use crate::app::{AppError, Keep};
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The task in any spelling
    #[arg(long, value_name = "ID")]
    task_id: String,
    /// The status in any spelling
    #[arg(long)]
    status: String,
    /// A JSON object that is merged, key by key, into the task's `metadata`
    #[arg(long, value_name = "JSON")]
    metadata: Option<String>,
    /// Edit the files and leave committing to you
    #[arg(long)]
    no_commit: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let keep = match (arguments.dry_run, arguments.no_commit) {
        (true, _) => Keep::DryRun,
        (_, true) => Keep::Worktree,
        _ => Keep::Commit,
    };
    set_status::set(&arguments.task_id, &arguments.status, arguments.metadata.as_deref(), keep, context)
}
