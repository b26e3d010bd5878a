//! `taskmaster ci`: for pipelines.

mod init;
mod run;

use clap::{Args, Subcommand};

use super::Context;
use crate::app::AppError;
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a pipeline that tests, deploys and keeps a task's status
    Init(init::Arguments),
    /// In a pipeline: say what is wrong with its commits and what follows; commit and push that where `git.executor` is ci
    Run(run::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    match &arguments.command {
        Command::Init(arguments) => init::run(arguments, context),
        Command::Run(arguments) => run::run(arguments, context),
    }
}
