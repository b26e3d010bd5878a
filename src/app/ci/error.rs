/// Why a pipeline could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CiError {
    /// History that a shallow clone has left out.
    #[error("the history back to {} is not in this clone: it is shallow", missing.escape_debug())]
    Shallow {
        /// Where it should have begun.
        missing: String,
    },
    /// Where the shared branch was before it was forced away is not known here.
    #[error("the branch was forced away from `{}`, which is not here: where its new commits begin is not known", missing.escape_debug())]
    Forced {
        /// Where it was.
        missing: String,
    },
    /// A remote that somebody else has changed in another direction.
    #[error("the branch `{branch}` of {remote} has moved away from what is here, and {ahead}")]
    Diverged {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// What cannot be kept.
        ahead: &'static str,
    },
    /// No remote to push to.
    #[error("there is no remote to push the branch `{}` to", branch.escape_debug())]
    NoRemote {
        /// The branch.
        branch: String,
    },
    /// Commits of the user's own that would be published, too.
    #[error("the branch `{}` has {count} commits of yours that were not pushed, the last of them {}", branch.escape_debug(), newest.escape_debug())]
    Unpushed {
        /// The branch.
        branch: String,
        /// The last of them, and its subject.
        newest: String,
        /// How many there are.
        count: usize,
    },
    /// A folder of the pipeline's file that is a link.
    #[error("`{path}` is a link, and links are never written through")]
    PipelineLinked {
        /// The link.
        path: &'static str,
    },
    /// A command that cannot stand in a pipeline's file.
    #[error("the command for `{option}` {why}")]
    Command {
        /// The option it was given by.
        option: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A pipeline's file that is there and says something else.
    #[error("`{path}` is there already, and was left alone")]
    PipelineThere {
        /// The file.
        path: &'static str,
    },
    /// What a pipeline says of itself cannot be read.
    #[error("what the pipeline says of its event cannot be read: {reason}")]
    Event {
        /// Why not.
        reason: String,
    },
}

impl CiError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Shallow { .. } => "clone all of it (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab), or give \
                                     --deepen to fetch what is missing"
                .to_owned(),
            Self::Forced { .. } => "say where they begin: taskmaster ci run --from REVISION".to_owned(),
            Self::Diverged { remote, branch, .. } => {
                format!("bring them together first: git pull --rebase {remote} {branch}")
            }
            Self::NoRemote { .. } => "add one: git remote add origin URL".to_owned(),
            Self::Unpushed { .. } => "push them first: git push; or only look: taskmaster ci run --check".to_owned(),
            Self::PipelineLinked { .. } => "taskmaster ci init github --dry-run prints the file".to_owned(),
            Self::Command { .. } => {
                "put what is longer or odder into a script, and name that; values come in through `env:`".to_owned()
            }
            Self::PipelineThere { .. } => "taskmaster ci init github --dry-run prints what would be written".to_owned(),
            Self::Event { .. } => "name the range yourself: --from REVISION --to REVISION".to_owned(),
        }
    }
}
