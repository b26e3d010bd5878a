//! The index as it is written: by the git program alone, into a copy, while the index is locked.
//!
//! The copy is a file of its own: a git program that outlives this process would otherwise put its
//! lock of the lock in the lock's place, and nobody would ever give that back.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io;
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
    files: Files,
}

/// The files that locking an index takes.
#[derive(Debug, Clone)]
struct Files {
    index: PathBuf,
    lock: PathBuf,
    copy: PathBuf,
}

impl Files {
    /// The copy becomes the index, and the lock is gone, in one step that nobody can see half of.
    fn publish(&self) -> io::Result<()> {
        fs::rename(&self.copy, &self.lock)?;
        fs::rename(&self.lock, &self.index)
    }

    /// The index stays as it was.
    fn give_back(&self) -> io::Result<()> {
        // The lock is what matters; a copy that is left is only litter.
        let _ = fs::remove_file(&self.copy);
        fs::remove_file(&self.lock)
    }
}

/// Who holds a lock, told so that a lock that outlived its process can be known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) process: u32,
    pub(super) inode: u64,
    /// When the lock was made, in nanoseconds.
    pub(super) made: u64,
}

impl Holder {
    /// This process, as the holder of this lock; `None` where files have no numbers.
    #[cfg(unix)]
    fn of(lock: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = fs::symlink_metadata(lock).ok()?;
        let made = metadata.mtime().checked_mul(1_000_000_000)?.checked_add(metadata.mtime_nsec())?;
        Some(Self { process: std::process::id(), inode: metadata.ino(), made: u64::try_from(made).ok()? })
    }

    #[cfg(not(unix))]
    fn of(_: &Path) -> Option<Self> {
        None
    }

    /// Removes the lock if it still is this one and its process is gone. Anybody else's lock stays.
    pub(super) fn remove_orphan(&self, git_dir: &Path) {
        let lock = git_dir.join("index.lock");
        let is_same = Self::of(&lock).is_some_and(|now| (now.inode, now.made) == (self.inode, self.made));
        let processes = Path::new("/proc");
        let is_gone = processes.join("self").exists() && !processes.join(self.process.to_string()).exists();
        if is_same && is_gone {
            // Where it cannot be removed the next look finds it locked, and says so.
            let _ = fs::remove_file(&lock);
        }
    }
}

/// What the index has for one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Staged {
    /// Nothing.
    Nothing,
    /// The sides of a conflict.
    Conflict,
    /// A blob.
    Blob {
        id: Oid,
        mode: i32,
        /// Kept out of the worktree by a sparse checkout.
        hidden: bool,
        /// The user has told git not to look at the file (`--assume-unchanged`).
        assumed: bool,
    },
}

/// The paths, relative to the repository, whose flags have to be set again behind an edit.
#[derive(Debug, Default)]
pub(super) struct Flags {
    pub(super) hidden: Vec<String>,
    pub(super) assumed: Vec<String>,
}

/// The lock this process holds, if it does, so that a hook whose time is up can give it back.
static HELD: Mutex<Option<Held>> = Mutex::new(None);

struct Held {
    files: Files,
    /// The branch has moved: the copy is the index that belongs to it.
    moved: bool,
}

/// What became of the commit of a process that was to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abandoned {
    /// It was past the point of no return, and has been finished meanwhile.
    Finished,
    /// There was none, or it was given up: nothing can be committed in this process any more.
    GivenUp,
}

/// Gives back the index lock that this process holds, for a process that is about to end in the
/// middle of a commit. Where the branch has moved already the rest is little, and is waited for, half
/// a minute at the most; what is not finished then is finished by the next run.
pub fn abandon_index_lock() -> Abandoned {
    const STEP: Duration = Duration::from_millis(20);
    let mut was_moved = false;
    for _ in 0..1_500 {
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.as_ref().is_some_and(|held| held.moved) {
            if was_moved && held.is_none() {
                return Abandoned::Finished;
            }
            break;
        }
        was_moved = true;
        drop(held);
        std::thread::sleep(STEP);
    }
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(held) = held.take() {
        // There is nobody left to tell; git itself says when the lock is in its way.
        let _ = if held.moved { held.files.publish() } else { held.files.give_back() };
    }
    // For good: the thread that made the commit must not move the branch now.
    std::mem::forget(held);
    Abandoned::GivenUp
}

