use super::ci::CiError;
use super::{OutboxError, TrustError};
use crate::engine::creation::CreateError;
use crate::engine::migrate::Refusal;
use crate::engine::renumber::RenumberRefusal;
use crate::engine::take_back::Contradiction;
use crate::format::edit::EditError;
use crate::format::workflow::{ExtendError, UnknownEnvironment};
use crate::git::{Deferral, GitError};
use crate::model::{TaskId, TaskIdError, TreePath};
use crate::store::StoreError;

/// Why a use case could not go on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The repository refused.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The file system refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A text that is no task id.
    #[error(transparent)]
    TaskId(#[from] TaskIdError),
    /// An engine that was made without one.
    #[error("this engine has no repository")]
    NoRepository,
    /// No such environment.
    #[error(transparent)]
    UnknownEnvironment(#[from] UnknownEnvironment),
    /// No such task.
    #[error("there is no task {id}")]
    UnknownTask {
        /// As it was asked for.
        id: TaskId,
        /// Ids that are spelled alike.
        suggestions: Vec<TaskId>,
    },
    /// A task was named, and no status for it.
    #[error("no status is given for task {id}")]
    NoStatus {
        /// The task.
        id: TaskId,
    },
    /// No task was named, and the branch names none.
    #[error("no task is named, and {}", match branch {
        Some(branch) => format!("the branch `{}` is not named for one", branch.escape_debug()),
        None => "HEAD is on no branch".to_owned(),
    })]
    NoTaskNamed {
        /// The branch, where HEAD is on one.
        branch: Option<String>,
    },
    /// No such status.
    #[error("there is no status `{}`", text.escape_debug())]
    UnknownStatus {
        /// As it was asked for.
        text: String,
        /// The closest known one.
        suggestion: Option<String>,
        /// All known ones.
        known: Vec<String>,
    },
    /// No such priority.
    #[error("there is no priority `{}`", text.escape_debug())]
    UnknownPriority {
        /// As it was asked for.
        text: String,
        /// The usual ones, and those that the tree has.
        known: Vec<String>,
    },
    /// No such tag.
    #[error("no task has the tag `{}`", text.escape_debug())]
    UnknownTag {
        /// As it was asked for.
        text: String,
        /// The closest known one.
        suggestion: Option<String>,
        /// All known ones.
        known: Vec<String>,
    },
    /// The workflow does not let a task go there.
    #[error("task {id} may not go from {from} to {to}")]
    ForbiddenTransition {
        /// The task.
        id: TaskId,
        /// Its status.
        from: String,
        /// The status asked for.
        to: String,
        /// Where it may go.
        allowed: Vec<String>,
    },
    /// A task that is in the worktree only.
    #[error("task {id} is in no commit yet")]
    NotCommitted {
        /// The task.
        id: TaskId,
    },
    /// A file could not be edited.
    #[error("`{path}`: {source}")]
    Edit {
        /// The file.
        path: TreePath,
        /// Why not.
        source: EditError,
    },
    /// A task could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// Another watcher has the worktree.
    #[error("this worktree is watched already{}", if holder.is_empty() { String::new() } else { format!(", by {}", holder.escape_debug()) })]
    Watched {
        /// Which, in its own words.
        holder: String,
    },
    /// The engine is switched off.
    #[error("the engine is switched off here: {how}")]
    SwitchedOff {
        /// By what.
        how: &'static str,
    },
    /// What was watched is not there any more.
    #[error("the repository is gone")]
    Gone,
    /// A file was saved by somebody else in the meantime.
    #[error("`{path}` was changed by somebody else just now, and was left alone")]
    Newer {
        /// The file.
        path: TreePath,
    },
    /// A file that a sparse checkout keeps out of the worktree.
    #[error("`{path}` is kept out of the worktree by a sparse checkout")]
    Hidden {
        /// The file.
        path: TreePath,
    },
    /// A file stands where a new one was to be.
    #[error("`{path}` is there already, and was left alone")]
    Taken {
        /// The file.
        path: TreePath,
    },
    /// A file that is a link, or stands behind one.
    #[error("`{path}` is a link or stands behind one, and nothing is written through links")]
    Linked {
        /// The file.
        path: TreePath,
    },
    /// Something that is no file stands where a file is to be.
    #[error("`{path}` is a folder, or no plain file, and a file is to stand there; nothing was written")]
    Occupied {
        /// The file.
        path: TreePath,
    },
    /// A file stands where a folder is to be.
    #[error("`{}` is a file, and a folder is to stand there; nothing was written", path.escape_debug())]
    NoFolder {
        /// Its path from the top of the repository.
        path: String,
    },
    /// Links, folders or files stand where folders or files are to be made.
    #[error("{} to go before new files can be made there; nothing was written", have(paths))]
    Blocked {
        /// What stands there.
        paths: Vec<TreePath>,
    },
    /// A file that a commit was to add to has changes of the user's.
    #[error("`{path}` has changes that no commit has, and a commit would take them along")]
    Uncommitted {
        /// The file.
        path: TreePath,
    },
    /// Files of the tree have changes of the user's.
    #[error("the tree has changes that no commit has")]
    Dirty {
        /// The files.
        paths: Vec<TreePath>,
    },
    /// The tree cannot be migrated.
    #[error("nothing was migrated: {0}")]
    Migrate(#[from] Refusal),
    /// Tasks cannot get these numbers.
    #[error("nothing was renumbered: {0}")]
    Renumber(#[from] RenumberRefusal),
    /// The rules' file cannot be added to.
    #[error("`{path}` cannot take the recipe {recipe}: {source}")]
    Recipe {
        /// The file.
        path: TreePath,
        /// The recipe's name.
        recipe: &'static str,
        /// Why not.
        source: ExtendError,
    },
    /// The branch of a task is there, and the task cannot be begun on it.
    #[error("the branch `{branch}` is there already, and task {id} is {} on it", match status {
        Some(status) => status.escape_debug().to_string(),
        None => "not there".to_owned(),
    })]
    BranchElsewhere {
        /// The branch.
        branch: String,
        /// The task.
        id: TaskId,
        /// Its status there; `None` where it does not exist there.
        status: Option<String>,
    },
    /// A branch was switched to for what then could not be done, and HEAD could not be brought back.
    #[error("{source}; HEAD stays on the branch `{branch}`")]
    StaysOn {
        /// The branch.
        branch: String,
        /// What could not be done.
        source: Box<AppError>,
    },
    /// Git is in the middle of something.
    #[error("nothing can be committed now: {0}")]
    Deferred(Deferral),
    /// Somebody holds the lock of the branch, or was killed while holding it.
    #[error("nothing can be committed now: `{}` is there, by which git locks the branch", path.display())]
    BranchLocked {
        /// The lock.
        path: std::path::PathBuf,
    },
    /// There is no tree.
    #[error("there is no `{prefix}` folder in `{place}`")]
    NoTree {
        /// The folder's name.
        prefix: String,
        /// Where it was looked for.
        place: String,
    },
    /// Git ignores the tree.
    #[error("git ignores `{prefix}`: nothing in it can be committed")]
    Ignored {
        /// The folder's name.
        prefix: String,
        /// What to do to have no commit made.
        instead: &'static str,
    },
    /// A question about history where there is none.
    #[error("there is no commit yet")]
    NoCommits,
    /// Neither a commit nor an event.
    #[error("`{}` is neither a commit nor an event of this history", text.escape_debug())]
    UnknownSubject {
        /// As it was given.
        text: String,
    },
    /// Nothing to take back.
    #[error("there is no engine commit to undo{}", detail)]
    NothingToUndo {
        /// What was looked at.
        detail: String,
    },
    /// Later changes are in the way.
    #[error("{} changed since {commit} in the same lines; nothing was undone", have(paths))]
    UndoConflict {
        /// The files.
        paths: Vec<TreePath>,
        /// The commit that was to be undone.
        commit: String,
    },
    /// Later changes contradict what is to be taken back.
    #[error("later changes contradict {commits} in {}; nothing was undone", match contradictions.len() {
        1 => "a place".to_owned(),
        more => format!("{more} places"),
    })]
    UndoContradictions {
        /// The commits that were to be undone.
        commits: String,
        /// Where, and what.
        contradictions: Vec<Contradiction>,
    },
    /// A task that would be taken away is needed by another one.
    #[error("task {task} hangs on task {needed}; nothing was undone")]
    UndoNeeded {
        /// The task that would be left.
        task: TaskId,
        /// The task that was to go.
        needed: TaskId,
    },
    /// A pipeline cannot do its work.
    #[error(transparent)]
    Ci(#[from] CiError),
    /// A name that no event has.
    #[error("no event is called `{}`: {reason}", text.escape_debug())]
    EventName {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An id that no event from outside can have.
    #[error("`{}` is no id of an event: 1 to 200 bytes without control characters", text.escape_debug())]
    OutsideId {
        /// As it was given.
        text: String,
    },
    /// Rules that cannot be changed safely.
    #[error("{}", reason)]
    Upgrade {
        /// Why not.
        reason: String,
    },
    /// A range with three dots, which git has for something else.
    #[error("`{}` has three dots; write two: {}", text.escape_debug(), text.replacen("...", "..", 1).escape_debug())]
    ThreeDots {
        /// As it was given.
        text: String,
    },
    /// A setting that nobody has heard of.
    #[error("there is no setting `{}`", text.escape_debug())]
    UnknownSetting {
        /// As it was asked for.
        text: String,
        /// The closest one there is.
        suggestion: Option<String>,
    },
    /// A kind of finding that there is not.
    #[error("there is no kind of finding `{}`", text.escape_debug())]
    UnknownCode {
        /// As it was asked for.
        text: String,
        /// The closest one there is.
        suggestion: Option<&'static str>,
    },
    /// A file that is not there.
    #[error("there is no file `{path}`")]
    NoFile {
        /// The file as it was named.
        path: String,
    },
    /// Something stands where rules are read from that is no file of its own.
    #[error("`{path}` {what}: no rules are read from it, and what holds without any is in force")]
    NoRules {
        /// The file as it was named.
        path: String,
        /// What stands there.
        what: &'static str,
    },
    /// Data of an event that is no JSON object.
    #[error("the data is not a JSON object: {reason}")]
    EventData {
        /// What is wrong with it.
        reason: String,
    },
    /// What is allowed cannot be known or said.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// An effect that cannot be decided about.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// Metadata that is no JSON object.
    #[error("the metadata is not a JSON object: {reason}")]
    Metadata {
        /// What is wrong with it.
        reason: String,
    },
}

/// Which files have done something: "`a` has", "`a` and `b` have".
fn have(paths: &[TreePath]) -> String {
    let named: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    match named.split_last() {
        Some((last, [])) => format!("{last} has"),
        Some((last, others)) => format!("{} and {last} have", others.join(", ")),
        None => "files have".to_owned(),
    }
}
