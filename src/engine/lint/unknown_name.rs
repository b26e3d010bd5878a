use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::unknown_event::KNOWN;
use super::unknown_field::{KNOWN as FIELDS, asked};
use super::{Lint, Subject};
use crate::engine::action::{self, Parameter, ParameterKind};
use crate::engine::{event, template};
use crate::format::workflow::{OwnKind, Trigger, Workflow, suggest};
use crate::model::{Code, Diagnostic, Place};

/// Names in templates that look like slips of the keyboard.
pub(super) struct UnknownName;

/// Names that stand for something of the event, besides `task_` and `task.` with a field behind it.
const OF_EVENTS: [&str; 13] = [
    "event",
    "event_data",
    "field",
    "actor",
    "commit",
    "trigger",
    "task_id",
    "old",
    "new",
    "old_status",
    "new_status",
    "task.id",
    "error_message",
];

/// Fields that a task has whatever is written.
const OF_TASKS: [&str; 6] = ["title", "status", "priority", "dependencies", "parent", "subtasks"];

/// Fields that this program writes into tasks.
const WRITTEN: [&str; 5] = ["assignee", "created_by", "event", "metadata", "tags"];

impl Lint for UnknownName {
    fn code(&self) -> Code {
        Code::UNKNOWN_NAME
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let workflow = subject.workflow;
        let mut texts: Vec<(String, &str, Option<&Place>, Bare)> = Vec::new();
        let of_templates = if are_of_tasks(workflow.triggers.iter()) { Bare::Field } else { Bare::MayBeField };
        let templates = workflow.sections.get("notifications").and_then(|section| section.get("templates"));
        for (name, text) in templates.and_then(Value::as_object).into_iter().flatten() {
            if let Some(text) = text.as_str() {
                let place = workflow.notification_places.templates.get(name);
                texts.push((format!("the template `{}`", name.escape_debug()), text, place, of_templates));
            }
        }
        for trigger in &workflow.triggers {
            for call in &trigger.actions {
                let is_own = workflow.declares(&call.name);
                let Some(action) = action::find(&call.name).filter(|_| !is_own) else { continue };
                let parameters = action.about().parameters;
                let is_template = |name: &str| {
                    let kind =
                        |wanted: &str| parameters.iter().find(|known| known.name == wanted).map(|known| known.kind);
                    match kind(name) {
                        Some(kind) => matches!(kind, ParameterKind::Template),
                        // What takes anything fills it in.
                        None => kind(Parameter::ANY_OTHER).is_some(),
                    }
                };
                let who = format!("`{}` of trigger `{}`", call.name.escape_debug(), trigger.name.escape_debug());
                let written =
                    call.parameters.iter().filter(|(name, _)| is_template(name)).filter_map(|(_, text)| text.as_str());
                // What comes with an event from outside has any names.
                let bare = if is_of_tasks(trigger) {
                    Bare::Field
                } else if KNOWN.iter().any(|name| trigger.event.as_str() == *name && name.starts_with("task.")) {
                    Bare::MayBeField
                } else {
                    Bare::Anything
                };
                texts.extend(written.map(|text| (who.clone(), text, Some(&call.place), bare)));
            }
        }
        for (name, own) in &workflow.own_actions {
            let who = format!("the action `{}`", name.escape_debug());
            let callers = workflow.triggers.iter().filter(|one| one.actions.iter().any(|call| call.name == *name));
            let bare = if are_of_tasks(callers) { Bare::Field } else { Bare::Anything };
            texts.extend(own_texts(&own.kind).into_iter().map(|text| (who.clone(), text, Some(&own.place), bare)));
        }
        let given = given(workflow);
        let tasks = subject.board.tasks.values();
        let fields: BTreeSet<&str> = tasks.flat_map(|task| task.record.fields.keys().map(String::as_str)).collect();
        let fields: BTreeSet<&str> = fields.into_iter().chain(FIELDS).chain(OF_TASKS).collect();
        let declared = declared(workflow);
        // Of a tree without tasks nobody knows which fields they have.
        let may_be = |name: &str| {
            let field = name.strip_prefix("task_").or_else(|| name.strip_prefix("task.")).unwrap_or(name);
            let is_there = |name: &str| fields.contains(name) || declared.contains(name) || WRITTEN.contains(&name);
            let is_known = OF_EVENTS.contains(&name) || field.contains('.') || is_there(name) || is_there(field);
            is_known || subject.board.tasks.is_empty()
        };
        let mut found = Vec::new();
        for (who, text, place, bare) in texts {
            if let Some(open) = unclosed(text) {
                let message = format!("{who} has `{{{}` without the brace that ends it", open.escape_debug());
                let finding = Diagnostic::warning(self.code(), message).at_place(place.cloned());
                found.push(finding.hint("write `}` behind the name; a brace that is meant as one is `{{`"));
            }
            // What stands for nothing anywhere is each name that has no default.
            for name in template::render(text, &|_| None, &str::to_owned).missing {
                let calls = place.and_then(|place| given.get(&(place.line, place.column)));
                if calls.is_some_and(|calls| calls.contains(name.as_str())) {
                    continue;
                }
                let near = nearest(&name, bare, &fields).or_else(|| {
                    let calls = calls.into_iter().flatten().copied();
                    suggest::closest(&name, calls).map(ToOwned::to_owned)
                });
                let hint = match near {
                    Some(near) => format!("did you mean `{{{near}}}`?"),
                    None if bare == Bare::Field && !may_be(&name) => {
                        format!("no task has such a field: correct the name, or give it a default: `{{{name}|none}}`")
                    }
                    None => continue,
                };
                let message = format!("{who} has the name `{{{name}}}`, which stands for nothing");
                found.push(Diagnostic::warning(self.code(), message).at_place(place.cloned()).hint(hint));
            }
        }
        found
    }
}

