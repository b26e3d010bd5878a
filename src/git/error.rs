use std::path::PathBuf;

use crate::store::StoreError;

/// Why the repository could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no repository here.
    #[error("no git repository at `{}` or above it", path.display())]
    NotFound {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository uses a feature that cannot be served.
    #[error("this repository uses {feature}, which is not supported yet")]
    Unsupported {
        /// The feature, in git's words.
        feature: &'static str,
    },
    /// The repository belongs to somebody else.
    #[error("`{}` is owned by another user", path.display())]
    ForeignOwner {
        /// The repository.
        path: PathBuf,
    },
    /// A revision that names nothing.
    #[error("`{}` names no commit", text.escape_debug())]
    UnknownRevision {
        /// As it was given.
        text: String,
    },
    /// A bare repository was asked for its files.
    #[error("a bare repository has no files to work on")]
    Bare,
    /// libgit2 refused.
    #[error("{doing}: {}", source.message())]
    Library {
        /// What was being done.
        doing: &'static str,
        /// Its own words.
        source: git2::Error,
    },
    /// The `git` program failed.
    #[error("`git {command}` failed: {message}")]
    Program {
        /// The arguments.
        command: String,
        /// What it said.
        message: String,
    },
    /// A file could not be read or written.
    #[error("{doing} `{}`: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl GitError {
    /// Whether a push was refused by the remote's own rules: a branch that is protected, or a hook. That somebody else
    /// was faster is another reason.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let Self::Program { command, message } = self else { return false };
        let refusals = ["hook declined", "protected branch", "GH006", "GH013"];
        command.starts_with("push ")
            && message.contains("[remote rejected]")
            && refusals.iter().any(|words| message.contains(words))
    }

    /// Whether a push was refused by the remote for something other than that somebody else was faster: for its rules, or since
    /// it does not know how.
    #[must_use]
    pub fn is_remote_refusal(&self) -> bool {
        let Self::Program { command, message } = self else { return false };
        let races = ["cannot lock ref", "failed to update ref", "incorrect old value", "already exists"];
        let is_race = races.iter().any(|words| message.contains(words));
        let is_refusal = message.contains("[remote rejected]") && !is_race;
        command.starts_with("push ") && (is_refusal || message.contains("does not support --atomic"))
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } => Some("run inside a git repository, or make one: git init".to_owned()),
            Self::Unsupported { feature } => Some(match *feature {
                "the reftable reference format" => "convert it: git refs migrate --ref-format=files".to_owned(),
                "`extensions.partialClone`" => "say it as git does since 2.24: git config remote.origin.promisor true \
                                                && git config --unset extensions.partialClone"
                    .to_owned(),
                _ => "use a repository with SHA-1 object ids".to_owned(),
            }),
            Self::ForeignOwner { path } => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                Some(format!("if you trust it: git config --global --add safe.directory '{}'", path.display()))
            }
            Self::UnknownRevision { text } if text == "HEAD" => {
                Some("there is no commit yet: make the first one".to_owned())
            }
            Self::Bare => Some(
                "work in a clone of it; commands that read take a commit here, such as: taskmaster list --at HEAD"
                    .to_owned(),
            ),
            Self::Program { command, .. } if command.starts_with("var ") => Some(
                "say who you are: git config user.name 'Your Name' && git config user.email you@example.com".to_owned(),
            ),
            Self::UnknownRevision { .. } => Some("see git log --oneline for what there is".to_owned()),
            _ => None,
        }
    }
}

/// The same for a file of ours.
pub(super) fn stored(error: StoreError) -> GitError {
    match error {
        StoreError::Io { doing, path, source } => GitError::Io { doing, path, source },
        StoreError::Corrupt { path, .. } => {
            GitError::Io { doing: "reading", path, source: std::io::ErrorKind::InvalidData.into() }
        }
        StoreError::Foreign { path } => {
            GitError::Io { doing: "reading", path, source: std::io::ErrorKind::PermissionDenied.into() }
        }
    }
}

/// Names what was being done when libgit2 refused.
pub(super) fn library(doing: &'static str) -> impl FnOnce(git2::Error) -> GitError {
    move |source| GitError::Library { doing, source }
}
