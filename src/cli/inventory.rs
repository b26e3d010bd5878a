use std::collections::BTreeSet;

use clap::Args;

use super::{Context, hooks};
use crate::app::{self, AppError, CloneHook, InventoryLimits};
use crate::hook;
use crate::ui::{Exit, inventory_table, mermaid, plural, safe};
use crate::wire::{self, InventoryJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print a flowchart of Mermaid: from each source to what it touches
    #[arg(long, conflicts_with = "json")]
    mermaid: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let commands: BTreeSet<String> =
        super::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    // Without hooks the rest can be told all the same.
    let hooks = hook::scripts(&hooks::git(&project), hooks::place(&project)).unwrap_or_else(|error| {
        context.output.say(&format!("the hooks of this clone are not looked at: {}", safe(&error.to_string())));
        Vec::new()
    });
    let hooks: Vec<CloneHook> = hooks
        .into_iter()
        .map(|hook::HookScript { path, file, executable }| CloneHook { path, file, executable })
        .collect();
    let report = app::inventory(&project, &hooks, &commands, InventoryLimits::default())?;
    if context.json {
        context.output.data(&wire::pretty(&InventoryJson::of(&report)));
    } else if arguments.mermaid {
        context.output.data(&mermaid(&report.entries));
    } else {
        context.output.data(&inventory_table(&report.entries));
    }
    for path in &report.asleep {
        context.output.say(&format!("{} is not executable: git does not run it", safe(path)));
    }
    for skipped in &report.skipped {
        context.output.say(&format!("not looked at: {} ({})", safe(&skipped.path), safe(&skipped.why)));
    }
    if let Some(why) = report.stopped {
        context.output.say(&format!("not all files were looked at: {why}"));
    }
    let files = plural(report.files, "file", "files");
    context.output.say(&match report.entries.len() {
        0 => format!("nothing in {files} and the rules touches tasks"),
        entries => format!("{} in {files} and the rules", plural(entries, "place", "places")),
    });
    Ok(if report.stopped.is_some() { Exit::Findings } else { Exit::Success })
}
