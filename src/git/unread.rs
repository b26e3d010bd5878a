//! Files of the tree that mean nothing to the engine, where they have to go along with others.

use std::collections::{BTreeMap, BTreeSet};

use git2::Oid;

use super::{GitError, Repository};
use crate::model::{CommitId, TreePath};

const PLAIN: i32 = 0o100_644;

/// A file of the tree that is never read, or something else that stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnreadFile {
    /// A plain file, with its bytes.
    Plain(Vec<u8>),
    /// A program, a link or a repository.
    Other,
}

impl Repository {
    /// What a commit has in the tree at such paths, beside the files that are read. Names that are no text are left
    /// out.
    ///
    /// # Errors
    /// When the commit, its trees or a file cannot be read.
    pub fn unread_where(
        &self,
        commit: &CommitId,
        is_wanted: &dyn Fn(&TreePath) -> bool,
    ) -> Result<BTreeMap<TreePath, UnreadFile>, GitError> {
        let unread = self.unread_entries(commit)?.into_iter().filter(|(path, ..)| is_wanted(path));
        let read = |blob| self.blob(blob).map(UnreadFile::Plain);
        unread
            .map(|(path, blob, mode)| Ok((path, if mode == PLAIN { read(blob)? } else { UnreadFile::Other })))
            .collect()
    }

    /// The paths of all that a commit has in the tree beside the files that are read.
    ///
    /// # Errors
    /// When the commit or its trees cannot be read.
    pub fn unread_paths(&self, commit: &CommitId) -> Result<BTreeSet<TreePath>, GitError> {
        Ok(self.unread_entries(commit)?.into_iter().map(|(path, ..)| path).collect())
    }

    fn unread_entries(&self, commit: &CommitId) -> Result<Vec<(TreePath, Oid, i32)>, GitError> {
        let Some(tree) = self.subtree(&self.root(commit)?)? else { return Ok(Vec::new()) };
        let entries = self.entries(&tree)?.into_iter().filter_map(|(path, blob, mode)| {
            let path = TreePath::new(std::str::from_utf8(&path).ok()?).ok()?;
            (!(path.role().is_read() && mode == PLAIN)).then_some((path, blob, mode))
        });
        Ok(entries.collect())
    }
}
