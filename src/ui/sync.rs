use super::safe;
use crate::app::{Held, Recorded, SyncOutcome, SyncReport};
use crate::engine::plan::{Plan, PlannedChange};
use crate::engine::workspace::shown;
use crate::format::workflow::Mode;
use crate::git::WorktreeOutcome;

/// What is said where an interrupted commit was finished.
pub const MENDED: &str = "finished what was interrupted";

/// What processing did, in the one or few lines a hook prints; nothing where there is nothing to say.
#[must_use]
pub fn render(report: &SyncReport) -> Vec<String> {
    let mut lines = Vec::new();
    if report.mended {
        lines.push(format!("taskmaster: {MENDED}"));
    }
    let what = summary(&report.plan);
    match &report.outcome {
        SyncOutcome::Deferred { why, waiting } if *waiting > 0 => {
            let commits = plural(*waiting, "commit waits", "commits wait");
            lines.push(format!("taskmaster: {commits}: {why}; done at the next commit, or by: taskmaster sync"));
        }
        SyncOutcome::UpToDate | SyncOutcome::Baseline | SyncOutcome::Nothing | SyncOutcome::Deferred { .. } => {}
        SyncOutcome::Shown { why } => {
            if let Some(line) = shown_line(report, *why, &what) {
                lines.push(line);
            }
        }
        SyncOutcome::Committed { id, worktree } => {
            let id = id.short();
            let what = if what.is_empty() { "what was sent is noted" } else { &what };
            lines.push(format!(
                "taskmaster: +1 commit {id} - {what} (why: taskmaster explain {id}; undo: taskmaster undo {id})"
            ));
            for (path, outcome) in worktree {
                match outcome {
                    WorktreeOutcome::LeftAlone => lines.push(format!(
                        "taskmaster: your changes to {path} contradict that commit; your file was left alone (see: git diff)"
                    )),
                    WorktreeOutcome::Unwritten => lines.push(format!(
                        "taskmaster: {path} could not be written, and is as it was before that commit (see: git diff); \
                         once it can be: git restore it"
                    )),
                    WorktreeOutcome::Updated | WorktreeOutcome::Merged | WorktreeOutcome::Absent => {}
                }
            }
        }
        SyncOutcome::Edited { files } => {
            lines.push(format!(
                "taskmaster: {what} - {} edited, for you to commit",
                plural(files.len(), "file", "files")
            ));
        }
    }
    if !report.pulled.changes_nothing() {
        let tasks = plural(count_tasks(&report.pulled), "task", "tasks");
        let since = report.since.as_ref().map_or_else(String::new, |since| format!(" --since {}", since.short()));
        lines.push(format!(
            "taskmaster: {tasks} would follow from pulled commits, which is their authors' to do; to do it here: taskmaster sync{since}"
        ));
    }
    if report.recorded.theirs > 0 {
        let follow = plural(report.recorded.theirs, "effect follows", "effects follow");
        let since = report.since.as_ref().map_or_else(String::new, |since| format!(" --since {}", since.short()));
        lines.push(format!(
            "taskmaster: {follow} from merged commits, which their authors' clones run and send; to do it here: taskmaster sync{since}"
        ));
    }
    if let Some((count, mode)) = report.unsent {
        lines.push(format!(
            "taskmaster: would be sent or run: {}, and is not: mode {} (which: taskmaster explain)",
            plural(count, "effect", "effects"),
            mode.name()
        ));
    }
    if report.recorded.asks {
        lines.push(format!(
            "taskmaster: {} in the outbox: nothing is run or sent until you have seen and allowed it: taskmaster allow",
            plural(report.recorded.waiting, "effect waits", "effects wait")
        ));
    }
    if report.recorded.proposed > 0 {
        lines.push(format!(
            "taskmaster: {} not recorded: in the pipeline of a proposal nothing is run or sent",
            plural(report.recorded.proposed, "effect is", "effects are")
        ));
    }
    lines.extend(report.findings.iter().map(|finding| format!("taskmaster: {}", safe(&finding.message))));
    lines.extend(report.plan.warnings().map(|warning| format!("taskmaster: {}", safe(&warning))));
    lines
}

/// What becomes of effects that were recorded, where that is all that follows.
#[must_use]
pub fn queued(report: &SyncReport) -> Option<String> {
    let Recorded { waiting, allowed, asks, .. } = report.recorded;
    if waiting == 0 || !report.plan.changes_nothing() {
        return None;
    }
    let effects = |count| plural(count, "effect", "effects");
    let mut parts = Vec::new();
    if allowed > 0 {
        let it = if allowed == 1 { "it" } else { "them" };
        parts.push(format!(
            "{} queued: a run of the outbox that goes on by itself carries {it} out (see: taskmaster outbox list --all)",
            effects(allowed)
        ));
    }
    // How it is allowed was said in another line.
    if waiting > allowed && !asks {
        let more = effects(waiting - allowed);
        parts.push(format!("{more} queued, for when you allow that: taskmaster allow, then taskmaster outbox run"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What is not sent from here, since it is recorded on the shared branch alone.
#[must_use]
pub fn elsewhere(report: &SyncReport) -> Option<String> {
    let count = report.recorded.elsewhere;
    let (effects, are) = if count == 1 { ("effect", "is") } else { ("effects", "are") };
    (count > 0).then(|| {
        format!(
            "{count} {effects} of this branch {are} not sent yet: once it is merged into the shared one, from there"
        )
    })
}

fn shown_line(report: &SyncReport, why: Held, what: &str) -> Option<String> {
    if report.plan.changes_nothing() {
        return None;
    }
    let since = report.since.as_ref().map_or_else(String::new, |since| format!(" --since {}", since.short()));
    Some(match why {
        Held::Asked => format!("taskmaster: would commit: {what}"),
        Held::Mode(Mode::Observe | Mode::Warn | Mode::Enforce) => {
            let Held::Mode(mode) = why else { return None };
            format!(
                "taskmaster: would follow: {what} (mode {}; now: taskmaster sync{since}; always: taskmaster hooks install --mode commit)",
                mode.name()
            )
        }
        Held::Mode(Mode::Commit) => return None,
        Held::Policy => format!("taskmaster: would follow: {what} (see: taskmaster apply -n; do it: taskmaster apply)"),
        Held::Executor => format!("taskmaster: would follow: {what}; another executor commits it"),
        Held::Doorbell => format!("taskmaster: would follow: {what} (now: taskmaster sync)"),
    })
}

/// What a plan changes, in few words: `18.5 done; 7, 9 pending`.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    safe(&crate::app::plan_summary(plan)).into_owned()
}

/// Each of these changes on a line of its own.
pub fn changes<'p>(changes: impl IntoIterator<Item = &'p PlannedChange>) -> Vec<String> {
    changes
        .into_iter()
        .map(|change| {
            let old = match shown(&change.old) {
                old if old.is_empty() => "(none)".to_owned(),
                old => safe(&old).into_owned(),
            };
            let new = shown(&change.new);
            format!("{} {} {old} -> {} ({})", change.task, safe(&change.field), safe(&new), safe(&change.trigger))
        })
        .collect()
}

fn count_tasks(plan: &Plan) -> usize {
    let mut tasks: Vec<_> = plan.changes.iter().map(|change| &change.task).collect();
    tasks.sort();
    tasks.dedup();
    tasks.len()
}

/// `1 file`, `2 files`.
#[must_use]
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
