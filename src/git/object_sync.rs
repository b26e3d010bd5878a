//! The objects of the engine's commit, brought to the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use git2::{FileMode, Oid};

use super::{GitError, Repository};

/// How many objects are brought to the disk at once: it takes those together that it is asked for together.
const AT_ONCE: usize = 4;

/// Loose objects on their way to the disk, while other things are done.
pub(super) struct ObjectSync {
    folder: PathBuf,
    shares: Vec<JoinHandle<Result<(), GitError>>>,
}

impl ObjectSync {
    /// Waits until all of them are there.
    pub(super) fn finish(self) -> Result<(), GitError> {
        let Self { folder, shares } = self;
        shares.into_iter().try_for_each(|share| match share.join() {
            Ok(synced) => synced,
            Err(_) => Err(failed(&folder, io::Error::other("a thread ended unexpectedly"))),
        })
    }
}

impl Repository {
    /// Begins to bring the commit's objects to the disk, which is to be finished before anything points at them.
    pub(super) fn sync_objects(
        &self,
        tree: &git2::Tree<'_>,
        blobs: &[(String, FileMode, Option<Oid>)],
        commit: Oid,
    ) -> ObjectSync {
        let mut objects = vec![tree.id(), commit];
        for (path, _, blob) in blobs {
            objects.extend(*blob);
            let mut folder = Path::new(path);
            while let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                if let Ok(entry) = tree.get_path(parent) {
                    objects.push(entry.id());
                }
                folder = parent;
            }
        }
        objects.sort_unstable();
        objects.dedup();
        let folder = self.inner.commondir().join("objects");
        let share = objects.len().div_ceil(AT_ONCE).max(1);
        let begin = |objects: &[Oid]| {
            let (objects, folder) = (objects.to_vec(), folder.clone());
            std::thread::spawn(move || objects.iter().try_for_each(|object| sync_object(&folder, *object)))
        };
        let shares = objects.chunks(share).map(begin).collect();
        ObjectSync { folder, shares }
    }
}

/// Brings an object to the disk, where it is loose.
fn sync_object(folder: &Path, object: Oid) -> Result<(), GitError> {
    let digits = object.to_string();
    let (first, rest) = digits.split_at(2);
    let path = folder.join(first).join(rest);
    match fs::File::open(&path).and_then(|file| file.sync_all()) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed(&path, source)),
        // Not loose: it was in a pack before.
        _ => Ok(()),
    }
}

fn failed(path: &Path, source: io::Error) -> GitError {
    GitError::Io { doing: "syncing", path: path.to_owned(), source }
}
