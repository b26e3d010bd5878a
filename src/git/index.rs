//! The index: read by libgit2 where it can, by the git program where it cannot; written by the git
//! program alone, into a locked copy.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use git2::Oid;

use super::program::Program;
use super::{Deferral, GitError, Repository};

/// One entry of the index below the tree's folder, with its path relative to it.
pub(super) struct IndexEntry {
    pub(super) path: String,
    pub(super) blob: Oid,
    pub(super) mode: i32,
    /// Kept out of the worktree by a sparse checkout.
    pub(super) hidden: bool,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub(super) stage: u8,
    /// How large the file was when it was staged.
    pub(super) size: Size,
}

/// How large a file is, where that is known without asking the object database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// So many bytes.
    Known(u64),
    /// Not known.
    Unknown,
}

const SKIP_WORKTREE: u16 = 1 << 14;

impl Repository {
    /// The entries of the tree's folder at stage 0, in order; conflicts show as their "ours" side.
    pub(super) fn staged_entries(&self) -> Result<Vec<IndexEntry>, GitError> {
        let all = self.index_entries()?;
        let mut entries: Vec<IndexEntry> = Vec::with_capacity(all.len());
        for entry in all {
            let again = entries.last().is_some_and(|last| last.path == entry.path);
            if entry.stage == 0 || (!again && entry.stage == 2) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn index_entries(&self) -> Result<Vec<IndexEntry>, GitError> {
        let folder = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        match self.inner.index().and_then(|mut index| index.read(false).map(|()| index)) {
            Ok(index) => {
                let first = index.find_prefix(folder.as_str()).unwrap_or(index.len());
                Ok((first..index.len())
                    .map_while(|at| index.get(at))
                    .map_while(|entry| {
                        let path = String::from_utf8_lossy(entry.path.strip_prefix(folder.as_bytes())?).into_owned();
                        Some(IndexEntry {
                            path,
                            blob: entry.id,
                            mode: i32::try_from(entry.mode).unwrap_or_default(),
                            hidden: entry.flags_extended & SKIP_WORKTREE != 0,
                            stage: u8::try_from((entry.flags >> 12) & 3).unwrap_or_default(),
                            // 0 is written for entries that no file was compared with.
                            size: if entry.file_size == 0 {
                                Size::Unknown
                            } else {
                                Size::Known(entry.file_size.into())
                            },
                        })
                    })
                    .collect())
            }
            Err(_) => self.listed_entries(&folder),
        }
    }

    /// Split and sparse indexes are beyond libgit2.
    fn listed_entries(&self, folder: &str) -> Result<Vec<IndexEntry>, GitError> {
        let output = Program::of(self).run(&["ls-files", "-z", "--stage", "-t", "--", &self.prefix], &[])?;
        let lines = output.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        Ok(lines
            .filter_map(|line| {
                let line = String::from_utf8_lossy(line).into_owned();
                let (fields, path) = line.split_once('\t')?;
                let mut fields = fields.split(' ');
                let (tag, mode, blob, stage) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
                Some(IndexEntry {
                    path: path.strip_prefix(folder)?.to_owned(),
                    blob: Oid::from_str(blob).ok()?,
                    mode: i32::from_str_radix(mode, 8).ok()?,
                    hidden: tag == "S",
                    stage: stage.parse().ok()?,
                    size: Size::Unknown,
                })
            })
            .collect())
    }
}

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

    /// What is staged for a path, given relative to the repository.
    pub(super) fn entry(&self, repository: &Repository, path: &str) -> Result<Staged, GitError> {
        let arguments = ["--literal-pathspecs", "ls-files", "-z", "--stage", "-t", "--", path];
        let output = Program::of(repository).index(&self.lock).run(&arguments, &[])?;
        let text = String::from_utf8_lossy(&output);
        let mut fields = text.split([' ', '\t', '\0']);
        let (tag, _, blob, stage) = (fields.next(), fields.next(), fields.next(), fields.next());
        Ok(match (blob.and_then(|blob| Oid::from_str(blob).ok()), stage) {
            (Some(id), Some("0")) => Staged::Blob { id, hidden: tag == Some("S") },
            (Some(_), _) => Staged::Conflict,
            (None, _) => Staged::Nothing,
        })
    }

    /// Notes in the copy that these files on disk are what is staged, so that nobody has to compare.
    pub(super) fn refresh(&self, repository: &Repository, paths: &[String]) {
        if paths.is_empty() {
            return;
        }
        let mut arguments = vec!["--literal-pathspecs", "add", "--refresh", "--"];
        arguments.extend(paths.iter().map(String::as_str));
        // Only a convenience: git finds out by itself at the next status.
        let _ = Program::of(repository).index(&self.lock).run(&arguments, &[]);
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
