use std::collections::{BTreeSet, HashMap};

use super::{Lint, Subject, tests};
use crate::engine::event::{CLOSES, OF_TASKS, STATUS_UPDATED};
use crate::engine::rule::NAMES;
use crate::format::workflow::{Condition, EventPattern, FieldPath, Group, Trigger, When, suggest};
use crate::model::{Board, Code, Diagnostic, Place};

/// Names of fields that look like slips of the keyboard.
pub(super) struct UnknownField;

/// Names that are there besides those of an expression and the tasks' own.
pub(super) const KNOWN: [&str; 13] = [
    "id",
    "tag",
    "path",
    "type",
    "commit",
    "description",
    "assignee",
    "created",
    "updated",
    "parent_task",
    "task_id",
    "details",
    "labels",
];

impl Lint for UnknownField {
    fn code(&self) -> Code {
        Code::UNKNOWN_FIELD
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let triggers = subject.workflow.triggers.iter();
        let mut asked: Vec<(&str, String, &Place)> = triggers
            .flat_map(|trigger| asked(trigger).map(|(name, place)| (trigger.name.as_str(), name, place)))
            .collect();
        asked.retain(|(_, name, _)| name.len() > 3 && !is_known(name));
        let mut found = self.parts(subject);
        if asked.is_empty() {
            return found;
        }
        let fields: BTreeSet<&str> =
            subject.board.tasks.values().flat_map(|task| task.record.fields.keys().map(String::as_str)).collect();
        let known = || NAMES.iter().chain(&KNOWN).copied().chain(fields.iter().copied());
        let mut nearest: HashMap<String, Option<&str>> = HashMap::new();
        let slips = asked.into_iter().filter(|(_, name, _)| !fields.contains(name.as_str())).filter_map(
            |(trigger, name, place)| {
                let near = *nearest.entry(name.clone()).or_insert_with(|| suggest::closest(&name, known()));
                let (near, trigger) = (near?, trigger.escape_debug());
                let message = format!("trigger `{trigger}` looks at the field `{name}`, which no task has");
                let finding = Diagnostic::warning(self.code(), message).at_place(Some(place.clone()));
                Some(finding.hint(format!("did you mean `{near}`?")))
            },
        );
        found.extend(slips);
        found
    }
}

/// The fields that the conditions of a trigger ask for, and where.
pub(super) fn asked(trigger: &Trigger) -> impl Iterator<Item = (String, &Place)> {
    let tested = tests(&trigger.conditions).into_iter();
    let tested = tested.filter_map(|test| named(&test.field).map(|name| (name, &test.place)));
    tested.chain(expressions(&trigger.conditions))
}

impl UnknownField {
    /// Slips in what stands behind a status or the event.
    fn parts(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for trigger in &subject.workflow.triggers {
            let of_tests = tests(&trigger.conditions).into_iter().map(|test| (test.field.to_string(), &test.place));
            let whens = whens(&trigger.conditions).into_iter();
            let of_expressions = whens.flat_map(|when| {
                when.expression.paths().into_iter().map(|path| (path.to_owned(), &when.place)).collect::<Vec<_>>()
            });
            for (path, place) in of_tests.chain(of_expressions) {
                let Some((before, name, near)) = slip_behind(&path, &trigger.event) else { continue };
                let name_of = trigger.name.escape_debug();
                let message = format!("trigger `{name_of}` looks at `{path}`, and `{before}` has no `{name}`");
                let finding = Diagnostic::warning(self.code(), message).at_place(Some(place.clone()));
                found.push(finding.hint(format!("did you mean `{before}.{near}`?")));
            }
        }
        found
    }
}

/// What events say of themselves, by `event.NAME`.
const OF_EVENT: [&str; 9] = ["type", "field", "old", "new", "actor", "commit", "depth", "task", "metadata"];

/// What stands before a name that is a slip of the keyboard, that name, and what was most likely meant.
fn slip_behind<'p>(path: &'p str, event: &EventPattern) -> Option<(&'p str, &'p str, &'static str)> {
    let (before, name) = path.rsplit_once('.')?;
    let parts: Vec<&str> = before.split('.').collect();
    if parts.iter().any(|part| matches!(*part, "metadata" | "data")) {
        return None;
    }
    let is_built_in = OF_TASKS.contains(&event.as_str());
    match parts.as_slice() {
        // What comes from outside has any names.
        ["event"] if is_built_in && !OF_EVENT.contains(&name) => {
            Some((before, name, suggest::closest(name, OF_EVENT)?))
        }
        [.., status] if matches!(*status, "status" | "old_status" | "new_status") || is_side(status, event) => {
            let near = suggest::closest(name, ["category"]).filter(|near| *near != name)?;
            Some((before, name, near))
        }
        _ => None,
    }
}

/// Whether `old` and `new` are statuses.
fn is_side(name: &str, event: &EventPattern) -> bool {
    matches!(name, "old" | "new") && matches!(event.as_str(), STATUS_UPDATED | CLOSES)
}

/// The expressions in conditions.
fn whens(conditions: &[Condition]) -> Vec<&When> {
    conditions
        .iter()
        .flat_map(|condition| match condition {
            Condition::When(when) => vec![when],
            Condition::Group(Group { members, .. }) => whens(members),
            Condition::Test(_) => Vec::new(),
        })
        .collect()
}

/// The field that one which no task has was most likely meant to be; `None` where it may well be meant.
#[must_use]
pub fn nearest_field(name: &str, board: &Board) -> Option<String> {
    let fields: BTreeSet<&str> =
        board.tasks.values().flat_map(|task| task.record.fields.keys().map(String::as_str)).collect();
    let own = ["title", "status", "priority", "dependencies"];
    if name.contains('.') || own.contains(&name) || is_known(name) || fields.contains(name) {
        return None;
    }
    suggest::closest(name, own.into_iter().chain(KNOWN).chain(fields)).map(ToOwned::to_owned)
}

fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || KNOWN.contains(&name)
}

/// The name of a task's field that a path begins with; `None` where it goes elsewhere.
fn named(path: &FieldPath) -> Option<String> {
    if let Some(related) = path.related() {
        return related.field.first().map(|name| (*name).to_owned());
    }
    let segments = path.segments();
    let up = segments.iter().take_while(|segment| **segment == "parent").count();
    let rest = segments.get(up..).filter(|rest| !rest.is_empty())?;
    match rest {
        ["event" | "metadata" | "data", ..] | [] => None,
        ["task", name, ..] | [name, ..] => Some((*name).to_owned()),
    }
}

/// The names expressions look at.
fn expressions(conditions: &[Condition]) -> Vec<(String, &Place)> {
    let mut names = Vec::new();
    for condition in conditions {
        match condition {
            Condition::When(when) => {
                let inner = when.expression.inner_fields();
                names.extend(when.expression.names().chain(inner).map(|name| (name.to_owned(), &when.place)));
            }
            Condition::Group(Group { members, .. }) => names.extend(expressions(members)),
            Condition::Test(_) => {}
        }
    }
    names
}
