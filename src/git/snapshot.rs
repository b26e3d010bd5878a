use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use git2::{ObjectType, Oid};

use super::error::library;
use super::index::{IndexEntry, Size};
use super::{GitError, Repository};
use crate::model::{CommitId, Diagnostic, Snapshot, SnapshotLabel, SourceFile, TreePath};
use crate::store::{LARGEST_FILE, link_problem, path_problem, repository_problem, size_problem};

/// Path below the tree's folder, object and mode.
pub(super) type TreeEntry = (Vec<u8>, Oid, i32);

const FOLDER: i32 = 0o040_000;
pub(super) const LINK: i32 = 0o120_000;
const GITLINK: i32 = 0o160_000;

/// What the index has for a file of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    /// Its blob's id.
    pub blob: String,
    /// Git was told not to look at the file on disk (`--skip-worktree`, `--assume-unchanged`, a sparse checkout).
    pub is_unwatched: bool,
}

impl Repository {
    /// The tree as a commit has it; empty where the commit has none.
    ///
    /// # Errors
    /// When the commit or its trees cannot be read.
    pub fn snapshot_of_commit(&self, id: &CommitId) -> Result<Snapshot, GitError> {
        let mut snapshot = Snapshot { label: SnapshotLabel::Commit(id.to_string()), ..Snapshot::empty() };
        let Some(tree) = self.subtree(&self.root(id)?)? else { return Ok(snapshot) };
        let entries = self.entries(&tree)?;
        self.fetch_blobs(entries.iter().filter(|entry| is_read(&entry.0)).map(|entry| entry.1), None, tree.id());
        let sizes = self.staged_sizes(entries.len());
        let mut read = self.blobs_at_once(&self.unread(&entries, &sizes));
        for (path, blob, mode) in entries {
            match read.remove(&blob) {
                Some(bytes) => {
                    if let Some(path) = self.to_be_read(&mut snapshot, &path, blob, mode) {
                        self.take(&mut snapshot, path, blob, bytes);
                    }
                }
                None => self.add(&mut snapshot, &path, blob, mode, size_of(&sizes, blob))?,
            }
        }
        Ok(snapshot)
    }

    /// The tree as a commit has it and as it is staged, files shared; `None` where they are the same.
    /// Each file is read once, and none where nothing is staged.
    ///
    /// # Errors
    /// When the commit, its trees or the index cannot be read.
    pub fn staged_against(&self, commit: Option<&CommitId>) -> Result<Option<(Snapshot, Snapshot)>, GitError> {
        let tree = match commit {
            Some(id) => self.subtree(&self.root(id)?)?,
            None => None,
        };
        if tree.is_some() && tree.as_ref().map(git2::Tree::id) == self.staged_tree()? {
            return Ok(None);
        }
        let committed = tree.map(|tree| self.entries(&tree)).transpose()?.unwrap_or_default();
        let staged = self.staged_entries()?;
        let (old, new) = differences(&committed, &staged);
        if old.is_empty() && new.is_empty() {
            return Ok(None);
        }
        // What is staged is read first: the index knows how large files are, which is costly to ask of blobs.
        let after = self.snapshot_of_entries(&staged)?;
        let label = commit.map_or(SnapshotLabel::Empty, |id| SnapshotLabel::Commit(id.to_string()));
        let mut before = Snapshot { label, ..after.clone() };
        for entry in new {
            forget(&mut before, &entry.path);
        }
        for (path, blob, mode) in old {
            self.add(&mut before, path, *blob, *mode, Size::Unknown)?;
        }
        Ok(Some((before, after)))
    }

    /// Whether two commits have the same tree, problems and all.
    ///
    /// # Errors
    /// When a commit or its trees cannot be read.
    pub fn has_tree_of(&self, a: &CommitId, b: &CommitId) -> Result<bool, GitError> {
        let tree = |id: &CommitId| -> Result<Option<Oid>, GitError> {
            Ok(self.subtree(&self.root(id)?)?.map(|tree| tree.id()))
        };
        Ok(tree(a)? == tree(b)?)
    }

    /// The tree as `after` has it, sharing with `before` what is equal in both commits.
    ///
    /// # Errors
    /// When a commit or its trees cannot be read.
    pub fn snapshot_following(
        &self,
        before: &Snapshot,
        base: &CommitId,
        after: &CommitId,
    ) -> Result<Snapshot, GitError> {
        let tree_of = |id: &CommitId| -> Result<Option<git2::Tree<'_>>, GitError> { self.subtree(&self.root(id)?) };
        let (old, new) = (tree_of(base)?, tree_of(after)?);
        let mut snapshot = before.clone();
        snapshot.label = SnapshotLabel::Commit(after.to_string());
        if old.as_ref().map(git2::Tree::id) == new.as_ref().map(git2::Tree::id) {
            return Ok(snapshot);
        }
        let (old, new) = (old.as_ref(), new.as_ref());
        let diff = self.differences(old, new)?;
        if let Some(new) = new {
            let changed = diff.deltas().map(|delta| delta.new_file()).filter(git2::DiffFile::exists);
            let read = changed.filter(|file| file.path_bytes().is_some_and(is_read));
            self.fetch_blobs(read.map(|file| file.id()), old.map(git2::Tree::id), new.id());
        }
        for delta in diff.deltas() {
            if let Some(path) = delta.old_file().path_bytes() {
                forget(&mut snapshot, path);
            }
            let file = delta.new_file();
            if let (true, Some(path)) = (file.exists(), file.path_bytes()) {
                let mode = i32::try_from(u32::from(file.mode())).unwrap_or_default();
                self.add(&mut snapshot, path, file.id(), mode, Size::Unknown)?;
            }
        }
        Ok(snapshot)
    }

