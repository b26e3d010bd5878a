use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::app::{self, AppError, UpgradeWrite};
use crate::format::workflow::NEWEST_VERSION;
use crate::ui::{Exit, render_patch, safe};
use crate::wire::{self, ConfigUpgradeJson};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file; that of the tree where it is not given
    file: Option<PathBuf>,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let write = if arguments.dry_run { UpgradeWrite::Nothing } else { UpgradeWrite::File };
    let report = app::upgrade_config(&context.directory, arguments.file.as_deref(), write)?;
    let output = context.output;
    if context.json {
        output.data(&wire::pretty(&ConfigUpgradeJson::of(&report, write)));
        return Ok(Exit::Success);
    }
    if report.before == report.after {
        output.say(&match &report.from {
            Some(version) => format!("{} has version {version} already", safe(&report.file)),
            None => format!("{} names no version, and is read as {NEWEST_VERSION}", safe(&report.file)),
        });
        return Ok(Exit::Success);
    }
    output.data(&render_patch(&report.path, Some(&report.before), Some(&report.after)));
    output.say(match write {
        UpgradeWrite::File => "written; the commit is yours to make",
        UpgradeWrite::Nothing => "nothing was written (dry run)",
    });
    Ok(Exit::Success)
}
