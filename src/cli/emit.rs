use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use super::explain::read_data;
use super::{Context, Environment, edited};
use crate::app::{self, AppError, EmitReport, EmitRequest, Keep, Kept, OutsideEvent, RunRecord, SyncOutcome};
use crate::model::TaskId;
use crate::ui::{Exit, plural, queued, safe};
use crate::wire::{self, EmitJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The event's dotted name, such as deployment.success or tests.failed
    event: String,
    /// The task it is about, in any spelling
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// What comes with it: a JSON object
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// What its sender knows it by: an event with the same name, task and id is handled once. Not given: an id of
    /// its own, so that it is handled
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Edit the files and leave committing to you
    #[arg(long)]
    no_commit: bool,
    /// Push the commit, from the remote's new tip again where somebody else was faster
    #[arg(long, conflicts_with_all = ["no_commit", "dry_run"])]
    push: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    environment: Environment,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let keep = match (arguments.dry_run, arguments.no_commit) {
        (true, _) => Keep::DryRun,
        (_, true) => Keep::Worktree,
        _ => Keep::Commit,
    };
    let event = OutsideEvent {
        kind: arguments.event.clone(),
        data: read_data(arguments.data.as_deref())?,
        task: arguments.task.as_deref().map(TaskId::parse).transpose()?,
    };
    let id = arguments.id.clone().unwrap_or_else(own_id);
    let request = EmitRequest { event, id, keep, now: super::now() };
    let project = context.project()?.in_environment(arguments.environment.name());
    project.know_environment()?;
    if keep != Keep::DryRun {
        context.mend(&project)?;
    }
    let mut published = None;
    let mut work = || {
        if !arguments.push {
            return app::emit(&project, &request);
        }
        let (report, pushed) = app::emit_and_push(&project, &request, edited::refusal())?;
        published = Some(pushed);
        Ok(report)
    };
    let report = match keep {
        Keep::DryRun => work()?,
        Keep::Commit | Keep::Worktree => {
            Context::logged(&project, "emit", work, |record: &mut RunRecord, report| record.note_sync(&report.sync))?
        }
    };
    edited::propose(context.output, &mut published, &format!("emit {}", request.event.kind));
    if context.json {
        context.output.data(&wire::pretty(&EmitJson::of(&report)));
    } else {
        say(&report, keep, context);
        edited::published(context.output, published.as_ref());
        say_left_out(&report, arguments, context);
    }
    Ok(if report.left_out.is_empty() { Exit::Success } else { Exit::Findings })
}

/// What is not done on this branch, and where it is.
fn say_left_out(report: &EmitReport, arguments: &Arguments, context: &Context) {
    if report.left_out.is_empty() {
        return;
    }
    let actions: Vec<&str> = report.left_out.iter().map(String::as_str).collect();
    let task = arguments.task.as_ref().map_or_else(String::new, |task| format!(" --task {task}"));
    let again = format!("taskmaster emit {}{task} --id {}", report.outside.kind, report.outside.id);
    let place = match &report.shared {
        Some(branch) => format!("the branch `{branch}` only; hand the event in there, with the same data: {again}"),
        None => "the shared branch only, and which one that is is not known: write git.canonical".to_owned(),
    };
    let names = actions.join(", ");
    context.output.say(&safe(&format!("not done here: {names}: tasks and reports are made on {place}")));
}

/// An id that no other event has.
fn own_id() -> String {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:09}-{}", elapsed.as_secs(), elapsed.subsec_nanos(), std::process::id())
}

fn say(report: &EmitReport, keep: Keep, context: &Context) {
    let output = context.output;
    let (kind, id) = (safe(&report.outside.kind), safe(&report.outside.id));
    if let Some(known) = &report.known {
        let place = known.commit.as_ref().map_or_else(String::new, |commit| format!(" (commit {})", commit.short()));
        let other = if known.digest == report.outside.digest { "" } else { ", with other data" };
        output.say(&format!("{kind} {id} was handled already{place}{other}; nothing was done"));
        if known.kept == Kept::Files {
            output.say("what followed was left in the files, for you to commit; where it is lost, emit the event with another --id");
        }
        if report.left_to_others > 0 {
            let effects = plural(report.left_to_others, "effect was", "effects were");
            output.say(&format!(
                "{effects} recorded here and will not be sent: that commit was pushed first, from elsewhere"
            ));
        }
        return;
    }
    if keep == Keep::DryRun {
        edited::dry_run(output, &report.sync.plan.files, &report.sync.plan);
        return;
    }
    if report.sync.outcome == SyncOutcome::Nothing {
        output.say(&format!("{kind} {id}: nothing is to be edited"));
    }
    edited::aftermath(output, &[], Some(&report.sync));
    if let Some(line) = queued(&report.sync) {
        output.say(&line);
    }
}
