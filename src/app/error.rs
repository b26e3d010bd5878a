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

impl AppError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Git(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Trust(error) => error.hint(),
            Self::Outbox(error) => Some(error.hint()),
            Self::Ci(error) => Some(error.hint()),
            Self::UnknownEnvironment(error) => Some(error.hint()),
            Self::UnknownTask { suggestions, .. } if !suggestions.is_empty() => {
                let names: Vec<String> = suggestions.iter().map(ToString::to_string).collect();
                Some(format!("did you mean {}?", names.join(" or ")))
            }
            Self::UnknownTask { .. } => Some("see taskmaster list for the tasks there are".to_owned()),
            Self::UnknownStatus { suggestion: Some(word), .. } | Self::UnknownTag { suggestion: Some(word), .. } => {
                Some(format!("did you mean {word}?"))
            }
            Self::UnknownStatus { known, .. } => {
                Some(format!("known are {}; define others under `statuses:` in config/workflow.yaml", known.join(", ")))
            }
            Self::UnknownPriority { known, .. } | Self::UnknownTag { known, .. } => {
                Some(format!("known are {}", known.join(", ")))
            }
            Self::ForbiddenTransition { allowed, .. } if allowed.is_empty() => {
                Some("it may go nowhere from there; see `statuses:` in config/workflow.yaml".to_owned())
            }
            Self::ForbiddenTransition { allowed, .. } => {
                Some(format!("from there it may go to {}", allowed.join(", ")))
            }
            Self::NoStatus { id } => Some(format!("say which, as in taskmaster set-status {id} done")),
            Self::NoTaskNamed { .. } => {
                Some("name one, as in taskmaster show 18; or work on a branch like task/18-parser".to_owned())
            }
            Self::NotCommitted { .. } => Some("commit it first, or give --no-commit".to_owned()),
            Self::Create(CreateError::NoSuchTag { .. }) => {
                Some("add the tag to tasks.json first, with an empty list `tasks`".to_owned())
            }
            Self::Create(CreateError::NoTitle | CreateError::NoWord { .. }) => {
                Some("say in a few words what is to be done".to_owned())
            }
            Self::Create(CreateError::TooDeep { .. }) => {
                Some("make it a subtask of the task above, or give --no-parent".to_owned())
            }
            Self::Create(CreateError::NotReadBack { .. }) => {
                Some("taskmaster check names what is wrong with the tree".to_owned())
            }
            Self::Taken { .. } => Some("commit it, or move it away; then run this again".to_owned()),
            Self::Occupied { .. } => Some("move it away, then run this again".to_owned()),
            Self::Linked { .. } => Some("put the file or the folder itself there".to_owned()),
            Self::Uncommitted { .. } => {
                Some("commit or take back your changes first, or leave out --commit".to_owned())
            }
            Self::Dirty { .. } => Some("commit them, or put them away (git stash -u); then run this again".to_owned()),
            Self::Migrate(refusal) => refusal.hint().map(ToOwned::to_owned),
            Self::Renumber(refusal) => refusal.hint().map(ToOwned::to_owned),
            Self::Recipe { recipe, .. } => {
                Some(format!("add it by hand: taskmaster init --recipes {recipe} prints it"))
            }
            Self::SwitchedOff { .. } => Some("unset that, then run this again".to_owned()),
            Self::Watched { .. } => Some("end that one, or watch another worktree".to_owned()),
            Self::Newer { .. } => Some("run the command again".to_owned()),
            Self::Hidden { .. } => Some(
                "commit it without the worktree: taskmaster sync; or widen the checkout (git sparse-checkout)"
                    .to_owned(),
            ),
            Self::StaysOn { source, .. } => source.hint(),
            Self::BranchElsewhere { branch, .. } => {
                Some(format!("go on there: git switch {branch}; or begin without a branch: taskmaster next --start"))
            }
            Self::Deferred(why) => Some(deferral_hint(*why).to_owned()),
            Self::BranchLocked { .. } => {
                Some("if no git process is running here, remove that file; then run this again".to_owned())
            }
            Self::NoTree { .. } => Some("make one: taskmaster init; or run this elsewhere: -C DIR".to_owned()),
            Self::Ignored { prefix, instead } => Some(format!(
                "take `{prefix}` out of .gitignore (git check-ignore -v {prefix}/x names the line), or {instead}"
            )),
            Self::UnknownSubject { .. } => Some(
                "taskmaster log and taskmaster events list them; of an event's id give at least 6 digits".to_owned(),
            ),
            Self::TaskId(_) => Some("ids look like 18, 18.5, task_018/subtask_005 or tag:18".to_owned()),
            Self::NoRepository => Some("open one: Engine::open(path)".to_owned()),
            Self::EventName { .. } => Some("events look like deployment.success or task.status.updated".to_owned()),
            Self::OutsideId { .. } => Some("give what the sender knows it by: --id \"$GITHUB_RUN_ID\"".to_owned()),
            Self::Upgrade { .. } => Some("see taskmaster config check".to_owned()),
            Self::NoFile { .. } => Some("the rules of a tree stand in .taskmaster/config/workflow.yaml".to_owned()),
            Self::EventData { .. } => {
                Some(r#"give it as one argument: --data '{"environment": "production"}'"#.to_owned())
            }
            Self::Metadata { .. } => Some(r#"give it as one argument: --metadata '{"ci_run": "123"}'"#.to_owned()),
            _ => self.name_hint().or_else(|| self.undo_hint()),
        }
    }

    /// The same for names that nobody has heard of.
    fn name_hint(&self) -> Option<String> {
        match self {
            Self::UnknownSetting { suggestion: Some(key), .. } => Some(format!("did you mean {key}?")),
            Self::UnknownCode { suggestion, .. } => Some(
                suggestion.map_or("docs/findings.md lists them".to_owned(), |code| format!("did you mean {code}?")),
            ),
            Self::UnknownSetting { .. } => Some("taskmaster config show lists the settings".to_owned()),
            _ => None,
        }
    }

    /// The same for what cannot be taken back.
    fn undo_hint(&self) -> Option<String> {
        match self {
            Self::UndoConflict { .. } => {
                Some("keep the later changes: taskmaster undo --merge; or undo them first".to_owned())
            }
            Self::UndoContradictions { .. } => Some("edit these places by hand, then undo again".to_owned()),
            Self::UndoNeeded { needed, .. } => Some(format!(
                "remove it, or the dependency on {needed}, everywhere (worktree included); then undo again"
            )),
            _ => None,
        }
    }
}

/// What to do where git's state is in the way.
fn deferral_hint(why: Deferral) -> &'static str {
    match why {
        Deferral::StagedEdits => "commit or unstage them, then run this again",
        Deferral::SignerUnavailable => "see what the signer says (git commit -S shows it), then run this again",
        Deferral::Unborn => "make the first one (git add -A && git commit), or give --no-commit where a command has it",
        Deferral::Detached => "switch to a branch, then run this again",
        Deferral::BranchMoves => "somebody else commits here now; run this again",
        _ => "finish that first, then run this again",
    }
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
