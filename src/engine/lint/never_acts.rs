use super::logic::{Formula, Setting, contradicts};
use super::{Lint, Subject, about};
use crate::model::{Code, Diagnostic};

/// Triggers whose conditions exclude each other.
pub(super) struct NeverActs;

impl Lint for NeverActs {
    fn code(&self) -> Code {
        Code("never-acts")
    }

    fn about(&self) -> &'static str {
        "a trigger whose conditions exclude each other"
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let never = subject.enabled().filter(|trigger| {
            let setting = Setting { statuses: &subject.workflow.statuses, event: &trigger.event };
            contradicts(&[Formula::all(&trigger.conditions)], setting)
        });
        let finding = |trigger| {
            let message = "its conditions can never hold together";
            let hint = "all conditions of a trigger must hold; put alternatives under `any`";
            about(
                trigger,
                self.code(),
                format!("trigger `{}` never acts: {message}", trigger.name.escape_debug()),
                hint,
            )
        };
        never.map(finding).collect()
    }
}
