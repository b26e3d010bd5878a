use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{Diagnostic, Reading, TreePath};

/// Where a snapshot was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SnapshotLabel {
    /// No tree at all: before the first commit.
    Empty,
    /// The files on disk.
    Worktree,
    /// What is staged.
    Index,
    /// A commit, by its full hexadecimal id.
    Commit(String),
    /// Files in memory: a plan being made.
    Planned,
}

impl fmt::Display for SnapshotLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing"),
            Self::Worktree => f.write_str("worktree"),
            Self::Index => f.write_str("index"),
            Self::Commit(id) => f.write_str(id),
            Self::Planned => f.write_str("plan"),
        }
    }
}

/// An immutable tree: the files that mean something to the engine, as bytes.
///
/// Files are shared between snapshots, and what a file says is read once however many snapshots
/// hold it, so that walking a history costs what changed.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where the files were read.
    pub label: SnapshotLabel,
    /// The files whose [role](super::FileRole) is read.
    pub files: BTreeMap<TreePath, Arc<SourceFile>>,
    /// What could not be read at all: links, files too large, files that vanished.
    pub problems: Vec<Diagnostic>,
    /// What a commit or the index has where files could be made, and is not read: no folder can be made there.
    pub blocked: BTreeSet<TreePath>,
}

impl Snapshot {
    /// A tree without files.
    #[must_use]
    pub fn empty() -> Self {
        Self { label: SnapshotLabel::Empty, files: BTreeMap::new(), problems: Vec::new(), blocked: BTreeSet::new() }
    }

    /// What is wrong with a file that is not in the snapshot and may stand on disk, or with a folder it is in.
    #[must_use]
    pub fn problem_of(&self, path: &TreePath) -> Option<&Diagnostic> {
        let about = |problem: &&Diagnostic| {
            let inside = problem.place.as_ref().and_then(|place| path.as_str().strip_prefix(place.path.as_str()));
            inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.problems.iter().find(about)
    }

    /// Whether both have the same files. Files are shared between snapshots of one repository, so
    /// that mostly their addresses tell.
    #[must_use]
    pub fn has_files_of(&self, other: &Self) -> bool {
        self.files.len() == other.files.len() && self.problems == other.problems && self.changed_files(other).is_empty()
    }

    /// The files that other bytes stand in than in `before`, by their paths there and here.
    #[must_use]
    pub fn changed_files<'a>(&'a self, before: &Self) -> Vec<&'a TreePath> {
        let same = |path: &TreePath, file: &Arc<SourceFile>| {
            before.files.get(path).is_some_and(|old| Arc::ptr_eq(old, file) || old.bytes == file.bytes)
        };
        if self.files.keys().eq(before.files.keys()) {
            // In step, so that nothing has to be looked up.
            let pairs = self.files.iter().zip(before.files.values());
            let differ = pairs.filter(|((_, new), old)| !Arc::ptr_eq(old, new) && old.bytes != new.bytes);
            return differ.map(|((path, _), _)| path).collect();
        }
        self.files.iter().filter(|(path, file)| !same(path, file)).map(|(path, _)| path).collect()
    }

    /// Takes a file out, and what was found wrong with it.
    pub fn forget(&mut self, path: &TreePath) {
        self.files.remove(path);
        self.blocked.remove(path);
        self.problems.retain(|problem| problem.place.as_ref().is_none_or(|place| place.path != *path));
    }

    /// The bytes of a file.
    #[must_use]
    pub fn bytes(&self, path: &TreePath) -> Option<&[u8]> {
        self.files.get(path).map(|file| file.bytes())
    }
}

/// The content of one file, and what it says once somebody has asked.
#[derive(Debug)]
pub struct SourceFile {
    bytes: Box<[u8]>,
    reading: OnceLock<Reading>,
}

impl SourceFile {
    /// A file of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Arc<Self> {
        Arc::new(Self { bytes: bytes.into(), reading: OnceLock::new() })
    }

    /// The content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether somebody has asked what it says.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.reading.get().is_some()
    }

    /// What the file says; `read` is called the first time only.
    pub fn reading(&self, read: impl FnOnce(&[u8]) -> Reading) -> &Reading {
        self.reading.get_or_init(|| read(&self.bytes))
    }
}
