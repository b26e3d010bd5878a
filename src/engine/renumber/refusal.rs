use crate::format::edit::EditError;
use crate::model::{TaskId, TreePath};

/// One reason why nothing is renumbered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// No such task.
    #[error("there is no task {0}")]
    Unknown(TaskId),
    /// It is to have two numbers, or the one that it has.
    #[error("task {0} is given more than one number, or its own")]
    Twice(TaskId),
    /// Another task has the number, or is to have it.
    #[error("the number {new} for task {old} is taken")]
    Taken {
        /// The task.
        old: TaskId,
        /// The number that it was to have.
        new: TaskId,
    },
    /// A tag is no part of a number.
    #[error("task {old} cannot become {new}: the tag stays")]
    OtherTag {
        /// The task.
        old: TaskId,
        /// The number that it was to have.
        new: TaskId,
    },
    /// A subtask stays in its task, and a task does not become one.
    #[error("task {old} cannot become {new}: what is part of a task stays part of it")]
    OtherParent {
        /// The task.
        old: TaskId,
        /// The number that it was to have.
        new: TaskId,
    },
    /// Something names the number already, though no task has it.
    #[error("task {by} names {new}, which no task is called yet and task {old} would be called")]
    Named {
        /// Who names it.
        by: TaskId,
        /// The task.
        old: TaskId,
        /// The number that it was to have.
        new: TaskId,
    },
    /// It is not known which of two is meant.
    #[error("task {0} is written twice")]
    WrittenTwice(TaskId),
    /// A file cannot be read, and nobody knows what it names.
    #[error("{0}")]
    Unreadable(String),
    /// Another file stands where one is to be.
    #[error("`{0}` is in the way")]
    InTheWay(TreePath),
    /// The names of two files would differ by case alone.
    #[error("`{0}` and `{1}` would differ by case alone")]
    Case(TreePath, TreePath),
    /// Something in a folder that moves is no plain file.
    #[error("`{0}` is a link, a program or a repository, and its folder is to move")]
    NoPlainFile(TreePath),
    /// A name cannot be changed alone.
    #[error("`{path}`: {source}")]
    Edit {
        /// The file.
        path: TreePath,
        /// Why not.
        source: EditError,
    },
    /// A task would say something else afterwards.
    #[error("task {0} would not be read back as it is")]
    NotReadBack(TaskId),
}

/// Why nothing is renumbered: everything that is in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", match obstacles.as_slice() {
    [one] => one.to_string(),
    more => format!("{} things are in the way", more.len()),
})]
pub struct RenumberRefusal {
    /// What is, one by one.
    pub obstacles: Vec<Obstacle>,
}

impl RenumberRefusal {
    /// What to do about the first of them.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self.obstacles.first()? {
            Obstacle::Unknown(_) => "see taskmaster list for the tasks there are",
            Obstacle::Twice(_) => "give each task one new number",
            Obstacle::Taken { .. } => "give that task another number in the same command, or choose a free one",
            Obstacle::OtherTag { .. } => "leave the tag out of the new number",
            Obstacle::OtherParent { .. } => "give the subtask a number within its task, such as 18.5=18.7",
            Obstacle::Named { .. } => "mend what it names first, or choose another number",
            Obstacle::WrittenTwice(_) => "edit one of the two by hand",
            Obstacle::Unreadable(_) => "mend it first: taskmaster check",
            Obstacle::InTheWay(_) => "move it away",
            Obstacle::Case(..) => "rename one of them",
            Obstacle::NoPlainFile(_) => "move it away, and back afterwards",
            Obstacle::Edit { .. } => "write the name in a plain way",
            Obstacle::NotReadBack(_) => "see taskmaster check for what is odd about it",
        })
    }
}