/// Removes copies of the index that interrupted runs have left. Who holds the lock is the only one
/// that has one.
fn sweep(git_dir: &Path) {
    for entry in fs::read_dir(git_dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("taskmaster-index.") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn hold(held: Option<Held>) {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = held;
}

impl IndexLock {
    /// Takes `index.lock` as git does, waiting up to a second in all, and copies the index into it.
    pub(super) fn take(git_dir: &Path) -> Result<Result<Self, Deferral>, GitError> {
        give_locks_back();
        let files = Files {
            index: git_dir.join("index"),
            lock: git_dir.join("index.lock"),
            copy: git_dir.join(format!("taskmaster-index.{}", std::process::id())),
        };
        let fail = |source: io::Error| GitError::Io { doing: "locking the index at", path: files.lock.clone(), source };
        let mut wait = Duration::from_millis(100);
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&files.lock) {
                Ok(_) => {
                    let taken = Self { files: files.clone() };
                    sweep(git_dir);
                    hold(Some(Held { files: files.clone(), moved: false }));
                    return match fs::copy(&files.index, &files.copy) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fail(error)),
                        _ => Ok(Ok(taken)),
                    };
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

    /// Who holds it.
    pub(super) fn holder(&self) -> Option<Holder> {
        Holder::of(&self.files.lock)
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

    /// Sets entries in the copy: path relative to the repository, mode and blob, none to take it out. Their
    /// flags stay.
    pub(super) fn set(
        &self,
        repository: &Repository,
        entries: &[(String, i32, Option<Oid>)],
        flags: &Flags,
    ) -> Result<(), GitError> {
        let mut input = Vec::new();
        for (path, mode, blob) in entries {
            let line = match blob {
                Some(blob) => format!("{mode:o} {blob}\t{path}\0"),
                None => format!("0 {}\t{path}\0", Oid::ZERO_SHA1),
            };
            input.extend_from_slice(line.as_bytes());
        }
        let program = || Program::of(repository).index(&self.files.copy);
        program().run(&["update-index", "-z", "--index-info"], &input)?;
        // An entry that goes takes its flags along.
        let stays = |path: &&String| !entries.iter().any(|(gone, _, blob)| gone == *path && blob.is_none());
        for (paths, flag) in [(&flags.hidden, "--skip-worktree"), (&flags.assumed, "--assume-unchanged")] {
            let input: Vec<u8> =
                paths.iter().filter(stays).flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
            if !input.is_empty() {
                program().run(&["update-index", flag, "-z", "--stdin"], &input)?;
            }
        }
        Ok(())
    }

    /// What is staged below the tree's folder, by path relative to the repository.
    pub(super) fn entries(&self, repository: &Repository) -> Result<HashMap<Vec<u8>, Staged>, GitError> {
        let arguments = ["--literal-pathspecs", "ls-files", "-z", "--stage", "-v", "--", repository.pathspec()];
        let output = Program::of(repository).index(&self.files.copy).run(&arguments, &[])?;
        let listed = output.split(|byte| *byte == 0).filter_map(Listed::parse);
        Ok(listed
            .map(|entry| {
                let staged = match entry.stage {
                    0 => {
                        Staged::Blob { id: entry.blob, mode: entry.mode, hidden: entry.hidden, assumed: entry.assumed }
                    }
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
        let _ = Program::of(repository).index(&self.files.copy).run(&arguments, paths.join("\0").as_bytes());
    }

    /// Puts the copy in the index's place and gives the lock back.
    pub(super) fn publish(self) -> Result<(), GitError> {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let files = &self.files;
        fs::File::open(&files.copy)
            .and_then(|file| file.sync_all())
            .and_then(|()| files.publish())
            .map_err(|source| GitError::Io { doing: "replacing the index at", path: files.index.clone(), source })?;
        *held = None;
        Ok(())
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.take().is_some() {
            // Ours by O_EXCL; leaving it would block the user's git.
            let _ = self.files.give_back();
        }
    }
}
