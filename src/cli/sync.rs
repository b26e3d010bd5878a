use clap::{Args, ValueEnum};

use super::{Context, Environment};
use crate::app::{self, Advance, AppError, Prefer, RunRecord, SyncOutcome, SyncReport, SyncRequest};
use crate::git::GitError;
use crate::ui::{Exit, elsewhere, plan_changes, plural, queued, render_effects, render_patch, render_sync, safe};
use crate::wire::{self, RepairJson, SyncJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Process everything after this commit, whoever made it
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
    /// Bring places that contradict each other into step
    #[arg(long, requires = "prefer")]
    repair: bool,
    /// Which place is right where they contradict each other
    #[arg(long, requires = "repair")]
    prefer: Option<Preference>,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    environment: Environment,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Preference {
    /// The front matter of the Markdown file
    Markdown,
    /// tasks.json
    Json,
    /// The place that was changed by the newer commit
    Newest,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?.in_environment(arguments.environment.name());
    project.know_environment()?;
    if project.repository.is_bare() {
        return pushed(&project, arguments, context);
    }
    if let (true, Some(prefer)) = (arguments.repair, arguments.prefer) {
        return repair(&project, prefer, arguments.dry_run, context);
    }
    let since = arguments.since.as_deref().map(|text| project.repository.resolve(text)).transpose()?;
    let advance = if arguments.dry_run { Advance::Look } else { Advance::Commit };
    let report = logged(&project, "sync", &SyncRequest { advance, since })?;
    finish(&report, arguments.dry_run, context)
}

/// Processes what is new; a look alone is not worth a line in the log.
pub(super) fn logged(project: &app::Project, run: &str, request: &SyncRequest) -> Result<SyncReport, AppError> {
    if request.advance == Advance::Look {
        return app::sync(project, request);
    }
    Context::logged(project, run, || app::sync(project, request), RunRecord::note_sync)
}

/// Prints what processing did and gives the exit code for it.
pub(super) fn finish(report: &SyncReport, dry_run: bool, context: &Context) -> Result<Exit, AppError> {
    let output = context.output;
    if context.json {
        output.data(&wire::pretty(&SyncJson::of(report)));
    } else {
        if dry_run {
            for line in plan_changes(&report.plan.changes) {
                output.data(&format!("{line}\n"));
            }
            for file in &report.plan.files {
                output.data(&render_patch(&file.path, file.before.as_deref(), Some(&file.after)));
            }
            // What history was rewritten for is not sent again.
            output.data(&render_effects(report.plan.effects.iter().filter(|effect| !effect.inherited)));
        }
        for line in render_sync(report) {
            output.say(&line);
        }
        if let Some(line) = elsewhere(report) {
            output.say(&line);
        }
        match &report.outcome {
            SyncOutcome::UpToDate => output.say("nothing is new"),
            SyncOutcome::Baseline => {
                output.say("this is the first look at this branch: what is there now is the beginning");
            }
            SyncOutcome::Nothing if report.recorded.waiting > 0 => {
                if let Some(line) = queued(report) {
                    output.say(&line);
                }
            }
            SyncOutcome::Nothing if report.recorded.elsewhere > 0 => {}
            SyncOutcome::Nothing => output.say("nothing follows from what is new"),
            SyncOutcome::Shown { .. } if report.plan.changes_nothing() => {
                let mut wanted = report.plan.effects.iter().filter(|effect| !effect.inherited);
                if wanted.next().is_none() {
                    output.say("nothing would follow");
                }
            }
            SyncOutcome::Deferred { why, .. } => return Err(AppError::Deferred(*why)),
            _ => {}
        }
    }
    Ok(if matches!(report.outcome, SyncOutcome::Deferred { .. }) { Exit::NotNow } else { Exit::Success })
}

/// In a bare repository: every branch on which something is new, one process at a time.
fn pushed(project: &app::Project, arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    if arguments.repair || arguments.since.is_some() {
        return Err(GitError::Bare.into());
    }
    let look = arguments.dry_run;
    let _turn = if look { None } else { Some(app::turn(project)?) };
    let advance = if look { Advance::Look } else { Advance::AsConfigured };
    let request = SyncRequest { advance, since: None };
    if !look {
        app::begin_new(project)?;
    }
    let mut failed = false;
    let branches = app::pushed_branches(project)?;
    if branches.is_empty() && !context.json {
        context.output.say("nothing is new");
    }
    for branch in branches {
        let work = || app::sync_branch(project, &request, &branch);
        let result = if look { work() } else { Context::logged(project, "sync", work, RunRecord::note_sync) };
        match result {
            Ok(report) if context.json => context.output.data(&wire::line(&SyncJson::of(&report))),
            Ok(report) => {
                for line in render_sync(&report) {
                    context.output.say(&format!("{}: {line}", safe(&branch)));
                }
            }
            // What is wrong with one branch is no matter to the others.
            Err(error) => {
                context.fail(&error);
                failed = true;
            }
        }
    }
    Ok(if failed { Exit::Failure } else { Exit::Success })
}

fn repair(project: &app::Project, prefer: Preference, dry_run: bool, context: &Context) -> Result<Exit, AppError> {
    let prefer = match prefer {
        Preference::Markdown => Prefer::Markdown,
        Preference::Json => Prefer::Json,
        Preference::Newest => Prefer::Newest,
    };
    if !dry_run {
        context.mend(project)?;
    }
    let work = || app::repair(project, prefer, !dry_run, super::now());
    let report = if dry_run {
        work()?
    } else {
        Context::logged(project, "repair", work, |record, report| record.note_commit(report.commit.as_ref()))?
    };
    let output = context.output;
    if context.json {
        output.data(&wire::pretty(&RepairJson::of(&report)));
        return Ok(Exit::Success);
    }
    for (task, old, new) in &report.repaired {
        output.data(&format!("{task}: {} (was {})\n", safe(new), safe(old)));
    }
    for task in &report.undecided {
        output.say(&format!("{task}: contradicts itself, and has no such place to prefer"));
    }
    if dry_run {
        for file in &report.files {
            output.data(&render_patch(&file.path, file.before.as_deref(), Some(&file.after)));
        }
    }
    let tasks = plural(report.repaired.len(), "task", "tasks");
    output.say(&match &report.commit {
        Some(commit) => format!("{tasks} brought into step (commit {0}; undo: taskmaster undo {0})", commit.short()),
        None if dry_run => format!("{tasks} would be brought into step"),
        None => "all places agree".to_owned(),
    });
    Ok(Exit::Success)
}
