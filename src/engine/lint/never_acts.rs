use super::logic::{Formula, Setting, contradicts};
use super::{Lint, Subject, about};
use crate::format::workflow::{Condition, Trigger};
use crate::model::{Code, Diagnostic};

/// Triggers whose conditions exclude each other.
pub(super) struct NeverActs;

impl Lint for NeverActs {
    fn code(&self) -> Code {
        Code::NEVER_ACTS
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let never = subject.enabled().filter(|trigger| {
            let setting = Setting { statuses: &subject.workflow.statuses, event: &trigger.event };
            contradicts(&[Formula::all(&trigger.conditions)], setting)
        });
        let finding = |trigger: &Trigger| {
            let setting = Setting { statuses: &subject.workflow.statuses, event: &trigger.event };
            let name = trigger.name.escape_debug();
            let alone = |condition: &&Condition| contradicts(&[Formula::of(condition, false)], setting);
            if let Some(alone @ Condition::When(when)) = trigger.conditions.iter().find(alone) {
                let message = format!("trigger `{name}` never acts: `{}` can never be true", when.expression);
                let hint = "`and` asks for both sides; put alternatives between `or`";
                let finding = Diagnostic::warning(self.code(), message).hint(hint);
                return finding.at_place(Some(alone.place().clone()));
            }
            let hint = "all conditions of a trigger must hold; put alternatives under `any`";
            let message = format!("trigger `{name}` never acts: its conditions can never hold together");
            about(trigger, self.code(), message, hint)
        };
        never.map(finding).collect()
    }
}
