use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use git2::Oid;

use super::error::library;
use super::repository::{commit_id, oid};
use super::{GitError, Repository};
use crate::model::CommitId;

/// Which commits of a range were made in this clone.
///
/// A commit is own when no remote-tracking reference reaches it, or when it was noted as pending
/// here before it was pushed. The engine makes commits on top of own commits only.
#[derive(Debug)]
pub struct Ownership {
    foreign: HashSet<CommitId>,
    pending: HashSet<CommitId>,
}

impl Ownership {
    /// Whether the commit was made in this clone.
    #[must_use]
    pub fn is_own(&self, commit: &CommitId) -> bool {
        !self.foreign.contains(commit) || self.pending.contains(commit)
    }
}

impl Repository {
    /// Tells whose the commits are that `tip` reaches and `base` does not.
    ///
    /// # Errors
    /// When history or references cannot be read.
    pub fn ownership(&self, base: Option<&CommitId>, tip: &CommitId) -> Result<Ownership, GitError> {
        let doing = "telling own commits from pulled ones";
        let tracked: Vec<Oid> = self
            .inner
            .references_glob("refs/remotes/*")
            .map_err(library(doing))?
            .filter_map(|reference| reference.ok()?.peel_to_commit().ok().map(|commit| commit.id()))
            .collect();
        let mut foreign = HashSet::new();
        if !tracked.is_empty() {
            let mut all = self.inner.revwalk().map_err(library(doing))?;
            all.push(oid(tip)?).map_err(library(doing))?;
            if let Some(base) = base {
                all.hide(oid(base)?).map_err(library(doing))?;
            }
            let all: HashSet<Oid> = all.collect::<Result<_, _>>().map_err(library(doing))?;
            let mut own = self.inner.revwalk().map_err(library(doing))?;
            own.push(oid(tip)?).map_err(library(doing))?;
            for id in &tracked {
                own.hide(*id).map_err(library(doing))?;
            }
            let own: HashSet<Oid> = own.collect::<Result<_, _>>().map_err(library(doing))?;
            foreign = all.difference(&own).map(|id| commit_id(*id)).collect();
        }
        Ok(Ownership { foreign, pending: self.pending()?.into_iter().collect() })
    }

    /// Whether any remote-tracking reference reaches the commit.
    ///
    /// # Errors
    /// When history or references cannot be read.
    pub fn is_published(&self, commit: &CommitId) -> Result<bool, GitError> {
        let doing = "looking for a commit on the remotes";
        let id = oid(commit)?;
        for reference in self.inner.references_glob("refs/remotes/*").map_err(library(doing))? {
            let Ok(target) = reference.map_err(library(doing))?.peel_to_commit() else { continue };
            if target.id() == id || self.inner.graph_descendant_of(target.id(), id).map_err(library(doing))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Commits made here that wait to be processed, so that a push in between does not disown them.
    fn pending(&self) -> Result<Vec<CommitId>, GitError> {
        let path = self.pending_path();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().filter_map(|line| CommitId::new(line).ok()).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(GitError::Io { doing: "reading", path, source }),
        }
    }

    /// Notes own commits that could not be processed yet; an empty list forgets all.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn set_pending(&self, commits: &[CommitId]) -> Result<(), GitError> {
        let path = self.pending_path();
        let fail = |source| GitError::Io { doing: "writing", path: path.clone(), source };
        if commits.is_empty() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fail(error)),
                _ => Ok(()),
            };
        }
        let folder = self.store_dir();
        fs::create_dir_all(&folder).map_err(fail)?;
        let text: String = commits.iter().flat_map(|commit| [commit.as_str(), "\n"]).collect();
        let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(fail)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(fail)?;
        file.persist(&path).map_err(|error| fail(error.error))?;
        Ok(())
    }

    fn pending_path(&self) -> PathBuf {
        self.store_dir().join("pending")
    }
}
