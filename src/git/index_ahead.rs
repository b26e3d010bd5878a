//! The index as a commit will find it, read, checked and copied beside what else is to be done before the index is
//! locked. Once it is locked nobody changes it: what was read counts if the index still is that file.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use super::file_stat::FileStat;
use super::index_file::IndexFile;
use super::index_lock::Files;
use crate::model::works_on_one_thread;
use crate::store::crash::{Step, around};

/// An index that is being read.
pub(super) struct IndexAhead {
    reading: Option<JoinHandle<Option<Found>>>,
    /// Where the copy is.
    beside: PathBuf,
}

/// An index that was read before it was locked.
pub(super) struct IndexRead {
    found: RefCell<Option<Found>>,
    _ahead: IndexAhead,
}

impl IndexRead {
    /// What the locked index holds, and a copy of it; `None` where that is not what was read, or nothing was.
    pub(super) fn found(&self, index: &Path) -> Option<(IndexFile, File)> {
        let found = self.found.take()?;
        let stat = FileStat::of(&fs::metadata(index).ok()?)?;
        (stat == found.stat).then_some((found.file, found.copy))
    }
}

/// What was read, and a copy of it.
struct Found {
    stat: FileStat,
    file: IndexFile,
    copy: File,
}

impl IndexAhead {
    /// Begins to read the index, as far as what is below `folder` needs it; `None` where that is not worth a thread.
    pub(super) fn begin(git_dir: &Path, folder: &str) -> Option<Self> {
        if works_on_one_thread() {
            return None;
        }
        let files = Files::of(git_dir);
        let (index, beside, folder) = (files.index.clone(), files.beside(), folder.to_owned());
        let copy = around(Step::IndexCopy, || File::create(&beside)).ok();
        let read = |copy| std::thread::spawn(move || Found::read(&index, copy, folder.as_bytes()));
        Some(Self { reading: copy.map(read), beside })
    }

    /// Waits until it has been read: copying it takes far longer beside what makes the file system flush.
    pub(super) fn finish(mut self) -> IndexRead {
        let found = self.reading.take().and_then(|reading| reading.join().ok()).flatten();
        IndexRead { found: RefCell::new(found), _ahead: self }
    }
}

impl Drop for IndexAhead {
    fn drop(&mut self) {
        let _ = self.reading.take().map(JoinHandle::join);
        if self.beside.exists() {
            let _ = around(Step::Sweep, || fs::remove_file(&self.beside));
        }
    }
}

impl Found {
    fn read(index: &Path, mut copy: File, folder: &[u8]) -> Option<Self> {
        let mut source = File::open(index).ok()?;
        let stat = FileStat::of(&source.metadata().ok()?)?;
        let mut bytes = Vec::new();
        source.read_to_end(&mut bytes).ok()?;
        let mut copied = Err(io::ErrorKind::Other.into());
        let file = IndexFile::checked(bytes, folder, |bytes| copied = copy.write_all(bytes)).ok()??;
        copied.is_ok().then_some(Self { stat, file, copy })
    }
}
