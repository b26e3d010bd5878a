use super::{Lint, Subject};
use crate::engine::event::STATUS_UPDATED;
use crate::format::workflow::{Condition, EventPattern, Expression};
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
                for (written, name) in other_names(expression, &trigger.event, &subject.workflow.statuses) {
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

/// The texts that statuses are compared with and that are another name of one, and its name.
fn other_names<'a>(
    expression: &'a Expression,
    event: &EventPattern,
    statuses: &'a StatusSet,
) -> Vec<(&'a str, &'a str)> {
    let named = |(compared, text): (&str, &'a str)| {
        let name = statuses.find(text).filter(|_| is_status(compared, event))?.name.as_str();
        (name != text && Category::named(text).is_none()).then_some((text, name))
    };
    expression.compared().into_iter().filter_map(named).collect()
}

/// Whether a name of an expression stands for a status. `old` and `new` are those of whatever the event is about.
fn is_status(name: &str, event: &EventPattern) -> bool {
    match name.rsplit_once('.') {
        Some((of, "status")) => of.split('.').all(|part| matches!(part, "task" | "parent")),
        Some(_) => false,
        None if matches!(name, "old" | "new") => event.as_str() == STATUS_UPDATED,
        None => matches!(name, "status" | "old_status" | "new_status"),
    }
}
