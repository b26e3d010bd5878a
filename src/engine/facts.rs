//! What conditions may look at.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::diff::fields;
use super::event::{CLOSES, Event};
use super::fuel::{Fuel, Purpose};
use super::links::Links;
use super::rule::{Change, Facts, RelatedValue};
use crate::format::workflow::{Expression, ExpressionError, KnownValue, Relation};
use crate::model::{Board, Task, TaskId, Timestamp};

/// The facts of one event: the event itself, its task as it is now, and the task's parent. Not the
/// branch: what is edited must not depend on where it is.
pub struct EventFacts<'a> {
    /// What happened.
    pub event: &'a Event,
    /// The task it happened to.
    pub task: Option<&'a Task>,
    /// All tasks.
    pub board: &'a Board,
    /// Which of them name which.
    pub links: &'a Links,
    /// What has been asked of this event's relatives before.
    pub memo: &'a Memo,
    /// What it has cost so far.
    pub fuel: &'a Fuel,
}

/// What many rules ask alike of one event: what its task's relatives say, values for expressions, and what
/// expressions are. It holds as long as nothing is edited, under the statuses of one workflow.
#[derive(Debug, Default)]
pub struct Memo {
    related: RefCell<HashMap<(usize, Relation, String), Vec<RelatedValue>>>,
    given: RefCell<HashMap<String, Option<KnownValue>>>,
    decided: RefCell<HashMap<Expression, Result<bool, ExpressionError>>>,
}

impl Facts for EventFacts<'_> {
    fn get(&self, path: &[&str]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let value = match *first {
            "parent" if !rest.is_empty() => {
                let further = rest.iter().take(rest.len() - 1).take_while(|name| **name == "parent").count();
                let (task, rest) = (self.ancestor(1 + further)?, rest.get(further..)?);
                return task_value(task, rest);
            }
            "task" if !rest.is_empty() => return task_value(self.task?, rest),
            "task" => Some(Value::String(self.event.task.as_ref()?.to_string())),
            "event" if !rest.is_empty() => return inside(&self.of_event(rest.first()?)?, rest.get(1..)?),
            "event" => Some(Value::String(self.event.kind.clone())),
            // What the event says is what was so when it happened, even if the task has moved on.
            name if self.event.field.as_deref() == Some(name) && !self.may_have_failed() => self.event.new.clone(),
            // What came from outside, by the name that whoever sends it knows it by; without it a field of the task.
            "data" if !self.event.metadata.is_empty() => Some(Value::Object(self.event.metadata.clone())),
            "old_status" if self.event.is_status() => self.event.old.clone(),
            "new_status" if self.event.is_status() => self.event.new.clone(),
            // `type` alone is the task's: `type not_equals automation`.
            "type" => self.event.metadata.get("type").cloned().or_else(|| task_field(self.task?, "type")),
            name => match self.of_event(name) {
                Some(value) => Some(value),
                None => return task_value(self.task?, path),
            },
        };
        inside(&value?, rest)
    }

    fn change(&self, path: &[&str]) -> Option<Change> {
        let name = match path {
            ["task", rest @ ..] if !rest.is_empty() => rest.join("."),
            _ => path.join("."),
        };
        let changed = self.event.field.as_deref() == Some(name.as_str());
        let is_so = || {
            let wanted = self.event.new.as_ref().and_then(Value::as_str).unwrap_or_default();
            !self.may_have_failed() || self.task.is_some_and(|task| self.board.statuses.same(task.status(), wanted))
        };
        (changed && is_so()).then(|| Change { old: self.event.old.clone(), new: self.event.new.clone() })
    }

    fn related(&self, parents: usize, relation: Relation, path: &[&str]) -> Vec<RelatedValue> {
        let key = (parents, relation, path.join("."));
        if let Some(known) = self.memo.related.borrow().get(&key) {
            return known.clone();
        }
        let value = |task: &Task| task_value(task, path);
        let tasks = self.ancestor(parents).map(|task| self.belonging(task, relation)).unwrap_or_default();
        let named =
            tasks.into_iter().map(|(id, task)| RelatedValue { task: id.to_string(), value: task.and_then(value) });
        let found: Vec<RelatedValue> = named.collect();
        self.memo.related.borrow_mut().insert(key, found.clone());
        found
    }

    fn whole(&self, name: &str) -> Option<Value> {
        let list = |relation| {
            let tasks = self.task.map(|task| self.belonging(task, relation)).unwrap_or_default();
            let object =
                |(id, task): (&TaskId, Option<&Task>)| task.map_or_else(|| json!({"id": id.to_string()}), object);
            Some(Value::Array(tasks.into_iter().map(object).collect()))
        };
        match name {
            "task" => self.task.map(object),
            "parent" => self.ancestor(1).map(object),
            "subtasks" => list(Relation::Subtasks),
            "dependencies" => list(Relation::Dependencies),
            "metadata" | "data" => Some(self.get(&[name]).unwrap_or_else(|| json!({}))),
            "event" => {
                let names = ["type", "field", "old", "new", "actor", "commit", "depth"];
                let mut event: Map<String, Value> = self.event.metadata.clone();
                event.extend(names.map(|name| (name.to_owned(), self.of_event(name).unwrap_or_default())));
                event.insert("task".to_owned(), self.get(&["task"]).unwrap_or_default());
                event.insert("metadata".to_owned(), Value::Object(self.event.metadata.clone()));
                Some(Value::Object(event))
            }
            name => self.get(&[name]),
        }
    }

    fn moment(&self) -> Option<Timestamp> {
        self.event.origin.time
    }

    fn spend(&self, purpose: Purpose, steps: u64) {
        self.fuel.spend(purpose, steps);
    }

    fn may_go_on(&self, purpose: Purpose) -> bool {
        self.fuel.is_left(purpose)
    }

    fn given(&self, name: &str, make: &dyn Fn() -> Option<KnownValue>) -> Option<KnownValue> {
        if let Some(known) = self.memo.given.borrow().get(name) {
            return known.clone();
        }
        let value = make();
        self.memo.given.borrow_mut().insert(name.to_owned(), value.clone());
        value
    }

    fn decided(
        &self,
        expression: &Expression,
        decide: &dyn Fn() -> Result<bool, ExpressionError>,
    ) -> Result<bool, ExpressionError> {
        if let Some(known) = self.memo.decided.borrow().get(expression) {
            return known.clone();
        }
        let result = decide();
        self.memo.decided.borrow_mut().insert(expression.clone(), result.clone());
        result
    }
}

