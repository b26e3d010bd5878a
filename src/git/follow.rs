//! The files on disk follow an engine commit, the user's edits in them kept.

use std::fs;
use std::path::Path;

use git2::{ObjectType, Oid};

use super::error::library;
use super::program::Program;
use super::{FileChange, GitError, NewMode, Redo, Repository, WorktreeOutcome};
use crate::engine::plan::Merge;
use crate::model::TreePath;
use crate::store::crash::{Step, around};
use crate::store::{self, Permission, Replaced};

impl Repository {
    /// Gives the file on disk the commit's content, merged with the user's edits.
    pub(super) fn update_worktree(
        &self,
        redo: &Redo<'_>,
        workdir: &Path,
        file: &FileChange,
        path: &str,
        blob: Option<Oid>,
    ) -> Result<WorktreeOutcome, GitError> {
        // Whoever saves the file just now has another version of it: that one is looked at in turn.
        for _ in 0..3 {
            let current = match self.advance_worktree(workdir, file, path, blob)? {
                Advanced::To(outcome) => return Ok(outcome),
                Advanced::Saved => continue,
                Advanced::Edited(current) => current,
            };
            let Some(before) = &file.before else { break };
            let Some(merged) = merge_versions(redo, file, before, &current)? else { break };
            match replace(&workdir.join(path), Some(&current), &merged, WorktreeOutcome::Merged)? {
                Advanced::To(outcome) => return Ok(outcome),
                Advanced::Saved | Advanced::Edited(_) => {}
            }
        }
        Ok(WorktreeOutcome::LeftAlone)
    }

    /// What [`Repository::update_worktree`] would make of a file that the user has edited, as two blobs: the
    /// edited content and the merged one. `None` where there is nothing to merge, or it cannot be.
    pub(super) fn edited_version(
        &self,
        redo: &Redo<'_>,
        workdir: &Path,
        file: &FileChange,
        path: &str,
    ) -> Result<Option<(Oid, Oid)>, GitError> {
        let (Some(before), Some(after)) = (&file.before, &file.after) else { return Ok(None) };
        let target = workdir.join(path);
        let is_plain = fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_file());
        if !is_plain || is_behind_link(workdir, path) {
            return Ok(None);
        }
        // One that cannot be read is left alone later, too.
        let Ok(current) = fs::read(&target) else { return Ok(None) };
        if current == *before || current == *after {
            return Ok(None);
        }
        let Some(merged) = merge_versions(redo, file, before, &current)? else { return Ok(None) };
        let edited = Oid::hash_object(ObjectType::Blob, &current).map_err(library("hashing a file"))?;
        Ok(Some((edited, self.write_blob(&merged)?)))
    }

    /// Gives the file on disk the commit's content where it still has what was there before.
    pub(super) fn advance_worktree(
        &self,
        workdir: &Path,
        file: &FileChange,
        path: &str,
        blob: Option<Oid>,
    ) -> Result<Advanced, GitError> {
        let target = workdir.join(path);
        // Where a new file is to stand, whatever is no plain file is in the way.
        let is_new = file.before.is_none() && file.after.is_some();
        if is_behind_link(workdir, path) {
            let outcome = if is_new { WorktreeOutcome::Unwritten } else { WorktreeOutcome::Absent };
            return Ok(Advanced::To(outcome));
        }
        let fail = |source| GitError::Io { doing: "reading", path: target.clone(), source };
        let current = match fs::symlink_metadata(&target) {
            Ok(metadata) if !metadata.is_file() && is_new => return Ok(Advanced::To(WorktreeOutcome::Unwritten)),
            Ok(metadata) if !metadata.is_file() => return Ok(Advanced::To(WorktreeOutcome::LeftAlone)),
            Ok(_) => Some(fs::read(&target).map_err(fail)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(fail(error)),
        };
        let updated = |expected: Option<&[u8]>, content| {
            let permission = match file.mode {
                NewMode::Executable if expected.is_none() => Permission::Executable,
                NewMode::Executable | NewMode::Plain => Permission::Readable,
            };
            advanced(store::replace_as(&target, expected, content, permission), WorktreeOutcome::Updated)
        };
        let Some(current) = current else {
            return match (&file.before, &file.after) {
                (None, Some(_)) if self.is_new_file_hidden(path)? => Ok(Advanced::To(WorktreeOutcome::Absent)),
                (None, Some(after)) => updated(None, &self.smudged(path, blob)?.unwrap_or_else(|| after.clone())),
                _ => Ok(Advanced::To(WorktreeOutcome::Absent)),
            };
        };
        if Some(&current) == file.after.as_ref() {
            return Ok(Advanced::To(WorktreeOutcome::Updated));
        }
        let Some(before) = &file.before else { return Ok(Advanced::Edited(current)) };
        let Some(after) = &file.after else {
            if current == *before || self.is_filtered_form(path, before)? {
                return remove(workdir, &target, &current).map(Advanced::To);
            }
            return Ok(Advanced::Edited(current));
        };
        if current == *before {
            return updated(Some(&current), after);
        }
        if self.is_filtered_form(path, before)?
            && let Some(smudged) = self.smudged(path, blob)?
        {
            return updated(Some(&current), &smudged);
        }
        Ok(Advanced::Edited(current))
    }

    /// A blob in the form the worktree has it in: with other line ends, or through a filter.
    fn smudged(&self, path: &str, blob: Option<Oid>) -> Result<Option<Vec<u8>>, GitError> {
        let Some(blob) = blob else { return Ok(None) };
        let arguments = ["cat-file", "--filters", &format!("--path={path}"), &blob.to_string()];
        Program::of(self).run(&arguments, &[]).map(Some)
    }

    /// Whether a file of the tree, or a folder on the way to it, is a link: nothing is written through one.
    ///
    /// # Errors
    /// In a bare repository.
    pub fn is_linked(&self, path: &TreePath) -> Result<bool, GitError> {
        let (workdir, path) = (self.workdir()?, self.full_path(path));
        Ok(is_behind_link(workdir, &path) || workdir.join(&path).is_symlink())
    }

    /// Whether the file on disk is `before` in the form the worktree has it in: with other line
    /// ends, or through a filter.
    fn is_filtered_form(&self, path: &str, before: &[u8]) -> Result<bool, GitError> {
        let hashed = Program::of(self).run(&["hash-object", "--", path], &[])?;
        Ok(String::from_utf8_lossy(&hashed).trim() == self.blob_id(before)?)
    }
}

