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
            Self::PipelineThere { .. } => "taskmaster ci init github --dry-run prints what would be written".to_owned(),
            Self::Event { .. } => "name the range yourself: --from REVISION --to REVISION".to_owned(),
        }
    }
}
