//! The commit up to which a branch has been processed in this clone.

use super::error::library;
use super::repository::{commit_id, oid};
use super::{GitError, Repository};
use crate::model::CommitId;
use crate::store::crash::{Step, around};

/// Where processing of one branch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The branch, be it gone.
    pub branch: String,
    /// The commit; `None` where it is gone, or the reference is broken.
    pub commit: Option<CommitId>,
}

/// What became of a cursor that was to be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorOutcome {
    /// It is where it was to be.
    Moved,
    /// Another run has moved it meanwhile, and it stays there.
    Overtaken,
}

const PREFIX: &str = "refs/taskmaster/cursor/";
/// What the reference's own log says.
const MOVED: &str = "taskmaster: processed";

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
        for cursor in self.processed(doing)? {
            let (ahead, behind) = self.inner.graph_ahead_behind(tip, cursor).map_err(library(doing))?;
            if behind == 0 && nearest.is_none_or(|(least, _)| ahead < least) {
                nearest = Some((ahead, cursor));
            }
        }
        Ok(nearest.map(|(_, id)| commit_id(id)))
    }

    /// The commits that all cursors are at. One that points at nothing is none.
    fn processed(&self, doing: &'static str) -> Result<Vec<git2::Oid>, GitError> {
        let references = self.inner.references_glob(&format!("{PREFIX}*")).map_err(library(doing))?;
        let commits = references.filter_map(|reference| reference.ok()?.peel_to_commit().ok());
        Ok(commits.map(|commit| commit.id()).collect())
    }

    /// The commit nearest to `tip`, among those that it shares with anything that was processed: what
    /// lies behind it has been seen on no branch. `None` where there is none.
    ///
    /// # Errors
    /// When the references or the history cannot be read.
    pub fn nearest_processed(&self, tip: &CommitId) -> Result<Option<CommitId>, GitError> {
        let doing = "looking for where processing stands";
        let id = oid(tip)?;
        let mut nearest: Option<(usize, CommitId)> = None;
        for cursor in self.processed(doing)? {
            let Some(base) = self.merge_base(&commit_id(cursor), tip)? else { continue };
            let (ahead, _) = self.inner.graph_ahead_behind(id, oid(&base)?).map_err(library(doing))?;
            if nearest.as_ref().is_none_or(|(least, _)| ahead < *least) {
                nearest = Some((ahead, base));
            }
        }
        Ok(nearest.map(|(_, base)| base))
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
        for cursor in self.processed(doing)? {
            let base = self.inner.merge_base(here, cursor).ok();
            if base != Some(here) && base != Some(cursor) {
                others.push(cursor);
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

    /// Moves the cursor of `branch` from where this run has found it, as [`Repository::cursor`] gives it. One that
    /// another run has moved meanwhile stays: to go back would be to forget which commits were processed, and what
    /// is processed once more does nothing.
    ///
    /// # Errors
    /// When the reference cannot be read or written.
    pub fn set_cursor(
        &self,
        branch: &str,
        from: Option<&CommitId>,
        commit: &CommitId,
    ) -> Result<CursorOutcome, GitError> {
        let name = cursor_name(branch);
        let target = oid(commit)?;
        if let Ok(outcome) = self.swap_cursor(&name, from, target) {
            return Ok(outcome);
        }
        // `feature` was a branch, and `feature/x` is one now: the old cursor is in the way.
        self.drop_cursors_of_gone_branches()?;
        self.swap_cursor(&name, from, target).map_err(library("moving the cursor"))
    }

    fn swap_cursor(
        &self,
        name: &str,
        from: Option<&CommitId>,
        target: git2::Oid,
    ) -> Result<CursorOutcome, git2::Error> {
        around(Step::Cursor, || match self.found_cursor(name) {
            (_, found) if found.as_ref() != from => Ok(CursorOutcome::Overtaken),
            (now, _) => {
                let swapped = match now {
                    Some(now) => self.inner.reference_matching(name, target, true, now, MOVED),
                    None => self.inner.reference(name, target, false, MOVED),
                };
                match swapped {
                    Ok(_) => Ok(CursorOutcome::Moved),
                    // Since the look above.
                    Err(_) if self.found_cursor(name).0 != now => Ok(CursorOutcome::Overtaken),
                    Err(error) => Err(error),
                }
            }
        })
    }

    /// What the reference says, and the commit, where there is one.
    fn found_cursor(&self, name: &str) -> (Option<git2::Oid>, Option<CommitId>) {
        let now = self.inner.refname_to_id(name).ok();
        (now, now.filter(|id| self.inner.find_commit(*id).is_ok()).map(commit_id))
    }

    /// All cursors, broken ones too.
    ///
    /// # Errors
    /// When the references cannot be listed.
    pub fn cursors(&self) -> Result<Vec<Cursor>, GitError> {
        let mut found = Vec::new();
        for reference in self.inner.references_glob(&format!("{PREFIX}*")).map_err(library("listing the cursors"))? {
            let Ok(reference) = reference else { continue };
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            let Some(branch) = name.strip_prefix(PREFIX) else { continue };
            let commit = reference.peel_to_commit().ok().map(|commit| commit_id(commit.id()));
            found.push(Cursor { branch: branch.to_owned(), commit });
        }
        // What is no reference at all is left out of the list.
        let folder = self.inner.commondir().join(PREFIX);
        for entry in walkdir::WalkDir::new(&folder).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
            let Some(branch) = entry.path().strip_prefix(&folder).ok().and_then(|path| path.to_str()) else { continue };
            if !found.iter().any(|cursor| cursor.branch == branch) && !is_temporary_reference(branch) {
                found.push(Cursor { branch: branch.to_owned(), commit: None });
            }
        }
        Ok(found)
    }

    /// Forgets where processing of a branch stood.
    ///
    /// # Errors
    /// When the reference cannot be removed.
    pub fn remove_cursor(&self, branch: &str) -> Result<(), GitError> {
        let Ok(mut cursor) = self.inner.find_reference(&cursor_name(branch)) else {
            // A broken one is no reference to libgit2.
            let path = self.inner.commondir().join(cursor_name(branch));
            return match around(Step::CursorRemoval, || std::fs::remove_file(&path)) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    Err(GitError::Io { doing: "removing", path, source })
                }
                _ => Ok(()),
            };
        };
        match around(Step::CursorRemoval, || cursor.delete()) {
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
                around(Step::CursorRemoval, || reference.delete()).map_err(library(doing))?;
            }
        }
        Ok(())
    }
}

/// Whether a file below the references is one that is being written.
fn is_temporary_reference(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|ending| ending == "lock")
}

fn cursor_name(branch: &str) -> String {
    format!("{PREFIX}{branch}")
}
