use super::logic::{Formula, Setting, contradicts};
use super::{Lint, Subject, about};
use crate::model::{Code, Diagnostic};

/// Triggers that act on everything, or seem to choose and do not.
pub(super) struct MatchesEverything;

impl Lint for MatchesEverything {
    fn code(&self) -> Code {
        Code::MATCHES_EVERYTHING
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for trigger in subject.enabled() {
            if trigger.event.as_str() == "*" && trigger.conditions.is_empty() {
                let message = format!("trigger `{}` acts on every event", trigger.name.escape_debug());
                let hint = "name the event it is for, or a family such as `task.*`, or add conditions";
                found.push(about(trigger, self.code(), message, hint));
            }
            let setting = Setting { statuses: &subject.workflow.statuses, event: &trigger.event };
            for condition in &trigger.conditions {
                if contradicts(&[Formula::of(condition, true)], setting) {
                    let message =
                        format!("a condition of trigger `{}` always holds: {condition}", trigger.name.escape_debug());
                    let hint = "remove it, or correct what it compares";
                    let finding = Diagnostic::warning(self.code(), message).hint(hint);
                    found.push(finding.at_place(Some(condition.place().clone())));
                }
            }
        }
        found
    }
}
