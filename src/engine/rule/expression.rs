//! `when: EXPRESSION`: gives an expression the facts it names, and no others.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::compare::word;
use super::evaluate::World;
use crate::engine::fuel::Fuel;
use crate::format::workflow::{Expression, ExpressionError, KnownValue, Meaning};
use crate::model::{Priority, StatusSet};

/// Names that are always there: `none` where the event has nothing of the sort.
pub const NAMES: [&str; 18] = [
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
    "data",
    "depth",
];

/// Steps that any expression takes beside its own.
const BEGINNING: u64 = 10;
/// Steps that it takes to find what has been decided before.
const KNOWN: u64 = 3;
/// Steps that each step's worth of a value takes to be made ready.
const MAKING: u64 = 8;

pub(super) fn holds(expression: &Expression, world: &World<'_>) -> Result<bool, ExpressionError> {
    let steps = Cell::new(KNOWN);
    let result = world.facts.decided(expression, &|| {
        let given = expression.names().filter_map(|name| Some((name, given(name, world, &steps)?)));
        let (result, taken) = expression.holds_in(given);
        steps.set(steps.get().saturating_add(taken).saturating_add(BEGINNING));
        result
    });
    world.spend(steps.get());
    result
}

/// What a name stands for; what it takes to make it is added to `steps`.
fn given(name: &str, world: &World<'_>, steps: &Cell<u64>) -> Option<KnownValue> {
    let make = || {
        let value = match name {
            "status_category" => world.facts.whole("status").map(|status| category(&status, world.statuses)),
            name => world.facts.whole(name).map(|value| plainly(name, value, world)),
        };
        let value = value.or_else(|| NAMES.contains(&name).then_some(Value::Null))?;
        let size = Fuel::of_value(&value);
        // It is read, put in the words that everybody uses, and made ready.
        steps.set(steps.get().saturating_add(size.saturating_mul(MAKING)));
        Some(KnownValue::new(value, size))
    };
    world.facts.given(name, &make)
}

/// A value with statuses and priorities under the one name that each of them has.
fn plainly(name: &str, value: Value, world: &World<'_>) -> Value {
    match value {
        Value::Object(entries) if !matches!(name, "metadata" | "data") => {
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
