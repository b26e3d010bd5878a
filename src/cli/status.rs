use clap::Args;

use super::doctor::Hooks;
use super::outbox::UNREADABLE;
use super::{Context, hooks};
use crate::app::{self, AppError, Leave, LogPlace, ShortCounts, ShortStatus, StatusReport};
use crate::format::workflow::{CommitPolicy, Executor};
use crate::hook::{self, HookName};
use crate::model::{Category, Severity};
use crate::ui::{Exit, odd_mode, plan_summary, plural, safe};
use crate::wire::{self, StatusJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// One short line for a shell prompt, nothing where all is well or there is no tree: `tm:2 waiting`
    #[arg(short, long)]
    short: bool,
}

/// The doctor's checks that cost little.
const QUICK: [&str; 5] = ["hooks", "locks", "interrupted-commit", "pending", "log"];

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    if arguments.short && !context.json {
        // A prompt is shown everywhere, also where there is no repository.
        match context.project().and_then(|project| app::short_status(&project)) {
            Ok(ShortStatus::Off) => context.output.data("tm:off\n"),
            Ok(ShortStatus::Needs(counts)) => context.output.data(&short(counts)),
            Ok(ShortStatus::Well) | Err(_) => {}
        }
        return Ok(Exit::Success);
    }
    let project = context.project()?;
    let report = app::status(&project)?;
    let missing = hook::status(&hooks::git(&project), hooks::place(&project))
        .map_or_else(|_| hooks::side(&project).hooks().to_vec(), |status| status.missing());
    if context.json {
        context.output.data(&wire::pretty(&StatusJson::of(&report, missing.iter().map(ToString::to_string).collect())));
    } else {
        context.output.data(&text(&report, &missing, project.repository.prefix()));
        let all = missing.len() == HookName::ALL.len();
        // That none is installed has been said; the doctor would say no more.
        let checks: &[&str] = if all { &QUICK[1..] } else { &QUICK };
        let faults = app::faults(&context.directory, &Hooks(context), checks);
        if faults > 0 {
            let faults = plural(faults, "fault", "faults");
            context.output.data(&format!("{faults} in the installation - taskmaster doctor\n"));
        }
    }
    Ok(Exit::Success)
}

/// A line that leaves room for what is typed behind it.
fn short(counts: ShortCounts) -> String {
    let parts = [(counts.commits, "waiting"), (counts.to_allow, "to allow"), (counts.stuck, "stuck")];
    let said = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    format!("tm:{}\n", said.collect::<Vec<_>>().join(", "))
}

/// What is not through with in the outbox. What was sent is no news.
fn outbox_lines(report: &StatusReport) -> Vec<String> {
    let counts = &report.outbox;
    let mut lines = Vec::new();
    if counts.waiting > 0 {
        let waiting = plural(counts.waiting, "effect waits", "effects wait");
        lines.push(match report.leave {
            Some(Leave::Given) => format!("{waiting} in the outbox - taskmaster outbox list"),
            Some(Leave::Outdated) => {
                format!("{waiting} in the outbox; the rules have changed since they were allowed - taskmaster allow")
            }
            _ => format!("{waiting} in the outbox; nothing is run or sent until it is allowed - taskmaster allow"),
        });
    }
    let more = [
        (counts.running, "effect is", "effects are", "being carried out"),
        (counts.dead, "effect was", "effects were", "given up"),
        (counts.parked, "effect is", "effects are", "left to you: whether it happened is not known"),
    ];
    for (count, one, many, what) in more.into_iter().filter(|(count, ..)| *count > 0) {
        lines.push(format!("{} {what} - taskmaster outbox list", plural(count, one, many)));
    }
    if counts.unreadable > 0 {
        lines.push(format!("{} {UNREADABLE}", plural(counts.unreadable, "effect", "effects")));
    }
    if report.ahead > 0 {
        let (effects, they) = if report.ahead == 1 { ("effect", "it is") } else { ("effects", "they are") };
        let commits = "of commits that are not on the shared branch yet: run and sent from here once";
        lines.push(format!("{} {effects} {commits} {they}", report.ahead));
    }
    lines
}

