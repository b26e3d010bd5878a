//! Planned files, written into the worktree and left there for the user to commit.

use std::path::Path;
use std::time::Duration;

use super::{AppError, Project};
use crate::engine::plan::PlannedFile;
use crate::engine::redo::{Made, redo};
use crate::model::TreePath;
use crate::store::{self, Replaced};

/// Brings the files on disk to what was planned: byte for byte where they still are what was planned
/// on, field by field where the user has changed something else in them. All are looked at before the
/// first is written; one that is there already is left as it is. What a sparse checkout hides stays hidden.
///
/// # Errors
/// When a file contradicts the plan, cannot be read or written, or is saved by somebody else just now.
pub(super) fn write(project: &Project, files: &[PlannedFile], made: &[Made]) -> Result<Vec<TreePath>, AppError> {
    let mut writes = Vec::new();
    let hidden = project.repository.hidden_files()?;
    for file in files {
        let target = project.on_disk(&file.path)?;
        let newer = || AppError::Newer { path: file.path.clone() };
        if file.before.is_none() && project.repository.is_linked(&file.path)? {
            return Err(AppError::Linked { path: file.path.clone() });
        }
        let current = store::read(&target)?;
        let is_hidden = || match file.before {
            Some(_) => Ok(hidden.contains_key(&file.path)),
            None => project.repository.is_new_file_hidden(&project.repository.full_path(&file.path)),
        };
        if current.is_none() && is_hidden()? {
            return Err(AppError::Hidden { path: file.path.clone() });
        }
        let wanted = match (&current, &file.before) {
            (None, None) => file.after.clone(),
            // What stands in a new file's place is the user's.
            (Some(current), None) if *current != file.after => {
                return Err(AppError::Taken { path: file.path.clone() });
            }
            (None, Some(_)) => return Err(newer()),
            (Some(current), before) if before.as_ref() == Some(current) => file.after.clone(),
            (Some(current), _) => redo(made, &file.path, &file.after, current).ok_or_else(newer)?,
        };
        if current.as_ref() != Some(&wanted) {
            writes.push((file.path.clone(), target, current, wanted));
        }
    }
    let mut written = Vec::new();
    for (path, target, current, wanted) in writes {
        match store::replace(&target, current.as_deref(), &wanted)? {
            Replaced::Yes => written.push(path),
            Replaced::Newer => return Err(AppError::Newer { path }),
        }
    }
    Ok(written)
}

/// A lock of task-master's that is older than that was left behind: so it says itself.
const STALE_LOCK: Duration = Duration::from_secs(10);

/// For how long task-master has been about to write a file: its lock stands beside it, `<file>.lock`, a folder or a
/// file. `None` where it is not.
pub(super) fn written_since(project: &Project, path: &TreePath) -> Result<Option<Duration>, AppError> {
    let mut lock = project.on_disk(path)?.into_os_string();
    lock.push(".lock");
    Ok(store::age(Path::new(&lock)).filter(|age| *age < STALE_LOCK))
}

/// What a file was planned to be.
pub(super) fn planned<'a>(files: &'a [PlannedFile], path: &TreePath) -> &'a [u8] {
    files.iter().find(|file| file.path == *path).map_or(&[], |file| &file.after)
}
