use serde_json::{Value, json};

use super::{About, Action, Context, Outcome};
use crate::engine::event::{Event, plain};
use crate::engine::template;
use crate::model::Category;

/// Messages, alerts and other workflows: what happens outside the tree.
pub(super) struct Outside;

const PREFIXES: [&str; 5] = ["notify_", "alert_", "send_", "trigger_", "log_"];

impl Action for Outside {
    fn name(&self) -> &'static str {
        "send_*, notify_*, alert_*, trigger_*, log_*"
    }

    fn is_named(&self, name: &str) -> bool {
        PREFIXES.iter().any(|prefix| name.len() > prefix.len() && name.starts_with(prefix))
    }

    fn about(&self) -> About {
        About {
            writes: "an effect outside the tree, with the text of the fitting template under `notifications.templates`; recorded in the outbox once for each event, trigger and action",
            nothing: "never: an effect is planned each time",
            parameters: &[],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let name = context.call.map_or("send_notifications", |call| &call.name);
        let wanted = template_names(context);
        let templates = context.workflow.sections.get("notifications").and_then(|section| section.get("templates"));
        let written = wanted.iter().find_map(|name| templates?.get(name)?.as_str());
        let text = written.unwrap_or(if context.event.task.is_some() {
            "Task {task.id} '{task_title}': {old|none} -> {new|none}"
        } else {
            "{event}"
        });
        let rendered = template::render(text, &|field| lookup(context, field), &|text| text.to_owned());
        Outcome::Effect {
            destination: name.to_owned(),
            text: rendered.text,
            data: json!({
                "type": context.event.kind,
                "task": context.event.task.as_ref().map(ToString::to_string),
                "title": context.task.map(crate::model::Task::title),
                "old": context.event.old,
                "new": context.event.new,
                "metadata": context.event.metadata,
            }),
        }
    }
}

/// The names of templates that fit an event, the most fitting first.
fn template_names(context: &Context<'_>) -> Vec<String> {
    let own = context.event.kind.replace('.', "_");
    if !context.event.is_status() {
        return vec![own];
    }
    let new = context.event.new.as_ref().map(plain).unwrap_or_default();
    let statuses = &context.board.statuses;
    let category = match statuses.category(&new) {
        Category::Done => "task_completed".to_owned(),
        other => format!("task_{}", other.name()),
    };
    vec![format!("task_{}", statuses.canonical(&new).replace('-', "_")), category, own]
}

pub(super) fn lookup(context: &Context<'_>, field: &str) -> Option<String> {
    let Event { kind, task, old, new, metadata, .. } = context.event;
    let shown = |value: &Option<Value>| value.as_ref().map(plain);
    match field {
        "event" => Some(kind.clone()),
        "task_id" | "task.id" => task.as_ref().map(ToString::to_string),
        "old" | "old_status" => shown(old),
        "new" | "new_status" => shown(new),
        _ => {
            let record = context.task.map(|task| crate::engine::diff::fields(&task.record));
            let name = field.strip_prefix("task.").or_else(|| field.strip_prefix("task_")).unwrap_or(field);
            metadata.get(field).or_else(|| metadata.get(name)).map(plain).or_else(|| record?.get(name).map(plain))
        }
    }
}
