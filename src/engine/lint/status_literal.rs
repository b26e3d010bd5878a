use std::collections::{BTreeMap, BTreeSet};

use super::{Lint, Subject};
use crate::engine::event::STATUS_UPDATED;
use crate::format::workflow::{Condition, EventPattern, When, suggest};
use crate::model::{Category, Code, Diagnostic, StatusSet, Task};

/// The code of a status that nobody knows, wherever it stands.
const UNKNOWN: Code = Code::UNKNOWN_STATUS;

/// Other names of statuses in expressions, which compare text, and names that are nobody's.
pub(super) struct StatusLiteral;

impl Lint for StatusLiteral {
    fn code(&self) -> Code {
        Code::STATUS_LITERAL
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let used = subject.board.tasks.values().map(Task::status);
        let used: BTreeSet<&str> = used.filter(|used| subject.workflow.statuses.find(used).is_none()).collect();
        for trigger in subject.enabled() {
            for when in expressions(&trigger.conditions) {
                let place = Some(when.place.clone());
                let statuses = &subject.workflow.statuses;
                for (written, near) in unknown_names(when, &trigger.event, &used, statuses) {
                    let (written, trigger) = (written.escape_debug(), trigger.name.escape_debug());
                    let message = format!("`when` of trigger `{trigger}` names the unknown status `{written}`");
                    let names = statuses.definitions().iter().map(|definition| definition.name.as_str());
                    let hint = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "known are {}; define others under `statuses`",
                            names.collect::<Vec<_>>().join(", ")
                        ),
                    };
                    found.push(Diagnostic::warning(UNKNOWN, message).at_place(place.clone()).hint(hint));
                }
                for (written, name) in other_names(when, &trigger.event, statuses) {
                    let message = format!(
                        "`{}` in `when` of trigger `{}` is another name of the status `{name}`, and statuses have their one name there",
                        written.escape_debug(),
                        trigger.name.escape_debug(),
                    );
                    let hint = format!("write `{name}`; `field: status, operator: equals` knows all names");
                    found.push(Diagnostic::warning(self.code(), message).at_place(place.clone()).hint(hint));
                }
            }
        }
        found
    }
}

pub(super) fn expressions<'a>(conditions: &'a [Condition]) -> Vec<&'a When> {
    let each = |condition: &'a Condition| match condition {
        Condition::Test(_) => Vec::new(),
        Condition::When(when) => vec![when],
        Condition::Group(group) => expressions(&group.members),
    };
    conditions.iter().flat_map(each).collect()
}

/// The texts that statuses are compared with and that are another name of one, and its name.
fn other_names<'a>(when: &'a When, event: &EventPattern, statuses: &'a StatusSet) -> Vec<(&'a str, &'a str)> {
    let named = |(compared, text): (&str, &'a str)| {
        let name = statuses.find(text).filter(|_| is_status(compared, event))?.name.as_str();
        (name != text && Category::named(text).is_none()).then_some((text, name))
    };
    when.expression.compared().into_iter().filter_map(named).collect()
}

/// The texts that statuses are compared with and that are neither defined nor those of a task, once each, and the
/// name that was most likely meant.
fn unknown_names<'a>(
    when: &'a When,
    event: &EventPattern,
    used: &BTreeSet<&'a str>,
    statuses: &'a StatusSet,
) -> BTreeMap<&'a str, Option<&'a str>> {
    let compared = when.expression.compared().into_iter().filter(|(compared, _)| is_status(compared, event));
    let unknown = |(_, text): (&str, &'a str)| {
        if text.contains('\\') || statuses.find(text).is_some() || used.iter().any(|used| statuses.same(used, text)) {
            return None;
        }
        let names = statuses.definitions().iter().flat_map(|definition| {
            std::iter::once(definition.name.as_str()).chain(definition.aliases.iter().map(String::as_str))
        });
        // An alias is never true here.
        let near = suggest::closest(text, names.chain(used.iter().copied()));
        Some((text, near.map(|near| statuses.find(near).map_or(near, |found| found.name.as_str()))))
    };
    compared.filter_map(unknown).collect()
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
