//! `taskmaster config`: the rules' file by itself.

mod check;
mod show;
mod upgrade;

use clap::{Args, Subcommand};

use super::explained::Explained;
use super::{Context, Environment};
use crate::app::AppError;
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the settings in force
    Show(show::Arguments),
    /// Find what is wrong with a file of rules
    Check(check::Arguments),
    /// Bring a file of rules to the newest layout, in the worktree alone
    Upgrade(upgrade::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    match &arguments.command {
        Command::Show(arguments) => show::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::Upgrade(arguments) => upgrade::run(arguments, context),
    }
}
