use super::Conflict;
use crate::format::edit::EditError;
use crate::model::{TaskId, TreePath};

/// Why nothing is migrated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no task in the other layout.
    #[error("there is nothing to migrate")]
    Nothing,
    /// Files cannot be read.
    #[error("not everything can be read")]
    Unreadable(Vec<String>),
    /// Places contradict each other, and nobody has said who is right.
    #[error("places contradict each other")]
    Undecided(Vec<Conflict>),
    /// A file is where another is to be written.
    #[error("files are in the way")]
    Taken(Vec<TreePath>),
    /// Names that a file system without case takes for one.
    #[error("names differ by case alone")]
    Collisions(Vec<(TreePath, TreePath)>),
    /// Tasks that the other layout cannot name.
    #[error("tasks have no place in the other layout")]
    NoPlace(Vec<TaskId>),
    /// Tasks that would say something else afterwards.
    #[error("tasks would not be read back as they are")]
    NotReadBack(Vec<TaskId>),
    /// A tree was migrated in part or by another version of the program.
    #[error("`{path}` cannot be read: {reason}")]
    Manifest {
        /// The list of what was made.
        path: TreePath,
        /// What is wrong with it.
        reason: String,
    },
    /// The tree was migrated already; what it was is still there.
    #[error("the tree was migrated to {0} already")]
    Already(&'static str),
    /// Another part of the tree was migrated, and one migration at a time can be gone back from.
    #[error("{} to {target} already", match tag {
        Some(tag) => format!("the tag `{}` was migrated", tag.escape_debug()),
        None => "all tags were migrated".to_owned(),
    })]
    OtherTag {
        /// To which layout.
        target: &'static str,
        /// The tag; `None` for all of them.
        tag: Option<String>,
    },
    /// What was edited since cannot be written into the files as they were.
    #[error("what was edited in task {task} cannot be taken along: {source}")]
    Edit {
        /// The task.
        task: TaskId,
        /// Why not.
        source: EditError,
    },
}

impl Refusal {
    /// What it is about, line by line.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::Unreadable(list) => list.clone(),
            Self::Undecided(list) => list.iter().map(ToString::to_string).collect(),
            Self::Taken(list) => list.iter().map(ToString::to_string).collect(),
            Self::Collisions(list) => list.iter().map(|(one, other)| format!("{one} and {other}")).collect(),
            Self::NoPlace(list) | Self::NotReadBack(list) => list.iter().map(ToString::to_string).collect(),
            Self::Nothing | Self::Manifest { .. } | Self::Already(_) | Self::OtherTag { .. } | Self::Edit { .. } => {
                Vec::new()
            }
        }
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Nothing => Some("see taskmaster list; --to names the other layout, --tag one that has tasks"),
            Self::Unreadable(_) => Some("mend them (see taskmaster check), or give --skip-unreadable"),
            Self::Undecided(_) => Some("say who is right: --prefer markdown, json or newest"),
            Self::Taken(_) => Some("move these files away"),
            Self::Collisions(_) => Some("rename one of each"),
            Self::NoPlace(_) => Some("give them other ids; a subtask needs its parent"),
            Self::NotReadBack(_) => Some("see taskmaster check for what is odd about them"),
            Self::Manifest { .. } => Some("take it from the commit that migrated the tree"),
            Self::Already(_) | Self::OtherTag { .. } => Some(
                "go back first (taskmaster migrate --to the other layout); then migrate all tags at once, without --tag",
            ),
            Self::Edit { .. } => Some("take that edit back, migrate, and make it again"),
        }
    }
}
