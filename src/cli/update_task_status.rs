use clap::Args;

use super::set_status::{Options, carry_out, set};
use super::{Context, edited};
use crate::app::{self, AppError};
use crate::model::TaskId;
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The task in any spelling
    #[arg(long, alias = "task_id", value_name = "ID")]
    task_id: String,
    /// The status in any spelling
    #[arg(long)]
    status: String,
    /// Push the commits, from the remote's new tip again where somebody else was faster
    #[arg(long, conflicts_with_all = ["no_commit", "dry_run"])]
    push: bool,
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let task = TaskId::parse(&arguments.task_id)?;
    if !arguments.push {
        return set(task, &arguments.status, &arguments.options, context);
    }
    let mut published = None;
    let exit = carry_out(task, &arguments.status, &arguments.options, context, |project, request| {
        let (report, pushed) = app::set_status_and_push(project, request, edited::refusal())?;
        published = Some(pushed);
        Ok(report)
    })?;
    edited::propose(context.output, &mut published, "update-task-status");
    edited::published(context.output, published.as_ref());
    Ok(exit)
}
