use git2::Sort;

use super::error::library;
use super::repository::{commit_id, oid};
use super::{GitError, Repository};
use crate::model::CommitId;

/// A commit of a history, and which tree it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastCommit {
    /// Its id.
    pub id: CommitId,
    /// The ids of its parents, the branch it was made on first.
    pub parents: Vec<CommitId>,
    /// The id that git gives the tree of tasks; `None` where it has none.
    pub tree: Option<String>,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
}

impl Repository {
    /// The first-parent chain from behind `base` up to `tip`, oldest first. Without a base, or where
    /// the chain does not meet it, it begins at the root.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn first_parents(&self, base: Option<&CommitId>, tip: &CommitId) -> Result<Vec<CommitId>, GitError> {
        let mut walk = self.inner.revwalk().map_err(library("walking the history"))?;
        walk.push(oid(tip)?).map_err(library("walking the history"))?;
        if let Some(base) = base {
            walk.hide(oid(base)?).map_err(library("walking the history"))?;
        }
        walk.simplify_first_parent().map_err(library("walking the history"))?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE).map_err(library("walking the history"))?;
        walk.map(|id| id.map(commit_id).map_err(library("walking the history"))).collect()
    }

    /// Every commit that `tip` reaches and `base` does not, oldest first, parents before children.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn all_commits(&self, base: Option<&CommitId>, tip: &CommitId) -> Result<Vec<CommitId>, GitError> {
        let mut walk = self.inner.revwalk().map_err(library("walking the history"))?;
        walk.push(oid(tip)?).map_err(library("walking the history"))?;
        if let Some(base) = base {
            walk.hide(oid(base)?).map_err(library("walking the history"))?;
        }
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME | Sort::REVERSE).map_err(library("walking the history"))?;
        walk.map(|id| id.map(commit_id).map_err(library("walking the history"))).collect()
    }

    /// A commit and all that it reaches, parents before children.
    ///
    /// # Errors
    /// When a commit or its tree cannot be read.
    pub fn past(&self, tip: &CommitId) -> Result<Vec<PastCommit>, GitError> {
        let ids = self.all_commits(None, tip)?.into_iter();
        ids.map(|id| {
            let commit = self.find_commit(&id)?;
            let tree = self.subtree(&self.tree(commit.tree_id())?)?.map(|tree| tree.id().to_string());
            let parents = commit.parent_ids().map(commit_id).collect();
            Ok(PastCommit { id, parents, tree, committed: commit.time().seconds() })
        })
        .collect()
    }

    /// The best common ancestor of two commits; `None` where their histories never met.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn merge_base(&self, a: &CommitId, b: &CommitId) -> Result<Option<CommitId>, GitError> {
        match self.inner.merge_base(oid(a)?, oid(b)?) {
            Ok(id) => Ok(Some(commit_id(id))),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(library("finding the merge base")(error)),
        }
    }

    /// Whether `ancestor` is `descendant` or one of its ancestors.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn is_ancestor(&self, ancestor: &CommitId, descendant: &CommitId) -> Result<bool, GitError> {
        if ancestor == descendant {
            return Ok(true);
        }
        let (ancestor, descendant) = (oid(ancestor)?, oid(descendant)?);
        self.inner.graph_descendant_of(descendant, ancestor).map_err(library("comparing two commits"))
    }

    /// The id of the workflow file's blob in a commit, for the audit trail.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn blob_in_commit(&self, commit: &CommitId, path: &str) -> Result<Option<String>, GitError> {
        let tree = self.root(commit)?;
        Ok(tree.get_path(std::path::Path::new(path)).ok().map(|entry| entry.id().to_string()))
    }

    /// The bytes that an id of git's stands for, where they are here.
    #[must_use]
    pub fn bytes_of(&self, id: &str) -> Option<Vec<u8>> {
        self.inner.find_blob(git2::Oid::from_str(id).ok()?).ok().map(|blob| blob.content().to_vec())
    }

    /// The content of a file in a commit, if the commit has it.
    ///
    /// # Errors
    /// When the commit or the file cannot be read.
    pub fn file_in_commit(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let tree = self.root(commit)?;
        let Ok(entry) = tree.get_path(std::path::Path::new(path)) else { return Ok(None) };
        self.blob(entry.id()).map(Some)
    }
}
