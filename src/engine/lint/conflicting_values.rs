use std::collections::HashMap;

use super::logic::{Formula, Setting, contradicts};
use super::rule_loop::{Target, status_set_by};
use super::{Lint, Subject, about};
use crate::format::workflow::Trigger;
use crate::model::{Code, Diagnostic};

/// Pairs of triggers that are compared at most.
const MOST: usize = 20_000;

/// Two triggers that set the status of one task to different values for one event.
pub(super) struct ConflictingValues;

impl Lint for ConflictingValues {
    fn code(&self) -> Code {
        Code("conflicting-values")
    }

    fn about(&self) -> &'static str {
        "two triggers that set one status to different values for one event, under conditions that do not exclude each \
         other"
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let statuses = &subject.workflow.statuses;
        let mut by_event: HashMap<&str, Vec<(&Trigger, String)>> = HashMap::new();
        let mut found = Vec::new();
        let mut left = MOST;
        for trigger in subject.enabled() {
            let mut set = trigger.actions.iter().filter_map(|call| status_set_by(call, subject.workflow));
            let Some((_, status)) = set.rfind(|(target, _)| *target == Target::Same) else { continue };
            let earlier = by_event.entry(trigger.event.as_str()).or_default();
            let setting = Setting { statuses, event: &trigger.event };
            let looked_at = earlier.len().min(left);
            left -= looked_at;
            let conflict = earlier.iter().take(looked_at).find(|(other, value)| {
                let both = || [Formula::all(&other.conditions), Formula::all(&trigger.conditions)];
                !statuses.same(value, &status) && !contradicts(&both(), setting)
            });
            if let Some((other, value)) = conflict {
                let (name, other) = (trigger.name.escape_debug(), other.name.escape_debug());
                let message = format!(
                    "triggers `{other}` and `{name}` may both act on one `{}`, and set the status to `{}` and to `{}`",
                    trigger.event,
                    value.escape_debug(),
                    status.escape_debug()
                );
                let hint = "the later one wins; give them conditions that exclude each other";
                found.push(about(trigger, self.code(), message, hint));
            }
            earlier.push((trigger, status));
        }
        found
    }
}
