//! The index as it is written: into a copy, while the index is locked. Entries that are there get other blobs in
//! place; whatever else an index may hold or need is the git program's to do.
//!
//! The copy is a file of its own: a git program that outlives this process would otherwise put its
//! lock of the lock in the lock's place, and nobody would ever give that back.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use git2::Oid;

use super::index::Listed;
use super::index_ahead::IndexRead;
use super::index_file::{IndexFile, seal};
use super::index_walk::FileEntry;
use super::lock_file::LockFile;
use super::program::Program;
use super::signals::give_locks_back;
use super::{Deferral, GitError, Repository};
use crate::store;
use crate::store::crash::{Step, around};

/// What the names of the copies begin with; the number of the process follows.
const COPY: &str = "taskmaster-index.";

/// The index, locked, with a copy to work on. Dropped without [`IndexLock::publish`], the index stays
/// as it was.
pub(super) struct IndexLock {
    pub(super) files: Files,
    /// The copy, where it has been read.
    pub(super) known: RefCell<Option<IndexFile>>,
    /// What was read before the index was locked.
    pub(super) ahead: Option<IndexRead>,
    /// A copy of what was read, that is the copy to be.
    pub(super) beside: RefCell<Option<fs::File>>,
    /// Open for as long as the lock is held.
    _lock: LockFile,
}

/// The files that locking an index takes.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) index: PathBuf,
    lock: PathBuf,
    pub(super) copy: PathBuf,
}

impl Files {
    pub(super) fn of(git_dir: &Path) -> Self {
        Self {
            index: git_dir.join("index"),
            lock: git_dir.join("index.lock"),
            copy: git_dir.join(format!("{COPY}{}", std::process::id())),
        }
    }

    /// What becomes the copy once it is whole.
    pub(super) fn beside(&self) -> PathBuf {
        self.copy.with_extension(format!("{}.new", std::process::id()))
    }

    /// Makes the copy, where it is not there yet; where there is no index, there is nothing to copy. It is as old as
    /// the index: git takes a file for unchanged that has the size and the second it knows, and only looks at its
    /// content where it is not older than the index.
    fn copied(&self) -> io::Result<&Path> {
        if self.copy.exists() {
            around(Step::IndexEdit, || seal(&self.copy))?;
            return Ok(&self.copy);
        }
        if !self.index.exists() {
            return Ok(&self.copy);
        }
        let written = fs::metadata(&self.index)?.modified()?;
        around(Step::IndexCopy, || {
            fs::copy(&self.index, &self.copy)?;
            OpenOptions::new().write(true).open(&self.copy)?.set_modified(written)
        })?;
        Ok(&self.copy)
    }

    /// The index as it is while it is locked: the copy, once there is one.
    pub(super) fn newest(&self) -> &Path {
        if self.copy.exists() { &self.copy } else { &self.index }
    }

    /// The copy becomes the index, where there is one, and the lock goes. In between the lock keeps others from the
    /// index still.
    fn publish(&self) -> io::Result<()> {
        if self.copy.exists() {
            around(Step::IndexPublish, || {
                seal(&self.copy)?;
                fs::File::open(&self.copy)?.sync_all()?;
                fs::rename(&self.copy, &self.index)
            })?;
        }
        around(Step::IndexUnlock, || fs::remove_file(&self.lock))
    }

