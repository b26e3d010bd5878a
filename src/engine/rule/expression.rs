//! `when: EXPRESSION`: gives an expression the facts it names, and no others.

use serde_json::{Map, Value};

use super::compare::word;
use super::evaluate::World;
use crate::format::workflow::{Expression, ExpressionError, Meaning};
use crate::model::{Priority, StatusSet};

/// Names that are always there: `none` where the event has nothing of the sort.
pub const NAMES: [&str; 17] = [
    "status",
    "status_category",
    "old_status",
    "new_status",
    "priority",
    "title",
    "task",
    "parent",
    "subtasks",
    "dependencies",
    "event",
    "field",
    "old",
    "new",
    "actor",
    "metadata",
    "depth",
];

pub(super) fn holds(expression: &Expression, world: &World<'_>) -> Result<bool, ExpressionError> {
    let mut values = Map::new();
    for name in expression.names() {
        let value = match name {
            "status_category" => world.facts.whole("status").map(|status| category(&status, world.statuses)),
            name => world.facts.whole(name).map(|value| plainly(name, value, world)),
        };
        match value {
            Some(value) => {
                values.insert(name.to_owned(), value);
            }
            None if NAMES.contains(&name) => {
                values.insert(name.to_owned(), Value::Null);
            }
            None => {}
        }
    }
    expression.holds(values)
}

/// A value with statuses and priorities under the one name that each of them has.
fn plainly(name: &str, value: Value, world: &World<'_>) -> Value {
    match value {
        Value::Object(entries) if name != "metadata" => {
            let status = entries.get("status").map(|status| category(status, world.statuses));
            let read = |(key, value): (String, Value)| {
                let value = if value.is_object() { value } else { plainly(&key, value, world) };
                (key, value)
            };
            let mut entries: Map<String, Value> = entries.into_iter().map(read).collect();
            if let Some(status) = status {
                entries.insert("status_category".to_owned(), status);
            }
            Value::Object(entries)
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            items.into_iter().map(|item| plainly("", item, world)).collect()
        }
        other => match (Meaning::of(name, world.changed_field), word(&other)) {
            (Meaning::Status, Some(text)) => Value::from(world.statuses.canonical(&text)),
            (Meaning::Priority, Some(text)) => Value::from(Priority::parse(&text).to_string()),
            _ => other,
        },
    }
}

fn category(status: &Value, statuses: &StatusSet) -> Value {
    word(status).map_or(Value::Null, |text| Value::from(statuses.category(&text).name()))
}