/// Whether a folder on the way to a file is a link: what stands behind it is not the repository's.
fn is_behind_link(workdir: &Path, path: &str) -> bool {
    let folders = Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders.into_iter().any(|folder| workdir.join(folder).is_symlink())
}

/// What became of a file on disk that was to get the commit's content.
pub(super) enum Advanced {
    /// It is settled.
    To(WorktreeOutcome),
    /// It has this content, which is the user's.
    Edited(Vec<u8>),
    /// Somebody has saved it since it was looked at.
    Saved,
}

/// Replaces a file that still is what is expected.
fn replace(
    target: &Path,
    expected: Option<&[u8]>,
    content: &[u8],
    outcome: WorktreeOutcome,
) -> Result<Advanced, GitError> {
    advanced(store::replace(target, expected, content), outcome)
}

fn advanced(replaced: Result<Replaced, store::StoreError>, outcome: WorktreeOutcome) -> Result<Advanced, GitError> {
    match replaced {
        Ok(Replaced::Yes) => Ok(Advanced::To(outcome)),
        Ok(Replaced::Newer) => Ok(Advanced::Saved),
        Err(store::StoreError::Io { doing, path, source }) => Err(GitError::Io { doing, path, source }),
        Err(store::StoreError::Corrupt { .. } | store::StoreError::Foreign { .. }) => {
            Ok(Advanced::To(WorktreeOutcome::LeftAlone))
        }
    }
}

/// Removes a file that still is what is expected, and the folders that are empty then.
fn remove(workdir: &Path, target: &Path, expected: &[u8]) -> Result<WorktreeOutcome, GitError> {
    let fail = |source| GitError::Io { doing: "removing", path: target.to_owned(), source };
    if fs::read(target).map_err(fail)? != expected {
        return Ok(WorktreeOutcome::LeftAlone);
    }
    around(Step::Remove, || {
        fs::remove_file(target).map_err(fail)?;
        // As git does; the first folder with something in it ends this.
        let folders = target.ancestors().skip(1).take_while(|folder| *folder != workdir);
        for folder in folders {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    })?;
    Ok(WorktreeOutcome::Updated)
}

/// Merges the commit's change of a file into `ours`, by lines where that is possible and by fields
/// where it is not.
pub(super) fn merge_versions(
    redo: &Redo<'_>,
    file: &FileChange,
    base: &[u8],
    ours: &[u8],
) -> Result<Option<Vec<u8>>, GitError> {
    let Some(after) = &file.after else { return Ok(None) };
    Ok(match file.merge {
        Merge::ByLines => merge_bytes(base, ours, after)?.or_else(|| redo(&file.path, ours)),
        Merge::ByRecords => redo(&file.path, ours),
    })
}

/// Merges two changes of one file; `None` where they touch the same lines differently.
pub(super) fn merge_bytes(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
    let (mut ancestor, mut left, mut right) =
        (git2::MergeFileInput::new(), git2::MergeFileInput::new(), git2::MergeFileInput::new());
    let result = git2::merge_file(ancestor.content(base), left.content(ours), right.content(theirs), None)
        .map_err(library("merging a file"))?;
    Ok(result.is_automergeable().then(|| result.content().to_vec()))
}
