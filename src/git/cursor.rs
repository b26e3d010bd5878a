//! The commit up to which a branch has been processed in this clone.

use super::error::library;
use super::repository::{commit_id, oid};
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
            Ok(id) => Ok(self.inner.find_commit(id).is_ok().then(|| commit_id(id))),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(library("reading the cursor")(error)),
        }
    }

    /// The commit nearest to `tip`, among its ancestors and itself, up to which any branch has been
    /// processed: where a branch begins that has no cursor of its own. `None` where there is none.
    ///
    /// # Errors
    /// When the references or the history cannot be read.
    pub fn nearest_cursor(&self, tip: &CommitId) -> Result<Option<CommitId>, GitError> {
        let doing = "looking for where processing stands";
        let tip = oid(tip)?;
        let mut nearest: Option<(usize, git2::Oid)> = None;
        for reference in self.inner.references_glob(&format!("{PREFIX}*")).map_err(library(doing))? {
            // A cursor that points at nothing is none.
            let Some(commit) = reference.ok().and_then(|reference| reference.peel_to_commit().ok()) else { continue };
            let (ahead, behind) = self.inner.graph_ahead_behind(tip, commit.id()).map_err(library(doing))?;
            if behind == 0 && nearest.is_none_or(|(least, _)| ahead < least) {
                nearest = Some((ahead, commit.id()));
            }
        }
        Ok(nearest.map(|(_, id)| commit_id(id)))
    }

    /// What stands apart from `commit`, on branches that neither reach it nor are reached by it: the processed
    /// commits there that it does not reach, and the commits it reaches, itself left out, that those branches
    /// do not.
    ///
    /// # Errors
    /// When the references or the history cannot be read.
    pub fn processed_apart(&self, commit: &CommitId) -> Result<(Vec<CommitId>, Vec<CommitId>), GitError> {
        let doing = "looking for what other branches have processed";
        let here = oid(commit)?;
        let mut others = Vec::new();
        for reference in self.inner.references_glob(&format!("{PREFIX}*")).map_err(library(doing))? {
            let Some(cursor) = reference.ok().and_then(|reference| reference.peel_to_commit().ok()) else { continue };
            let base = self.inner.merge_base(here, cursor.id()).ok();
            if base != Some(here) && base != Some(cursor.id()) {
                others.push(cursor.id());
            }
        }
        if others.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let walk = |from: &[git2::Oid], without: &[git2::Oid]| -> Result<Vec<CommitId>, git2::Error> {
            let mut walk = self.inner.revwalk()?;
            from.iter().try_for_each(|id| walk.push(*id))?;
            without.iter().try_for_each(|id| walk.hide(*id))?;
            walk.filter(|id| id.as_ref().ok() != Some(&here)).map(|id| id.map(commit_id)).collect()
        };
        let elsewhere = walk(&others, &[here]).map_err(library(doing))?;
        Ok((elsewhere, walk(&[here], &others).map_err(library(doing))?))
    }

    /// Moves the cursor of `branch`.
    ///
    /// # Errors
    /// When the reference cannot be written.
    pub fn set_cursor(&self, branch: &str, commit: &CommitId) -> Result<(), GitError> {
        let target = oid(commit)?;
        let set = || self.inner.reference(&cursor_name(branch), target, true, "taskmaster: processed");
        if set().is_err() {
            // `feature` was a branch, and `feature/x` is one now: the old cursor is in the way.
            self.drop_cursors_of_gone_branches()?;
            set().map_err(library("moving the cursor"))?;
        }
        Ok(())
    }

    /// Forgets where processing of a branch stood.
    pub(super) fn remove_cursor(&self, branch: &str) -> Result<(), GitError> {
        match self.inner.find_reference(&cursor_name(branch)).and_then(|mut cursor| cursor.delete()) {
            Err(error) if error.code() != git2::ErrorCode::NotFound => Err(library("removing the cursor")(error)),
            _ => Ok(()),
        }
    }

    fn drop_cursors_of_gone_branches(&self) -> Result<(), GitError> {
        let doing = "removing the cursors of branches that are gone";
        for reference in self.inner.references_glob(&format!("{PREFIX}*")).map_err(library(doing))? {
            let Ok(mut reference) = reference else { continue };
            let branch = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            let Some(branch) = branch.strip_prefix(PREFIX) else { continue };
            if self.inner.refname_to_id(&format!("refs/heads/{branch}")).is_err() {
                reference.delete().map_err(library(doing))?;
            }
        }
        Ok(())
    }
}

fn cursor_name(branch: &str) -> String {
    format!("{PREFIX}{branch}")
}
