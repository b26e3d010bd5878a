//! The engine's own commit: on top of the branch tip, of the plan's files alone, and never in the
//! way of what the user has staged, edited or is in the middle of.

use std::fs;
use std::path::Path;

use git2::{ErrorCode, FileMode, ObjectType, Oid};

use super::error::library;
use super::follow::{merge_bytes, merge_versions};
use super::index_ahead::IndexAhead;
use super::index_lock::{Flags, IndexLock, Staged};
use super::journal::{Journal, JournalFile};
use super::repository::{commit_id, oid};
use super::{Deferral, GitError, Repository};
use crate::engine::plan::{Merge, PlannedFile};
use crate::model::{CommitId, Person, Timestamp, TreePath};
use crate::store::crash::{Step, around};

/// Makes the commit's changes of one file on other bytes of it; `None` where that cannot be done.
pub type Redo<'a> = dyn Fn(&TreePath, &[u8]) -> Option<Vec<u8>> + 'a;

/// A commit to be made.
pub struct EngineCommit<'a> {
    /// The branch HEAD is on.
    pub branch: &'a str,
    /// Where the branch was when the plan was made; `None` where this is its first commit.
    pub tip: Option<&'a CommitId>,
    /// The whole message.
    pub message: &'a str,
    /// Author and committer.
    pub identity: &'a Person,
    /// Author and committer date.
    pub time: Timestamp,
    /// What changes.
    pub files: &'a [FileChange],
    /// For a file that the user has changed too, on the same lines.
    pub redo: &'a Redo<'a>,
    /// Which came first, the commit or the files on disk.
    pub disk: Disk,
}

/// What becomes of the files on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// They get what the commit has.
    Follows,
    /// The commit was made of them: whatever they are by now is newer.
    Leads,
}

/// One file the commit changes, adds or removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Which file.
    pub path: TreePath,
    /// Its bytes at the tip; `None` where it is new.
    pub before: Option<Vec<u8>>,
    /// Its bytes in the commit; `None` where it goes.
    pub after: Option<Vec<u8>>,
    /// How the commit's change is made on other bytes.
    pub merge: Merge,
    /// The mode of a new file; one that is there keeps its own.
    pub mode: NewMode,
}

/// What git calls the mode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewMode {
    /// 100644.
    Plain,
    /// 100755.
    Executable,
}

impl NewMode {
    /// That of an entry of a tree or the index.
    pub(super) fn of(mode: i32) -> Self {
        if mode == i32::from(FileMode::BlobExecutable) { Self::Executable } else { Self::Plain }
    }
}

impl From<&PlannedFile> for FileChange {
    fn from(file: &PlannedFile) -> Self {
        Self {
            path: file.path.clone(),
            before: file.before.clone(),
            after: Some(file.after.clone()),
            merge: file.merge,
            mode: NewMode::Plain,
        }
    }
}

/// What became of the commit.
#[derive(Debug)]
pub enum CommitOutcome {
    /// It was made.
    Made {
        /// Its id.
        id: CommitId,
        /// What became of the files on disk.
        worktree: Vec<(TreePath, WorktreeOutcome)>,
    },
    /// It cannot be made just now; nothing was changed.
    Deferred(Deferral),
    /// The branch has moved since the plan was made; nothing was changed.
    Moved,
}

/// What became of one file on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorktreeOutcome {
    /// It has the commit's content.
    Updated,
    /// The user's edits and the commit's were merged.
    Merged,
    /// The user's edits contradict the commit's; the file is as the user left it.
    LeftAlone,
    /// It could not be written, and says what it said before the commit.
    Unwritten,
    /// There is no such file on disk: a sparse checkout, or the user has removed it.
    Absent,
}

