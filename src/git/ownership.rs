use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use git2::Oid;

use super::error::{library, stored};
use super::repository::{commit_id, oid};
use super::{GitError, Repository};
use crate::model::CommitId;
use crate::store::crash::{Step, around};
use crate::store::{self, Replaced};

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

    /// Whether the commit has arrived where `branch` is shared: a remote's branch of that name, the one it follows, or
    /// the branch that everybody shares reaches it.
    ///
    /// # Errors
    /// When history or references cannot be read.
    pub fn is_published_on(&self, branch: &str, commit: &CommitId) -> Result<bool, GitError> {
        let doing = "looking for a commit on the remotes";
        let id = oid(commit)?;
        let follows = self.inner.branch_upstream_name(&format!("refs/heads/{branch}")).ok();
        let follows = follows.as_ref().and_then(|name| name.as_str().ok());
        let shared = self.shared_branch(None);
        for reference in self.inner.references_glob("refs/remotes/*").map_err(library(doing))? {
            let reference = reference.map_err(library(doing))?;
            let Ok(name) = reference.name() else { continue };
            let short =
                name.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/')).map(|(_, short)| short);
            let counts = Some(name) == follows
                || short == Some("HEAD")
                || short.is_some_and(|short| short == branch || Some(short) == shared.as_deref());
            let Some(target) = counts.then(|| reference.peel_to_commit().ok()).flatten() else { continue };
            if target.id() == id || self.inner.graph_descendant_of(target.id(), id).map_err(library(doing))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a branch reaches a commit, be it a remote's as far as is known here.
    ///
    /// # Errors
    /// When history or references cannot be read.
    pub fn is_on_a_branch(&self, commit: &CommitId) -> Result<bool, GitError> {
        let doing = "looking for a commit on the branches";
        let id = oid(commit)?;
        for place in ["refs/heads/*", "refs/remotes/*"] {
            for reference in self.inner.references_glob(place).map_err(library(doing))? {
                let Some(tip) = reference.ok().and_then(|reference| reference.peel_to_commit().ok()) else { continue };
                if tip.id() == id || self.inner.graph_descendant_of(tip.id(), id).unwrap_or(false) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Commits made here that wait to be processed, so that a push in between does not disown them.
    fn pending(&self) -> Result<Vec<CommitId>, GitError> {
        Ok(listed(self.pending_text()?.as_deref()))
    }

    fn pending_text(&self) -> Result<Option<String>, GitError> {
        let path = self.pending_path();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(GitError::Io { doing: "reading", path, source }),
        }
    }

    /// Forgets the pending commits that are processed with `commit`; those of other branches stay.
    ///
    /// # Errors
    /// When history cannot be read or the note cannot be written.
    pub fn forget_pending(&self, commit: &CommitId) -> Result<(), GitError> {
        self.change_pending(|all| {
            let mut kept = Vec::new();
            for pending in all {
                // One that is gone waits for nothing any more.
                if self.commit(&pending).is_ok() && !self.is_ancestor(&pending, commit)? {
                    kept.push(pending);
                }
            }
            Ok(kept)
        })
    }

    /// How many lines of the note of pending commits name none that is there.
    ///
    /// # Errors
    /// When the note cannot be read.
    pub fn gone_pending(&self) -> Result<usize, GitError> {
        let text = self.pending_text()?.unwrap_or_default();
        Ok(text.lines().filter(|line| !self.is_there(line)).count())
    }

    /// Takes those lines out.
    ///
    /// # Errors
    /// When the note cannot be read or written.
    pub fn forget_gone_pending(&self) -> Result<(), GitError> {
        let Some(text) = self.pending_text()? else { return Ok(()) };
        let kept: String = text.lines().filter(|line| self.is_there(line)).flat_map(|line| [line, "\n"]).collect();
        if kept.is_empty() {
            return self.change_pending(|_| Ok(Vec::new()));
        }
        store::replace(&self.pending_path(), Some(text.as_bytes()), kept.as_bytes()).map(drop).map_err(stored)
    }

    fn is_there(&self, line: &str) -> bool {
        CommitId::new(line).is_ok_and(|id| self.commit(&id).is_ok())
    }

    /// Notes own commits that could not be processed yet, besides those noted before.
    ///
    /// # Errors
    /// When the note cannot be read or written.
    pub fn add_pending(&self, commits: &[CommitId]) -> Result<(), GitError> {
        self.change_pending(|mut all| {
            for commit in commits {
                if !all.contains(commit) {
                    all.push(commit.clone());
                }
            }
            Ok(all)
        })
    }

    /// Whether a commit changes anything in the tree, compared with its first parent.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn touches_tree(&self, id: &CommitId) -> Result<bool, GitError> {
        let commit = self.find_commit(id)?;
        let subtree = |commit: &git2::Commit<'_>| -> Result<Option<Oid>, GitError> {
            Ok(self.subtree(&self.tree(commit.tree_id())?)?.map(|tree| tree.id()))
        };
        let before = match commit.parents().next() {
            Some(parent) => subtree(&parent)?,
            None => None,
        };
        Ok(subtree(&commit)? != before)
    }

    /// Replaces the note by what `change` makes of it; an empty list takes it away. What another run
    /// writes at the same time is changed in turn.
    fn change_pending(
        &self,
        change: impl Fn(Vec<CommitId>) -> Result<Vec<CommitId>, GitError>,
    ) -> Result<(), GitError> {
        let path = self.pending_path();
        for _ in 0..3 {
            let text = self.pending_text()?;
            let before = listed(text.as_deref());
            let commits = change(before.clone())?;
            if commits == before && !commits.is_empty() {
                return Ok(());
            }
            if commits.is_empty() {
                // The last look is as late as it can be.
                let is_same = || self.pending_text().is_ok_and(|now| now == text);
                match around(Step::PendingRemoval, || is_same().then(|| fs::remove_file(&path))) {
                    Some(Err(source)) if source.kind() != std::io::ErrorKind::NotFound => {
                        return Err(GitError::Io { doing: "writing", path, source });
                    }
                    Some(_) => return Ok(()),
                    None => continue,
                }
            }
            let new: String = commits.iter().flat_map(|commit| [commit.as_str(), "\n"]).collect();
            match store::replace(&path, text.as_deref().map(str::as_bytes), new.as_bytes()).map_err(stored)? {
                Replaced::Yes => return Ok(()),
                Replaced::Newer => {}
            }
        }
        let source = std::io::Error::other("it keeps changing");
        Err(GitError::Io { doing: "writing", path, source })
    }

    fn pending_path(&self) -> PathBuf {
        self.store_dir().join("pending")
    }
}

/// The commits of a note.
fn listed(text: Option<&str>) -> Vec<CommitId> {
    text.unwrap_or_default().lines().filter_map(|line| CommitId::new(line).ok()).collect()
}
