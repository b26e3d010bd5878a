//! The index as it is written: by the git program alone, into a locked copy.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use git2::Oid;

use super::index::Listed;
use super::program::Program;
use super::signals::give_locks_back;
use super::{Deferral, GitError, Repository};

/// The index, locked, with a copy to work on. Dropped without [`IndexLock::publish`], the index stays
/// as it was.
pub(super) struct IndexLock {
    index: PathBuf,
    lock: PathBuf,
}

/// What the index has for one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Staged {
    /// Nothing.
    Nothing,
    /// The sides of a conflict.
    Conflict,
    /// A blob; a sparse checkout may keep it out of the worktree.
    Blob { id: Oid, hidden: bool },
}

/// The lock this process holds, if it does, so that a hook whose time is up can give it back.
static HELD: Mutex<Option<Held>> = Mutex::new(None);

struct Held {
    index: PathBuf,
    lock: PathBuf,
    /// The branch has moved: the copy is the index that belongs to it.
    moved: bool,
}

/// Gives back the index lock that this process holds, for a process that is about to end in the
/// middle of a commit: where the branch has moved the index follows it, else it stays as it was.
/// Nothing can be committed in this process afterwards.
pub fn abandon_index_lock() {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(held) = held.take() {
        // There is nobody left to tell; git itself says when the lock is in its way.
        let _ = if held.moved { fs::rename(&held.lock, &held.index) } else { fs::remove_file(&held.lock) };
    }
    // For good: the thread that made the commit must not move the branch now.
    std::mem::forget(held);
}

fn hold(held: Option<Held>) {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = held;
}

impl IndexLock {
    /// Takes `index.lock` as git does, waiting up to a second in all, and copies the index into it.
    pub(super) fn take(git_dir: &Path) -> Result<Result<Self, Deferral>, GitError> {
        give_locks_back();
        let index = git_dir.join("index");
        let lock = git_dir.join("index.lock");
        let fail = |source: io::Error| GitError::Io { doing: "locking the index at", path: lock.clone(), source };
        let mut wait = Duration::from_millis(100);
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&lock) {
                Ok(mut file) => {
                    let taken = Self { index: index.clone(), lock: lock.clone() };
                    hold(Some(Held { index, lock: lock.clone(), moved: false }));
                    match fs::read(&taken.index) {
                        Ok(bytes) => file.write_all(&bytes).map_err(fail)?,
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        Err(error) => return Err(fail(error)),
                    }
                    return Ok(Ok(taken));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if wait > Duration::from_millis(800) {
                        return Ok(Err(Deferral::IndexLocked));
                    }
                    std::thread::sleep(wait);
                    wait *= 2;
                }
                Err(error) => return Err(fail(error)),
            }
        }
    }

    /// Moves the branch while the lock is held; from then on the copy is the index that belongs to it
    /// where `moves` says so.
    #[expect(clippy::unused_self, reason = "only who holds the lock may move the branch so")]
    pub(super) fn moving<T>(&self, swap: impl FnOnce() -> T, moves: impl FnOnce(&T) -> bool) -> T {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let result = swap();
        if let Some(held) = held.as_mut() {
            held.moved = moves(&result);
        }
        result
    }

    /// Sets entries in the copy: path relative to the repository, mode and blob; those in `hidden`
    /// stay out of the worktree.
    pub(super) fn set(
        &self,
        repository: &Repository,
        entries: &[(String, i32, Oid)],
        hidden: &[String],
    ) -> Result<(), GitError> {
        let mut input = Vec::new();
        for (path, mode, blob) in entries {
            input.extend_from_slice(format!("{mode:o} {blob}\t{path}\0").as_bytes());
        }
        let program = || Program::of(repository).index(&self.lock);
        program().run(&["update-index", "-z", "--index-info"], &input)?;
        if !hidden.is_empty() {
            let input: Vec<u8> = hidden.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
            program().run(&["update-index", "--skip-worktree", "-z", "--stdin"], &input)?;
        }
        Ok(())
    }

    /// What is staged below the tree's folder, by path relative to the repository.
    pub(super) fn entries(&self, repository: &Repository) -> Result<HashMap<Vec<u8>, Staged>, GitError> {
        let arguments = ["--literal-pathspecs", "ls-files", "-z", "--stage", "-t", "--", repository.pathspec()];
        let output = Program::of(repository).index(&self.lock).run(&arguments, &[])?;
        let listed = output.split(|byte| *byte == 0).filter_map(Listed::parse);
        Ok(listed
            .map(|entry| {
                let staged = match entry.stage {
                    0 => Staged::Blob { id: entry.blob, hidden: entry.hidden },
                    _ => Staged::Conflict,
                };
                (entry.path.to_vec(), staged)
            })
            .collect())
    }

    /// Notes in the copy that these files on disk are what is staged, so that nobody has to compare.
    pub(super) fn refresh(&self, repository: &Repository, paths: &[String]) {
        if paths.is_empty() {
            return;
        }
        let arguments = ["--literal-pathspecs", "add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul"];
        // Only a convenience: git finds out by itself at the next status.
        let _ = Program::of(repository).index(&self.lock).run(&arguments, paths.join("\0").as_bytes());
    }

    /// Puts the copy in the index's place and gives the lock back.
    pub(super) fn publish(self) -> Result<(), GitError> {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        fs::File::open(&self.lock)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.lock, &self.index))
            .map_err(|source| GitError::Io { doing: "replacing the index at", path: self.index.clone(), source })?;
        *held = None;
        Ok(())
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.take().is_some() {
            // Ours by O_EXCL; leaving it would block the user's git.
            let _ = fs::remove_file(&self.lock);
        }
    }
}
