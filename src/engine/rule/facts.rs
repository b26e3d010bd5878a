use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What conditions can ask about one event.
///
/// Paths are given in parts. The event's own data stand at the top: `task`, `field` (the field the
/// event is about, which gives `old` and `new` their meaning), `old`, `new`, `actor`, `metadata.*`
/// and whatever an outside event brings; then come the fields of the task by their keys in its file
/// and those of its parent under `parent`. A path that begins with `event` or `task` and goes on says
/// which of the two is meant. `status.category` is never asked for: it is derived.
pub trait Facts {
    /// The value at a path; `None`, or `null`, where there is none.
    fn get(&self, path: &[&str]) -> Option<Value>;

    /// What the event did to a field; `None` where it left it as it was.
    fn change(&self, path: &[&str]) -> Option<Change>;
}

/// One field before and after an event; `None` where it was or is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// Before.
    pub old: Option<Value>,
    /// After.
    pub new: Option<Value>,
}

/// Facts out of a JSON object, and changes by their dotted paths. Where the object has no value at
/// a path that was changed, the new value is it.
#[derive(Debug, Clone, Default)]
pub struct MapFacts {
    /// The values.
    pub values: Map<String, Value>,
    /// The changes.
    pub changes: BTreeMap<String, Change>,
}

impl MapFacts {
    /// Facts out of `value`; anything but an object has none.
    #[must_use]
    pub fn new(value: Value) -> Self {
        let values = if let Value::Object(values) = value { values } else { Map::new() };
        Self { values, changes: BTreeMap::new() }
    }

    /// Adds what the event did to a field; `null` stands for a missing value.
    #[must_use]
    pub fn with_change(mut self, path: &str, old: Value, new: Value) -> Self {
        let there = |value: Value| Some(value).filter(|value| !value.is_null());
        self.changes.insert(path.to_owned(), Change { old: there(old), new: there(new) });
        self
    }
}

impl Facts for MapFacts {
    fn get(&self, path: &[&str]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let found = rest.iter().try_fold(self.values.get(*first)?, |value, key| value.get(*key));
        found.cloned().or_else(|| self.change(path)?.new)
    }

    fn change(&self, path: &[&str]) -> Option<Change> {
        self.changes.get(&path.join(".")).cloned()
    }
}
