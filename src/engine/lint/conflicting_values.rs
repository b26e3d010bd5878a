use std::collections::BTreeMap;

use serde_json::Value;

use super::logic::{Formula, Setting, contradicts};
use super::{Lint, Subject, about};
use crate::engine::action::{self, Meant};
use crate::engine::event::plain;
use crate::format::workflow::{ActionCall, OwnAction, OwnKind, Trigger, Workflow};
use crate::model::{Code, Diagnostic};

/// Pairs of triggers that are compared at most.
const MOST: usize = 20_000;

/// Two triggers that set one field of one task to different values for one event.
pub(super) struct ConflictingValues;

/// What is set: a field of the event's task, of its parent, or of a task that is named.
type Place = (String, String);

impl Lint for ConflictingValues {
    fn code(&self) -> Code {
        Code::CONFLICTING_VALUES
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let statuses = &subject.workflow.statuses;
        let mut by_place: BTreeMap<Place, Vec<(&Trigger, String)>> = BTreeMap::new();
        let mut found = Vec::new();
        let mut left = MOST;
        for trigger in subject.enabled() {
            // The last word of a trigger on each field counts.
            let calls = trigger.actions.iter();
            let set: BTreeMap<Place, String> = calls.flat_map(|call| set_by(call, subject.workflow)).collect();
            for (place, value) in set {
                let earlier = by_place.entry(place.clone()).or_default();
                let looked_at = earlier.len().min(left);
                left -= looked_at;
                let differs = |other: &str| match place.1.as_str() {
                    "status" => !statuses.same(other, &value),
                    _ => other != value,
                };
                let conflict = earlier.iter().take(looked_at).find(|(other, known)| {
                    // Of two patterns that meet, one is all that the other is.
                    let Some(event) = other.event.narrower(&trigger.event) else { return false };
                    let both = || [Formula::all(&other.conditions), Formula::all(&trigger.conditions)];
                    differs(known) && !contradicts(&both(), Setting { statuses, event })
                });
                if let Some((other, known)) = conflict {
                    let event = other.event.narrower(&trigger.event).unwrap_or(&trigger.event);
                    let message = format!(
                        "triggers `{}` and `{}` may both act on one `{event}`, and set the {} to `{}` and to `{}`",
                        other.name.escape_debug(),
                        trigger.name.escape_debug(),
                        named(&place),
                        known.escape_debug(),
                        value.escape_debug()
                    );
                    let hint = "the later one wins; give them conditions that exclude each other";
                    found.push(about(trigger, self.code(), message, hint));
                }
                earlier.push((trigger, value));
            }
        }
        found
    }
}

/// The fields that a call sets, as far as the values are known.
fn set_by(call: &ActionCall, workflow: &Workflow) -> Vec<(Place, String)> {
    let fixed = |value: &Value| Some(plain(value)).filter(|text| !text.contains('{'));
    match action::resolve(&call.name, workflow) {
        Some(Meant::Own(OwnAction { kind: OwnKind::Set(fields), .. })) => {
            let of_task = |field: &str| (String::new(), field.to_owned());
            fields.iter().filter_map(|(field, value)| Some((of_task(field), fixed(value)?))).collect()
        }
        Some(Meant::BuiltIn(action)) if action.name() == "set_status" => {
            let task = call.parameters.get("task").map_or_else(|| Some(String::new()), fixed);
            let status = call.parameters.get("status").and_then(fixed);
            task.zip(status).map(|(task, status)| ((task, "status".to_owned()), status)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn named((task, field): &Place) -> String {
    let field = match field.as_str() {
        "status" | "priority" | "title" => field.clone(),
        other => format!("field `{}`", other.escape_debug()),
    };
    match task.as_str() {
        "" => field,
        "parent" => format!("{field} of the parent"),
        id => format!("{field} of task {}", id.escape_debug()),
    }
}