impl<'a> EventFacts<'a> {
    /// Whether the event says what is wanted, and not what has come about: a task that a commit closes may not be one that
    /// can go to done.
    fn may_have_failed(&self) -> bool {
        self.event.kind == CLOSES
    }

    /// The event's task, or the one so many steps above it.
    fn ancestor(&self, steps: usize) -> Option<&'a Task> {
        (0..steps).try_fold(self.task?, |task, _| self.board.tasks.get(task.parent.as_ref()?))
    }

    /// The tasks that belong to one, in the order of their ids, or as it names them.
    fn belonging<'t>(&'t self, task: &'t Task, relation: Relation) -> Vec<(&'t TaskId, Option<&'t Task>)> {
        match relation {
            Relation::Subtasks => {
                self.links.children(self.board, &task.id).map(|child| (&child.id, Some(child))).collect()
            }
            Relation::Dependencies => {
                let ids = task.dependencies.iter().map(|dependency| &dependency.id);
                ids.map(|id| (id, self.board.tasks.get(id))).collect()
            }
        }
    }

    /// What the event itself says, and what came with it from outside.
    fn of_event(&self, name: &str) -> Option<Value> {
        let Event { kind, field, old, new, origin, depth, metadata, .. } = self.event;
        match name {
            "type" => Some(Value::String(kind.clone())),
            "field" => field.clone().map(Value::String),
            "old" => old.clone(),
            "new" => new.clone(),
            "actor" => origin.actor.clone().map(Value::String),
            "commit" => origin.commit.as_ref().map(|id| Value::String(id.to_string())),
            "depth" => Some((*depth).into()),
            "metadata" if !metadata.is_empty() => Some(Value::Object(metadata.clone())),
            name => metadata.get(name).cloned(),
        }
    }
}

