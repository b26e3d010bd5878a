use std::collections::BTreeSet;

use serde_json::Value;

use super::unknown_event::KNOWN;
use super::unknown_field::KNOWN as FIELDS;
use super::{Lint, Subject};
use crate::engine::action::{self, ParameterKind};
use crate::engine::template;
use crate::format::workflow::suggest;
use crate::model::{Code, Diagnostic, Place};

/// Names in templates that look like slips of the keyboard.
pub(super) struct UnknownName;

/// Names that stand for something of the event, besides `task_` and `task.` with a field behind it.
const OF_EVENTS: [&str; 10] =
    ["event", "field", "actor", "commit", "trigger", "task_id", "old_status", "new_status", "task.id", "error_message"];

/// Fields that a task has whatever is written.
const OF_TASKS: [&str; 6] = ["title", "status", "priority", "dependencies", "parent", "subtasks"];

impl Lint for UnknownName {
    fn code(&self) -> Code {
        Code::UNKNOWN_NAME
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let workflow = subject.workflow;
        let mut texts: Vec<(String, &str, Option<&Place>, Bare)> = Vec::new();
        let templates = workflow.sections.get("notifications").and_then(|section| section.get("templates"));
        for (name, text) in templates.and_then(Value::as_object).into_iter().flatten() {
            if let Some(text) = text.as_str() {
                let place = workflow.notification_places.templates.get(name);
                texts.push((format!("the template `{}`", name.escape_debug()), text, place, Bare::MayBeField));
            }
        }
        for trigger in &workflow.triggers {
            for call in &trigger.actions {
                let Some(action) = action::find(&call.name) else { continue };
                let parameters = action.about().parameters;
                let templates = parameters.iter().filter(|parameter| matches!(parameter.kind, ParameterKind::Template));
                let who = format!("`{}` of trigger `{}`", call.name.escape_debug(), trigger.name.escape_debug());
                let written = templates.filter_map(|parameter| call.parameters.get(parameter.name)?.as_str());
                // What comes with an event from outside has any names.
                let bare = if KNOWN.iter().any(|name| trigger.event.as_str() == *name && name.starts_with("task.")) {
                    Bare::MayBeField
                } else {
                    Bare::Anything
                };
                texts.extend(written.map(|text| (who.clone(), text, Some(&call.place), bare)));
            }
        }
        let tasks = subject.board.tasks.values();
        let fields: BTreeSet<&str> = tasks.flat_map(|task| task.record.fields.keys().map(String::as_str)).collect();
        let fields: BTreeSet<&str> = fields.into_iter().chain(FIELDS).chain(OF_TASKS).collect();
        let mut found = Vec::new();
        for (who, text, place, bare) in texts {
            if let Some(open) = unclosed(text) {
                let message = format!("{who} has `{{{}` without the brace that ends it", open.escape_debug());
                let finding = Diagnostic::warning(self.code(), message).at_place(place.cloned());
                found.push(finding.hint("write `}` behind the name; a brace that is meant as one is `{{`"));
            }
            // What stands for nothing anywhere is each name that has no default.
            for name in template::render(text, &|_| None, &str::to_owned).missing {
                let Some(near) = nearest(&name, bare, &fields) else { continue };
                let message = format!("{who} has the name `{{{name}}}`, which stands for nothing");
                let finding = Diagnostic::warning(self.code(), message).at_place(place.cloned());
                found.push(finding.hint(format!("did you mean `{{{near}}}`?")));
            }
        }
        found
    }
}

/// What a name without `task` before it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    /// A field of the task, most likely.
    MayBeField,
    /// Anything that comes with the event.
    Anything,
}

/// A name behind a brace that is never closed.
fn unclosed(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('{') {
        if let Some(literal) = behind.strip_prefix('{') {
            rest = literal;
            continue;
        }
        let length = behind.find(['{', '}']).unwrap_or(behind.len());
        let (inside, after) = behind.split_at(length);
        let name_end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c))).unwrap_or(inside.len());
        if !after.starts_with('}') && inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return inside.get(..name_end);
        }
        rest = after;
    }
    None
}

/// What a name was probably meant to be, where it is none that can be known.
fn nearest(name: &str, bare: Bare, fields: &BTreeSet<&str>) -> Option<String> {
    if OF_EVENTS.contains(&name) {
        return None;
    }
    for prefix in ["task_", "task."] {
        if let Some(field) = name.strip_prefix(prefix) {
            if fields.contains(field) || field.contains('.') {
                return None;
            }
            return suggest::closest(field, fields.iter().copied()).map(|near| format!("{prefix}{near}"));
        }
    }
    if name.starts_with("old_") || name.starts_with("new_") {
        return suggest::closest(name, ["old_status", "new_status"]).map(ToOwned::to_owned);
    }
    let is_slip = bare == Bare::MayBeField && name.len() > 3 && !name.contains('.') && !fields.contains(name);
    is_slip.then(|| suggest::closest(name, OF_TASKS).map(ToOwned::to_owned)).flatten()
}
