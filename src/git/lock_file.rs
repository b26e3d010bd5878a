//! `index.lock` as this program makes it, so that one whose process was killed can be known again.
//!
//! It appears whole, with a line that says whose it is, and is locked with the system too, which gives that lock
//! back with the process, however it ends: a file with such a line that nobody has locked is an orphan. Process
//! numbers would not do, since they are given again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::store::crash::{Step, around};
use crate::store::{self, Permission};

/// What the line begins with. Git neither reads nor writes anything into the lock that it finds.
const MARK: &[u8] = b"taskmaster ";

/// More than any line of ours has: an index that is being written there is not read whole.
const LONGEST: u64 = 512;

/// The lock, for as long as this is open.
pub(super) struct LockFile {
    _file: File,
}

impl LockFile {
    /// Makes the lock; `None` where somebody has one.
    pub(super) fn take(git_dir: &Path, lock: &Path) -> io::Result<Option<Self>> {
        if lock.symlink_metadata().is_ok() {
            return Ok(None);
        }
        // Where files cannot be locked, or not put in place without replacing, an orphan stays, as one of git's does.
        // The name of the temporary file is nobody's business.
        let nameless = |error: io::Error| io::Error::from(error.kind());
        let mut file =
            around(Step::Temporary, || store::locked_file(git_dir, Permission::Readable)).map_err(nameless)?;
        // No two locks have the same line.
        let name = file.path().file_name().unwrap_or_default().as_encoded_bytes().to_owned();
        let process = std::process::id().to_string();
        file.write_all(&[MARK, process.as_bytes(), b" ", &name, b"\n"].concat())?;
        match around(Step::IndexLock, || file.persist_noclobber(lock)) {
            Ok(file) => Ok(Some(Self { _file: file })),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(_) => match around(Step::IndexLock, || OpenOptions::new().write(true).create_new(true).open(lock)) {
                Ok(file) => Ok(Some(Self { _file: file })),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// Whether the lock is there and belongs to a run of this program that was killed.
    pub(super) fn is_orphan(lock: &Path) -> bool {
        Orphan::find(lock).is_some()
    }

    /// Whether the lock is there and a run of this program holds it now.
    pub(super) fn is_held(lock: &Path) -> bool {
        let mut file = File::open(lock).ok();
        line_of(&mut file).is_some() && file.is_some_and(|file| file.try_lock().is_err())
    }

    /// Removes the lock if it belongs to a run of this program that was killed; whether it did.
    pub(super) fn remove_orphan(lock: &Path) -> bool {
        let Some(orphan) = Orphan::find(lock) else { return false };
        // Of two that find it at once one comes first, and the other must not take the next lock away.
        if line_of(&mut File::open(lock).ok()).as_ref() != Some(&orphan.line) {
            return false;
        }
        around(Step::OrphanUnlock, || fs::remove_file(lock)).is_ok()
    }
}

/// A lock without a process, kept from others that have found it.
struct Orphan {
    line: Vec<u8>,
    _file: File,
}

impl Orphan {
    fn find(lock: &Path) -> Option<Self> {
        let mut file = File::open(lock).ok();
        let line = line_of(&mut file)?;
        let file = file?;
        file.try_lock().ok()?;
        Some(Self { line, _file: file })
    }
}

/// The line in a lock, where it is one of ours.
fn line_of(file: &mut Option<File>) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    file.as_mut()?.take(LONGEST).read_to_end(&mut line).ok()?;
    (line.starts_with(MARK) && line.ends_with(b"\n")).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lock_of_ours_that_nobody_holds_is_an_orphan() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("index.lock");
        assert!(!LockFile::remove_orphan(&lock));
        let held = LockFile::take(folder.path(), &lock).unwrap().unwrap();
        assert!(LockFile::take(folder.path(), &lock).unwrap().is_none());
        assert!(!LockFile::is_orphan(&lock) && !LockFile::remove_orphan(&lock) && LockFile::is_held(&lock));
        drop(held);
        assert!(!LockFile::is_held(&lock));
        assert!(LockFile::is_orphan(&lock) && LockFile::remove_orphan(&lock) && !lock.exists());
        fs::write(&lock, "somebody's").unwrap();
        assert!(!LockFile::is_orphan(&lock) && !LockFile::remove_orphan(&lock) && lock.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
