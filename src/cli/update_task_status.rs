use clap::Args;

use super::Context;
use super::set_status::{Options, set};
use crate::app::AppError;
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
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    set(TaskId::parse(&arguments.task_id)?, &arguments.status, &arguments.options, context)
}
