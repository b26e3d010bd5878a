use clap::Args;

use super::{Context, Environment};
use crate::app::{Advance, AppError, SyncRequest};
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Commit as well, instead of leaving that to you
    #[arg(long)]
    commit: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    environment: Environment,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?.in_environment(arguments.environment.name());
    project.know_environment()?;
    let advance = match (arguments.dry_run, arguments.commit) {
        (true, _) => Advance::Look,
        (_, true) => Advance::Commit,
        _ => Advance::Worktree,
    };
    let report = super::sync::logged(&project, "apply", &SyncRequest { advance, since: None })?;
    super::sync::finish(&report, arguments.dry_run, context)
}
