use clap::Args;

use super::Context;
use crate::app::{self, AppError, Chosen, Verdict};
use crate::ui::{Exit, plural};
use crate::wire::{self, OutboxDecisionJson};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The beginnings of their keys, at least 6 digits each
    #[arg(value_name = "KEY", required_unless_present = "all", conflicts_with = "all")]
    keys: Vec<String>,
    /// All that can be
    #[arg(long)]
    all: bool,
}

pub(super) fn run(verdict: Verdict, arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let chosen = if arguments.all { Chosen::All } else { Chosen::Keys(&arguments.keys) };
    let keys = app::decide(&project, verdict, chosen)?;
    if context.json {
        context.output.data(&wire::pretty(&OutboxDecisionJson::of(verdict, &keys)));
        return Ok(Exit::Success);
    }
    let effects = plural(keys.len(), "effect", "effects");
    context.output.say(&match verdict {
        Verdict::Retry => format!("{effects} will be tried again: taskmaster outbox run"),
        Verdict::Discard => format!("{effects} will never be carried out"),
    });
    Ok(Exit::Success)
}
