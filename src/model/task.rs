use std::sync::Arc;

use super::{Priority, Record, RecordKind, TaskId, TreePath};

/// A task of the board: its home record, and where else its status is repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Which task.
    pub id: TaskId,
    /// The file of the home record.
    pub path: TreePath,
    /// What its home says, as written.
    pub record: Arc<Record>,
    /// The task it is part of.
    pub parent: Option<TaskId>,
    /// What must be finished before it, looked up.
    pub dependencies: Vec<Dependency>,
    /// Other places that repeat its status, in the order of authority, then of paths.
    pub mirrors: Vec<Mirror>,
}

impl Task {
    /// The title; empty where there is none.
    #[must_use]
    pub fn title(&self) -> &str {
        self.record.title.as_deref().unwrap_or_default()
    }

    /// The status as its home writes it; `pending` where it is missing.
    #[must_use]
    pub fn status(&self) -> &str {
        self.record.status.as_deref().unwrap_or("pending")
    }

    /// The priority, if there is one.
    #[must_use]
    pub fn priority(&self) -> Option<Priority> {
        self.record.priority.as_deref().map(Priority::parse)
    }
}

/// One task that must be finished before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Which task it means.
    pub id: TaskId,
    /// How the file spells it.
    pub written: String,
    /// How the spelling was understood.
    pub reading: DependencyReading,
}

/// How a dependency's spelling was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DependencyReading {
    /// It can mean one task only.
    Plain,
    /// A bare number in a subtask that could also mean a task at the top: read as a sibling.
    Sibling,
    /// The same, read as the task at the top, since the sibling would close a cycle.
    TopLevel,
}

/// Another place that repeats a task's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The file.
    pub path: TreePath,
    /// What kind of place it is.
    pub kind: RecordKind,
    /// What it says.
    pub status: Option<String>,
}