impl Repository {
    /// Makes the commit, moves the branch from its tip by compare-and-swap, and brings index and
    /// worktree along for the commit's own paths.
    ///
    /// Objects are on disk before the branch moves.
    ///
    /// # Errors
    /// When git refuses. The branch has not moved then; only where the index could not be replaced it
    /// has, and [`Repository::mend`] brings index and worktree along.
    pub fn commit_files(&self, commit: &EngineCommit<'_>) -> Result<CommitOutcome, GitError> {
        let signs = self.asked_for_signing();
        let workdir = self.inner.workdir();
        let ahead = workdir.and_then(|_| IndexAhead::begin(self.inner.path(), &self.prefix));
        let tip = commit.tip.map(|tip| self.find_commit(tip)).transpose()?;
        let base = match &tip {
            Some(tip) => self.tree(tip.tree_id())?,
            None => self.empty_tree()?,
        };
        let mut update = git2::build::TreeUpdateBuilder::new();
        let mut blobs: Vec<(String, FileMode, Option<Oid>)> = Vec::new();
        for file in commit.files {
            let path = self.full_path(&file.path);
            let mode = match base.get_path(Path::new(&path)) {
                Ok(entry) if entry.filemode() == i32::from(FileMode::BlobExecutable) => FileMode::BlobExecutable,
                Err(_) if file.mode == NewMode::Executable => FileMode::BlobExecutable,
                _ => FileMode::Blob,
            };
            let blob = file.after.as_deref().map(|bytes| self.write_blob(bytes)).transpose()?;
            match blob {
                Some(blob) => update.upsert(path.as_str(), blob, mode),
                None => update.remove(path.as_str()),
            };
            blobs.push((path, mode, blob));
        }
        let tree = around(Step::Object, || update.create_updated(&self.inner, &base));
        let tree = tree.map_err(library("writing the commit's tree"))?;
        let tree = self.inner.find_tree(tree).map_err(library("reading the commit's tree"))?;
        let id = match self.write_commit(commit, tip.as_ref(), &tree, signs)? {
            Ok(id) => id,
            Err(deferral) => return Ok(CommitOutcome::Deferred(deferral)),
        };
        let ahead = ahead.map(IndexAhead::finish);
        let objects = self.sync_objects(&tree, &blobs, id);
        let Some(workdir) = workdir else {
            around(Step::ObjectSync, || objects.finish())?;
            return Ok(match self.swap(commit, id)? {
                Swap::Done => CommitOutcome::Made { id: commit_id(id), worktree: Vec::new() },
                Swap::Moved => CommitOutcome::Moved,
            });
        };
        let lock = match IndexLock::take_with(self.inner.path(), ahead)? {
            Ok(lock) => lock,
            Err(deferral) => return Ok(CommitOutcome::Deferred(deferral)),
        };
        // Whoever switches branches takes this lock before HEAD moves: what has moved by now is seen here.
        if self.branch()?.as_deref() != Some(commit.branch) || self.head()?.as_ref() != commit.tip {
            return Ok(CommitOutcome::Moved);
        }
        if let Some(deferral) = self.deferral()?.filter(|why| commit.tip.is_some() || *why != Deferral::Unborn) {
            return Ok(CommitOutcome::Deferred(deferral));
        }
        if self.has_journal() {
            // Left by a run that was interrupted after this one had looked; the next finishes it first.
            return Ok(CommitOutcome::Deferred(Deferral::IndexLocked));
        }
        if commit.disk == Disk::Leads && !self.is_on_disk(workdir, commit.files)? {
            return Ok(CommitOutcome::Moved);
        }
        let all_staged = lock.entries(self)?;
        let (mut entries, mut flags) = (Vec::new(), Flags::default());
        let mut journal = Journal { id, disk: commit.disk, tree: self.prefix.clone(), files: Vec::new() };
        for (file, (path, mode, blob)) in commit.files.iter().zip(&blobs) {
            let staged = all_staged.get(path.as_bytes()).copied().unwrap_or(Staged::Nothing);
            self.note_flags(&mut flags, path, staged)?;
            let (before, mode) = match staged {
                Staged::Blob { id, mode, .. } => (Some(id), mode),
                Staged::Nothing | Staged::Conflict => (None, i32::from(*mode)),
            };
            let entry = match self.staged_version(commit.redo, staged, file, *blob)? {
                ToStage::Blob(blob) => Some(blob),
                ToStage::Nothing => None,
                ToStage::Contradiction => return Ok(CommitOutcome::Deferred(Deferral::StagedEdits)),
            };
            let blobs = (base.get_path(Path::new(path)).map(|entry| entry.id()).ok(), *blob);
            let edited = match commit.disk {
                Disk::Follows => self.edited_version(commit.redo, workdir, file, path)?,
                Disk::Leads => None,
            };
            journal.files.push(JournalFile { path: file.path.clone(), mode, blobs, staged: (before, entry), edited });
            entries.push((path.clone(), mode, entry));
        }
        lock.set(self, &entries, &flags)?;
        self.write_journal(&journal)?;
        around(Step::ObjectSync, || objects.finish())?;
        match lock.moving(|| self.swap(commit, id), |swap| matches!(swap, Ok(Swap::Done)))? {
            Swap::Done => {}
            Swap::Moved => {
                self.remove_journal()?;
                return Ok(CommitOutcome::Moved);
            }
        }
        let worktree = self.settle_disk(commit, workdir, &blobs);
        let updated: Vec<String> = worktree
            .iter()
            .zip(commit.files)
            .filter(|((_, outcome), file)| *outcome == WorktreeOutcome::Updated && file.after.is_some())
            .map(|((path, _), _)| self.full_path(path))
            .collect();
        lock.refresh(self, &updated);
        lock.publish()?;
        // Were it to stay, the next run would find everything done.
        let _ = self.remove_journal();
        Ok(CommitOutcome::Made { id: commit_id(id), worktree })
    }