fn inside(value: &Value, path: &[&str]) -> Option<Value> {
    path.iter().try_fold(value, |value, key| value.get(*key)).cloned()
}

/// What a task has at a path, without a look at the rest of its fields.
fn task_value(task: &Task, path: &[&str]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    match task.record.fields.get(first) {
        Some(value) if !OWN.contains(first) => inside(value, rest),
        _ => inside(&task_field(task, first)?, rest),
    }
}

/// Fields that a task has beside what else is written in its record.
const OWN: [&str; 8] = ["id", "title", "status", "parent", "dependencies", "tag", "path", "priority"];

fn task_field(task: &Task, name: &str) -> Option<Value> {
    match name {
        "id" => Some(Value::String(task.id.to_string())),
        "title" => Some(Value::String(task.title().to_owned())),
        "status" => Some(Value::String(task.status().to_owned())),
        "parent" => task.parent.as_ref().map(|parent| Value::String(parent.to_string())),
        "dependencies" => {
            let ids = task.dependencies.iter().map(|dependency| Value::String(dependency.id.to_string()));
            Some(Value::Array(ids.collect()))
        }
        "tag" => Some(Value::String(task.id.tag().to_owned())),
        "path" => Some(Value::String(task.path.to_string())),
        "priority" => task.record.priority.clone().map(Value::String),
        _ => task.record.fields.get(name).cloned(),
    }
}

/// All fields of a task.
fn object(task: &Task) -> Value {
    let mut fields: Map<String, Value> = fields(&task.record).into_iter().collect();
    for name in ["id", "title", "status", "parent", "dependencies", "tag", "path"] {
        fields.insert(name.to_owned(), task_field(task, name).unwrap_or_default());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{Origin, STATUS_UPDATED};
    use crate::format;
    use crate::model::{Snapshot, SourceFile, StatusSet, TaskId, TreePath};

    #[test]
    fn paths_name_the_event_the_task_and_its_parent() {
        let path = TreePath::new("tasks/tasks.json").unwrap();
        let text = r#"{"tasks": [{"id": 1, "title": "Up", "subtasks": [
            {"id": 1, "status": "done", "type": "automation", "metadata": {"run": 7}}]}]}"#;
        let files = [(path, SourceFile::new(text.as_bytes()))].into_iter().collect();
        let board = format::board(&Snapshot { files, ..Snapshot::empty() }, StatusSet::default());
        let id = TaskId::parse("1.1").unwrap();
        let values = (Some(json!("pending")), Some(json!("done")));
        let origin = Origin { branch: Some("main".to_owned()), ..Origin::default() };
        let event = Event::about(STATUS_UPDATED, &id, Some("status"), values, &origin);
        let facts = EventFacts {
            event: &event,
            task: board.tasks.get(&id),
            board: &board,
            links: &Links::default(),
            memo: &Memo::default(),
            fuel: &Fuel::default(),
        };
        let get = |path: &str| facts.get(&path.split('.').collect::<Vec<_>>());
        assert_eq!(get("status"), Some(json!("done")));
        assert_eq!(get("old_status"), Some(json!("pending")));
        assert_eq!(get("type"), Some(json!("automation")));
        assert_eq!(get("event.type"), Some(json!("task.status.updated")));
        assert_eq!(get("event.old"), Some(json!("pending")));
        assert_eq!(get("task.metadata.run"), Some(json!(7)));
        assert_eq!(get("metadata.run"), Some(json!(7)));
        assert_eq!(get("parent.title"), Some(json!("Up")));
        assert_eq!(get("parent.status"), Some(json!("pending")));
        assert_eq!(get("event.nothing"), None);
        assert_eq!((get("branch"), get("event.branch")), (None, None));
        assert_eq!(facts.change(&["status"]).unwrap().old, Some(json!("pending")));
        assert!(facts.change(&["title"]).is_none());
    }
}
