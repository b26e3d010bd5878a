//! What stands on disk where a commit would make files, and is no file that could be left alone.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{FileChange, GitError, Repository};
use crate::model::TreePath;

impl Repository {
    /// What keeps new files from getting to the disk, as git would not have it: a link or a file where a folder is to
    /// be, a link or a folder where a file is to be. What git ignores is in the way like anything else. A path is named
    /// up to what stands there, from the top of the repository where that is the tree's folder or outside. None in a bare repository.
    ///
    /// # Errors
    /// When the disk cannot be looked at.
    pub fn blocked(&self, files: &[FileChange]) -> Result<Vec<TreePath>, GitError> {
        let Some(workdir) = self.inner.workdir() else { return Ok(Vec::new()) };
        let new = files.iter().filter(|file| file.before.is_none() && file.after.is_some());
        let gone: BTreeSet<String> =
            files.iter().filter(|file| file.after.is_none()).map(|file| self.full_path(&file.path)).collect();
        let mut found = BTreeSet::new();
        for file in new {
            let Some(path) = obstacle(workdir, &self.full_path(&file.path), &gone)? else { continue };
            let below = path.strip_prefix(&self.prefix).map(|path| path.trim_start_matches('/'));
            let named = below.filter(|path| !path.is_empty()).unwrap_or(&path);
            found.insert(TreePath::new(named).unwrap_or_else(|_| file.path.clone()));
        }
        Ok(found.into_iter().collect())
    }
}

/// The first part of a path that something else stands at. Files that go are in nobody's way.
fn obstacle(workdir: &Path, path: &str, gone: &BTreeSet<String>) -> Result<Option<String>, GitError> {
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    for part in ends.filter_map(|end| path.get(..end)).filter(|part| !part.is_empty()) {
        let place: PathBuf = workdir.join(part);
        let fits = match fs::symlink_metadata(&place) {
            Ok(metadata) if part == path => metadata.is_file(),
            Ok(metadata) => metadata.is_dir(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(GitError::Io { doing: "reading", path: place, source }),
        };
        if !fits {
            return Ok(Some(part.to_owned()).filter(|part| !gone.contains(part)));
        }
    }
    Ok(None)
}