/// Whether the hooks run ours, and how far they go.
fn hooks_line(report: &StatusReport, missing: &[HookName], has_rules: bool) -> String {
    let mode = report.mode.name();
    let local = if report.mode_is_local { " (set for this clone)" } else { "" };
    match missing.len() {
        0 if report.is_bare => format!("the server's hook is active, mode {mode}{local}"),
        _ if report.is_bare && report.executor == Executor::Server => {
            format!("the server's hook is not active, mode {mode}{local}: taskmaster hooks install --server")
        }
        // Somebody else acts for what is pushed here.
        _ if report.is_bare => format!("no hook is active, mode {mode}{local}"),
        0 => format!("hooks are active, mode {mode}{local}"),
        all if all == HookName::ALL.len() && !has_rules => "hooks are not active in this clone".to_owned(),
        all if all == HookName::ALL.len() => {
            "hooks are not active in this clone: taskmaster hooks install --mode commit".to_owned()
        }
        some => format!(
            "hooks are active only in part, mode {mode}{local}: {} {} missing - taskmaster hooks install",
            hooks::names(missing),
            if some == 1 { "is" } else { "are" }
        ),
    }
}

fn text(report: &StatusReport, missing: &[HookName], prefix: &str) -> String {
    let mut lines = Vec::new();
    if !report.enabled {
        lines.push("switched off in this clone (git config taskmaster.enabled)".to_owned());
    }
    // Without rules there is nothing that hooks could do.
    let has_rules = report.has_tree && report.has_workflow;
    if !report.has_tree && report.is_bare {
        lines.push(format!("there is no {prefix} folder in HEAD"));
    } else if !report.has_tree {
        lines.push(format!("there is no {prefix} folder yet - taskmaster init"));
    } else if let Some(problem) = &report.workflow_problem {
        lines.push(format!("no rules: {problem}"));
    } else if !report.has_workflow {
        lines.push(format!("no rules: there is no {prefix}/config/workflow.yaml - taskmaster init"));
    }
    lines.push(hooks_line(report, missing, has_rules));
    if let Some(text) = &report.odd_mode {
        lines.push(odd_mode(text, report.mode));
    }
    if report.ignored {
        lines.push(format!("git ignores {prefix}: it can be read, and nothing in it can be committed"));
    }
    let branch = report.branch.as_deref().unwrap_or("(no branch)");
    lines.push(match (&report.cursor, &report.head) {
        (None, None) => format!("on {branch}, before the first commit"),
        (None, Some(_)) => format!("on {branch}, nothing processed yet: the next look is the beginning"),
        (Some(cursor), Some(head)) if cursor == head => format!("on {branch}, processed up to HEAD ({})", head.short()),
        (Some(cursor), _) => format!("on {branch}, processed up to {}", cursor.short()),
    });
    if let Some(why) = report.deferral {
        lines.push(format!("nothing is committed now: {why}"));
    }
    if !report.pending.plan.changes_nothing() {
        let commits = plural(report.pending.causes.len(), "commit", "commits");
        lines.push(format!("{commits} to process: {} - taskmaster sync", plan_summary(&report.pending.plan)));
    }
    if report.commit == CommitPolicy::Never {
        lines.push("what follows is not committed (git.commit: never); by hand: taskmaster apply".to_owned());
    }
    match &report.canonical {
        Some(branch) => lines.push(format!("shared branch: {branch}")),
        // Before the first commit, or without a tree, nobody misses it.
        None if !report.has_tree || report.head.is_none() => {}
        None => lines.push(
            "no effects, no new tasks: no shared branch is known (set git.canonical in workflow.yaml)".to_owned(),
        ),
    }
    lines.extend(outbox_lines(report));
    if report.outbox.begun > 0 {
        lines.push(format!(
            "{} of the log may be missing: a run was killed as it was to write",
            plural(report.outbox.begun, "line", "lines")
        ));
    }
    match &report.log {
        LogPlace::Written(path) => lines.push(format!("log: {}", safe(&path.display().to_string()))),
        LogPlace::Unwritten(path) if report.has_tree => {
            lines.push(format!("log: {}, nothing written yet", safe(&path.display().to_string())));
        }
        LogPlace::Unwritten(_) | LogPlace::Off => {}
    }
    let tasks: Vec<String> = Category::ALL
        .into_iter()
        .filter_map(|category| report.tasks.get(&category).map(|count| format!("{count} {}", category.name())))
        .collect();
    lines.push(format!(
        "{}: {}",
        plural(report.tasks.values().sum(), "task", "tasks"),
        if tasks.is_empty() { "none yet".to_owned() } else { tasks.join(", ") }
    ));
    let count = |severity| report.findings.get(&severity).copied().unwrap_or_default();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if errors + warnings + report.contradictions > 0 {
        lines.push(format!(
            "{}, {}, {} - taskmaster check",
            plural(errors, "error", "errors"),
            plural(warnings, "warning", "warnings"),
            plural(report.contradictions, "contradicting status", "contradicting statuses")
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}
