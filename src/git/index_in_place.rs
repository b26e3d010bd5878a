//! Entries of a locked index that are changed where they stand, in its copy.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use git2::{ObjectType, Oid};

use super::file_stat::FileStat;
use super::index_file::IndexFile;
use super::index_lock::{IndexLock, held};
use super::{GitError, Repository};
use crate::store::crash::{Step, around};

impl IndexLock {
    /// The same where all of them are in the index already; `None` where that is not so, and nothing was written.
    pub(super) fn set_in_place(&self, repository: &Repository, entries: &[(String, i32, Option<Oid>)]) -> Option<()> {
        let mut file = self.read(repository).ok()??;
        let blob = |(path, mode, blob): &(String, i32, Option<Oid>)| {
            Some((path.as_bytes().to_vec(), u32::try_from(*mode).ok()?, (*blob)?))
        };
        let blobs: Vec<(Vec<u8>, u32, Oid)> = entries.iter().map(blob).collect::<Option<_>>()?;
        let blobs: Vec<(&[u8], u32, Oid)> = blobs.iter().map(|(path, mode, blob)| (&path[..], *mode, *blob)).collect();
        let changed = file.set(&blobs)?;
        self.write(&file, &changed)?;
        self.keep(file);
        Some(())
    }

    /// Notes in the copy that these files on disk are what is staged, so that nobody has to compare; `None` where
    /// that is left to the git program.
    pub(super) fn note_in_place(&self, repository: &Repository, paths: &[String]) -> Option<()> {
        let mut file = self.read(repository).ok()??;
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
        let changed = file.note(&noted)?;
        // Whoever ends this process meanwhile must not take a copy for the index that is half written.
        let _held = held();
        let written = around(Step::IndexRefresh, || {
            let mut copy = fs::OpenOptions::new().write(true).open(&self.files.copy)?;
            let written = copy.metadata()?.modified()?;
            file.write_changes(&mut copy, &changed)?;
            copy.set_modified(written)
        });
        written.ok()
    }

    /// The copy as it is, or the index where there is none yet: nobody else changes it while the index is locked.
    /// `None` where it is the git program's to read.
    ///
    /// # Errors
    /// When it is damaged: nothing of that gets a good checksum, not by the git program either, which looks at it in
    /// `fsck` alone.
    pub(super) fn read(&self, repository: &Repository) -> Result<Option<IndexFile>, GitError> {
        if let Some(known) = self.known.take() {
            return Ok(Some(known));
        }
        if let Some((file, copy)) = self.ahead.as_ref().and_then(|ahead| ahead.found(self.files.newest())) {
            self.beside.replace(Some(copy));
            return Ok(Some(file));
        }
        match IndexFile::read_to_change(self.files.newest(), repository.prefix.as_bytes()) {
            Ok(file) => Ok(file),
            Err(source) if source.kind() == io::ErrorKind::InvalidData => {
                Err(GitError::Io { doing: "changing the index at", path: repository.index.clone(), source })
            }
            // The git program says why.
            Err(_) => Ok(None),
        }
    }

    /// Remembers the copy as it is now.
    pub(super) fn keep(&self, file: IndexFile) {
        self.known.replace(Some(file));
    }

    /// Makes the copy, whole or not at all: once the branch has moved it may become the index at any moment. It
    /// stays as old as the index: what was written as late as that, or since, is still compared by content.
    fn write(&self, file: &IndexFile, changed: &[Range<usize>]) -> Option<()> {
        let beside = self.files.beside();
        let edit = |mut new: fs::File| {
            let old = fs::metadata(self.files.newest())?;
            file.write_unsealed(&mut new, changed)?;
            new.set_permissions(old.permissions())?;
            new.set_modified(old.modified()?)
        };
        let new = self.beside.take().map_or_else(|| written_whole(file, &beside), Ok);
        let written = around(Step::IndexEdit, || {
            new.and_then(edit)?;
            fs::rename(&beside, &self.files.copy)
        });
        if written.is_err() {
            let _ = around(Step::Sweep, || fs::remove_file(&beside));
        }
        written.ok()
    }
}

fn written_whole(file: &IndexFile, path: &Path) -> io::Result<fs::File> {
    around(Step::IndexCopy, || {
        let mut new = fs::File::create(path)?;
        file.write(&mut new)?;
        Ok(new)
    })
}
