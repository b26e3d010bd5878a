use std::collections::BTreeMap;
use std::collections::btree_map;
use std::sync::Arc;

use super::{Task, TaskId};

/// The tasks of a board by their ids, in the order of these. A copy shares the tasks with what it was copied from until
/// either changes one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tasks(BTreeMap<TaskId, Arc<Task>>);

impl Tasks {
    /// The task of that id.
    #[must_use]
    pub fn get(&self, id: &TaskId) -> Option<&Task> {
        self.0.get(id).map(Arc::as_ref)
    }

    /// The task of that id, to be changed.
    pub fn get_mut(&mut self, id: &TaskId) -> Option<&mut Task> {
        self.0.get_mut(id).map(Arc::make_mut)
    }

    /// The tasks, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Task> {
        self.0.values_mut().map(Arc::make_mut)
    }

    /// Takes a task in, in the place of one of the same id.
    pub fn insert(&mut self, task: Task) {
        self.0.insert(task.id.clone(), Arc::new(task));
    }

    /// Takes a task out.
    pub fn remove(&mut self, id: &TaskId) {
        self.0.remove(id);
    }

    /// Whether there is a task of that id.
    #[must_use]
    pub fn contains_key(&self, id: &TaskId) -> bool {
        self.0.contains_key(id)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids.
    pub fn keys(&self) -> btree_map::Keys<'_, TaskId, Arc<Task>> {
        self.0.keys()
    }

    /// The tasks.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Task> + Clone {
        self.0.values().map(Arc::as_ref)
    }

    /// The tasks with their ids.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.0.iter())
    }
}

/// Tasks with their ids, in order.
#[derive(Debug, Clone)]
pub struct Iter<'a>(btree_map::Iter<'a, TaskId, Arc<Task>>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a TaskId, &'a Task);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(id, task)| (id, &**task))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'a> IntoIterator for &'a Tasks {
    type Item = (&'a TaskId, &'a Task);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
impl std::ops::Index<&TaskId> for Tasks {
    type Output = Task;

    fn index(&self, id: &TaskId) -> &Task {
        &self.0[id]
    }
}

impl Extend<(TaskId, Task)> for Tasks {
    fn extend<I: IntoIterator<Item = (TaskId, Task)>>(&mut self, tasks: I) {
        self.0.extend(tasks.into_iter().map(|(id, task)| (id, Arc::new(task))));
    }
}

impl FromIterator<(TaskId, Task)> for Tasks {
    fn from_iter<I: IntoIterator<Item = (TaskId, Task)>>(tasks: I) -> Self {
        Self(tasks.into_iter().map(|(id, task)| (id, Arc::new(task))).collect())
    }
}
