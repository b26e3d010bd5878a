use super::{Lint, Subject, about};
use crate::engine::action;
use crate::engine::event::DEPENDENCIES_SATISFIED;
use crate::model::{Code, Diagnostic};

/// The action without which nobody learns that all a task waits for is done.
const RAISES: &str = "trigger_dependent_tasks";

/// Triggers for an event that an action raises, where no trigger calls that action.
pub(super) struct UnraisedEvent;

impl Lint for UnraisedEvent {
    fn code(&self) -> Code {
        Code::UNRAISED_EVENT
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let raises = |name: &str| action::find(name).is_some_and(|action| action.name() == RAISES);
        if subject.enabled().flat_map(|trigger| &trigger.actions).any(|call| raises(&call.name)) {
            return Vec::new();
        }
        let waiting = subject.enabled().filter(|trigger| trigger.event.as_str() == DEPENDENCIES_SATISFIED);
        waiting
            .map(|trigger| {
                let name = trigger.name.escape_debug();
                let message =
                    format!("trigger `{name}` listens to `{DEPENDENCIES_SATISFIED}`, which nothing raises here");
                about(
                    trigger,
                    self.code(),
                    message,
                    format!("call `{RAISES}` from a trigger for `task.status.updated`"),
                )
            })
            .collect()
    }
}
