//! What is noted while the engine commits: a run that ends between moving the branch and bringing
//! index and worktree along is finished by the next one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid};
use serde_json::{Value, json};

use super::error::{library, stored};
use super::follow::{Advanced, merge_bytes};
use super::index_lock::{Flags, IndexLock, Staged};
use super::repository::oid;
use super::{Deferral, Disk, FileChange, GitError, NewMode, Repository, WorktreeOutcome};
use crate::engine::plan::Merge;
use crate::model::TreePath;
use crate::store::crash::{Step, around};
use crate::store::{self, Outbox, Replaced};

/// What a note looks like; one of another version is none.
const VERSION: u64 = 1;

/// What `disk` says of a commit that was made of the files on disk.
const LEADS: &str = "leads";

/// What became of an engine commit that was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mended {
    /// There was none.
    Nothing,
    /// Index and worktree have followed it now.
    Finished,
    /// They have not, for this reason.
    Later(Deferral),
}

/// An engine commit on its way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) id: Oid,
    pub(super) disk: Disk,
    /// The folder that the paths of the files begin in.
    pub(super) tree: String,
    pub(super) files: Vec<JournalFile>,
}

/// One file of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JournalFile {
    pub(super) path: TreePath,
    pub(super) mode: i32,
    /// Its blob at the commit's parent, and in the commit; `None` where it is not there.
    pub(super) blobs: (Option<Oid>, Option<Oid>),
    /// Its blob in the index, before and after.
    pub(super) staged: (Option<Oid>, Option<Oid>),
    /// Where the user has edited the file on disk: a blob of that, and of the commit's change merged into it.
    pub(super) edited: Option<(Oid, Oid)>,
}

