use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::{ErrorCode, Oid, RepositoryOpenFlags};

use super::error::library;
use super::program::Program;
use super::signing::Signs;
use super::{Deferral, GitError, state};
use crate::model::{Commit, CommitId, Person, SourceFile, Timestamp, TreePath};
use crate::store;
use crate::store::crash::{Step, around};

/// A git repository, and the folder of it that is the tree.
pub struct Repository {
    pub(super) inner: git2::Repository,
    pub(super) prefix: String,
    /// The index that is read.
    pub(super) index: PathBuf,
    /// Opened as git's environment says, rather than by a path.
    pub(super) from_environment: bool,
    /// Files by path and blob, so that snapshots of one run share them.
    pub(super) files: RefCell<HashMap<(TreePath, Oid), Arc<SourceFile>>>,
    /// Whether a remote has promised objects that are not there; asked for when one is missing.
    pub(super) partial: OnceCell<bool>,
    /// Whether commits are signed, where that has been asked ahead of a commit.
    pub(super) signs: RefCell<Option<Signs>>,
}

impl Repository {
    /// Opens the repository at `path` or above it; what git exports to hooks (`GIT_DIR`,
    /// `GIT_INDEX_FILE` ...) is honoured when `path` is the current folder.
    ///
    /// # Errors
    /// When there is none, it is somebody else's, or it uses a format that is not supported.
    pub fn open(path: &Path) -> Result<Self, GitError> {
        let from_environment = path == Path::new(".");
        let opened = if from_environment && is_directed() {
            git2::Repository::open_from_env()
        } else {
            let above = std::env::var_os("GIT_CEILING_DIRECTORIES").filter(|_| from_environment).unwrap_or_default();
            git2::Repository::open_ext(path, RepositoryOpenFlags::empty(), std::env::split_paths(&above))
        };
        // As git itself: an object is checked when it arrives, not each time it is read.
        git2::opts::strict_hash_verification(false);
        let inner = opened.map_err(|error| explain_open(path, error))?;
        // libgit2 takes a relative one from the git directory; git from the current folder.
        if let Some(workdir) = std::env::var_os("GIT_WORK_TREE").map(PathBuf::from)
            && from_environment
            && workdir.is_relative()
        {
            let workdir = std::path::absolute(&workdir).unwrap_or(workdir);
            inner.set_workdir(&workdir, false).map_err(library("finding the worktree"))?;
        }
        // libgit2 knows nothing of it.
        if let Ok(setting) = inner.config().and_then(|config| config.get_string("core.sharedRepository")) {
            store::share(&setting);
        }
        let configured = inner.config().and_then(|config| config.get_string("taskmaster.tree")).ok();
        let prefix = configured.map_or_else(|| tree_folder(&inner), |text| text.trim_matches('/').to_owned());
        let exported = std::env::var_os("GIT_INDEX_FILE").filter(|_| from_environment).map(PathBuf::from);
        let index = exported.unwrap_or_else(|| inner.path().join("index"));
        Ok(Self {
            inner,
            prefix,
            index,
            from_environment,
            files: RefCell::new(HashMap::new()),
            partial: OnceCell::new(),
            signs: RefCell::new(None),
        })
    }

    /// The folder of the tree, relative to the repository: `.taskmaster`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The path of a tree's file relative to the repository.
    #[must_use]
    pub fn full_path(&self, path: &TreePath) -> String {
        if self.prefix.is_empty() { path.to_string() } else { format!("{}/{path}", self.prefix) }
    }

