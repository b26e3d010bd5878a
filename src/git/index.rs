//! The index: read by libgit2 where it can, by the git program where it cannot; written by the git
//! program alone, into a locked copy.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
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
    published: bool,
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
                    let taken = Self { index, lock: lock.clone(), published: false };
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

    /// Sets entries in the copy: path relative to the repository, mode and blob.
    pub(super) fn set(&self, repository: &Repository, entries: &[(String, i32, Oid)]) -> Result<(), GitError> {
        let mut input = Vec::new();
        for (path, mode, blob) in entries {
            input.extend_from_slice(format!("{mode:o} {blob}\t{path}\0").as_bytes());
        }
        Program::of(repository).index(&self.lock).run(&["update-index", "-z", "--index-info"], &input)?;
        Ok(())
    }

    /// The blob staged for a path, given relative to the repository; a path in conflict counts as
    /// staged by the user.
    pub(super) fn entry(&self, repository: &Repository, path: &str) -> Result<Option<Oid>, GitError> {
        let arguments = ["--literal-pathspecs", "ls-files", "-z", "--stage", "--", path];
        let output = Program::of(repository).index(&self.lock).run(&arguments, &[])?;
        let text = String::from_utf8_lossy(&output);
        let mut fields = text.split([' ', '\t', '\0']);
        let (_, blob, stage) = (fields.next(), fields.next(), fields.next());
        Ok(match (blob.and_then(|blob| Oid::from_str(blob).ok()), stage) {
            (Some(blob), Some("0")) => Some(blob),
            (Some(_), _) => Some(Oid::ZERO_SHA1),
            (None, _) => None,
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
    pub(super) fn publish(mut self) -> Result<(), GitError> {
        fs::File::open(&self.lock)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.lock, &self.index))
            .map_err(|source| GitError::Io { doing: "replacing the index at", path: self.index.clone(), source })?;
        self.published = true;
        Ok(())
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if !self.published {
            // Ours by O_EXCL; leaving it would block the user's git.
            let _ = fs::remove_file(&self.lock);
        }
    }
}
