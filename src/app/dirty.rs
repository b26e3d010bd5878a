//! Files in the way, where something is done with the whole tree.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{AppError, Project};
use crate::engine::migrate::Refusal;
use crate::git::FileChange;
use crate::model::{CommitId, Snapshot, TreePath};
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

/// Refuses where files that no commit has stand where new ones are to be, or links, folders or files where their folders
/// are.
pub(super) fn in_the_way(project: &Project, files: &[FileChange]) -> Result<(), AppError> {
    let folder = project.repository.tree_dir()?;
    let blocked = project.repository.blocked(files)?;
    if !blocked.is_empty() {
        return Err(Refusal::Taken(blocked).into());
    }
    let is_there = |file: &&FileChange| {
        file.before.is_none() && !matches!(store::read(&folder.join(file.path.as_str())), Ok(None))
    };
    let taken: Vec<TreePath> = files.iter().filter(is_there).map(|file| file.path.clone()).collect();
    if taken.is_empty() { Ok(()) } else { Err(Refusal::Taken(taken).into()) }
}

/// Refuses where a file that is made, or a folder of its, is one with a file of the tree for a file system without case.
pub(super) fn named_alike(project: &Project, tip: &CommitId, files: &[FileChange]) -> Result<(), AppError> {
    let tracked = project.repository.paths_below(tip, project.repository.prefix())?;
    let like = alike(files, &tracked);
    if like.is_empty() { Ok(()) } else { Err(Refusal::Collisions(like).into()) }
}

/// Files that are made, and files of the tree that a file system without case takes for the same, or for a folder of
/// theirs. Those that go are in nobody's way.
fn alike(files: &[FileChange], tracked: &[String]) -> Vec<(TreePath, TreePath)> {
    let parts = |path: &str| -> Vec<String> {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.filter_map(|end| path.get(..end)).map(ToOwned::to_owned).collect()
    };
    let go: HashSet<&str> = files.iter().filter(|file| file.after.is_none()).map(|file| file.path.as_str()).collect();
    let mut known: HashMap<String, (String, &String)> = HashMap::new();
    for path in tracked.iter().filter(|path| !go.contains(path.as_str())) {
        for part in parts(path) {
            known.entry(part.to_lowercase()).or_insert((part, path));
        }
    }
    let made = files.iter().filter(|file| file.before.is_none() && file.after.is_some());
    let found = made.filter_map(|file| {
        let other = parts(file.path.as_str()).into_iter().find_map(|part| {
            known.get(&part.to_lowercase()).filter(|(other, _)| *other != part).map(|(_, path)| *path)
        })?;
        Some((TreePath::new(other.as_str()).ok()?, file.path.clone()))
    });
    found.collect()
}

fn differing(tip: &Snapshot, other: &Snapshot) -> BTreeSet<TreePath> {
    let gone = tip.files.keys().filter(|path| !other.files.contains_key(*path));
    gone.chain(other.changed_files(tip)).cloned().collect()
}
