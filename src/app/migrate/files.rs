//! The files that a migration changes, with the modes of those that come.

use super::super::{AppError, Project};
use crate::engine::migrate::{Manifest, Migration};
use crate::engine::plan::Merge;
use crate::git::{FileChange, NewMode};
use crate::model::{CommitId, Snapshot, TreePath};

/// The files of a migration on top of a commit.
pub(in crate::app) fn files(
    project: &Project,
    tip: &CommitId,
    before: &Snapshot,
    migration: &Migration,
) -> Result<Vec<FileChange>, AppError> {
    let change = |(path, after): (&TreePath, &Option<Vec<u8>>)| {
        let before = before.bytes(path).map(<[u8]>::to_vec);
        let mode = match (&before, after) {
            (None, Some(_)) => mode(project, tip, path)?,
            _ => NewMode::Plain,
        };
        Ok(FileChange { path: path.clone(), before, after: after.clone(), merge: Merge::ByLines, mode })
    };
    migration.changes.iter().map(change).collect()
}

/// The mode of a file that comes: that of the one that it is, where it was put away or stood.
fn mode(project: &Project, tip: &CommitId, path: &TreePath) -> Result<NewMode, AppError> {
    let repository = &project.repository;
    let original = Manifest::original(path);
    let mut places: Vec<String> = original.iter().map(|original| repository.full_path(original)).collect();
    if original.is_none() {
        places.extend(Manifest::put_away(path).map(|away| repository.full_path(&away)));
    }
    let stood = original.as_ref().unwrap_or(path);
    if stood.folder() == Some("tasks") {
        places.extend(repository.file_beside_tree(stood).map(|beside| beside.to_string()));
    }
    for place in places {
        if let Some(mode) = repository.mode_in_commit(tip, &place)? {
            return Ok(mode);
        }
    }
    Ok(NewMode::Plain)
}