/// The templates in an action of the project's own.
fn own_texts(kind: &OwnKind) -> Vec<&str> {
    fn inside(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().flat_map(inside).collect(),
            Value::Object(entries) => entries.values().flat_map(inside).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
        }
    }
    match kind {
        OwnKind::Run(_) => Vec::new(),
        OwnKind::Webhook(webhook) => {
            webhook.headers.values().map(String::as_str).chain(webhook.body.iter().flat_map(inside)).collect()
        }
        OwnKind::Set(fields) => fields.iter().flat_map(|(_, value)| inside(value)).collect(),
        OwnKind::CreateTask(task) => task.values().flat_map(inside).collect(),
        OwnKind::Report(report) => inside(report),
    }
}

/// What actions of the project's own are called with, by the place of each.
fn given(workflow: &Workflow) -> BTreeMap<(usize, usize), BTreeSet<&str>> {
    let mut given: BTreeMap<(usize, usize), BTreeSet<&str>> = BTreeMap::new();
    for call in workflow.triggers.iter().flat_map(|trigger| &trigger.actions) {
        if let Some(own) = workflow.own_actions.get(&call.name) {
            let names = given.entry((own.place.line, own.place.column)).or_default();
            names.extend(call.parameters.keys().map(String::as_str));
        }
    }
    given
}

/// Whether a trigger is for what tasks do, and nothing else.
fn is_of_tasks(trigger: &Trigger) -> bool {
    event::OF_TASKS.contains(&trigger.event.as_str())
}

/// Whether there are triggers, and all of them are so.
fn are_of_tasks<'t>(mut triggers: impl Iterator<Item = &'t Trigger>) -> bool {
    triggers.next().is_some_and(|first| is_of_tasks(first) && triggers.all(is_of_tasks))
}

/// The fields that tasks may come to have: those that rules write, or ask for.
fn declared(workflow: &Workflow) -> BTreeSet<String> {
    let written = workflow.own_actions.values().flat_map(|own| match &own.kind {
        OwnKind::Set(fields) => fields.iter().map(|(field, _)| field.clone()).collect(),
        OwnKind::CreateTask(task) => task.keys().cloned().collect(),
        OwnKind::Run(_) | OwnKind::Webhook(_) | OwnKind::Report(_) => Vec::new(),
    });
    let asked = workflow.triggers.iter().flat_map(|trigger| asked(trigger).map(|(name, _)| name));
    let named: Vec<String> = written.chain(asked).collect();
    named.iter().filter_map(|name| name.split('.').next()).map(ToOwned::to_owned).collect()
}

/// What a name without `task` before it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    /// A field of the task, and nothing else.
    Field,
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
    let is_slip = bare != Bare::Anything && name.len() > 3 && !name.contains('.') && !fields.contains(name);
    is_slip.then(|| suggest::closest(name, OF_TASKS).map(ToOwned::to_owned)).flatten()
}
