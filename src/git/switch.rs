//! Switching branches as the user would, and back.

use super::error::library;
use super::program::Program;
use super::{GitError, Repository};
use crate::model::CommitId;
use crate::store::crash::{Step, around};

/// Where HEAD was before a switch, and what the switch has made.
#[derive(Debug)]
pub struct Switched {
    /// The branch that HEAD was on; `None` where it was on none.
    from: Option<String>,
    /// The commit that HEAD was at.
    at: CommitId,
    /// The branch that HEAD is on now, and the commit it was at then.
    to: String,
    tip: CommitId,
    kind: SwitchKind,
}

/// How a branch is switched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchKind {
    /// It is made at HEAD.
    New,
    /// It is there.
    Existing,
}

impl Repository {
    /// The commit a branch of this clone is at; `None` where there is no such branch.
    ///
    /// # Errors
    /// When the reference cannot be read.
    pub fn branch_tip(&self, branch: &str) -> Result<Option<CommitId>, GitError> {
        match self.inner.refname_to_id(&format!("refs/heads/{branch}")) {
            Ok(id) => Ok(Some(super::repository::commit_id(id))),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(library("reading a branch")(error)),
        }
    }

    /// Switches to a branch as the user would: git's own hooks run, and edits are taken along.
    ///
    /// # Errors
    /// When git refuses: edits are in the way, or something is under way.
    pub fn switch(&self, branch: &str, kind: SwitchKind) -> Result<Switched, GitError> {
        let unknown = || GitError::UnknownRevision { text: "HEAD".to_owned() };
        let (from, at) = (self.branch()?, self.head()?.ok_or_else(unknown)?);
        let arguments: &[&str] = match kind {
            SwitchKind::New => &["switch", "-q", "-c", branch],
            // Of a remote's branch of that name none is made.
            SwitchKind::Existing => &["switch", "-q", "--no-guess", branch],
        };
        match around(Step::Switch, || Program::of(self).run(arguments, &[])) {
            // A hook behind the switch may fail: it is done all the same.
            Err(_) if self.branch()?.as_deref() == Some(branch) && from.as_deref() != Some(branch) => {}
            other => drop(other?),
        }
        let tip = self.head()?.ok_or_else(unknown)?;
        Ok(Switched { from, at, to: branch.to_owned(), tip, kind })
    }

    /// Goes back to where HEAD was, and takes away the branch that the switch had made. Does nothing
    /// where the branch has a new commit by now, or HEAD is elsewhere; whether it went back.
    ///
    /// # Errors
    /// When git refuses.
    pub fn switch_back(&self, switched: &Switched) -> Result<bool, GitError> {
        let is_there = self.branch()?.as_deref() == Some(switched.to.as_str());
        if !is_there || self.head()?.as_ref() != Some(&switched.tip) {
            return Ok(false);
        }
        let program = |arguments: &[&str]| Program::of(self).run(arguments, &[]).map(drop);
        around(Step::Switch, || match (switched.kind, &switched.from) {
            (SwitchKind::Existing, Some(branch)) => program(&["switch", "-q", "--no-guess", branch]),
            (SwitchKind::Existing, None) => program(&["switch", "-q", "--detach", switched.at.as_str()]),
            // Nothing but HEAD differs, and no lock of the index is in the way of that.
            (SwitchKind::New, Some(branch)) => {
                program(&["symbolic-ref", "-m", "taskmaster: back", "HEAD", &format!("refs/heads/{branch}")])
            }
            (SwitchKind::New, None) => program(&["update-ref", "--no-deref", "HEAD", switched.at.as_str()]),
        })?;
        if switched.kind == SwitchKind::New {
            around(Step::BranchRemoval, || program(&["branch", "-q", "-D", &switched.to]))?;
            self.remove_cursor(&switched.to)?;
        }
        Ok(true)
    }
}
