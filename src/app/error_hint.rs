//! What to do about an error.

use super::AppError;
use crate::engine::creation::CreateError;
use crate::git::Deferral;

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
            Self::Occupied { .. } | Self::NoFolder { .. } => Some("move it away, then run this again".to_owned()),
            Self::Blocked { .. } => {
                Some("move it away (git may ignore it: git check-ignore -v PATH); then run this again".to_owned())
            }
            Self::NoRules { .. } => Some("put the file itself there".to_owned()),
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
            Self::NoTree { .. } => Some("make one: taskmaster init; or run this elsewhere: -C DIR; one in another folder of the repository: git config taskmaster.tree FOLDER".to_owned()),
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
