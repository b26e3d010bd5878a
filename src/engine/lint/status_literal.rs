use super::{Lint, Subject};
use crate::format::workflow::{Condition, Expression};
use crate::model::{Category, Code, Diagnostic, StatusSet};

/// Other names of statuses in expressions, which compare text.
pub(super) struct StatusLiteral;

impl Lint for StatusLiteral {
    fn code(&self) -> Code {
        Code("status-literal")
    }

    fn about(&self) -> &'static str {
        "another name of a status in a `when`, where a status has its one name: `status == 'completed'` is never true"
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for trigger in subject.enabled() {
            for expression in expressions(&trigger.conditions) {
                for (written, name) in other_names(expression, &subject.workflow.statuses) {
                    let message = format!(
                        "`{}` in `when` of trigger `{}` is another name of the status `{name}`, and statuses have their one name there",
                        written.escape_debug(),
                        trigger.name.escape_debug(),
                    );
                    let hint = format!("write `{name}`; `field: status, operator: equals` knows all names");
                    found.push(super::about(trigger, self.code(), message, hint));
                }
            }
        }
        found
    }
}

fn expressions<'a>(conditions: &'a [Condition]) -> Vec<&'a Expression> {
    let each = |condition: &'a Condition| match condition {
        Condition::Test(_) => Vec::new(),
        Condition::When(when) => vec![&when.expression],
        Condition::Group(group) => expressions(&group.members),
    };
    conditions.iter().flat_map(each).collect()
}

/// The texts of an expression about statuses that are another name of one, and its name.
fn other_names<'a>(expression: &'a Expression, statuses: &'a StatusSet) -> Vec<(&'a str, &'a str)> {
    // Any text may be meant where no status is looked at.
    if !expression.as_str().contains("status") && !expression.names().any(|name| matches!(name, "old" | "new")) {
        return Vec::new();
    }
    let named = |text: &'a str| {
        let name = statuses.find(text)?.name.as_str();
        (name != text && Category::named(text).is_none()).then_some((text, name))
    };
    expression.texts().into_iter().filter_map(named).collect()
}
