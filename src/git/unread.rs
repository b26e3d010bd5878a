//! Files of the tree that mean nothing to the engine, where they have to go along with others.

use std::collections::BTreeMap;

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
    /// What a commit has in these folders of the tree, and below them, beside the files that are read. Names that are no
    /// text are left out.
    ///
    /// # Errors
    /// When the commit, its trees or a file cannot be read.
    pub fn unread_files(
        &self,
        commit: &CommitId,
        folders: &[&str],
    ) -> Result<BTreeMap<TreePath, UnreadFile>, GitError> {
        let mut files = BTreeMap::new();
        let Some(tree) = self.subtree(&self.root(commit)?)? else { return Ok(files) };
        let is_inside = |path: &str| {
            folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
        };
        for (path, blob, mode) in self.entries(&tree)? {
            let Some(path) = std::str::from_utf8(&path).ok().and_then(|path| TreePath::new(path).ok()) else {
                continue;
            };
            if !is_inside(path.as_str()) || path.role().is_read() && mode == PLAIN {
                continue;
            }
            let file = if mode == PLAIN { UnreadFile::Plain(self.blob(blob)?) } else { UnreadFile::Other };
            files.insert(path, file);
        }
        Ok(files)
    }
}
