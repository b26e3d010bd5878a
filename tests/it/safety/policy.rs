//! The two ways of committing: what follows is a commit of its own, or waits for `apply`.

use std::fmt;

use super::super::sandbox::{Repo, Sandbox, WORKFLOW, planted_with};

/// The key `git.commit` of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    After,
    Never,
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::After => "after",
            Self::Never => "never",
        })
    }
}

impl Policy {
    pub(super) const BOTH: [Self; 2] = [Self::After, Self::Never];

    /// Rules that use every repository action, under this policy.
    pub(super) fn workflow(self) -> String {
        WORKFLOW.replace("  mode: commit\n", &format!("  mode: commit\n  git:\n    commit: {self}\n"))
    }

    /// A repository with the small tree, these rules, and hooks.
    pub(super) fn planted(self, sandbox: &Sandbox) -> Repo<'_> {
        planted_with(sandbox, &self.workflow())
    }

    /// What follows is there: by itself, or by `apply` and a commit of the user's.
    #[track_caller]
    pub(super) fn carry_out(self, repo: &Repo<'_>) {
        if self == Self::Never {
            repo.tm(&["apply"]);
            repo.git(&["commit", "-q", "-am", "What follows"]);
        }
    }

    /// What follows is there: by itself, or by `apply`, left for the user to commit.
    #[track_caller]
    pub(super) fn apply_where_asked(self, repo: &Repo<'_>) {
        if self == Self::Never {
            repo.tm(&["apply"]);
        }
    }
}
