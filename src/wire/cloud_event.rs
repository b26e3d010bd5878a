use serde::Serialize;
use serde_json::{Map, Value};

use crate::engine::event::Event;

/// A [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) envelope
/// in its JSON format.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CloudEvent {
    specversion: &'static str,
    id: String,
    /// A relative reference: the same in every clone and fork.
    source: &'static str,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<String>,
    data: Data,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Data {
    schema: &'static str,
    task: Option<String>,
    field: Option<String>,
    old: Option<Value>,
    new: Option<Value>,
    actor: Option<String>,
    commit: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    depth: u8,
    metadata: Map<String, Value>,
}

impl CloudEvent {
    /// The envelope of an event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        Self {
            specversion: "1.0",
            id: event.id.to_string(),
            source: "/.taskmaster",
            kind: event.kind.clone(),
            subject: event.task.as_ref().map(ToString::to_string),
            time: event.origin.time.and_then(|time| time.rfc3339().ok()),
            datacontenttype: "application/json",
            causationid: event.cause.as_ref().map(ToString::to_string),
            data: Data {
                schema: "taskmaster.event/1",
                task: event.task.as_ref().map(ToString::to_string),
                field: event.field.clone(),
                old: event.old.clone(),
                new: event.new.clone(),
                actor: event.origin.actor.clone(),
                commit: event.origin.commit.as_ref().map(ToString::to_string),
                reference: event.origin.branch.as_ref().map(|branch| format!("refs/heads/{branch}")),
                depth: event.depth,
                metadata: event.metadata.clone(),
            },
        }
    }
}
