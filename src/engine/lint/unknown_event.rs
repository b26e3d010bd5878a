use super::rule_loop::event_raised_by;
use super::{Lint, Subject, about};
use crate::engine::event;
use crate::format::workflow::suggest;
use crate::model::{Code, Diagnostic};

/// Names of events that look like slips of the keyboard.
pub(super) struct UnknownEvent;

/// The names that mean something.
pub(super) const KNOWN: [&str; 18] = [
    event::CREATED,
    event::DELETED,
    event::STATUS_UPDATED,
    event::PRIORITY_UPDATED,
    event::DEPENDENCIES_UPDATED,
    event::DEPENDENCIES_SATISFIED,
    event::FIELD_UPDATED,
    event::CLOSES,
    event::CONFIG_CHANGED,
    "task.stale",
    "task.drift.detected",
    "repo.history.rewritten",
    "run.failed",
    "deployment.started",
    "deployment.success",
    "deployment.failure",
    "testing.completed",
    "system.error.critical",
];

impl Lint for UnknownEvent {
    fn code(&self) -> Code {
        Code::UNKNOWN_EVENT
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let calls = subject.workflow.triggers.iter().flat_map(|trigger| &trigger.actions);
        let raised: Vec<String> = calls.filter_map(|call| event_raised_by(call, subject.workflow)).collect();
        let known = || KNOWN.iter().copied().chain(raised.iter().map(String::as_str));
        let mut found = Vec::new();
        for trigger in &subject.workflow.triggers {
            let pattern = trigger.event.as_str();
            if known().any(|name| trigger.event.matches(name)) {
                continue;
            }
            let near = match pattern.strip_suffix(".*") {
                Some(stem) => {
                    let stems = known().flat_map(|name| name.match_indices('.').filter_map(|(at, _)| name.get(..at)));
                    suggest::closest(stem, stems).map(|stem| format!("{stem}.*"))
                }
                None => suggest::closest(pattern, known()).map(ToOwned::to_owned),
            };
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if pattern.starts_with("task.") => {
                    let own = KNOWN.iter().copied().filter(|name| name.starts_with("task."));
                    format!("known of tasks are {}", own.collect::<Vec<_>>().join(", "))
                }
                None => continue,
            };
            let message =
                format!("trigger `{}` listens to `{pattern}`, which nothing raises", trigger.name.escape_debug());
            found.push(about(trigger, self.code(), message, &hint));
        }
        found
    }
}
