use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::reader::{INVALID, Reader, Unusable, kind, written};
use super::{ActionCall, EventPattern, LeftOut, Trigger, keys, read_conditions, read_settings, suggest};
use crate::format::yaml::{Entry, Node, NodeKind};
use crate::model::{Code, Priority, StatusSet};

/// What stands under `triggers`.
#[derive(Default)]
pub(super) struct Read {
    pub(super) triggers: Vec<Trigger>,
    pub(super) left_out: Vec<LeftOut>,
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    settings: &Node,
    statuses: &StatusSet,
    sections: &BTreeMap<String, Value>,
) -> Read {
    let Ok(Some(items)) = reader.list(settings, "triggers", "the settings") else { return Read::default() };
    let mut read = Read::default();
    let mut names = BTreeSet::new();
    for (at, item) in items.iter().enumerate() {
        let errors = reader.errors();
        let trigger = read_one(reader, item, at + 1, statuses);
        let is_sound = reader.errors() == errors;
        if let (true, Some(trigger)) = (is_sound, &trigger) {
            check_priority(reader, item, trigger, sections);
            if !names.insert(trigger.name.clone()) {
                let message = format!("there is another trigger of the name `{}`", trigger.name);
                let span = written(item, "name").map_or(item.span, |entry| entry.value.span);
                let hint = "rename one: reports and environments tell them apart by name";
                reader.warn(Code::DUPLICATE_TRIGGER, span, message, hint);
            }
            read.triggers.push(trigger.clone());
        } else {
            read.left_out.push(left_out(item, at + 1, trigger));
        }
    }
    reader.say_roomless();
    read
}

/// As much of a broken trigger as can be said of it.
fn left_out(item: &Node, number: usize, rest: Option<Trigger>) -> LeftOut {
    let text = |key: &str| written(item, key).and_then(|entry| entry.value.text()).map(str::trim);
    let name = text("name").filter(|name| !name.is_empty() && !name.contains(char::is_control));
    LeftOut {
        name: name.map_or_else(|| format!("trigger {number}"), ToOwned::to_owned),
        event: text("event").and_then(|event| EventPattern::parse(event).ok()),
        rest: rest.map(Box::new),
    }
}

/// Reads every part, so that every error is reported, not only the first. What has one is as if it were not
/// written; a trigger without an event is then about any.
fn read_one(reader: &mut Reader<'_>, item: &Node, number: usize, statuses: &StatusSet) -> Option<Trigger> {
    if !matches!(item.kind, NodeKind::Mapping { .. }) {
        let message = format!("trigger {number} is {}", kind(item));
        reader.error(INVALID, item.span, message, "it should be a mapping with `name`, `event` and `actions`");
        return None;
    }
    let unnamed = format!("trigger {number}");
    let name = match reader.line(item, "name", &unnamed) {
        Ok(None) => {
            reader.missing(item.span, "name", &unnamed, "give it one: reports and commits name the trigger");
            None
        }
        other => other.ok().flatten(),
    };
    let within = name.as_ref().map_or_else(|| unnamed.clone(), |name| format!("trigger `{}`", name.escape_debug()));
    let event = event(reader, item, &within);
    let enabled = reader.switch(item, "enabled", &within);
    check_keys(reader, item, &within);
    let context = read_conditions::Context { within: &within, statuses, event: event.as_ref() };
    let conditions = read_conditions::read(reader, item, &context);
    let actions = actions(reader, item, &within);
    let timeout = reader.count(item, "timeout", &within, "seconds");
    let priority = reader.line(item, "priority", &within);
    let reentrant = reader.switch(item, "reentrant", &within);
    let name_span = written(item, "name").map_or(item.span, |entry| entry.value.span);
    Some(Trigger {
        name: name.unwrap_or(unnamed),
        event: event.or_else(|| EventPattern::parse("*").ok())?,
        enabled: enabled.ok().flatten().unwrap_or(true),
        conditions,
        actions,
        timeout: timeout.ok().flatten(),
        priority: priority.ok().flatten(),
        reentrant: reentrant.ok().flatten().unwrap_or(false),
        place: reader.place(name_span),
    })
}

/// Without its conditions a trigger would act on every event: a key that is nearly one that says when it acts is an
/// error, and so is one that would bring such keys along.
fn check_keys(reader: &mut Reader<'_>, item: &Node, within: &str) {
    for entry in item.entries() {
        if entry.key == keys::MERGE {
            let message = format!("`<<` of {within} brings nothing along, be it `conditions` or `enabled`");
            reader.error(Code::UNKNOWN_KEY, entry.key_span, message, keys::NO_MERGE);
        }
        if let Some(meant) = keys::misspelt_condition(&entry.key) {
            let message = format!("`{}` of {within} is no key, and nearly `{meant}`", entry.key.escape_debug());
            let hint = format!("did you mean `{meant}`? Begin a key of your own with `x-`");
            reader.error(Code::UNKNOWN_KEY, entry.key_span, message, hint);
        }
    }
}

