//! A tree in another layout: tasks.json as Markdown files, Markdown files as tasks.json, and back again.
//!
//! What a layout cannot say is not lost: every file that goes or changes is put away as it was, below
//! `migrated/`, with a [list](manifest) of what was made. The [way back](back) takes those files and makes in
//! them what was edited since, so that a tree in which nothing was edited comes back byte for byte.

mod adopt;
mod again;
mod agreed;
mod away;
mod back;
mod backlog;
mod conflict;
mod corrected;
mod edits;
mod forward;
mod json;
mod lineage;
mod losses;
mod manifest;
mod markdown;
mod newest;
mod numbers;
mod refusal;
mod rehomed;
mod sides;
mod since;
mod staying;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::format;
use crate::model::{Board, FileRole, Snapshot, SnapshotLabel, SourceFile, StatusSet, TaskId, TreePath};

pub use adopt::{adopt, stays_beside};
pub use away::{findings, same_put_away, settled};
pub use back::back;
pub use backlog::{Backlog, ImportRequest, Shelf, TakenIds, import};
pub use conflict::{Conflict, Side};
pub(super) use forward::collisions;
pub use forward::{forward, unreadable};
pub use lineage::{Lineage, Past};
pub use manifest::Manifest;
pub use newest::{LastChanges, Said};
pub use refusal::Refusal;
pub use rehomed::drop_rehomed;

/// What stands for event and trigger in the audit trail of a migration.
pub const MIGRATE: &str = "migrate";

/// How tasks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A Markdown file for each task, below `context/`.
    Markdown,
    /// All tasks in `tasks/tasks.json`.
    TasksJson,
}

impl Target {
    /// As it is written on the command line and in the list of what was made.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::TasksJson => "tasks-json",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Markdown, Self::TasksJson].into_iter().find(|target| target.name() == name)
    }
}

/// What becomes of files that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing is migrated.
    Refuse,
    /// They stay as they are, or are put away with what could be read of them.
    Skip,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct MigrationRequest {
    /// The layout.
    pub target: Target,
    /// The tasks of this tag alone.
    pub tag: Option<String>,
    /// Which side is right, for tasks whose places contradict each other.
    pub winners: BTreeMap<TaskId, Side>,
    /// Which side is right of a field of a task, before all others.
    pub by_field: BTreeMap<(TaskId, String), Side>,
    /// Which side is right for all other tasks; `None` where nobody has said.
    pub otherwise: Option<Side>,
    /// What becomes of what cannot be read.
    pub unreadable: Unreadable,
}

impl MigrationRequest {
    /// A layout for all tasks; nobody has said who is right.
    #[must_use]
    pub fn to(target: Target) -> Self {
        Self {
            target,
            tag: None,
            winners: BTreeMap::new(),
            by_field: BTreeMap::new(),
            otherwise: None,
            unreadable: Unreadable::Refuse,
        }
    }

    /// Which side is right of a field of a task.
    fn winner(&self, task: &TaskId, field: &str) -> Option<Side> {
        let of_field = self.by_field.get(&(task.clone(), field.to_owned())).copied();
        of_field.or_else(|| self.winners.get(task).copied()).or(self.otherwise)
    }

    /// Whether something was decided about a task by itself.
    fn has_decided(&self, task: &TaskId) -> bool {
        self.winners.contains_key(task) || self.by_field.keys().any(|(of, _)| of == task)
    }

    /// Whether a task is among those that are wanted.
    fn is_about(&self, task: &TaskId) -> bool {
        self.tag.as_ref().is_none_or(|tag| task.tag() == tag)
    }
}

/// A tree in the other layout, while it is made.
struct Converted {
    snapshot: Snapshot,
    moved: Vec<TaskId>,
    notes: Vec<String>,
    /// The statuses of tasks that are where they were; their entries elsewhere are put away.
    standing: BTreeMap<TaskId, String>,
}

impl Converted {
    fn of(snapshot: &Snapshot) -> Self {
        let snapshot = Snapshot { label: SnapshotLabel::Planned, ..snapshot.clone() };
        Self { snapshot, moved: Vec::new(), notes: Vec::new(), standing: BTreeMap::new() }
    }
}

/// Files as they are to be; `None` for one that goes.
pub type Changes = BTreeMap<TreePath, Option<Vec<u8>>>;

/// What a migration does.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// The files that differ afterwards, those that are put away among them.
    pub changes: Changes,
    /// The tasks that are written in the other way, and in that one alone.
    pub moved: Vec<TaskId>,
    /// What is in the files that are put away, and nowhere else; or why something stayed.
    pub notes: Vec<String>,
    /// The contradictions that were decided.
    pub conflicts: Vec<Conflict>,
}

/// A snapshot with these changes.
#[must_use]
pub fn changed(snapshot: &Snapshot, changes: &Changes) -> Snapshot {
    let mut result = Snapshot { label: SnapshotLabel::Planned, ..snapshot.clone() };
    for (path, bytes) in changes {
        match bytes {
            Some(bytes) => result.files.insert(path.clone(), SourceFile::new(bytes.clone())),
            None => result.files.remove(path),
        };
    }
    result
}

/// What differs between the files of two snapshots.
#[must_use]
pub fn differences(before: &Snapshot, after: &Snapshot) -> Changes {
    let gone = before.files.keys().filter(|path| !after.files.contains_key(*path)).map(|path| (path.clone(), None));
    let new = after.changed_files(before).into_iter();
    gone.chain(new.map(|path| (path.clone(), after.bytes(path).map(<[u8]>::to_vec)))).collect()
}

fn board(snapshot: &Snapshot, statuses: &StatusSet) -> Board {
    format::board(snapshot, statuses.clone())
}

/// The files of tasks in the layout that a migration to `target` starts from.
fn sources(snapshot: &Snapshot, target: Target) -> impl Iterator<Item = (&TreePath, &Arc<SourceFile>)> {
    let role = match target {
        Target::Markdown => FileRole::TasksJson,
        Target::TasksJson => FileRole::TaskMarkdown,
    };
    // The tasks.json under `tasks/` is the current one, and comes first.
    let mut found: Vec<_> = snapshot.files.iter().filter(|(path, _)| path.role() == role).collect();
    found.sort_by_key(|(path, _)| (role == FileRole::TasksJson && path.folder().is_none(), (*path).clone()));
    found.into_iter()
}

#[cfg(test)]
mod back_properties;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
