use std::collections::BTreeSet;

use super::logic::{Formula, Setting, contradicts};
use super::never_acts::{is_never, is_own};
use super::{Lint, Subject, about, tests};
use crate::format::workflow::{Condition, Extent, Group, GroupKind, Test};
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
            let name = trigger.name.escape_debug();
            if trigger.event.as_str() == "*" && trigger.conditions.is_empty() {
                let message = format!("trigger `{name}` acts on every event");
                let hint = "name the event it is for, or a family such as `task.*`, or add conditions";
                found.push(about(trigger, self.code(), message, hint));
            }
            let setting = Setting { statuses: &subject.workflow.statuses, event: &trigger.event };
            let mut told = BTreeSet::new();
            for condition in needed(&trigger.conditions) {
                if contradicts(&[Formula::of(condition, true).without(&|test| is_own(subject, test))], setting) {
                    let message = format!("a condition of trigger `{name}` always holds: {condition}");
                    let finding = Diagnostic::warning(self.code(), message);
                    let inner = tests(std::slice::from_ref(condition));
                    told.extend(inner.iter().map(|test| (test.place.line, test.place.column)));
                    let hint = "remove it, or correct what it compares";
                    found.push(finding.hint(hint).at_place(Some(condition.place().clone())));
                }
            }
            let is_told = |test: &Test| told.contains(&(test.place.line, test.place.column));
            let texts = tests(&trigger.conditions).into_iter().filter(|test| test.extent() == Extent::Every);
            let mut texts = texts.filter(|test| !is_told(test)).peekable();
            // One that never acts is reported for that.
            if texts.peek().is_none() || is_never(subject, trigger, Formula::all(&trigger.conditions)) {
                continue;
            }
            for test in texts {
                let message = format!("a condition of trigger `{name}` fits every text: `{test}`");
                let hint = "write `exists` where it is enough that the field is there; correct it otherwise";
                found.push(Diagnostic::warning(self.code(), message).hint(hint).at_place(Some(test.place.clone())));
            }
        }
        found
    }
}

/// The conditions that must hold, each by itself: those in groups of which all must, too.
fn needed(conditions: &[Condition]) -> Vec<&Condition> {
    let mut found = Vec::new();
    for condition in conditions {
        match condition {
            Condition::Group(Group { kind: GroupKind::All, members, .. }) => found.extend(needed(members)),
            other => found.push(other),
        }
    }
    found
}