    /// Whether it has no worktree: one that is pushed to.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.inner.workdir().is_none()
    }

    /// Whether somebody has stashed something.
    #[must_use]
    pub fn has_stash(&self) -> bool {
        self.inner.find_reference("refs/stash").is_ok()
    }

    /// The branches of this repository, by name.
    ///
    /// # Errors
    /// When the references cannot be read.
    pub fn branches(&self) -> Result<Vec<String>, GitError> {
        let all = self.inner.branches(Some(git2::BranchType::Local)).map_err(library("listing the branches"))?;
        let mut names: Vec<String> =
            all.filter_map(|branch| branch.ok()?.0.name().ok().flatten().map(ToOwned::to_owned)).collect();
        names.sort();
        Ok(names)
    }

    /// The folder that is checked out.
    ///
    /// # Errors
    /// In a bare repository.
    pub fn workdir(&self) -> Result<&Path, GitError> {
        self.inner.workdir().ok_or(GitError::Bare)
    }

    /// The tree's folder on disk.
    ///
    /// # Errors
    /// In a bare repository.
    pub fn tree_dir(&self) -> Result<PathBuf, GitError> {
        Ok(self.workdir()?.join(&self.prefix))
    }

    /// Where files of this program live: `taskmaster/` under the common git directory.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        self.inner.commondir().join("taskmaster")
    }

    /// The git directory that all worktrees share.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        self.inner.commondir()
    }

    /// The git directory of this worktree.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        self.inner.path()
    }

    /// The branch HEAD is on; `None` when it is detached. An unborn branch has a name too.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn branch(&self) -> Result<Option<String>, GitError> {
        let head = self.inner.find_reference("HEAD").map_err(library("reading HEAD"))?;
        let target = head.symbolic_target().map_err(library("reading HEAD"))?;
        Ok(target.and_then(|name| name.strip_prefix("refs/heads/")).map(ToOwned::to_owned))
    }

    /// The file by which git locks a branch, where it is there.
    #[must_use]
    pub fn branch_lock(&self, branch: &str) -> Option<PathBuf> {
        let path = self.common_dir().join(format!("refs/heads/{branch}.lock"));
        path.exists().then_some(path)
    }

    /// The commit HEAD is at; `None` before the first.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn head(&self) -> Result<Option<CommitId>, GitError> {
        match self.inner.refname_to_id("HEAD") {
            Ok(id) => Ok(Some(commit_id(id))),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::UnbornBranch) => Ok(None),
            Err(error) => Err(library("reading HEAD")(error)),
        }
    }

    /// What stands in the way of a commit by the engine just now.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn deferral(&self) -> Result<Option<Deferral>, GitError> {
        match state::operation(self.inner.path()) {
            // Git rings before it clears up: these are over.
            Some(Deferral::Merge) if self.merge_has_ended()? => {}
            Some(Deferral::Rebase) if state::rebase_has_ended(self.inner.path()) => {}
            Some(operation) => return Ok(Some(operation)),
            None => {}
        }
        if self.head()?.is_none() {
            return Ok(Some(Deferral::Unborn));
        }
        Ok(self.branch()?.is_none().then_some(Deferral::Detached))
    }

    /// Whether HEAD is the merge already that git is only clearing up after.
    fn merge_has_ended(&self) -> Result<bool, GitError> {
        let Some(head) = self.head()? else { return Ok(false) };
        let (parents, merged) = (self.commit(&head)?.parents, state::merge_heads(self.inner.path()));
        let others = parents.get(1..).unwrap_or_default();
        Ok(!merged.is_empty() && merged.iter().all(|id| others.iter().any(|parent| parent.as_str() == id)))
    }

    /// The commits that a merge under way brings in; empty where there is none.
    ///
    /// # Errors
    /// When one of them does not exist.
    pub fn merge_heads(&self) -> Result<Vec<CommitId>, GitError> {
        state::merge_heads(self.inner.path()).iter().map(|text| self.resolve(text)).collect()
    }

    /// Whether a rebase, cherry-pick, revert or merge is under way: the times an amend is git's own.
    #[must_use]
    pub fn is_sequencing(&self) -> bool {
        state::operation(self.inner.path()).is_some_and(|deferral| deferral != Deferral::Bisect)
    }

    /// Who git takes the user for when committing: from the environment, then the configuration.
    ///
    /// # Errors
    /// When git cannot tell.
    pub fn user(&self) -> Result<Person, GitError> {
        let output = Program::of(self).run(&["var", "GIT_AUTHOR_IDENT"], &[])?;
        let text = String::from_utf8_lossy(&output);
        let (name, rest) = text.split_once(" <").unwrap_or_default();
        let (email, _) = rest.split_once('>').unwrap_or_default();
        Ok(Person { name: name.to_owned(), email: email.to_owned() })
    }

    /// A setting of git's configuration, `None` where it is not set.
    #[must_use]
    pub fn config_text(&self, key: &str) -> Option<String> {
        self.inner.config().ok()?.snapshot().ok()?.get_string(key).ok()
    }

    /// A yes-or-no setting of git's configuration.
    #[must_use]
    pub fn config_flag(&self, key: &str) -> Option<bool> {
        self.inner.config().ok()?.get_bool(key).ok()
    }

    /// Writes a setting into this repository's own configuration.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_local_config(&self, key: &str, value: Option<&str>) -> Result<(), GitError> {
        let mut config = self
            .inner
            .config()
            .and_then(|config| config.open_level(git2::ConfigLevel::Local))
            .map_err(library("opening the repository's configuration"))?;
        match value {
            Some(value) => around(Step::Config, || config.set_str(key, value))
                .map_err(library("writing the repository's configuration")),
            None if config.get_entry(key).is_err() => Ok(()),
            // The program takes a section away that is empty then; libgit2 leaves it.
            None => around(Step::Config, || Program::of(self).run(&["config", "--local", "--unset-all", key], &[]))
                .map(drop),
        }
    }

    /// Whether git ignores the tree, so that nothing in it can be committed.
    #[must_use]
    pub fn is_tree_ignored(&self) -> bool {
        let probe = format!("{}/tasks/tasks.json", self.prefix);
        !self.tracks_tree() && self.inner.is_path_ignored(&probe).unwrap_or(false)
    }

    /// The commit a revision names.
    ///
    /// # Errors
    /// When it names none.
    pub fn resolve(&self, revision: &str) -> Result<CommitId, GitError> {
        let unknown = || GitError::UnknownRevision { text: revision.to_owned() };
        let object = self.inner.revparse_single(revision).map_err(|_| unknown())?;
        Ok(commit_id(object.peel_to_commit().map_err(|_| unknown())?.id()))
    }

    /// What a commit says about itself.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn commit(&self, id: &CommitId) -> Result<Commit, GitError> {
        let commit = self.find_commit(id)?;
        let (author, time) = (commit.author(), commit.committer().when());
        let stamp = |time: git2::Time| Timestamp { seconds: time.seconds(), offset_minutes: time.offset_minutes() };
        Ok(Commit {
            id: id.clone(),
            parents: commit.parent_ids().map(commit_id).collect(),
            author: Person {
                name: String::from_utf8_lossy(author.name_bytes()).into_owned(),
                email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
            },
            authored: stamp(author.when()),
            committed: stamp(time),
            message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
        })
    }

    /// When a commit was written, in seconds since 1970.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn author_time(&self, id: &CommitId) -> Result<i64, GitError> {
        Ok(self.find_commit(id)?.author().when().seconds())
    }

    /// The branch everybody shares, the one notion of it: the configured one; else the HEAD of a remote, of
    /// `origin` first; else that of a bare repository; else the only branch of a repository without remotes; else the one that is called
    /// `main`, `master` or `trunk`. `None` where it is none of them.
    #[must_use]
    pub fn shared_branch(&self, configured: Option<&str>) -> Option<String> {
        if let Some(branch) = configured {
            return Some(branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned());
        }
        let remotes = self.inner.remotes().ok()?;
        let mut remotes: Vec<&str> = remotes.iter().filter_map(|name| name.ok().flatten()).collect();
        remotes.sort_by_key(|name| (*name != "origin", *name));
        // What is cloned from here takes the HEAD of a bare repository for that branch.
        if remotes.is_empty() && self.is_bare() {
            return self.branch().ok().flatten();
        }
        let heads = remotes.iter().find_map(|remote| {
            let head = self.inner.find_reference(&format!("refs/remotes/{remote}/HEAD")).ok()?;
            let target = head.symbolic_target().ok().flatten()?;
            Some(target.strip_prefix(&format!("refs/remotes/{remote}/"))?.to_owned())
        });
        if heads.is_some() {
            return heads;
        }
        let branches = self.inner.branches(Some(git2::BranchType::Local)).ok()?;
        let names: Vec<String> =
            branches.filter_map(|branch| branch.ok()?.0.name().ok().flatten().map(ToOwned::to_owned)).collect();
        match names.as_slice() {
            [only] if remotes.is_empty() => Some(only.clone()),
            _ => ["main", "master", "trunk"]
                .into_iter()
                .find(|usual| names.iter().any(|name| name == usual))
                .map(ToOwned::to_owned),
        }
    }

    pub(super) fn find_commit(&self, id: &CommitId) -> Result<git2::Commit<'_>, GitError> {
        self.inner.find_commit(oid(id)?).map_err(|_| GitError::UnknownRevision { text: id.to_string() })
    }
}

