use clap::Args;

use super::Context;
use crate::app::{self, AppError};
use crate::ui::Exit;
use crate::wire::{self, DenyJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The digest of the configuration; all that was allowed in this clone where nothing is given
    #[arg(value_name = "HASH")]
    hash: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let denied = app::deny(&project, arguments.hash.as_deref(), super::now())?;
    if context.json {
        context.output.data(&wire::pretty(&DenyJson::of(&denied)));
        return Ok(Exit::Success);
    }
    for hash in &denied {
        context.output.data(&format!("denied: {hash}\n"));
    }
    if denied.is_empty() {
        context.output.say("nothing was allowed in this clone");
    }
    Ok(Exit::Success)
}
