//! Files that no commit has, where something is done with the whole tree.

use std::collections::BTreeSet;

use super::{AppError, Project};
use crate::engine::migrate::Refusal;
use crate::git::FileChange;
use crate::model::{Snapshot, TreePath};
use crate::store;

/// The files of the tree that are not as the last commit has them, on disk or staged.
pub(super) fn dirty(project: &Project, tip: &Snapshot) -> Result<Vec<TreePath>, AppError> {
    let repository = &project.repository;
    let staged = repository.snapshot_of_index()?;
    let mut paths: BTreeSet<TreePath> = differing(tip, &staged);
    let mut disk = store::snapshot_of_folder(&repository.tree_dir()?)?;
    for (path, file) in repository.hidden_files()? {
        disk.files.entry(path).or_insert(file);
    }
    for path in differing(tip, &disk) {
        let (committed, here) = (tip.bytes(&path), disk.bytes(&path));
        let same = match here {
            Some(here) => {
                let cleaned = repository.cleaned(&repository.full_path(&path), here.to_vec(), committed)?;
                committed == Some(cleaned.as_slice())
            }
            None => false,
        };
        if !same {
            paths.insert(path);
        }
    }
    // What git is told to ignore is nobody's change. Where it is in the way of a file, that is said then.
    let is_known = |path: &TreePath| tip.files.contains_key(path) || staged.files.contains_key(path);
    paths.retain(|path| is_known(path) || !repository.is_ignored(path));
    Ok(paths.into_iter().collect())
}

/// Refuses where files that no commit has stand where new ones are to be.
pub(super) fn in_the_way(project: &Project, files: &[FileChange]) -> Result<(), AppError> {
    let folder = project.repository.tree_dir()?;
    let is_there = |file: &&FileChange| {
        file.before.is_none() && !matches!(store::read(&folder.join(file.path.as_str())), Ok(None))
    };
    let taken: Vec<TreePath> = files.iter().filter(is_there).map(|file| file.path.clone()).collect();
    if taken.is_empty() { Ok(()) } else { Err(Refusal::Taken(taken).into()) }
}

fn differing(tip: &Snapshot, other: &Snapshot) -> BTreeSet<TreePath> {
    let gone = tip.files.keys().filter(|path| !other.files.contains_key(*path));
    gone.chain(other.changed_files(tip)).cloned().collect()
}