    /// The index stays as it was.
    fn give_back(&self) -> io::Result<()> {
        around(Step::IndexUnlock, || {
            // The lock is what matters; a copy that is left is only litter.
            let _ = fs::remove_file(&self.copy);
            let _ = fs::remove_file(self.beside());
            fs::remove_file(&self.lock)
        })
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

impl Staged {
    fn of(entry: &FileEntry) -> Self {
        match (entry.stage, i32::try_from(entry.mode)) {
            (0, Ok(mode)) => Self::Blob { id: entry.blob, mode, hidden: entry.hidden, assumed: entry.assumed },
            _ => Self::Conflict,
        }
    }
}

/// The paths, relative to the repository, whose flags have to be set again behind an edit.
#[derive(Debug, Default)]
pub(super) struct Flags {
    pub(super) hidden: Vec<String>,
    pub(super) assumed: Vec<String>,
}

/// The lock this process holds, if it does, so that a hook whose time is up can give it back.
static HELD: Mutex<Option<Held>> = Mutex::new(None);

pub(super) struct Held {
    files: Files,
    /// The branch has moved: the copy is the index that belongs to it.
    moved: bool,
}

/// Keeps whoever ends this process from the copy, and the lock from being taken, for as long as it is held.
pub(super) fn held() -> MutexGuard<'static, Option<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
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
/// middle of a commit. Where the branch has moved already the rest is little, and is waited for, ten
/// seconds at the most; what is not finished then is finished by the next run.
#[must_use]
pub fn abandon_index_lock() -> Abandoned {
    const STEP: Duration = Duration::from_millis(20);
    let mut was_moved = false;
    for _ in 0..500 {
        let held = held();
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
    let mut held = held();
    if let Some(held) = held.take() {
        // There is nobody left to tell; git itself says when the lock is in its way.
        let _ = if held.moved { held.files.publish() } else { held.files.give_back() };
    }
    // For good: the thread that made the commit must not move the branch now.
    std::mem::forget(held);
    Abandoned::GivenUp
}

/// Removes copies of the index that interrupted runs have left. Who holds the lock is the only one that has one;
/// who has begun to make one ahead of it makes it anew.
fn sweep(git_dir: &Path, files: &Files) {
    let own = files.beside();
    for entry in fs::read_dir(git_dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(COPY) && entry.path() != own {
            let _ = around(Step::Sweep, || fs::remove_file(entry.path()));
        }
    }
    // The note of a commit is written here, too.
    store::sweep(git_dir);
}

impl IndexLock {
    /// Takes `index.lock` as git does, waiting up to a second in all.
    pub(super) fn take(git_dir: &Path) -> Result<Result<Self, Deferral>, GitError> {
        Self::take_with(git_dir, None)
    }

    /// The same as [`IndexLock::take`], with what was read ahead.
    pub(super) fn take_with(git_dir: &Path, ahead: Option<IndexRead>) -> Result<Result<Self, Deferral>, GitError> {
        give_locks_back();
        let files = Files::of(git_dir);
        let fail = |source: io::Error| GitError::Io { doing: "locking the index at", path: files.lock.clone(), source };
        let mut wait = Duration::from_millis(100);
        loop {
            // Whoever ends this process waits until it is known whether the lock is there, or keeps it from being taken.
            let mut held = held();
            let lock = LockFile::take(git_dir, &files.lock).map_err(fail);
            *held = matches!(lock, Ok(Some(_))).then(|| Held { files: files.clone(), moved: false });
            drop(held);
            if let Some(lock) = lock? {
                sweep(git_dir, &files);
                let beside = RefCell::new(None);
                let taken = Self { files, known: RefCell::new(None), ahead, beside, _lock: lock };
                return Ok(Ok(taken));
            }
            if LockFile::remove_orphan(&files.lock) {
                continue;
            }
            if wait > Duration::from_millis(800) {
                return Ok(Err(Deferral::IndexLocked));
            }
            std::thread::sleep(wait);
            wait *= 2;
        }
    }

    /// Removes the lock of a run that was killed, and what that run has left beside it.
    pub(super) fn clear_orphan(git_dir: &Path) -> Result<(), GitError> {
        if LockFile::is_orphan(&git_dir.join("index.lock")) {
            drop(Self::take(git_dir)?);
        }
        Ok(())
    }

    /// Moves the branch while the lock is held; from then on the copy is the index that belongs to it
    /// where `moves` says so.
    #[expect(clippy::unused_self, reason = "only who holds the lock may move the branch so")]
    pub(super) fn moving<T>(&self, swap: impl FnOnce() -> T, moves: impl FnOnce(&T) -> bool) -> T {
        let mut held = held();
        let result = swap();
        if let Some(held) = held.as_mut() {
            held.moved = moves(&result);
        }
        result
    }

    /// The copy, for the git program to work on.
    fn copied(&self) -> Result<&Path, GitError> {
        let path = || self.files.copy.clone();
        self.files.copied().map_err(|source| GitError::Io { doing: "copying the index to", path: path(), source })
    }

    /// Sets entries in the copy: path relative to the repository, mode and blob, none to take it out. Their
    /// flags stay.
    pub(super) fn set(
        &self,
        repository: &Repository,
        entries: &[(String, i32, Option<Oid>)],
        flags: &Flags,
    ) -> Result<(), GitError> {
        // Damage is refused, whoever would write.
        if let Some(file) = self.read(repository)? {
            self.keep(file);
        }
        if self.set_in_place(repository, entries).is_some() {
            return Ok(());
        }
        let mut input = Vec::new();
        for (path, mode, blob) in entries {
            let line = match blob {
                Some(blob) => format!("{mode:o} {blob}\t{path}\0"),
                None => format!("0 {}\t{path}\0", Oid::ZERO_SHA1),
            };
            input.extend_from_slice(line.as_bytes());
        }
        let copy = self.copied()?;
        let program = || Program::of(repository).index(copy);
        around(Step::IndexEdit, || program().run(&["update-index", "-z", "--index-info"], &input))?;
        // An entry that goes takes its flags along.
        let stays = |path: &&String| !entries.iter().any(|(gone, _, blob)| gone == *path && blob.is_none());
        for (paths, flag) in [(&flags.hidden, "--skip-worktree"), (&flags.assumed, "--assume-unchanged")] {
            let input: Vec<u8> =
                paths.iter().filter(stays).flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
            if !input.is_empty() {
                around(Step::IndexEdit, || program().run(&["update-index", flag, "-z", "--stdin"], &input))?;
            }
        }
        Ok(())
    }

    /// What is staged below the tree's folder, by path relative to the repository.
    pub(super) fn entries(&self, repository: &Repository) -> Result<HashMap<Vec<u8>, Staged>, GitError> {
        if let Some(file) = self.read(repository)? {
            let entries = file.entries().iter().map(|entry| (entry.path.clone(), Staged::of(entry))).collect();
            self.keep(file);
            return Ok(entries);
        }
        let arguments = ["--literal-pathspecs", "ls-files", "-z", "--stage", "-v", "--", repository.pathspec()];
        let output = Program::of(repository).index(self.copied()?).run(&arguments, &[])?;
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
        if paths.is_empty() || self.note_in_place(repository, paths).is_some() {
            return;
        }
        let arguments = ["--literal-pathspecs", "add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul"];
        // Only a convenience: git finds out by itself at the next status.
        let Ok(copy) = self.copied() else { return };
        let program = Program::of(repository).index(copy);
        let _ = around(Step::IndexRefresh, || program.run(&arguments, paths.join("\0").as_bytes()));
    }

    /// Puts the copy in the index's place and gives the lock back.
    pub(super) fn publish(self) -> Result<(), GitError> {
        let mut held = held();
        let files = &self.files;
        files.publish().map_err(|source| GitError::Io {
            doing: "replacing the index at",
            path: files.index.clone(),
            source,
        })?;
        *held = None;
        Ok(())
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        let mut held = held();
        if held.take().is_some() {
            // Ours by O_EXCL; leaving it would block the user's git.
            let _ = self.files.give_back();
        }
    }
}
