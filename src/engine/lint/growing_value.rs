use std::cell::Cell;

use super::{Lint, Subject};
use crate::engine::template;
use crate::format::workflow::OwnKind;
use crate::model::{Code, Diagnostic};

/// Fields that are set to several times what they were.
pub(super) struct GrowingValue;

impl Lint for GrowingValue {
    fn code(&self) -> Code {
        Code::GROWING_VALUE
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (action, own) in &subject.workflow.own_actions {
            let OwnKind::Set(fields) = &own.kind else { continue };
            for (field, value) in fields {
                let Some(text) = value.as_str() else { continue };
                let times = Cell::new(0);
                let count = |name: &str| {
                    let bare = name.strip_prefix("task.").or_else(|| name.strip_prefix("task_")).unwrap_or(name);
                    times.set(times.get() + usize::from(bare == field));
                    Some(String::new())
                };
                let _ = template::render(text, &count, &str::to_owned);
                if times.get() > 1 {
                    let message = format!(
                        "the action `{}` sets `{}` to {} times what it was",
                        action.escape_debug(),
                        field.escape_debug(),
                        times.get()
                    );
                    let finding = Diagnostic::warning(self.code(), message).at_place(Some(own.place.clone()));
                    found.push(
                        finding.hint(format!("name it once: `{{{field}}}`; a text of more than 64 KiB is refused")),
                    );
                }
            }
        }
        found
    }
}
