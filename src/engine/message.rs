//! Messages: which text, to which channels, escaped as each wants it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::action::{Context, Outcome, Parameter, ParameterKind};
use super::effect::{Delivery, Effect, EffectKind};
use super::event::{Event, plain};
use super::fuel::{Fuel, Purpose};
use super::template::{self, Rendered};
use super::{diff, naming};
use crate::format::workflow::Channel;

/// What the actions that address somebody may be called with.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "text",
        kind: ParameterKind::Template,
        about: "the text; the fitting one of `notifications.templates` where it is not written",
    },
    Parameter {
        name: "template",
        kind: ParameterKind::Text,
        about: "the name of the template; that of the trigger or the event where it is not written",
    },
    Parameter {
        name: "subject",
        kind: ParameterKind::Template,
        about: "the subject of a mail; the first line of the text where it is not written",
    },
    Parameter {
        name: "channels",
        kind: ParameterKind::Texts,
        about: "types of channels, whatever their `events` say; those whose `events` fit where it is not written",
    },
];

/// The message of one event, for whoever is to get it.
pub(super) fn plan(context: &Context<'_>, kind: EffectKind, fallback: &str) -> Outcome {
    let outside = context.outside;
    if outside.notification_hooks == Some(false) {
        return Outcome::Nothing { why: "switched off by `task_integration.notification_hooks: false`".to_owned() };
    }
    if !outside.notifications.enabled {
        return Outcome::Nothing { why: "switched off by `notifications.enabled: false`".to_owned() };
    }
    let names = names(context);
    let template = match written(context, &names) {
        Ok(template) => template,
        Err(why) => return Outcome::Failed { why },
    };
    let render =
        |text: &str, escape: &dyn Fn(&str) -> String| template::render(text, &|field| lookup(context, field), escape);
    let text = |escape: &dyn Fn(&str) -> String| render(template, escape).text;
    let Rendered { text: shown, mut missing, .. } = render(template, &str::to_owned);
    let subject = match context.parameter("subject") {
        Some(subject) => {
            let subject = render(subject, &str::to_owned);
            missing.extend(subject.missing);
            subject.text
        }
        None => shown.lines().next().unwrap_or_default().to_owned(),
    };
    let mut said = HashSet::new();
    missing.retain(|name| said.insert(name.clone()));
    let data = data(context);
    let deliveries = channels(context, &names).into_iter().map(|channel| Delivery {
        channel: channel.kind.clone(),
        address: channel.label(),
        url: channel.url.clone(),
        recipients: channel.recipients.clone(),
        secret: channel.secret.clone(),
        subject: (channel.kind == "email").then(|| header(&subject)),
        text: match channel.kind.as_str() {
            "slack" => text(&slack),
            "webhook" => json!({ "text": shown, "event": data }).to_string(),
            "email" => text(&readable),
            _ => shown.clone(),
        },
    });
    let destination = context.call.map_or(fallback, |call| &call.name).to_owned();
    Outcome::effect(Effect { kind, destination, text: shown.clone(), deliveries: deliveries.collect(), data, missing })
}

/// The names that templates and channels know the event by, the most fitting first.
fn names(context: &Context<'_>) -> Vec<String> {
    naming::names(context.trigger.map(|trigger| trigger.name.as_str()), context.event, &context.board.statuses)
}

fn written<'a>(context: &'a Context<'_>, names: &[String]) -> Result<&'a str, String> {
    let templates = &context.outside.notifications.templates;
    if let Some(text) = context.parameter("text") {
        return Ok(text);
    }
    if let Some(name) = context.parameter("template") {
        let found = templates.get(name).map(String::as_str);
        return found.ok_or_else(|| format!("`notifications.templates` has no `{name}`"));
    }
    let found = names.iter().find_map(|name| templates.get(name)).map(String::as_str);
    let has_data = !context.event.metadata.is_empty();
    let has_values = context.event.old.is_some() || context.event.new.is_some();
    Ok(found.unwrap_or(match (&context.event.task, has_values) {
        (Some(_), true) => "Task {task.id} '{task_title}': {old|none} -> {new|none}",
        (Some(_), false) if has_data => "Task {task.id} '{task_title}': {event} ({event_data})",
        (Some(_), false) => "Task {task.id} '{task_title}': {event}",
        (None, _) if has_data => "{event} ({event_data})",
        (None, _) => "{event}",
    }))
}

/// What came with an event, for a text that says nothing of it itself: `environment: production, run: 7`. Long values are
/// cut, and of many the first are told.
fn told(metadata: &serde_json::Map<String, Value>) -> String {
    const MOST: usize = 8;
    const LONGEST: usize = 120;
    let mut parts: Vec<String> = Vec::new();
    for (key, value) in metadata.iter().take(MOST) {
        let text = header(&plain(value));
        let cut: String = text.chars().take(LONGEST).collect();
        let more = if cut.len() < text.len() { "…" } else { "" };
        parts.push(format!("{}: {cut}{more}", header(key)));
    }
    if metadata.len() > MOST {
        parts.push(format!("and {} more", metadata.len() - MOST));
    }
    parts.join(", ")
}

