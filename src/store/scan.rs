use std::collections::{BTreeMap, HashMap};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::StoreError;
use super::worktree::{Content, list, read_all, unreadable};
use crate::model::{Snapshot, SnapshotLabel, SourceFile, TreePath};

/// A file that was written so short a time before it was read may be written again without its times telling:
/// clocks of file systems go in steps.
const STEP: Duration = Duration::from_millis(100);

/// The same where times are whole seconds, or two, as on FAT.
const COARSE_STEP: Duration = Duration::from_secs(3);

/// How many files are read before the reader sees them: most turn out to be known, and need not all be there twice.
const AT_ONCE: usize = 512;

/// A folder that is read again and again: of the files only those whose size, times or number differ from the last time.
#[derive(Debug, Default)]
pub struct Scan {
    known: HashMap<TreePath, Known>,
    youngest: Option<SystemTime>,
}

#[derive(Debug)]
struct Known {
    stamp: FileStamp,
    file: Arc<SourceFile>,
    /// Read so long after it was written that an equal stamp means equal bytes.
    settled: bool,
}

/// What the file system says of a file that differs once it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStamp {
    length: u64,
    modified: Option<SystemTime>,
    /// When its entry changed, in seconds and nanoseconds, and its number and device.
    identity: (i64, i64, u64, u64),
}

impl FileStamp {
    /// That of a file; `None` where there is none.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::symlink_metadata(path).ok().as_ref().map(Self::of_metadata)
    }

    fn of_metadata(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok(), identity: identity(metadata) }
    }

    /// Whether a file of this stamp that is read `now` cannot be written later with the same stamp.
    fn is_settled(&self, now: SystemTime) -> bool {
        let Some(modified) = self.modified else { return false };
        let whole = modified.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.subsec_nanos() == 0);
        let step = if whole { COARSE_STEP } else { STEP };
        now.duration_since(modified).is_ok_and(|age| age > step)
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (i64, i64, u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ctime(), metadata.ctime_nsec(), metadata.ino(), metadata.dev())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (i64, i64, u64, u64) {
    (0, 0, 0, 0)
}

impl Scan {
    /// The tree as the files below `folder` are now, as [`snapshot_of_folder`](super::snapshot_of_folder) reads it. What
    /// was read goes through `keep`, which may have the same bytes already, or want them in another form.
    ///
    /// # Errors
    /// When the folder itself cannot be listed.
    pub fn read(
        &mut self,
        folder: &Path,
        mut keep: impl FnMut(&TreePath, Vec<u8>) -> Arc<SourceFile>,
    ) -> Result<Snapshot, StoreError> {
        let listing = list(folder)?;
        let (mut problems, mut blocked) = (listing.problems, listing.blocked);
        let mut known = HashMap::with_capacity(listing.found.len());
        let mut changed: Vec<(TreePath, PathBuf)> = Vec::new();
        let mut stamps: Vec<FileStamp> = Vec::new();
        // The files are looked at before the clock: what is written from here on has a later time.
        let mut files: BTreeMap<TreePath, Arc<SourceFile>> = BTreeMap::new();
        for (path, place) in listing.found {
            let metadata = match std::fs::symlink_metadata(&place) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                // What cannot be looked at is not gone.
                Err(error) => {
                    problems.push(unreadable(Ok(path), Some(&error)));
                    continue;
                }
            };
            let stamp = FileStamp::of_metadata(&metadata);
            match self.known.remove(&path) {
                Some(old) if old.settled && old.stamp == stamp => {
                    files.insert(path.clone(), Arc::clone(&old.file));
                    known.insert(path, old);
                }
                _ => {
                    changed.push((path, place));
                    stamps.push(stamp);
                }
            }
        }
        let now = SystemTime::now();
        self.youngest = stamps.iter().filter_map(|stamp| stamp.modified).max();
        let mut stamps = stamps.into_iter();
        for some in changed.chunks(AT_ONCE) {
            for ((path, content), stamp) in read_all(some).into_iter().zip(stamps.by_ref().take(some.len())) {
                let is_file = matches!(content, Content::File(_));
                match content.of(&path) {
                    Ok(Some(bytes)) => {
                        let file = keep(&path, bytes);
                        files.insert(path.clone(), Arc::clone(&file));
                        known.insert(path, Known { settled: is_file && stamp.is_settled(now), stamp, file });
                    }
                    Ok(None) => {}
                    Err(problem) => {
                        problems.push(*problem);
                        blocked.extend(path.is_made_in().then_some(path));
                    }
                }
            }
        }
        self.known = known;
        Ok(Snapshot { label: SnapshotLabel::Worktree, files, problems, blocked })
    }

    /// When the file was written that was written last, of those that the last look had to read.
    #[must_use]
    pub fn youngest(&self) -> Option<SystemTime> {
        self.youngest
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(name: &str) -> TreePath {
        TreePath::new(name).unwrap()
    }

    #[test]
    fn a_file_is_read_again_only_where_it_may_have_been_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tasks")).unwrap();
        let (old, new) = (folder.path().join("tasks/task_001.txt"), folder.path().join("tasks/task_002.txt"));
        fs::write(&old, "one").unwrap();
        fs::write(&new, "two").unwrap();
        let long_ago = SystemTime::now() - Duration::from_mins(1);
        fs::File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
        let mut scan = Scan::default();
        let look = |scan: &mut Scan| {
            let mut read = Vec::new();
            let snapshot = scan.read(folder.path(), |path, bytes| {
                read.push(path.to_string());
                SourceFile::new(bytes)
            });
            (snapshot.unwrap(), read)
        };
        assert_eq!(look(&mut scan).1, ["tasks/task_001.txt", "tasks/task_002.txt"]);
        // The second was written just now: equal times would prove nothing.
        assert_eq!(look(&mut scan).1, ["tasks/task_002.txt"]);
        fs::write(&old, "eins").unwrap();
        fs::remove_file(&new).unwrap();
        let (snapshot, read) = look(&mut scan);
        assert_eq!(read, ["tasks/task_001.txt"]);
        assert_eq!(snapshot.bytes(&file("tasks/task_001.txt")), Some(&b"eins"[..]));
        assert!(snapshot.bytes(&file("tasks/task_002.txt")).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn another_file_with_the_same_times_is_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tasks")).unwrap();
        let place = folder.path().join("tasks/task_001.txt");
        let long_ago = SystemTime::now() - Duration::from_mins(1);
        let mut scan = Scan::default();
        for text in ["one", "two"] {
            let beside = folder.path().join("beside");
            fs::write(&beside, text).unwrap();
            fs::File::options().write(true).open(&beside).unwrap().set_modified(long_ago).unwrap();
            fs::rename(&beside, &place).unwrap();
            let snapshot = scan.read(folder.path(), |_, bytes| SourceFile::new(bytes)).unwrap();
            assert_eq!(snapshot.bytes(&file("tasks/task_001.txt")), Some(text.as_bytes()));
        }
    }
}
