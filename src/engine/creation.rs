//! What the engine makes that was not there: tasks, and whole files that only it writes.

use serde_json::Value;

use super::made_key::MadeKey;
use crate::format::edit::EditError;
use crate::model::{Task, TaskId, Timestamp, TreePath, TreePathError};

/// How many tasks one plan may make: rules that feed each other end here.
pub const MOST_TASKS: usize = 100;

/// The key of a made task's record that says by what it was made.
pub const CREATED_BY: &str = "created_by";
/// The key of a made task's record that says for which event: the same event makes no second task.
pub const EVENT: &str = "event";
/// What a change of a generated file is called in the audit trail, before its path.
pub const FILE: &str = "file@";
/// What [`CREATED_BY`] begins with where the engine has made the task.
pub const ENGINE: &str = "taskmaster";

/// Something new that an action wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Creation {
    /// A task.
    Task(TaskDraft),
    /// A file for this one event, such as a report: once it is there, or was taken away, it is not
    /// written again.
    Record(RecordDraft),
    /// The overview of the whole tree, `reports/project-status.md`: made when all else is planned, and
    /// replaced whole where it says something else.
    ProjectStatus,
}

/// A file to be made for one event. Its name follows from the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDraft {
    /// The folder below `reports/`: lower-case letters, digits, `-` and `_`.
    pub folder: String,
    /// What the name ends with, without the dot.
    pub extension: &'static str,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A task to be made. Its number, its file and how it is written follow from the tree.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskDraft {
    /// The title; white space and control characters become single spaces.
    pub title: String,
    /// The status in any spelling; `pending` where there is none.
    pub status: Option<String>,
    /// The priority.
    pub priority: Option<String>,
    /// The task it is part of; `None` for a task at the top.
    pub parent: Option<TaskId>,
    /// The tag of a task at the top; `None` for the one that the tree uses.
    pub tag: Option<String>,
    /// The highest number that somebody has taken outside the tree the plan is made on; its own are known.
    pub taken: u64,
    /// What must be finished before it.
    pub dependencies: Vec<TaskId>,
    /// What is to be done.
    pub description: Option<String>,
    /// Other fields, in their order; none of those above.
    pub fields: Vec<(String, Value)>,
}

impl RecordDraft {
    /// The file for an event of that key whose commit was written first at `authored`:
    /// `reports/<folder>/<date>-<sixteen digits>.<extension>`.
    ///
    /// # Errors
    /// When the folder cannot be part of a path.
    pub fn path(&self, authored: Option<Timestamp>, key: &MadeKey) -> Result<TreePath, TreePathError> {
        let date = authored.and_then(|moment| moment.date().ok()).map(|date| format!("{date}-")).unwrap_or_default();
        TreePath::new(format!("reports/{}/{date}{key}.{}", self.folder, self.extension))
    }
}

/// A file that only the engine writes, such as a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Which file: below `reports/`.
    pub path: TreePath,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Which branch a plan is made for. Tasks and generated files are made on the one that everybody shares,
/// since two branches would take the same numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ground {
    /// The branch everybody shares.
    Canonical,
    /// Another one, or none that is known.
    #[default]
    Elsewhere,
    /// Another one, where this is the one everybody shares.
    Beside {
        /// Its name.
        canonical: String,
    },
}

impl Ground {
    /// Why nothing is made here; `None` where it is.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        match self {
            Self::Canonical => None,
            Self::Beside { canonical } => {
                Some(format!("made on the branch `{canonical}` only, once this arrives there"))
            }
            Self::Elsewhere => {
                Some("made on the shared branch only, and which one that is is not known (git.canonical)".to_owned())
            }
        }
    }
}

/// Why nothing could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// A title with nothing in it.
    #[error("the new task has no title")]
    NoTitle,
    /// A title that no word is in.
    #[error("the title `{}` has no letter and no digit in it", title.escape_debug())]
    NoWord {
        /// The title.
        title: String,
    },
    /// No such parent, or no such dependency.
    #[error("there is no task {id}")]
    NoSuchTask {
        /// Which.
        id: TaskId,
    },
    /// The parent is a subtask itself, and the layout has no place for more levels.
    #[error("task {parent} is a subtask, and Markdown trees have no place for subtasks of subtasks")]
    TooDeep {
        /// The parent.
        parent: TaskId,
    },
    /// There is no list of tasks of that tag.
    #[error("no tasks.json has the tag `{}`", tag.escape_debug())]
    NoSuchTag {
        /// The tag.
        tag: String,
    },
    /// A file stands where the new one was to be.
    #[error("`{path}` is there already")]
    Taken {
        /// The file.
        path: TreePath,
    },
    /// A file of that name is there that the engine has not written.
    #[error("`{path}` was not written by taskmaster, and is left alone: rename it")]
    Foreign {
        /// The file.
        path: TreePath,
    },
    /// A path where no generated file may stand.
    #[error("`{path}` is no place for a generated file")]
    NotGenerated {
        /// The file.
        path: TreePath,
    },
    /// The list in the way it is written has no place for another task.
    #[error("`{path}`: {source}")]
    Edit {
        /// The file.
        path: TreePath,
        /// Why not.
        source: EditError,
    },
    /// What would be written is not what was meant.
    #[error("the new task would not be read back as it is meant: {reason}")]
    NotReadBack {
        /// What differs.
        reason: String,
    },
}

/// Whether the engine has made a task.
#[must_use]
pub fn is_automated(task: &Task) -> bool {
    let by = task.record.fields.get(CREATED_BY).and_then(Value::as_str);
    by.is_some_and(|by| by == ENGINE || by.strip_prefix(ENGINE).is_some_and(|rest| rest.starts_with('/')))
}

/// The event that a task was made for.
#[must_use]
pub fn made_for(task: &Task) -> Option<&str> {
    task.record.fields.get(EVENT)?.as_str().filter(|_| is_automated(task))
}
