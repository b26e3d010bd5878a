use super::{Lint, Subject, tests};
use crate::engine::event::{PRIORITY_UPDATED, STATUS_UPDATED};
use crate::engine::rule::order;
use crate::format::workflow::{Meaning, Operator, Shown};
use crate::model::{Code, Diagnostic};

/// Comparisons of what cannot be compared.
pub(super) struct NoOrder;

impl Lint for NoOrder {
    fn code(&self) -> Code {
        Code::NO_ORDER
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for trigger in &subject.workflow.triggers {
            let changed_field = match trigger.event.as_str() {
                STATUS_UPDATED => Some("status"),
                PRIORITY_UPDATED => Some("priority"),
                _ => None,
            };
            for test in tests(&trigger.conditions) {
                let meaning = test.field.meaning(changed_field);
                let why = match test.operator {
                    Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => match meaning {
                        Meaning::Status | Meaning::Category => "statuses have no order".to_owned(),
                        _ if order(meaning, &test.value, &test.value).is_none() => {
                            format!("`{}` is no number, date or priority", Shown(&test.value))
                        }
                        _ => continue,
                    },
                    Operator::OlderThan if meaning != Meaning::Plain => "it is no date".to_owned(),
                    _ => continue,
                };
                let name = trigger.name.escape_debug();
                let message = format!("a condition of trigger `{name}` is always false: `{test}`, and {why}");
                let hint = "use `equals` or `in` for words, `status.category` for kinds of statuses";
                found.push(Diagnostic::warning(self.code(), message).at_place(Some(test.place.clone())).hint(hint));
            }
        }
        found
    }
}