/// Whether the environment says more than which index is meant: libgit2 reads the whole of that one when it
/// opens a repository by the environment.
fn is_directed() -> bool {
    const NAMES: [&str; 7] = [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_NAMESPACE",
    ];
    NAMES.iter().any(|name| std::env::var_os(name).is_some())
}

/// Where trees are.
pub(super) const FOLDER: &str = ".taskmaster";
/// Where older versions of task-master had them.
pub(super) const OLDER: &str = "tasks";

/// Where the tree is: `.taskmaster`, or `tasks` as older versions of task-master had it.
fn tree_folder(repository: &git2::Repository) -> String {
    let older = repository
        .workdir()
        .is_some_and(|workdir| !workdir.join(".taskmaster").exists() && workdir.join("tasks/tasks.json").is_file());
    if older { OLDER.to_owned() } else { FOLDER.to_owned() }
}

pub(super) fn oid(id: &CommitId) -> Result<Oid, GitError> {
    Oid::from_str(id.as_str()).map_err(|_| GitError::UnknownRevision { text: id.to_string() })
}

pub(super) fn commit_id(id: Oid) -> CommitId {
    CommitId::of_object(id.as_bytes())
}

fn explain_open(path: &Path, error: git2::Error) -> GitError {
    let message = error.message().to_lowercase();
    match error.code() {
        _ if message.contains("refstorage") || message.contains("reftable") => {
            GitError::Unsupported { feature: "the reftable reference format" }
        }
        _ if message.contains("objectformat") || message.contains("object format") => {
            GitError::Unsupported { feature: "SHA-256 object ids" }
        }
        _ if message.contains("extensions.partialclone") => {
            GitError::Unsupported { feature: "`extensions.partialClone`" }
        }
        ErrorCode::NotFound => GitError::NotFound { path: path.to_owned() },
        ErrorCode::Owner => GitError::ForeignOwner { path: path.to_owned() },
        _ => library("opening the repository")(error),
    }
}
