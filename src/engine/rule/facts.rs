use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::engine::fuel::Purpose;
use crate::format::workflow::{Expression, ExpressionError, KnownValue, Relation};
use crate::model::Timestamp;

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

    /// A field of each task that belongs to the event's task, or to the one `parents` steps above it.
    /// Those that are named and not there have no fields.
    fn related(&self, parents: usize, relation: Relation, path: &[&str]) -> Vec<RelatedValue>;

    /// All that is known under a name, for expressions: `task`, `parent`, `event` and `metadata` as
    /// objects, `subtasks` and `dependencies` as lists of them, and otherwise what `get` gives.
    fn whole(&self, name: &str) -> Option<Value>;

    /// When it happened, as its source commit says.
    fn moment(&self) -> Option<Timestamp>;

    /// Notes that so many steps were taken.
    fn spend(&self, _purpose: Purpose, _steps: u64) {}

    /// Whether more steps may be taken.
    fn may_go_on(&self, _purpose: Purpose) -> bool {
        true
    }

    /// A value as expressions see it; `make` makes it where nobody has asked for it before.
    fn given(&self, _name: &str, make: &dyn Fn() -> Option<KnownValue>) -> Option<KnownValue> {
        make()
    }

    /// What an expression is; `decide` decides it where nobody has asked for it before.
    ///
    /// # Errors
    /// Where it cannot be decided.
    fn decided(
        &self,
        _expression: &Expression,
        decide: &dyn Fn() -> Result<bool, ExpressionError>,
    ) -> Result<bool, ExpressionError> {
        decide()
    }
}

/// One field before and after an event; `None` where it was or is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// Before.
    pub old: Option<Value>,
    /// After.
    pub new: Option<Value>,
}

/// A field of one of several tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedValue {
    /// The task's id.
    pub task: String,
    /// The value; `None` where there is none.
    pub value: Option<Value>,
}

/// Facts out of a JSON object, and changes by their dotted paths. Where the object has no value at
/// a path that was changed, the new value is it.
#[derive(Debug, Clone, Default)]
pub struct MapFacts {
    /// The values.
    pub values: Map<String, Value>,
    /// The changes.
    pub changes: BTreeMap<String, Change>,
    /// When it happened.
    pub moment: Option<Timestamp>,
}

impl MapFacts {
    /// Facts out of `value`; anything but an object has none.
    #[must_use]
    pub fn new(value: Value) -> Self {
        let values = if let Value::Object(values) = value { values } else { Map::new() };
        Self { values, ..Self::default() }
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

    fn related(&self, parents: usize, relation: Relation, path: &[&str]) -> Vec<RelatedValue> {
        let mut place = Some(Value::Object(self.values.clone()));
        for _ in 0..parents {
            place = place.and_then(|place| place.get("parent").cloned());
        }
        let tasks = place.and_then(|place| place.get(relation.name()).and_then(Value::as_array).cloned());
        let value = |task: &Value| path.iter().try_fold(task, |value, key| value.get(*key)).cloned();
        let id = |task: &Value| task.get("id").map(ToString::to_string).unwrap_or_default();
        tasks.iter().flatten().map(|task| RelatedValue { task: id(task), value: value(task) }).collect()
    }

    fn whole(&self, name: &str) -> Option<Value> {
        self.get(&[name])
    }

    fn moment(&self) -> Option<Timestamp> {
        self.moment
    }
}
