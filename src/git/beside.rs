//! Trees of the older layout, which had no folder of their own: `tasks/` beside the tree's folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::ObjectType;

use super::error::library;
use super::repository::{FOLDER, OLDER};
use super::{GitError, NewMode, Repository};
use crate::model::{CommitId, FileRole, TreePath};

impl Repository {
    /// The same repository with its tree in the folder that trees have nowadays; `None` where it is there already,
    /// or the configuration says where it is.
    ///
    /// # Errors
    /// When the repository cannot be opened once more.
    pub fn with_folder_of_its_own(&self) -> Result<Option<Self>, GitError> {
        if self.prefix() != OLDER || self.config_text("taskmaster.tree").is_some() {
            return Ok(None);
        }
        self.with_tree(FOLDER).map(Some)
    }

    /// What a commit has in `tasks/` beside the tree's folder, as files of the tree: the list, and text generated
    /// from it. Links are left out.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn files_beside_tree(&self, commit: &CommitId) -> Result<BTreeMap<TreePath, Vec<u8>>, GitError> {
        let mut files = BTreeMap::new();
        let Some(folder) = self.folder_beside_tree() else { return Ok(files) };
        let root = self.root(commit)?;
        let Ok(entry) = root.get_path(Path::new(&folder)) else { return Ok(files) };
        if entry.kind() != Some(ObjectType::Tree) {
            return Ok(files);
        }
        let tree = self.inner.find_tree(entry.id()).map_err(library("reading a commit's tree"))?;
        for entry in &tree {
            let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000;
            let path = entry.name().ok().and_then(|name| TreePath::new(format!("tasks/{name}")).ok());
            let path = path.filter(|path| matches!(path.role(), FileRole::TasksJson | FileRole::GeneratedText));
            if let Some(path) = path.filter(|_| is_file) {
                files.insert(path, self.blob(entry.id())?);
            }
        }
        Ok(files)
    }

    /// Where such a file is on disk.
    ///
    /// # Errors
    /// In a bare repository.
    pub fn path_beside_tree(&self, path: &TreePath) -> Result<PathBuf, GitError> {
        let folder = self.folder_beside_tree().unwrap_or_default();
        Ok(self.workdir()?.join(folder).join(path.file_name()))
    }

    /// The path of such a file from the top of the repository.
    #[must_use]
    pub fn file_beside_tree(&self, path: &TreePath) -> Option<TreePath> {
        TreePath::new(format!("{}/{}", self.folder_beside_tree()?, path.file_name())).ok()
    }

    /// The path, from the top of the repository, of what stands beside the tree's folder; `None` where the tree is the
    /// repository itself.
    #[must_use]
    pub fn name_beside_tree(&self, name: &str) -> Option<String> {
        match self.prefix().rsplit_once('/') {
            Some((outer, _)) => Some(format!("{outer}/{name}")),
            None => Some(name.to_owned()).filter(|_| !self.prefix().is_empty()),
        }
    }

    /// The files directly in a folder of a commit with one of these endings, by their names; `None` where there is no such
    /// folder. Links are left out.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn files_in_folder(
        &self,
        commit: &CommitId,
        folder: &str,
        endings: &[&str],
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, GitError> {
        let root = self.root(commit)?;
        let Ok(entry) = root.get_path(Path::new(folder)) else { return Ok(None) };
        if entry.kind() != Some(ObjectType::Tree) {
            return Ok(None);
        }
        let tree = self.inner.find_tree(entry.id()).map_err(library("reading a commit's tree"))?;
        let mut files = BTreeMap::new();
        for entry in &tree {
            let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000;
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            let ending = Path::new(&name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            if is_file && endings.contains(&ending) {
                files.insert(name, self.blob(entry.id())?);
            }
        }
        Ok(Some(files))
    }

    /// The paths of all files below a folder of a commit, from that folder on.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn paths_below(&self, commit: &CommitId, folder: &str) -> Result<Vec<String>, GitError> {
        let root = self.root(commit)?;
        let Ok(entry) = root.get_path(Path::new(folder)) else { return Ok(Vec::new()) };
        if entry.kind() != Some(ObjectType::Tree) {
            return Ok(Vec::new());
        }
        let tree = self.inner.find_tree(entry.id()).map_err(library("reading a commit's tree"))?;
        let paths = self.entries(&tree)?.into_iter();
        Ok(paths.map(|entry| String::from_utf8_lossy(&entry.0).into_owned()).collect())
    }

    /// The mode of a file in a commit, by its path from the top of the repository; `None` where there is no such file.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn mode_in_commit(&self, commit: &CommitId, path: &str) -> Result<Option<NewMode>, GitError> {
        let root = self.root(commit)?;
        Ok(root.get_path(Path::new(path)).ok().map(|entry| NewMode::of(entry.filemode())))
    }

    /// Relative to the repository; `None` where the tree is the repository itself.
    fn folder_beside_tree(&self) -> Option<String> {
        self.name_beside_tree("tasks")
    }
}