fn channels<'a>(context: &'a Context<'_>, names: &[String]) -> Vec<&'a Channel> {
    let asked = context.call.and_then(|call| call.parameters.get("channels")).and_then(Value::as_array);
    let all = context.outside.notifications.channels.iter().filter(|channel| channel.enabled);
    all.filter(|channel| match asked {
        Some(kinds) => kinds.iter().any(|kind| kind.as_str() == Some(&channel.kind)),
        None => channel.wants(names),
    })
    .collect()
}

/// What a program reads of an event.
pub(super) fn data(context: &Context<'_>) -> Value {
    let Event { kind, task, old, new, metadata, .. } = context.event;
    json!({
        "type": kind,
        "task": task.as_ref().map(ToString::to_string),
        "title": context.task_then().map(crate::model::Task::title),
        "old": old,
        "new": new,
        "metadata": metadata,
    })
}

/// What a name in braces stands for: something of the event, of what came with it, or of its task.
pub(super) fn lookup(context: &Context<'_>, field: &str) -> Option<String> {
    let found = look_up(context, field);
    let size = found.as_ref().map_or(0, String::len).saturating_add(field.len());
    context.fuel.spend(Purpose::Deciding, Fuel::of_bytes(size));
    found
}

fn look_up(context: &Context<'_>, field: &str) -> Option<String> {
    let Event { kind, task, old, new, metadata, .. } = context.event;
    let shown = |value: &Option<Value>| value.as_ref().map(plain);
    match field {
        "event" => Some(kind.clone()),
        "field" => context.event.field.clone(),
        "actor" => context.event.origin.actor.clone(),
        "commit" => context.event.origin.commit.as_ref().map(ToString::to_string),
        "trigger" => context.trigger.map(|trigger| trigger.name.clone()),
        "event_data" if !metadata.contains_key(field) => Some(told(metadata)),
        "task_id" | "task.id" => task.as_ref().map(ToString::to_string),
        "old" | "old_status" => shown(old),
        "new" | "new_status" => shown(new),
        _ => {
            let name = field.strip_prefix("task.").or_else(|| field.strip_prefix("task_")).unwrap_or(field);
            let carried = field.strip_prefix("metadata.").or_else(|| field.strip_prefix("data."));
            let inside = carried.and_then(|path| {
                let mut parts = path.split('.');
                let first = metadata.get(parts.next()?)?;
                parts.try_fold(first, |value, part| value.get(part))
            });
            let found = metadata.get(field).or_else(|| metadata.get(name)).or(inside).map(plain);
            found.or_else(|| diff::field(&context.task_then()?.record, name).as_deref().map(plain))
        }
    }
}

/// A value with the names in its texts filled in; those that stand for nothing are noted once.
pub(super) fn filled(context: &Context<'_>, value: &Value, missing: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => {
            let rendered = template::render(text, &|name| lookup(context, name), &str::to_owned);
            for name in rendered.missing {
                if !missing.contains(&name) {
                    missing.push(name);
                }
            }
            Value::String(rendered.text)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(context, item, missing)).collect()),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), filled(context, value, missing)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

/// What Slack takes for text: its three signs are written out.
pub(super) fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The inside of a JSON string.
pub(super) fn json_text(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// A text without control characters, line ends and tabs apart.
fn readable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The value of a mail header: one line, whatever is in it.
pub(super) fn header(text: &str) -> String {
    const LONGEST: usize = 200;
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let words: Vec<&str> = text.split(is_break).map(str::trim).filter(|part| !part.is_empty()).collect();
    words.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_destination_has_its_escaping() {
        assert_eq!(slack("<a> & b"), "&lt;a&gt; &amp; b");
        assert_eq!(json_text("a \"b\"\n"), "a \\\"b\\\"\\n");
        assert_eq!(header("Done\r\nBcc: all@example.org"), "Done Bcc: all@example.org");
        assert_eq!(readable("a\u{1b}[31mb\r\nc"), "a[31mb\nc");
    }

    proptest! {
        #[test]
        fn a_header_is_one_line(text in "[\\PC\r\n\t\u{2028}\u{85}]*") {
            let header = header(&text);
            let breaks = header.chars().filter(|c| c.is_control() || *c == '\u{2028}').count();
            prop_assert_eq!(breaks, 0);
        }

        #[test]
        fn any_text_stays_inside_its_json_string(text in ".*") {
            let whole: Value = serde_json::from_str(&format!("\"{}\"", json_text(&text))).unwrap();
            prop_assert_eq!(whole, Value::String(text));
        }
    }
}
