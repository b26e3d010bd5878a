use super::logic::{Formula, Setting, contradicts};
use super::{Lint, Subject, about};
use crate::format::workflow::{Condition, Test, Trigger};
use crate::model::{Code, Diagnostic};

/// Triggers whose conditions exclude each other.
pub(super) struct NeverActs;

impl Lint for NeverActs {
    fn code(&self) -> Code {
        Code::NEVER_ACTS
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for trigger in subject.enabled() {
            let never = |formula: Formula<'_>| is_never(subject, trigger, formula);
            if never(Formula::all(&trigger.conditions)) {
                let alone = trigger.conditions.iter().find(|condition| never(Formula::of(condition, false)));
                found.push(finding(trigger, alone));
            }
        }
        found
    }
}

/// Whether something can never hold for the events of a trigger.
pub(super) fn is_never(subject: &Subject<'_>, trigger: &Trigger, formula: Formula<'_>) -> bool {
    let setting = Setting { statuses: &subject.workflow.statuses, event: &trigger.event };
    let implied = setting.implied(&trigger.place).into_iter();
    let formula = formula.without(&|test| is_own(subject, test));
    contradicts(&implied.chain([formula]).collect::<Vec<_>>(), setting)
}

/// Whether a test asks for a field of tasks that has the name of something that some events have.
pub(super) fn is_own(subject: &Subject<'_>, test: &Test) -> bool {
    let name = test.field.to_string();
    ["old_status", "new_status"].contains(&name.as_str())
        && subject.board.tasks.values().any(|task| task.record.fields.get(&name).is_some())
}

/// What is said of a trigger that never acts; `alone` is a condition that never holds.
fn finding(trigger: &Trigger, alone: Option<&Condition>) -> Diagnostic {
    let name = trigger.name.escape_debug();
    let (message, hint) = match alone {
        None => {
            let message = format!("trigger `{name}` never acts: its conditions can never hold together");
            let hint = "all conditions of a trigger must hold; put alternatives under `any`";
            return about(trigger, Code::NEVER_ACTS, message, hint);
        }
        Some(Condition::When(when)) => (
            format!("trigger `{name}` never acts: `{}` can never be true", when.expression),
            "`and` asks for both sides; put alternatives between `or`".to_owned(),
        ),
        Some(Condition::Group(group)) => (
            format!("trigger `{name}` never acts: `{}` can never hold", Condition::Group(group.clone())),
            "all members of `all` must hold, and none of those of `none`; put alternatives under `any`".to_owned(),
        ),
        Some(Condition::Test(test)) => (
            format!("trigger `{name}` never acts: `{test}` can never hold for `{}`", trigger.event),
            "remove it, or correct what it compares".to_owned(),
        ),
    };
    let place = alone.map(|condition| condition.place().clone());
    Diagnostic::warning(Code::NEVER_ACTS, message).hint(hint).at_place(place)
}
