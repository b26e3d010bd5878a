//! The files of the whole repository: those that git tracks, and how they stand.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use git2::ObjectType;

use super::error::library;
use super::index::Listed;
use super::program::Program;
use super::{GitError, Repository};
use crate::model::CommitId;

/// A file that git tracks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedFile {
    /// Its path from the top of the repository, with `/`; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// The file on disk.
    pub file: PathBuf,
    /// What git says it is.
    pub kind: TrackedKind,
}

/// What git says that a tracked file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackedKind {
    /// A file.
    Plain,
    /// A file that can be executed.
    Executable,
    /// A link, a repository inside this one, or what a sparse checkout has left out.
    Other,
}

impl Repository {
    /// The files that git tracks, by path, each once.
    ///
    /// # Errors
    /// In a bare repository, or when the index cannot be read.
    pub fn tracked_files(&self) -> Result<Vec<TrackedFile>, GitError> {
        let top = self.workdir()?;
        let output = Program::of(self).run(&["ls-files", "-z", "--stage", "-v"], &[])?;
        let mut files: Vec<TrackedFile> = output
            .split(|byte| *byte == 0)
            .filter_map(Listed::parse)
            .map(|listed| TrackedFile {
                path: String::from_utf8_lossy(listed.path).into_owned(),
                file: top.join(path_of(listed.path)),
                kind: match (listed.hidden, listed.mode) {
                    (false, 0o100_644) => TrackedKind::Plain,
                    (false, 0o100_755) => TrackedKind::Executable,
                    _ => TrackedKind::Other,
                },
            })
            .collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        // The sides of a conflict are one file.
        files.dedup_by(|one, other| one.file == other.file);
        Ok(files)
    }
}

impl Repository {
    /// The same repository with another folder for its tree; an empty one is the whole repository.
    ///
    /// # Errors
    /// When it cannot be opened again.
    pub fn with_tree(&self, folder: &str) -> Result<Self, GitError> {
        let inner = git2::Repository::open(self.inner.path()).map_err(library("opening the repository again"))?;
        if let Some(workdir) = self.inner.workdir()
            && inner.workdir() != Some(workdir)
        {
            inner.set_workdir(workdir, false).map_err(library("finding the worktree"))?;
        }
        Ok(Self {
            inner,
            prefix: folder.to_owned(),
            index: self.index.clone(),
            from_environment: self.from_environment,
            files: RefCell::default(),
            partial: self.partial.clone(),
            signs: RefCell::new(None),
        })
    }

    /// The bytes of a file as a commit has it, by its path from the top of the repository; `None` where there is no such
    /// file.
    ///
    /// # Errors
    /// When the commit or the file cannot be read.
    pub fn committed(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let tree = self.tree(self.find_commit(commit)?.tree_id())?;
        match tree.get_path(Path::new(path)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Blob) => self.blob(entry.id()).map(Some),
            _ => Ok(None),
        }
    }

    /// Those of these files, by their paths from the top of the repository, that are not as the last commit has them, on
    /// disk or staged.
    ///
    /// # Errors
    /// When the git program fails.
    pub fn changed_files(&self, paths: &[&str]) -> Result<Vec<String>, GitError> {
        /// So many paths fit on every command line.
        const AT_ONCE: usize = 100;
        let mut changed = Vec::new();
        for paths in paths.chunks(AT_ONCE) {
            let status =
                ["--no-optional-locks", "--literal-pathspecs", "status", "--porcelain", "-z", "--no-renames", "--"];
            let output = Program::of(self).run(&[&status[..], paths].concat(), &[])?;
            let entries = output.split(|byte| *byte == 0);
            changed.extend(entries.filter_map(|entry| Some(String::from_utf8_lossy(entry.get(3..)?).into_owned())));
        }
        Ok(changed)
    }
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
