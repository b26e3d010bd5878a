//! The commit up to which a branch has been processed in this clone.

use super::error::library;
use super::repository::oid;
use super::{GitError, Repository};
use crate::model::CommitId;

const PREFIX: &str = "refs/taskmaster/cursor/";

impl Repository {
    /// Where processing of `branch` stands; `None` where it never began, or the commit is gone.
    ///
    /// # Errors
    /// When the reference cannot be read.
    pub fn cursor(&self, branch: &str) -> Result<Option<CommitId>, GitError> {
        match self.inner.refname_to_id(&cursor_name(branch)) {
            Ok(id) => Ok(self.inner.find_commit(id).is_ok().then(|| super::repository::commit_id(id))),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(library("reading the cursor")(error)),
        }
    }

    /// Moves the cursor of `branch`.
    ///
    /// # Errors
    /// When the reference cannot be written.
    pub fn set_cursor(&self, branch: &str, commit: &CommitId) -> Result<(), GitError> {
        let target = oid(commit)?;
        self.inner
            .reference(&cursor_name(branch), target, true, "taskmaster: processed")
            .map_err(library("moving the cursor"))?;
        Ok(())
    }
}

fn cursor_name(branch: &str) -> String {
    format!("{PREFIX}{branch}")
}
