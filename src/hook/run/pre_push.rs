use super::Bell;
use crate::app::{self, Advance, AppError, SyncOutcome, SyncRequest};
use crate::ui::{Exit, plural};

/// Says in one line that commits are about to be pushed which have not been processed; keeps a note
/// of them, so that they stay one's own behind the push.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    let report = app::sync(&bell.project, &SyncRequest { advance: Advance::Look, since: None })?;
    let waiting = match report.outcome {
        SyncOutcome::Deferred { waiting, .. } => waiting,
        _ if report.plan.changes_nothing() => 0,
        _ => report.causes.len(),
    };
    if waiting == 0 {
        return Ok(Exit::Success);
    }
    app::remember_unprocessed(&bell.project)?;
    let line = format!("{} unprocessed: taskmaster sync", plural(waiting, "commit", "commits"));
    bell.record.borrow_mut().warnings.push(line.clone());
    if bell.refuses(&bell.staged_workflow()?) {
        bell.output.error(&line, Some("run it, then push again; to push as it is: git push --no-verify"));
        return Ok(Exit::Findings);
    }
    bell.output.say(&format!("taskmaster: {line}"));
    Ok(Exit::Success)
}
