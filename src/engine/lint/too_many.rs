use super::{Lint, Subject};
use crate::model::{Code, Diagnostic};

/// More triggers than anybody can follow.
pub(super) struct TooMany;

/// Triggers of which nothing is said.
const MANY: usize = 1_000;
/// Triggers that are slow to look through.
const HUGE: usize = 10_000;

impl Lint for TooMany {
    fn code(&self) -> Code {
        Code::TOO_MANY_TRIGGERS
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let triggers = &subject.workflow.triggers;
        let count = triggers.len();
        let message = match count {
            0..=MANY => return Vec::new(),
            count if count <= HUGE => format!("there are {count} triggers"),
            count => format!("there are {count} triggers: every command reads them all"),
        };
        let place = triggers.first().map(|trigger| trigger.place.clone());
        let hint = "conditions and templates often make one trigger of many";
        vec![Diagnostic::warning(self.code(), message).at_place(place).hint(hint)]
    }
}
