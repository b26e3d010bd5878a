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
    /// Files that were put away are there again, and say something else: what differs.
    #[error("the tree is half migrated: files that were put away are there again, with something else in them")]
    HalfMigrated(Vec<String>),
    /// What is only for an import was said of something else.
    #[error("--map-status and --ids are about an import, and nothing is imported")]
    NoImport,
    /// There is nothing to import.
    #[error("the last commit has no tasks of Backlog.md")]
    NoBacklog,
    /// The tree has no folder of its own, into which an import could go.
    #[error("the tree is one of the older layout")]
    Older,
    /// Ids of what is imported that the tree has already.
    #[error("the tree has tasks of these ids already")]
    TakenIds(Vec<TaskId>),
    /// Ids that two files of what is imported have.
    #[error("two files have one id")]
    Twice(Vec<String>),
    /// Statuses of what is imported that mean nothing here, each with the number of its tasks.
    #[error("statuses mean nothing here")]
    Statuses(Vec<(String, usize)>),
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
    /// Files that were put away are not as they were, each with the line that differs first, where that is known.
    #[error("files were edited where they are put away")]
    EditedAway(Vec<String>),
    /// Texts that were written since, for which the files as they were have no place.
    #[error("texts would be lost")]
    Lost(Vec<String>),
    /// New tasks of a tag that the list as it was does not have.
    #[error("the list that was put away does not have the tag of new tasks")]
    NoList(Vec<TaskId>),
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
    /// What to do about an edit where nothing reads it.
    pub(super) const PUT_AWAY: &str = "git log -p -m --first-parent -- FILE shows the edit, also that of a merge: make it where the tasks are now, then take the file from the commit that migrated the tree (git checkout COMMIT -- FILE)";

    /// What it is about, line by line.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::Unreadable(list)
            | Self::Twice(list)
            | Self::Lost(list)
            | Self::EditedAway(list)
            | Self::HalfMigrated(list) => list.clone(),
            Self::Undecided(list) => list.iter().map(ToString::to_string).collect(),
            Self::Taken(list) => list.iter().map(ToString::to_string).collect(),
            Self::Collisions(list) => list.iter().map(|(one, other)| format!("{one} and {other}")).collect(),
            Self::NoPlace(list) | Self::NotReadBack(list) | Self::TakenIds(list) | Self::NoList(list) => {
                list.iter().map(ToString::to_string).collect()
            }
            Self::Statuses(list) => {
                let one = |(word, count): &(String, usize)| {
                    format!("`{}` in {count} {}", word, if *count == 1 { "task" } else { "tasks" })
                };
                list.iter().map(one).collect()
            }
            Self::Nothing
            | Self::Manifest { .. }
            | Self::Already(_)
            | Self::OtherTag { .. }
            | Self::Edit { .. }
            | Self::NoBacklog
            | Self::NoImport
            | Self::Older => Vec::new(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Nothing => Some(
                "no task is written in another layout (generated text alone is none): see taskmaster list; --to names the layout that is wanted, --tag a tag that has tasks",
            ),
            Self::Unreadable(_) => Some("mend them (see taskmaster check), or give --skip-unreadable"),
            Self::Undecided(_) => Some(
                "say who is right: taskmaster migrate --prefer markdown or json, or newest where commits tell them apart",
            ),
            Self::Taken(_) => Some("move these files away (git may ignore them: git check-ignore -v FILE)"),
            Self::Collisions(_) => Some("rename one of each"),
            Self::NoPlace(_) => Some("give them other ids; a subtask needs its parent"),
            Self::NotReadBack(_) => Some("see taskmaster check for what is odd about them"),
            Self::Manifest { .. } => Some("take it from the commit that migrated the tree"),
            Self::Already(_) => Some("go back: taskmaster migrate"),
            Self::OtherTag { .. } => Some(
                "first back, then all tags at once: taskmaster migrate, and then once more taskmaster migrate (without --tag)",
            ),
            Self::HalfMigrated(_) => Some(
                "bring that to where the tasks are now (git diff --no-index of the file below migrated/ and the one that is there shows it), then git rm these files",
            ),
            Self::NoImport => Some("leave them out, or say --from backlog"),
            Self::NoBacklog => Some(
                "it looks into backlog/, .backlog/, or the folder that backlog.config.yml names; commit that folder first",
            ),
            Self::Older => Some("give it one first: taskmaster migrate --from root"),
            Self::TakenIds(_) => Some("--ids number-on gives these the next free numbers; --tag puts all under a tag"),
            Self::Twice(_) => Some("give one of each another id, or move it out of that folder"),
            Self::Statuses(_) => Some(
                "say what each means: --map-status \"QA=review\", or an alias in `statuses` of config/workflow.yaml",
            ),
            Self::EditedAway(_) => Some(Self::PUT_AWAY),
            Self::Lost(_) => Some(
                "write them into a field or a text of the task, keep them in a file of their own, or take them out; then migrate again",
            ),
            Self::NoList(_) => Some(
                "move the files of these tasks out of the tree, migrate, make the tag in tasks.json, and move them back; or give them a tag that the list has",
            ),
            Self::Edit { .. } => Some("take that edit back, migrate, and make it again"),
        }
    }
}
