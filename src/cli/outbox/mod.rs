//! `outbox`: what was recorded to be run and sent, and what became of it.

mod decide;
mod list;
mod run;
mod show;

use clap::{Args, Subcommand};

use super::Context;
use crate::app::{AppError, Verdict};
use crate::ui::Exit;

/// What is said of effects with a file that is none of this program's any more.
pub(super) const UNREADABLE: &str = "cannot be read - taskmaster doctor";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Carry out what waits and is allowed
    Run(run::Arguments),
    /// List effects that are not through with
    List(list::Arguments),
    /// Show one effect with everything that is known of it
    Show(show::Arguments),
    /// Try again what was given up, or was left to you
    Retry(decide::Arguments),
    /// Never carry out what waits, was given up, or was left to you
    Discard(decide::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    match &arguments.command {
        Command::Run(arguments) => run::run(arguments, context),
        Command::List(arguments) => list::run(arguments, context),
        Command::Show(arguments) => show::run(arguments, context),
        Command::Retry(arguments) => decide::run(Verdict::Retry, arguments, context),
        Command::Discard(arguments) => decide::run(Verdict::Discard, arguments, context),
    }
}
