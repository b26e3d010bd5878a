//! Which task gets which number.

use std::collections::{BTreeMap, BTreeSet};

use super::Obstacle;
use crate::model::{Board, DEFAULT_TAG, Task, TaskId};

/// New numbers, as they were asked for. What is part of a task follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    asked: BTreeMap<TaskId, TaskId>,
}

impl Numbers {
    /// What is asked for, and everything that is wrong with it.
    pub(super) fn of(wanted: &[(TaskId, TaskId)], board: &Board) -> Result<Self, Vec<Obstacle>> {
        let mut obstacles = Vec::new();
        let mut asked: BTreeMap<TaskId, TaskId> = BTreeMap::new();
        for (old, new) in wanted {
            let tagged = if new.tag() == DEFAULT_TAG { new.with_tag(old.tag()) } else { new.clone() };
            if !board.tasks.contains_key(old) {
                obstacles.push(Obstacle::Unknown(old.clone()));
            } else if tagged.tag() != old.tag() {
                obstacles.push(Obstacle::OtherTag { old: old.clone(), new: new.clone() });
            } else if tagged == *old || asked.insert(old.clone(), tagged).is_some() {
                obstacles.push(Obstacle::Twice(old.clone()));
            }
        }
        let numbers = Self { asked };
        for (old, new) in &numbers.asked {
            let is_part = |id: &TaskId| id.segments().count() > 1;
            let nested = board.tasks.get(old).is_some_and(|task| task.record.nested);
            let stays = new.parent() == old.parent().map(|parent| numbers.after(&parent));
            if (nested && !stays) || (!nested && is_part(new) && !is_part(old)) {
                obstacles.push(Obstacle::OtherParent { old: old.clone(), new: new.clone() });
            }
        }
        obstacles.extend(numbers.taken(board));
        obstacles.extend(numbers.named(board));
        if obstacles.is_empty() { Ok(numbers) } else { Err(obstacles) }
    }

    /// The number that a task has afterwards.
    #[must_use]
    pub fn after(&self, id: &TaskId) -> TaskId {
        if let Some(new) = self.asked.get(id) {
            return new.clone();
        }
        let Some(parent) = id.parent() else { return id.clone() };
        let above = self.after(&parent);
        // The tag is the parent's, and so is its length bounded: both were ids before.
        TaskId::parse(&format!("{above}.{}", id.last_segment())).unwrap_or_else(|_| id.clone())
    }

    /// Whether a name that stands in a task may mean one whose number changes.
    pub(super) fn may_mean(&self, task: &Task, written: &str) -> bool {
        let whole = TaskId::parse_within(written, task.id.tag()).ok();
        let part = task.parent.as_ref().filter(|_| task.record.nested).and_then(|parent| parent.child(written).ok());
        whole.into_iter().chain(part).any(|id| self.after(&id) != id)
    }

    /// The same of a name that stands beside the tasks of a tag.
    pub(super) fn may_mean_in(&self, tag: &str, written: &str) -> bool {
        TaskId::parse_within(written, tag).is_ok_and(|id| self.after(&id) != id)
    }

    /// Every task whose number changes, with the new one.
    #[must_use]
    pub fn changed(&self, board: &Board) -> Vec<(TaskId, TaskId)> {
        let pairs = board.tasks.keys().map(|id| (id.clone(), self.after(id)));
        pairs.filter(|(old, new)| old != new).collect()
    }

    fn taken(&self, board: &Board) -> Vec<Obstacle> {
        let mut seen: BTreeSet<TaskId> = board.tasks.keys().filter(|id| self.after(id) == **id).cloned().collect();
        let changed = self.changed(board).into_iter();
        changed.filter(|(_, new)| !seen.insert(new.clone())).map(|(old, new)| Obstacle::Taken { old, new }).collect()
    }

    /// Names of tasks that are not there, and would be.
    fn named(&self, board: &Board) -> Vec<Obstacle> {
        let new: BTreeMap<TaskId, TaskId> = self.changed(board).into_iter().map(|(old, new)| (new, old)).collect();
        let mut found = Vec::new();
        for task in board.tasks.values() {
            let names = task.parent.iter().chain(task.dependencies.iter().map(|dependency| &dependency.id));
            for name in names.filter(|name| !board.tasks.contains_key(name)) {
                if let Some((new, old)) = new.get_key_value(&self.after(name)) {
                    found.push(Obstacle::Named { by: task.id.clone(), old: old.clone(), new: new.clone() });
                }
            }
        }
        found
    }
}
