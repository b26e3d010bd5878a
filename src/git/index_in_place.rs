//! Entries of a locked index that are changed where they stand, in its copy.

use std::fs;
use std::path::Path;

use git2::{ObjectType, Oid};

use super::Repository;
use super::index_file::{FileEntry, FileStat, IndexFile};
use super::index_lock::IndexLock;
use crate::store::crash::{Step, around};

/// How many files are compared here; git is quicker with more.
const MOST_COMPARED: usize = 64;

impl IndexLock {
    /// The same where all of them are in the index already; `None` where that is not so, and nothing was written.
    pub(super) fn set_in_place(&self, repository: &Repository, entries: &[(String, i32, Option<Oid>)]) -> Option<()> {
        let mut file = self.read(repository)?;
        let workdir = repository.inner.workdir()?;
        // A newer index hides what the old one left to be compared.
        if file.racy().len() > MOST_COMPARED {
            return None;
        }
        let changed: Vec<FileEntry> =
            file.racy().iter().filter(|entry| has_changed_unseen(workdir, entry)).cloned().collect();
        file.smudge(&changed)?;
        let blob = |(path, mode, blob): &(String, i32, Option<Oid>)| {
            Some((path.as_bytes().to_vec(), u32::try_from(*mode).ok()?, (*blob)?))
        };
        let blobs: Vec<(Vec<u8>, u32, Oid)> = entries.iter().map(blob).collect::<Option<_>>()?;
        let blobs: Vec<(&[u8], u32, Oid)> = blobs.iter().map(|(path, mode, blob)| (&path[..], *mode, *blob)).collect();
        file.set(&blobs)?;
        self.write(Step::IndexEdit, &file)?;
        self.keep(file);
        Some(())
    }

    /// Notes in the copy that these files on disk are what is staged, so that nobody has to compare; `None` where
    /// that is left to the git program.
    pub(super) fn note_in_place(&self, repository: &Repository, paths: &[String]) -> Option<()> {
        let mut file = self.read(repository)?;
        let workdir = repository.inner.workdir()?;
        let mut noted: Vec<(&[u8], FileStat)> = Vec::new();
        for path in paths {
            let entry = file.entries().iter().find(|entry| entry.path == path.as_bytes() && entry.stage == 0)?;
            // What is written behind this look has other numbers, or is as late as the index itself.
            let stat = FileStat::of(&fs::symlink_metadata(workdir.join(path)).ok()?)?;
            let bytes = fs::read(workdir.join(path)).ok()?;
            // Where a filter stands between them git has to look itself.
            if Oid::hash_object(ObjectType::Blob, &bytes).ok()? != entry.blob {
                return None;
            }
            noted.push((path.as_bytes(), stat));
        }
        file.note(&noted)?;
        self.write(Step::IndexRefresh, &file)
    }

    /// The copy as it is: nobody else changes it while the index is locked.
    pub(super) fn read(&self, repository: &Repository) -> Option<IndexFile> {
        let known = self.known.take();
        known.or_else(|| IndexFile::read(&self.files.copy, repository.prefix.as_bytes()).ok().flatten())
    }

    /// Remembers the copy as it is now.
    pub(super) fn keep(&self, file: IndexFile) {
        self.known.replace(Some(file));
    }

    /// Replaces the copy, whole or not at all: once the branch has moved it may become the index at any moment.
    fn write(&self, step: Step, file: &IndexFile) -> Option<()> {
        let beside = self.files.copy.with_extension(format!("{}.new", std::process::id()));
        let written = around(step, || {
            fs::write(&beside, file.bytes())?;
            fs::set_permissions(&beside, fs::metadata(&self.files.copy)?.permissions())?;
            fs::rename(&beside, &self.files.copy)
        });
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written.ok()
    }
}

/// Whether a file looks as it did when it was staged, and is not, or may not be.
fn has_changed_unseen(workdir: &Path, entry: &FileEntry) -> bool {
    let Ok(path) = std::str::from_utf8(&entry.path).map(|path| workdir.join(path)) else { return true };
    let Ok(metadata) = fs::symlink_metadata(&path) else { return false };
    let looks_so = metadata.len() == u64::from(entry.size)
        && FileStat::of(&metadata).is_none_or(|stat| stat.written() == entry.written);
    looks_so && !(metadata.is_file() && Oid::hash_file(ObjectType::Blob, &path).is_ok_and(|blob| blob == entry.blob))
}
