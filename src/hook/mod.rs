//! Git hooks: which there are, and how ours get into a repository and out of it again.
//!
//! Hooks are doorbells. What is to be done follows from the branch and the cursor, so a hook
//! needs neither git's standard input nor a place of its own: it is one marked section in a
//! script that may otherwise belong to somebody else.
//!
//! `section` and `interpreter` work on bytes alone; `folder` asks git where hooks are; `hook_file`,
//! `managers`, `install` and `status` touch files.

mod doctor;
mod folder;
mod hook_file;
mod install;
mod interpreter;
mod managers;
mod run;
mod scripts;
mod section;
mod shortcut;
mod status;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use doctor::faults;
pub use folder::{Configured, FolderError, FolderKind, Git, HooksFolder};
pub use install::{InstallError, Outcome, OutcomeKind, SharedFolder, install, uninstall};
pub use managers::Manager;
pub use run::run;
pub use scripts::{HookScript, scripts};
pub use section::{Inserted, Removed, SectionError, insert, recorded_binary, remove};
pub use status::{HookState, HookStatus, HooksStatus, status};

/// A hook of git's in which the engine has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HookName {
    /// Before a commit is made; can refuse it.
    PreCommit,
    /// Before the message is edited; can refuse the commit.
    PrepareCommitMsg,
    /// After the message is written; can refuse the commit.
    CommitMsg,
    /// After a commit.
    PostCommit,
    /// After a merge, fast-forwards included.
    PostMerge,
    /// After an amend or a rebase.
    PostRewrite,
    /// After a checkout, a switch or a clone.
    PostCheckout,
    /// Before a push; can refuse it.
    PrePush,
    /// In the repository that was pushed to, after its branches have moved.
    PostReceive,
}

/// Whose hooks git runs in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those of people who work in it.
    Clone,
    /// Those of a bare repository that is pushed to.
    Server,
}

impl Side {
    /// The hooks in which the engine has something to do there.
    #[must_use]
    pub fn hooks(self) -> &'static [HookName] {
        match self {
            Self::Clone => &HookName::ALL,
            Self::Server => &HookName::SERVER,
        }
    }
}

impl HookName {
    /// Those of a clone, in the order in which a piece of work meets them.
    pub const ALL: [Self; 8] = [
        Self::PreCommit,
        Self::PrepareCommitMsg,
        Self::CommitMsg,
        Self::PostCommit,
        Self::PostMerge,
        Self::PostRewrite,
        Self::PostCheckout,
        Self::PrePush,
    ];

    /// Those of a bare repository that is pushed to.
    pub const SERVER: [Self; 1] = [Self::PostReceive];

    /// The name of the hook's file, which is also its name in commands: `pre-commit`.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrepareCommitMsg => "prepare-commit-msg",
            Self::CommitMsg => "commit-msg",
            Self::PostCommit => "post-commit",
            Self::PostMerge => "post-merge",
            Self::PostRewrite => "post-rewrite",
            Self::PostCheckout => "post-checkout",
            Self::PrePush => "pre-push",
            Self::PostReceive => "post-receive",
        }
    }

    /// Whether git asks this hook for leave, so that its exit code counts.
    #[must_use]
    pub fn can_refuse(self) -> bool {
        matches!(self, Self::PreCommit | Self::PrepareCommitMsg | Self::CommitMsg | Self::PrePush)
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file_name())
    }
}

/// A text that names no hook of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a hook that taskmaster uses", .0.escape_debug())]
pub struct UnknownHook(
    /// The text.
    pub String,
);

impl FromStr for HookName {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, UnknownHook> {
        Self::ALL
            .into_iter()
            .chain(Self::SERVER)
            .find(|hook| hook.file_name() == text)
            .ok_or_else(|| UnknownHook(text.to_owned()))
    }
}