    /// Brings the files on disk along, or looks how those stand that the commit was made of.
    fn settle_disk(
        &self,
        commit: &EngineCommit<'_>,
        workdir: &Path,
        blobs: &[(String, FileMode, Option<Oid>)],
    ) -> Vec<(TreePath, WorktreeOutcome)> {
        commit
            .files
            .iter()
            .zip(blobs)
            // The branch has moved: a file that cannot be written is the user's to see, not a failure.
            .map(|(file, (path, _, blob))| {
                let outcome = match commit.disk {
                    Disk::Follows => self.update_worktree(commit.redo, workdir, file, path, *blob),
                    Disk::Leads => Ok(standing(&workdir.join(path), file)),
                };
                (file.path.clone(), outcome.unwrap_or(WorktreeOutcome::Unwritten))
            })
            .collect()
    }

    /// Merges two changes of one file; `None` where they touch the same lines differently.
    ///
    /// # Errors
    /// When merging fails for another reason.
    pub fn merge(&self, base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        merge_bytes(base, ours, theirs)
    }

    /// Whether files on disk still are what a commit was made of. While the index is locked no git takes them away.
    fn is_on_disk(&self, workdir: &Path, files: &[FileChange]) -> Result<bool, GitError> {
        for file in files {
            let path = self.full_path(&file.path);
            let current = match fs::read(workdir.join(&path)) {
                Ok(bytes) => Some(self.cleaned(&path, bytes, file.before.as_deref())?),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(source) => return Err(GitError::Io { doing: "reading", path: workdir.join(&path), source }),
            };
            if current != file.after {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn write_blob(&self, bytes: &[u8]) -> Result<Oid, GitError> {
        around(Step::Object, || self.inner.blob(bytes)).map_err(library("writing a file into the repository"))
    }

    /// What the first commit of a branch changes.
    fn empty_tree(&self) -> Result<git2::Tree<'_>, GitError> {
        let empty = self.inner.treebuilder(None).and_then(|builder| builder.write());
        empty.and_then(|id| self.inner.find_tree(id)).map_err(library("writing the commit's tree"))
    }

    fn swap(&self, commit: &EngineCommit<'_>, id: Oid) -> Result<Swap, GitError> {
        let name = format!("refs/heads/{}", commit.branch);
        let subject = commit.message.lines().next().unwrap_or_default();
        let tip = commit.tip.map(oid).transpose()?;
        let swapped = around(Step::Branch, || match tip {
            Some(tip) => self.inner.reference_matching(&name, id, true, tip, &format!("commit: {subject}")).map(drop),
            None => self.inner.reference(&name, id, false, &format!("commit (initial): {subject}")).map(drop),
        });
        match swapped {
            Ok(()) => Ok(Swap::Done),
            Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::Locked | ErrorCode::Exists) => {
                Ok(Swap::Moved)
            }
            Err(error) => Err(library("moving the branch")(error)),
        }
    }

    /// Notes the flags that a path has in the index, or has to get there.
    pub(super) fn note_flags(&self, flags: &mut Flags, path: &str, staged: Staged) -> Result<(), GitError> {
        let (hidden, assumed) = match staged {
            Staged::Blob { hidden, assumed, .. } => (hidden, assumed),
            Staged::Nothing => (self.is_new_file_hidden(path)?, false),
            Staged::Conflict => (false, false),
        };
        flags.hidden.extend(hidden.then(|| path.to_owned()));
        flags.assumed.extend(assumed.then(|| path.to_owned()));
        Ok(())
    }

    /// What to stage for one path: the commit's, or the user's staged edit merged with it.
    fn staged_version(
        &self,
        redo: &Redo<'_>,
        staged: Staged,
        file: &FileChange,
        after: Option<Oid>,
    ) -> Result<ToStage, GitError> {
        let staged = match staged {
            Staged::Conflict => return Ok(ToStage::Contradiction),
            Staged::Nothing => None,
            Staged::Blob { id, .. } => Some(id),
        };
        let before = file.before.as_deref().map(|bytes| Oid::hash_object(ObjectType::Blob, bytes)).transpose();
        let before = before.map_err(library("hashing a file"))?;
        if staged == before || staged == after {
            return Ok(after.map_or(ToStage::Nothing, ToStage::Blob));
        }
        let (Some(staged), Some(base)) = (staged, &file.before) else { return Ok(ToStage::Contradiction) };
        let theirs = self.blob(staged)?;
        match merge_versions(redo, file, base, &theirs)? {
            Some(merged) => self.write_blob(&merged).map(ToStage::Blob),
            None => Ok(ToStage::Contradiction),
        }
    }
}

/// How a file on disk stands that a commit was made of.
fn standing(path: &Path, file: &FileChange) -> WorktreeOutcome {
    match (fs::read(path), &file.after) {
        (Ok(current), Some(after)) if current == *after => WorktreeOutcome::Updated,
        (Err(error), None) if error.kind() == std::io::ErrorKind::NotFound => WorktreeOutcome::Absent,
        _ => WorktreeOutcome::LeftAlone,
    }
}

/// What becomes of one path of the index.
enum ToStage {
    Blob(Oid),
    /// It goes.
    Nothing,
    /// The user has staged something else there.
    Contradiction,
}

enum Swap {
    Done,
    Moved,
}
