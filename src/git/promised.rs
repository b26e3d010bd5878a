//! Trees and blobs, of which a partial clone has only some: the others were promised by a remote, and
//! the git program fetches them when they are asked for.

use std::collections::HashMap;

use git2::{ErrorCode, ObjectType, Oid};

use super::error::library;
use super::index::EMPTY_TREE;
use super::program::Program;
use super::{GitError, Repository};
use crate::model::{CommitId, in_shares};

impl Repository {
    /// The tree of a commit.
    pub(super) fn root(&self, id: &CommitId) -> Result<git2::Tree<'_>, GitError> {
        self.tree(self.find_commit(id)?.tree_id())
    }

    /// A tree. One that is not there is fetched together with those below it.
    pub(super) fn tree(&self, id: Oid) -> Result<git2::Tree<'_>, GitError> {
        match self.inner.find_tree(id) {
            Err(error) if error.code() == ErrorCode::NotFound && self.is_partial() => {
                self.fetch_trees(id)?;
                self.inner.find_tree(id).map_err(library("reading a commit's tree"))
            }
            found => found.map_err(library("reading a commit's tree")),
        }
    }

    /// The tree's folder in a commit's tree; `None` where it has none.
    pub(super) fn subtree<'repo>(&'repo self, root: &git2::Tree<'repo>) -> Result<Option<git2::Tree<'repo>>, GitError> {
        let mut tree = root.clone();
        for name in self.prefix.split('/').filter(|name| !name.is_empty()) {
            let entry = tree.get_name(name).map(|entry| (entry.kind(), entry.id()));
            let Some((Some(ObjectType::Tree), id)) = entry else { return Ok(None) };
            tree = self.tree(id)?;
        }
        Ok(Some(tree))
    }

    /// The bytes of a blob.
    pub(super) fn blob(&self, id: Oid) -> Result<Vec<u8>, GitError> {
        match self.inner.find_blob(id) {
            Ok(blob) => Ok(blob.content().to_vec()),
            Err(_) => Program::of(self).run(&["cat-file", "blob", &id.to_string()], &[]),
        }
    }

    /// The bytes of many blobs, read on as many threads as there are processors; without those that cannot be read so.
    pub(super) fn blobs_at_once(&self, ids: &[Oid]) -> HashMap<Oid, Vec<u8>> {
        /// How many are read in the time that starting a thread takes, several times over.
        const WORTH_A_THREAD: usize = 100;
        let Ok(odb) = self.inner.odb() else { return HashMap::new() };
        let read = |ids: &[Oid]| -> Vec<(Oid, Vec<u8>)> {
            let object = |id: &Oid| odb.read(*id).ok().filter(|object| object.kind() == ObjectType::Blob);
            ids.iter().filter_map(|id| Some((*id, object(id)?.data().to_vec()))).collect()
        };
        in_shares(ids, WORTH_A_THREAD, read).into_iter().flatten().collect()
    }

    /// The differences between two trees.
    pub(super) fn differences(
        &self,
        old: Option<&git2::Tree<'_>>,
        new: Option<&git2::Tree<'_>>,
    ) -> Result<git2::Diff<'_>, GitError> {
        let diff = || {
            let mut options = git2::DiffOptions::new();
            options.skip_binary_check(true);
            self.inner.diff_tree_to_tree(old, new, Some(&mut options))
        };
        let diff = match diff() {
            Err(error) if error.code() == ErrorCode::NotFound && self.is_partial() => {
                [old, new].iter().flatten().try_for_each(|tree| self.fetch_trees(tree.id()))?;
                diff()
            }
            found => found,
        };
        diff.map_err(library("comparing two commits"))
    }

    /// Fetches at once the blobs among these that are not there; one by one, each would be a connection.
    pub(super) fn fetch_blobs(&self, blobs: impl Iterator<Item = Oid>, old: Option<Oid>, new: Oid) {
        if !self.is_partial() {
            return;
        }
        let Ok(odb) = self.inner.odb() else { return };
        if blobs.filter(|id| !odb.exists(*id)).take(2).count() < 2 {
            return;
        }
        let old = old.map_or_else(|| EMPTY_TREE.to_owned(), |id| id.to_string());
        // To count lines git must have both sides, and asks for all that it lacks together. Where that
        // fails each blob is asked for when it is read, which says why.
        let _ = Program::of(self).run(&["diff-tree", "-r", "--no-renames", "--shortstat", &old, &new.to_string()], &[]);
    }

    fn fetch_trees(&self, id: Oid) -> Result<(), GitError> {
        Program::of(self).run(&["ls-tree", "-r", "-t", "-z", &id.to_string()], &[]).map(drop)
    }

    /// Whether a remote has promised objects that are not there.
    fn is_partial(&self) -> bool {
        *self.partial.get_or_init(|| {
            let promises = |config: &git2::Config| {
                let mut entries = config.entries(Some(r"^remote\..*\.promisor$"))?;
                Ok::<bool, git2::Error>(entries.next().is_some())
            };
            self.inner.config().and_then(|mut config| promises(&config.snapshot()?)).unwrap_or(false)
        })
    }
}