fn event(reader: &mut Reader<'_>, item: &Node, within: &str) -> Option<EventPattern> {
    let Some(text) = reader.text(item, "event", within).ok()? else {
        reader.missing(item.span, "event", within, "name the event it listens to, such as `task.status.updated`");
        return None;
    };
    match EventPattern::parse(&text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let span = written(item, "event").map_or(item.span, |entry| entry.value.span);
            let message = format!("`event` of {within} cannot be `{}`: {error}", text.escape_debug());
            let hint = "write a dotted name in small letters, such as `task.status.updated` or `task.*`";
            reader.error(INVALID, span, message, hint);
            None
        }
    }
}

fn actions(reader: &mut Reader<'_>, item: &Node, within: &str) -> Vec<ActionCall> {
    let Ok(items) = reader.list(item, "actions", within) else { return Vec::new() };
    let items = items.unwrap_or_default();
    if items.is_empty() {
        let span = written(item, "name").map_or(item.span, |entry| entry.value.span);
        let hint = "list what should follow under `actions`";
        reader.warn(Code::NO_ACTIONS, span, format!("{within} has no actions; it has no effect"), hint);
    }
    items.iter().filter_map(|action| call(reader, action, within).ok()).collect()
}

fn call(reader: &mut Reader<'_>, node: &Node, within: &str) -> Result<ActionCall, Unusable> {
    const FORMS: &str = "write `name`, `name: {parameter: value}` or `{name: .., with: {parameter: value}}`";
    let (name, parameters) = match &node.kind {
        NodeKind::Scalar { text, .. } => (text.clone(), Map::new()),
        NodeKind::Mapping { entries, .. } if entries.iter().any(|entry| entry.key == "name") => {
            if let Some(other) = entries.iter().find(|entry| !matches!(entry.key.as_str(), "name" | "with")) {
                let message = format!("an action of {within} has the unknown key `{}`", other.key.escape_debug());
                return Err(reader.error(INVALID, other.key_span, message, "parameters stand under `with`"));
            }
            let what = format!("an action of {within}");
            let Some(name) = reader.text(node, "name", &what)? else {
                return Err(reader.missing(node.span, "name", &what, FORMS));
            };
            let with = reader.mapping(node, "with", &what)?;
            (name, with.map(parameters).unwrap_or_default())
        }
        NodeKind::Mapping { entries, .. } => match entries.as_slice() {
            [Entry { key, value, .. }] if value.is_null() => (key.clone(), Map::new()),
            [Entry { key, value, .. }] if matches!(value.kind, NodeKind::Mapping { .. }) => {
                (key.clone(), parameters(value))
            }
            _ => {
                let message = format!("an action of {within} is not a name with parameters");
                return Err(reader.error(INVALID, node.span, message, FORMS));
            }
        },
        NodeKind::Sequence { .. } => {
            return Err(reader.error(INVALID, node.span, format!("an action of {within} is a list"), FORMS));
        }
    };
    if !read_settings::is_action_name(&name) {
        let message = format!("an action of {within} cannot have the name `{}`", name.escape_debug());
        return Err(reader.error(INVALID, node.span, message, read_settings::ACTION_NAME_HINT));
    }
    Ok(ActionCall { name, parameters, place: reader.place(node.span) })
}

fn parameters(node: &Node) -> Map<String, Value> {
    node.entries().iter().map(|entry| (entry.key.clone(), entry.value.to_value())).collect()
}

fn check_priority(reader: &mut Reader<'_>, item: &Node, trigger: &Trigger, sections: &BTreeMap<String, Value>) {
    let Some(priority) = trigger.priority.as_deref() else { return };
    let levels = sections.get("execution").and_then(|execution| execution.get("priority_levels"));
    let own = levels.and_then(Value::as_object).into_iter().flat_map(|levels| levels.keys().map(String::as_str));
    let known: Vec<&str> = ["critical", "high", "medium", "low"].into_iter().chain(own).collect();
    let usual = !matches!(Priority::parse(priority), Priority::Other(_));
    if !usual && !known.contains(&priority) {
        let span = written(item, "priority").map_or(item.span, |entry| entry.value.span);
        let name = trigger.name.escape_debug();
        let message = format!("`priority` of trigger `{name}` is the unknown level `{}`", priority.escape_debug());
        reader.warn(Code::UNKNOWN_PRIORITY, span, message, suggest::hint(priority, &known));
    }
}
