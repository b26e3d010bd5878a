use serde_json::{Map, Value, json};

use super::{About, Action, Context, Outcome};
use crate::engine::creation::{Creation, RecordDraft};
use crate::engine::rule;
use crate::model::Task;

/// Writes what an event was and how its task stood, for programs that count.
pub(super) struct CreateAnalyticsEntry;

const DAY: i64 = 24 * 60 * 60;

impl Action for CreateAnalyticsEntry {
    fn name(&self) -> &'static str {
        "create_analytics_entry"
    }

    fn about(&self) -> About {
        About {
            writes: "a new file `reports/analytics/<date>-<event>.json`: the event as a CloudEvent, with the task's title, status, category, priority, assignee and age in days, as far as they are known",
            nothing: "where an entry was written for this event already, a later commit took it away, the branch is not the shared one, or `task_integration.analytics_tracking` is off",
            parameters: &[],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        if context.workflow.integration.analytics_tracking == Some(false) {
            return Outcome::nothing("switched off by task_integration.analytics_tracking");
        }
        let mut text = format!("{:#}", entry(context));
        text.push('\n');
        let folder = "analytics".to_owned();
        Outcome::made(vec![Creation::Record(RecordDraft { folder, extension: "json", bytes: text.into_bytes() })])
    }
}

/// The event in the JSON format of `CloudEvents` 1.0; what is not known is left out.
fn entry(context: &Context<'_>) -> Value {
    let event = context.event;
    let data = [
        ("schema", Some(json!("taskmaster.analytics-entry/1"))),
        ("trigger", context.trigger.map(|trigger| json!(trigger.name))),
        ("field", event.field.clone().map(Value::String)),
        ("old", event.old.clone()),
        ("new", event.new.clone()),
        ("commit", event.origin.commit.as_ref().map(|commit| json!(commit.as_str()))),
        ("metadata", (!event.metadata.is_empty()).then(|| Value::Object(event.metadata.clone()))),
        ("task", context.task_then().map(|task| facts(context, task))),
    ];
    known([
        ("specversion", Some(json!("1.0"))),
        ("id", Some(json!(event.id.as_str()))),
        ("source", Some(json!("/.taskmaster"))),
        ("type", Some(json!(event.kind))),
        ("subject", event.task.as_ref().map(|task| json!(task.to_string()))),
        ("time", event.origin.time.and_then(|time| time.rfc3339().ok()).map(Value::String)),
        ("datacontenttype", Some(json!("application/json"))),
        ("data", Some(known(data))),
    ])
}

fn facts(context: &Context<'_>, task: &Task) -> Value {
    let statuses = &context.board.statuses;
    let field = |names: &[&str]| names.iter().find_map(|name| task.record.fields.get(name)).cloned();
    let created = field(&["created", "createdAt"]).zip(context.moment);
    let age = created.and_then(|(created, moment)| rule::age(&created, moment)).filter(|seconds| *seconds >= 0);
    known([
        ("title", Some(json!(task.title()))),
        ("status", Some(json!(statuses.canonical(task.status())))),
        ("category", Some(json!(statuses.category(task.status()).name()))),
        ("priority", task.record.priority.as_ref().map(|priority| json!(priority))),
        ("assignee", field(&["assignee"])),
        ("age_days", age.map(|seconds| json!(seconds / DAY))),
    ])
}

fn known<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let known = entries.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(known.collect::<Map<String, Value>>())
}