impl Repository {
    /// Finishes an engine commit that was interrupted after the branch had moved: what the index and
    /// the worktree still have as it was before gets the commit's content; all else stays.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub fn mend(&self) -> Result<Mended, GitError> {
        let Some(workdir) = self.inner.workdir() else { return Ok(Mended::Nothing) };
        for folder in [self.inner.path(), &self.store_dir()] {
            store::sweep(folder);
        }
        Outbox::new(&self.store_dir()).sweep();
        if !self.has_journal() {
            IndexLock::clear_orphan(self.inner.path())?;
            return Ok(Mended::Nothing);
        }
        // A first commit that was not made is in no history: its note goes.
        if let Some(why) = self.deferral()?.filter(|why| *why != Deferral::Unborn) {
            return Ok(Mended::Later(why));
        }
        let Ok(lock) = IndexLock::take(self.inner.path())? else { return Ok(Mended::Later(Deferral::LockLeft)) };
        // Read under the lock: another run may have been in the middle of it until now.
        let journal = self.read_journal()?;
        let finished = match &journal {
            Some(journal) if self.is_in_head(journal.id)? => {
                // It may have been of files outside the tree.
                let other = if journal.tree == self.prefix { None } else { Some(self.with_tree(&journal.tree)?) };
                let place = other.as_ref().unwrap_or(self);
                place.sweep_folders(workdir, journal);
                place.follow(workdir, journal, lock)?
            }
            _ => false,
        };
        self.remove_journal()?;
        Ok(if finished { Mended::Finished } else { Mended::Nothing })
    }

    /// Brings index and worktree along; whether there was anything to do.
    fn follow(&self, workdir: &Path, journal: &Journal, lock: IndexLock) -> Result<bool, GitError> {
        let head = self.inner.head().and_then(|head| head.peel_to_tree()).map_err(library("reading HEAD"))?;
        let staged = lock.entries(self)?;
        let (mut entries, mut flags, mut updated) = (Vec::new(), Flags::default(), Vec::new());
        let mut written = false;
        for file in &journal.files {
            let path = self.full_path(&file.path);
            let (before, after) = file.blobs;
            // A later commit has taken it on: what is there now is the user's.
            if head.get_path(Path::new(&path)).map(|entry| entry.id()).ok() != after {
                continue;
            }
            let current = match staged.get(path.as_bytes()) {
                None => None,
                Some(Staged::Blob { id, .. }) => Some(*id),
                Some(Staged::Nothing | Staged::Conflict) => continue,
            };
            let is_before = current == file.staged.0 && current != file.staged.1;
            let staged_now = if is_before { Some(file.staged.1) } else { self.restaged(file, current)?.map(Some) };
            if let Some(blob) = staged_now {
                entries.push((path.clone(), file.mode, blob));
                self.note_flags(&mut flags, &path, staged.get(path.as_bytes()).copied().unwrap_or(Staged::Nothing))?;
            }
            let change = FileChange {
                path: file.path.clone(),
                before: before.map(|before| self.blob(before)).transpose()?,
                after: after.map(|after| self.blob(after)).transpose()?,
                merge: Merge::ByLines,
                mode: NewMode::of(file.mode),
            };
            if journal.disk == Disk::Leads {
                continue;
            }
            let was = fs::read(workdir.join(&path)).ok();
            match self.advance_worktree(workdir, &change, &path, after) {
                Ok(Advanced::To(WorktreeOutcome::Updated)) => {
                    written |= was != change.after;
                    updated.extend(change.after.is_some().then_some(path));
                }
                Ok(Advanced::Edited(current)) => {
                    written |= self.follow_edited(&workdir.join(path), file, &change, &current)?;
                }
                _ => {}
            }
        }
        if entries.is_empty() && !written {
            return Ok(false);
        }
        lock.set(self, &entries, &flags)?;
        lock.refresh(self, &updated);
        lock.publish()?;
        Ok(true)
    }

    /// What the user has staged since, with the commit's change merged into it; `None` where that has it, or does not
    /// merge.
    fn restaged(&self, file: &JournalFile, current: Option<Oid>) -> Result<Option<Oid>, GitError> {
        let (Some(before), Some(after), Some(current)) = (file.blobs.0, file.blobs.1, current) else { return Ok(None) };
        if current == after || Some(current) == file.staged.1 {
            return Ok(None);
        }
        let (before, after, staged) = (self.blob(before)?, self.blob(after)?, self.blob(current)?);
        let Some(merged) = merge_bytes(&before, &staged, &after)?.filter(|merged| *merged != staged) else {
            return Ok(None);
        };
        self.write_blob(&merged).map(Some)
    }

    /// Gives a file on disk that the user has edited what the commit would have given it: the merged content that was
    /// noted, or, where it was edited since, a merge by lines; whether it did. What does not merge stays.
    fn follow_edited(
        &self,
        target: &Path,
        file: &JournalFile,
        change: &FileChange,
        current: &[u8],
    ) -> Result<bool, GitError> {
        let is = |blob: Oid| Oid::hash_object(ObjectType::Blob, current).is_ok_and(|id| id == blob);
        let merged = match (file.edited, &change.before, &change.after) {
            // One that the disk has lost is no reason to stop: the file is as the user left it.
            (Some((before, merged)), ..) if is(before) => self.blob(merged).ok(),
            (Some((_, merged)), ..) if is(merged) => None,
            (_, Some(before), Some(after)) => merge_bytes(before, current, after)?.filter(|merged| merged != current),
            _ => None,
        };
        let Some(merged) = merged else { return Ok(false) };
        let replaced = store::replace(target, Some(current), &merged).map_err(stored)?;
        Ok(replaced == Replaced::Yes)
    }

    /// Removes the temporary files that were to replace files of the commit.
    fn sweep_folders(&self, workdir: &Path, journal: &Journal) {
        let folders: BTreeSet<PathBuf> = journal
            .files
            .iter()
            .filter_map(|file| Some(workdir.join(self.full_path(&file.path)).parent()?.to_owned()))
            .collect();
        for folder in &folders {
            store::sweep(folder);
        }
    }

    /// The files that the index would take back to what they were before an interrupted engine commit:
    /// whoever commits the index as it is reverses that commit.
    ///
    /// # Errors
    /// When the journal, the index or HEAD cannot be read.
    pub fn reversals(&self) -> Result<Vec<TreePath>, GitError> {
        let Some(journal) = self.read_journal()? else { return Ok(Vec::new()) };
        if !self.is_in_head(journal.id)? {
            return Ok(Vec::new());
        }
        if journal.tree != self.prefix {
            return self.with_tree(&journal.tree)?.reversals();
        }
        let head = self.inner.head().and_then(|head| head.peel_to_tree()).map_err(library("reading HEAD"))?;
        let staged = self.staged_entries()?;
        let in_head =
            |file: &JournalFile| head.get_path(Path::new(&self.full_path(&file.path))).map(|entry| entry.id()).ok();
        let in_index = |file: &JournalFile| {
            staged.iter().find(|entry| entry.path == file.path.as_str().as_bytes()).map(|entry| entry.blob)
        };
        let files = journal.files.into_iter();
        let reversed = files.filter(|file| {
            let index = in_index(file);
            // Whatever was staged since was made of the file as it was before. A file that is staged nowhere is one
            // that the commit has made, and the index not yet.
            in_head(file) == file.blobs.1 && index != file.blobs.1 && index != file.staged.1
        });
        Ok(reversed.map(|file| file.path).collect())
    }

    fn is_in_head(&self, id: Oid) -> Result<bool, GitError> {
        let Some(head) = self.head()? else { return Ok(false) };
        let head = oid(&head)?;
        // One that is not even there is in no history.
        Ok(head == id || self.inner.graph_descendant_of(head, id).unwrap_or(false))
    }

    /// Whether an engine commit is on its way, or was interrupted.
    #[must_use]
    pub fn has_journal(&self) -> bool {
        self.journal_path().exists()
    }

    /// Notes a commit before the branch moves; it is on disk then.
    pub(super) fn write_journal(&self, journal: &Journal) -> Result<(), GitError> {
        let text = journal.to_json().to_string();
        store::replace(&self.journal_path(), None, text.as_bytes()).map(|_| ()).map_err(stored)
    }

    /// Nothing is on its way any more.
    pub(super) fn remove_journal(&self) -> Result<(), GitError> {
        let path = self.journal_path();
        match around(Step::NoteRemoval, || fs::remove_file(&path)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(GitError::Io { doing: "removing", path, source })
            }
            _ => Ok(()),
        }
    }

    /// The note; `None` where there is none that makes sense.
    pub(super) fn read_journal(&self) -> Result<Option<Journal>, GitError> {
        let path = self.journal_path();
        match fs::read(&path) {
            Ok(bytes) => {
                Ok(serde_json::from_slice(&bytes).ok().and_then(|json| Journal::from_json(&json, &self.prefix)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(GitError::Io { doing: "reading", path, source }),
        }
    }

    pub(super) fn journal_path(&self) -> PathBuf {
        self.inner.path().join("taskmaster-commit")
    }
}

impl Journal {
    /// What is noted.
    pub(super) fn to_json(&self) -> Value {
        let text = |id: Option<Oid>| id.map(|id| id.to_string());
        let disk = if self.disk == Disk::Leads { LEADS } else { "follows" };
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| {
                json!({
                    "path": file.path.as_str(),
                    "mode": file.mode,
                    "before": text(file.blobs.0),
                    "after": text(file.blobs.1),
                    "staged_before": text(file.staged.0),
                    "staged_after": text(file.staged.1),
                    "edited_before": text(file.edited.map(|edited| edited.0)),
                    "edited_after": text(file.edited.map(|edited| edited.1)),
                })
            })
            .collect();
        json!({ "version": VERSION, "commit": self.id.to_string(), "disk": disk, "tree": self.tree, "files": files })
    }

    fn from_json(json: &Value, folder: &str) -> Option<Self> {
        fn some(file: &Value, key: &str) -> Option<Oid> {
            Oid::from_str(file.get(key)?.as_str()?).ok()
        }
        // Nothing where there was none.
        fn maybe(file: &Value, key: &str) -> Result<Option<Oid>, git2::Error> {
            file.get(key).and_then(Value::as_str).map(Oid::from_str).transpose()
        }
        if json.get("version")?.as_u64()? != VERSION {
            return None;
        }
        let file = |file: &Value| -> Option<JournalFile> {
            Some(JournalFile {
                path: TreePath::new(file.get("path")?.as_str()?).ok()?,
                mode: i32::try_from(file.get("mode")?.as_i64()?).ok()?,
                blobs: (maybe(file, "before").ok()?, maybe(file, "after").ok()?),
                staged: (maybe(file, "staged_before").ok()?, maybe(file, "staged_after").ok()?),
                edited: maybe(file, "edited_before").ok()?.zip(maybe(file, "edited_after").ok()?),
            })
        };
        let files = json.get("files")?.as_array()?.iter().map(file).collect::<Option<_>>()?;
        let disk = if json.get("disk").and_then(Value::as_str) == Some(LEADS) { Disk::Leads } else { Disk::Follows };
        // Notes of versions that knew one folder only do not name it.
        let tree = json.get("tree").and_then(Value::as_str).unwrap_or(folder).to_owned();
        Some(Self { id: some(json, "commit")?, disk, tree, files })
    }
}
