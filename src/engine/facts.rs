//! What conditions may look at.

use serde_json::Value;

use super::diff::fields;
use super::event::Event;
use super::rule::{Change, Facts};
use crate::model::{Board, Task};

/// The facts of one event: the event itself, its task as it is now, and the task's parent.
pub struct EventFacts<'a> {
    /// What happened.
    pub event: &'a Event,
    /// The task it happened to.
    pub task: Option<&'a Task>,
    /// All tasks.
    pub board: &'a Board,
}

impl Facts for EventFacts<'_> {
    fn get(&self, path: &[&str]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let value = match *first {
            "parent" if !rest.is_empty() => {
                let parent = self.board.tasks.get(self.task?.parent.as_ref()?)?;
                return inside(&task_field(parent, rest.first()?)?, rest.get(1..)?);
            }
            "task" if !rest.is_empty() => return inside(&task_field(self.task?, rest.first()?)?, rest.get(1..)?),
            "task" => Some(Value::String(self.event.task.as_ref()?.to_string())),
            "event" => Some(Value::String(self.event.kind.clone())),
            "field" => Some(Value::String(self.event.field.clone()?)),
            "old" => self.event.old.clone(),
            "new" => self.event.new.clone(),
            "actor" => self.event.origin.actor.clone().map(Value::String),
            "branch" => self.event.origin.branch.clone().map(Value::String),
            "commit" => self.event.origin.commit.as_ref().map(|id| Value::String(id.to_string())),
            "depth" => Some(self.event.depth.into()),
            "metadata" if !self.event.metadata.is_empty() => Some(Value::Object(self.event.metadata.clone())),
            // What the event says is what was so when it happened, even if the task has moved on.
            name if self.event.field.as_deref() == Some(name) => self.event.new.clone(),
            "old_status" if self.event.is_status() => self.event.old.clone(),
            "new_status" if self.event.is_status() => self.event.new.clone(),
            name => self.event.metadata.get(name).cloned().or_else(|| task_field(self.task?, name)),
        };
        inside(&value?, rest)
    }

    fn change(&self, path: &[&str]) -> Option<Change> {
        let name = match path {
            ["task", rest @ ..] if !rest.is_empty() => rest.join("."),
            _ => path.join("."),
        };
        let changed = self.event.field.as_deref() == Some(name.as_str());
        changed.then(|| Change { old: self.event.old.clone(), new: self.event.new.clone() })
    }
}

fn inside(value: &Value, path: &[&str]) -> Option<Value> {
    path.iter().try_fold(value, |value, key| value.get(*key)).cloned()
}

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
        _ => fields(&task.record).get(name).cloned(),
    }
}
