//! What interrupted runs have left in a git directory, told from what is at work just now.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::error::library;
use super::lock_file::LockFile;
use super::{GitError, Repository};
use crate::model::TreePath;

/// What is younger may be somebody's work of this moment.
const RECENT: Duration = Duration::from_mins(1);

/// Where the copies of the index stand that are edited while it is locked.
const COPY: &str = "taskmaster-index.";

/// An engine commit that was noted, and whose run is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// The note.
    pub note: PathBuf,
    /// Files that a commit of the index as it is would take back; `None` where the note cannot be read.
    pub reversals: Option<Vec<TreePath>>,
}

/// A lock of git's that nobody seems to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftLock {
    /// The lock.
    pub path: PathBuf,
    /// Whose it is.
    pub owner: LockOwner,
}

/// Who made a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOwner {
    /// A run of this program that is gone.
    Ours,
    /// Somebody else, or nobody can tell.
    Unknown,
}

impl Repository {
    /// An engine commit that was interrupted; `None` where there is none, or its run is alive.
    ///
    /// # Errors
    /// When the note, the index or HEAD cannot be read.
    pub fn interrupted(&self) -> Result<Option<Interrupted>, GitError> {
        if self.is_bare() || !self.has_journal() {
            return Ok(None);
        }
        // Whoever has written the note holds the index until it goes.
        if LockFile::is_held(&self.git_dir().join("index.lock")) {
            return Ok(None);
        }
        let reversals = self.read_journal()?.map(|_| self.reversals()).transpose()?;
        Ok(Some(Interrupted { note: self.journal_path(), reversals }))
    }

    /// Locks of git's that were left behind: ours as soon as its process is gone, others when they have been
    /// there for a minute.
    #[must_use]
    pub fn left_locks(&self) -> Vec<LeftLock> {
        let mut left = Vec::new();
        let index = self.git_dir().join("index.lock");
        if LockFile::is_orphan(&index) {
            left.push(LeftLock { path: index, owner: LockOwner::Ours });
        } else if !LockFile::is_held(&index) && is_old(&index) {
            left.push(LeftLock { path: index, owner: LockOwner::Unknown });
        }
        let mut others = vec![self.git_dir().join("HEAD.lock"), self.inner.commondir().join("packed-refs.lock")];
        if let Ok(Some(branch)) = self.branch() {
            others.push(self.inner.commondir().join(format!("refs/heads/{branch}.lock")));
        }
        let others = others.into_iter().filter(|path| is_old(path));
        left.extend(others.map(|path| LeftLock { path, owner: LockOwner::Unknown }));
        left
    }

    /// Whether git is in the middle of something that takes moments: it, or another run of this program, holds the
    /// index or HEAD.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        ["index.lock", "HEAD.lock"].iter().any(|name| self.git_dir().join(name).symlink_metadata().is_ok())
    }

    /// Removes the index lock that a run of this program has left, if it still is that one; whether it did.
    pub fn remove_own_lock(&self) -> bool {
        LockFile::remove_orphan(&self.git_dir().join("index.lock"))
    }

    /// Copies of the index that nobody edits any more.
    #[must_use]
    pub fn left_index_copies(&self) -> Vec<PathBuf> {
        if LockFile::is_held(&self.git_dir().join("index.lock")) {
            return Vec::new();
        }
        let entries = fs::read_dir(self.git_dir()).into_iter().flatten().flatten();
        let copies = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(COPY));
        copies.map(|entry| entry.path()).filter(|path| is_old(path)).collect()
    }

    /// Files below a folder of the repository that git does not know, or ignores.
    ///
    /// # Errors
    /// When git refuses.
    pub fn unknown_to_git(&self, which: UnknownFiles) -> Result<Vec<String>, GitError> {
        let mut arguments = vec!["--literal-pathspecs", "ls-files", "-z", "--others", "--exclude-standard"];
        if which == UnknownFiles::Ignored {
            arguments.push("--ignored");
        }
        arguments.extend(["--", self.pathspec()]);
        let output = super::program::Program::of(self).run(&arguments, &[])?;
        let paths = output.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }

    /// Whether the history is cut off (`git clone --depth`).
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow()
    }

    /// Whether there is a local or remote-tracking branch of that name.
    ///
    /// # Errors
    /// When the references cannot be read.
    pub fn knows_branch(&self, name: &str) -> Result<bool, GitError> {
        if self.branch_tip(name)?.is_some() {
            return Ok(true);
        }
        let glob = format!("refs/remotes/*/{name}");
        let mut found = self.inner.references_glob(&glob).map_err(library("looking for a branch"))?;
        Ok(found.next().is_some())
    }
}

/// Which files are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownFiles {
    /// Neither committed nor staged nor ignored.
    Untracked,
    /// Kept out by `.gitignore` or its like.
    Ignored,
}

/// The version of the git program: major and minor.
///
/// # Errors
/// When it does not start, or says something else.
pub fn git_version() -> Result<(u32, u32), GitError> {
    let fail = |message: String| GitError::Program { command: "version".to_owned(), message };
    let output = Command::new("git").arg("version").output().map_err(|error| fail(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().nth(2).unwrap_or_default().split('.').map_while(|part| part.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => Err(fail(format!("it says `{}`", text.trim()))),
    }
}

/// Whether a file has been there for a while; one that is not there has not.
#[must_use]
pub fn is_old(path: &Path) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|data| data.modified());
    modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age > RECENT))
}
