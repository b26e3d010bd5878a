//! What a watcher has left to the user, noted so that one that was killed is followed by one that knows.
//!
//! `taskmaster-watch` in the worktree's own git directory: a line `taskmaster.watch-note/1`, one with `at`, a space, and
//! the commit that the branch was at, then for each file a line with the blob id of the bytes that were seen, or `-` where the file was removed, a space, and its path in the tree. While a
//! watcher runs the file is there; one that ends by itself takes it away.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::app::{AppError, Project};
use crate::git::StagedFile;
use crate::model::{CommitId, TreePath};
use crate::store;

const FIRST_LINE: &str = "taskmaster.watch-note/1";

/// Stands before the commit.
const AT: &str = "at";

/// A file that is gone, where others have the id of a blob.
const GONE: &str = "-";

/// What a file of the worktree is: the id of its blob, or that it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark(String);

impl Mark {
    pub(super) fn of(project: &Project, bytes: Option<&[u8]>) -> Result<Self, AppError> {
        Ok(Self(match bytes {
            Some(bytes) => project.repository.blob_id(bytes)?,
            None => GONE.to_owned(),
        }))
    }

    /// Whether the index has the same.
    pub(super) fn is_staged(&self, staged: Option<&StagedFile>) -> bool {
        self.0 == staged.map_or(GONE, |staged| staged.blob.as_str())
    }
}

/// The edits that were seen and are the user's to commit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Left(pub(super) BTreeMap<TreePath, Mark>);

/// The note, on disk.
pub(super) struct Note {
    path: PathBuf,
    /// What it says.
    written: Option<Vec<u8>>,
}

impl Note {
    pub(super) fn of(project: &Project) -> Self {
        Self { path: project.repository.git_dir().join("taskmaster-watch"), written: None }
    }

    /// What the watcher before this one has left, and the commit the branch was at; `None` where that one ended by
    /// itself, or there was none.
    pub(super) fn read(&mut self) -> Result<Option<(Left, Option<CommitId>)>, AppError> {
        self.written = store::read(&self.path)?;
        let Some(bytes) = &self.written else { return Ok(None) };
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Ok(None);
        }
        let (mut left, mut at) = (Left::default(), None);
        for (mark, rest) in lines.filter_map(|line| line.split_once(' ')) {
            if mark == AT {
                at = CommitId::new(rest).ok();
            } else if let Ok(path) = TreePath::new(rest) {
                left.0.insert(path, Mark(mark.to_owned()));
            }
        }
        Ok(Some((left, at)))
    }

    /// Says what is left now.
    pub(super) fn write(&mut self, left: &Left, at: Option<&CommitId>) -> Result<(), AppError> {
        let mut text = format!("{FIRST_LINE}\n");
        if let Some(at) = at {
            text.push_str(&format!("{AT} {at}\n"));
        }
        for (path, Mark(mark)) in &left.0 {
            text.push_str(&format!("{mark} {path}\n"));
        }
        if self.written.as_deref() == Some(text.as_bytes()) {
            return Ok(());
        }
        // Whoever else has written there: this watcher is the only one, and what it says holds.
        self.written = store::read(&self.path)?;
        store::replace(&self.path, self.written.as_deref(), text.as_bytes())?;
        self.written = Some(text.into_bytes());
        Ok(())
    }

    /// Takes the note away: what happens from here on is nobody's to catch up with.
    pub(super) fn remove(&mut self) -> Result<(), AppError> {
        Ok(store::remove(&self.path)?)
    }
}
