//! Events from outside: what they are known by, wherever and however often they arrive.

use serde_json::{Map, Value};

use super::{Event, EventId};
use crate::model::TaskId;

/// What stands before an id where events of commits have a commit's digits: the two never meet.
const OUTSIDE: &str = "outside:";

impl EventId {
    /// The id of an event from outside: SHA-256 over (recipe version, task, name, nothing, nothing, nothing,
    /// `outside:` and the id its sender gave it), as for events of commits.
    #[must_use]
    pub fn of_outside(kind: &str, task: Option<&TaskId>, id: &str) -> Self {
        let task = task.map(ToString::to_string).unwrap_or_default();
        Self::of([task.as_str(), kind, "", "", "", &format!("{OUTSIDE}{id}")])
    }

    /// What stands for the commit in the ids of what follows from it.
    pub(super) fn as_source(&self) -> String {
        format!("{OUTSIDE}{}", self.0)
    }
}

impl Event {
    /// The same event, known by the id that its sender gave it: its own id, and those of all that follows from it,
    /// depend on no commit.
    #[must_use]
    pub fn known_as(mut self, id: &str) -> Self {
        self.id = EventId::of_outside(&self.kind, self.task.as_ref(), id);
        self.origin.outside = Some(self.id.clone());
        self
    }
}

/// The digest of what an event brings along, 64 hexadecimal digits: SHA-256 over (recipe version, data, `data`), each
/// preceded by its length as for an event's id; the data as JSON without white space, the keys of every object in the
/// order of their bytes.
#[must_use]
pub fn data_digest(data: &Map<String, Value>) -> String {
    let text = sorted(&Value::Object(data.clone())).to_string();
    EventId::of([text.as_str(), "data"]).0
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Origin, STATUS_UPDATED};
    use super::*;
    use crate::model::CommitId;

    fn origin(digit: &str) -> Origin {
        Origin { commit: Some(CommitId::new(digit.repeat(40)).unwrap()), ..Origin::default() }
    }

    #[test]
    fn an_outside_event_is_the_same_on_every_commit() {
        let event = |digit, id| Event::outside("deployment.success", None, Map::new(), &origin(digit)).known_as(id);
        assert_eq!(event("1", "run-1").id, event("2", "run-1").id);
        assert_ne!(event("1", "run-1").id, event("1", "run-2").id);
        let task = TaskId::parse("7").unwrap();
        let follows = |digit, id| {
            let values = (Some(json!("pending")), Some(json!("done")));
            Event::about(STATUS_UPDATED, &task, Some("status"), values, &event(digit, id).origin)
        };
        assert_eq!(follows("1", "run-1").id, follows("2", "run-1").id);
        assert_ne!(follows("1", "run-1").id, follows("1", "run-2").id);
        assert_ne!(event("1", "run-1").id, EventId::of_outside("deployment.success", Some(&task), "run-1"));
    }

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_keys() {
        let digest = |text: &str| data_digest(serde_json::from_str::<Value>(text).unwrap().as_object().unwrap());
        assert_eq!(digest(r#"{"a": 1, "b": {"c": [2], "d": 3}}"#), digest(r#"{"b": {"d": 3, "c": [2]}, "a": 1}"#));
        assert_ne!(digest(r#"{"a": [1, 2]}"#), digest(r#"{"a": [2, 1]}"#));
    }
}