    /// The tree as it is staged, in the index git hands over to hooks.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn snapshot_of_index(&self) -> Result<Snapshot, GitError> {
        self.snapshot_of_entries(&self.staged_entries()?)
    }

    fn snapshot_of_entries(&self, entries: &[IndexEntry]) -> Result<Snapshot, GitError> {
        let mut snapshot = Snapshot { label: SnapshotLabel::Index, ..Snapshot::empty() };
        for IndexEntry { path, blob, mode, size, .. } in entries {
            self.add(&mut snapshot, path, *blob, *mode, *size)?;
        }
        Ok(snapshot)
    }

    /// Files of the tree that a sparse checkout keeps out of the worktree, as the index has them.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn hidden_files(&self) -> Result<BTreeMap<TreePath, Arc<SourceFile>>, GitError> {
        let mut snapshot = Snapshot::empty();
        if self.config_flag("core.sparseCheckout") == Some(true) {
            for entry in self.staged_entries()?.into_iter().filter(|entry| entry.hidden) {
                self.add(&mut snapshot, &entry.path, entry.blob, entry.mode, entry.size)?;
            }
        }
        Ok(snapshot.files)
    }

    /// What is staged for these files of the tree; of a file that is in conflict nothing is.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn staged_files(&self, wanted: &BTreeSet<&TreePath>) -> Result<BTreeMap<TreePath, StagedFile>, GitError> {
        let wanted: BTreeMap<&[u8], &TreePath> = wanted.iter().map(|path| (path.as_str().as_bytes(), *path)).collect();
        let entries = self.staged_entries()?.into_iter().filter(|entry| entry.stage == 0);
        let named = |path: &[u8]| wanted.get(path).map(|path| TreePath::clone(path));
        let staged = |entry: &IndexEntry| StagedFile {
            blob: entry.blob.to_string(),
            is_unwatched: entry.hidden || entry.assumed,
        };
        Ok(entries.filter_map(|entry| Some((named(&entry.path)?, staged(&entry)))).collect())
    }

    /// Whether git leaves a file of the tree alone that no commit has.
    #[must_use]
    pub fn is_ignored(&self, path: &TreePath) -> bool {
        self.inner.is_path_ignored(self.full_path(path)).unwrap_or(false)
    }

    /// Forgets the files that `kept` has not, for a process that runs for long.
    pub fn forget_files_but(&self, kept: &Snapshot) {
        self.files
            .borrow_mut()
            .retain(|(path, _), file| kept.files.get(path).is_some_and(|kept| Arc::ptr_eq(kept, file)));
    }

    /// Takes these files where a commit has the same bytes under the same name, instead of reading its blobs.
    ///
    /// # Errors
    /// When hashing fails, which it does not.
    pub fn know_files(&self, snapshot: &Snapshot) -> Result<(), GitError> {
        let mut known = self.files.borrow_mut();
        for (path, file) in &snapshot.files {
            let id = Oid::hash_object(ObjectType::Blob, file.bytes()).map_err(library("hashing a file"))?;
            known.insert((path.clone(), id), Arc::clone(file));
        }
        Ok(())
    }

    /// Keeps no objects in memory that were read, for a process that runs for long: each commit brings new ones, and
    /// of the old ones none is asked for again.
    pub fn keep_no_objects() {
        git2::opts::enable_caching(false);
    }

    /// The blob id `bytes` would have.
    ///
    /// # Errors
    /// When hashing fails, which it does not.
    pub fn blob_id(&self, bytes: &[u8]) -> Result<String, GitError> {
        let id = Oid::hash_object(ObjectType::Blob, bytes).map_err(library("hashing a file"))?;
        Ok(id.to_string())
    }

    /// What a tree holds, folder by folder: path, object and mode, in git's order. Names are bytes to
    /// git, and libgit2's own walk ends at the first that is no text.
    pub(super) fn entries(&self, tree: &git2::Tree<'_>) -> Result<Vec<TreeEntry>, GitError> {
        let children = |folder: &[u8], tree: &git2::Tree<'_>| -> Vec<TreeEntry> {
            let child = |entry: git2::TreeEntry<'_>| {
                let path = if folder.is_empty() {
                    entry.name_bytes().to_vec()
                } else {
                    [folder, b"/", entry.name_bytes()].concat()
                };
                (path, entry.id(), entry.filemode())
            };
            tree.iter().rev().map(child).collect()
        };
        let mut waiting = children(&[], tree);
        let mut entries = Vec::new();
        while let Some(entry) = waiting.pop() {
            if entry.2 == FOLDER {
                waiting.extend(children(&entry.0, &self.tree(entry.1)?));
            } else {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// The blobs of files that nobody has read yet and that are known to be no larger than files are read.
    fn unread(&self, entries: &[TreeEntry], sizes: &HashMap<Oid, Size>) -> Vec<Oid> {
        let known = self.files.borrow();
        let is_unread = |(path, blob, mode): &&TreeEntry| {
            let path = tree_path(path).filter(|path| path.role().is_read() && !matches!(*mode, LINK | GITLINK));
            path.is_some_and(|path| !known.contains_key(&(path, *blob))) && size_of(sizes, *blob) != Size::Unknown
        };
        entries.iter().filter(is_unread).map(|(_, blob, _)| *blob).collect()
    }

    fn add(&self, snapshot: &mut Snapshot, path: &[u8], blob: Oid, mode: i32, size: Size) -> Result<(), GitError> {
        let Some(path) = self.to_be_read(snapshot, path, blob, mode) else { return Ok(()) };
        let size = match size {
            Size::Known(size) => size,
            Size::Unknown => self.inner.odb().and_then(|odb| odb.read_header(blob)).map_or(0, |(size, _)| size as u64),
        };
        if size > LARGEST_FILE {
            snapshot.problems.push(size_problem(&path, size));
            return Ok(());
        }
        let bytes = self.blob(blob)?;
        self.take(snapshot, path, blob, bytes);
        Ok(())
    }

    /// The path of a file that has to be read; a file that was read before is in the snapshot then, and what cannot be
    /// read is among its problems.
    fn to_be_read(&self, snapshot: &mut Snapshot, path: &[u8], blob: Oid, mode: i32) -> Option<TreePath> {
        let Some(path) = tree_path(path) else {
            snapshot.problems.push(not_a_path(path));
            return None;
        };
        let is_file = !matches!(mode, LINK | GITLINK);
        if !is_file && path.may_hold_tasks() {
            let problem = if mode == LINK { link_problem(&path) } else { repository_problem(&path) };
            snapshot.problems.push(problem);
        }
        if !is_file || !path.role().is_read() {
            snapshot.blocked.extend(path.is_made_in().then_some(path));
            return None;
        }
        if let Some(file) = self.files.borrow().get(&(path.clone(), blob)) {
            snapshot.files.insert(path, file.clone());
            return None;
        }
        Some(path)
    }

    /// Takes a file that was read.
    fn take(&self, snapshot: &mut Snapshot, path: TreePath, blob: Oid, bytes: Vec<u8>) {
        // The index knows the file on disk, which a filter may have made of something else.
        if bytes.len() as u64 > LARGEST_FILE {
            snapshot.problems.push(size_problem(&path, bytes.len() as u64));
            return;
        }
        let file = SourceFile::new(bytes);
        self.files.borrow_mut().insert((path.clone(), blob), file.clone());
        snapshot.files.insert(path, file);
    }
}

fn size_of(sizes: &HashMap<Oid, Size>, blob: Oid) -> Size {
    sizes.get(&blob).copied().unwrap_or(Size::Unknown)
}

/// The entries of either list that the other does not have just so. Both are in git's order.
fn differences<'a>(committed: &'a [TreeEntry], staged: &'a [IndexEntry]) -> (Vec<&'a TreeEntry>, Vec<&'a IndexEntry>) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (committed.iter().peekable(), staged.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return (old, new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((path, ..)), Some(entry)) => path.cmp(&entry.path),
        };
        let before = left.next_if(|_| order != Ordering::Greater);
        let after = right.next_if(|_| order != Ordering::Less);
        if let (Some((_, blob, mode)), Some(entry)) = (before, after)
            && (*blob, *mode, 0) == (entry.blob, entry.mode, entry.stage)
        {
            continue;
        }
        old.extend(before);
        new.extend(after);
    }
}

/// The path inside the tree, where it is one.
fn tree_path(path: &[u8]) -> Option<TreePath> {
    std::str::from_utf8(path).ok().and_then(|text| TreePath::new(text).ok())
}

/// Whether a file of the tree is read at all.
fn is_read(path: &[u8]) -> bool {
    tree_path(path).is_some_and(|path| path.role().is_read())
}

/// The finding that it is none.
fn not_a_path(path: &[u8]) -> Diagnostic {
    path_problem(&String::from_utf8_lossy(path))
}

/// Takes a file out, and what was found about it.
fn forget(snapshot: &mut Snapshot, path: &[u8]) {
    if let Some(path) = tree_path(path) {
        snapshot.forget(&path);
        return;
    }
    // Two names may look the same: only one of them goes.
    let problem = not_a_path(path);
    if let Some(at) = snapshot.problems.iter().position(|known| known.message == problem.message) {
        snapshot.problems.remove(at);
    }
}
