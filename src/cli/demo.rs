use clap::Args;

use super::Context;
use crate::app::AppError;
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, _: &Context) -> Result<Exit, AppError> {
    Ok(Exit::Success)
}
