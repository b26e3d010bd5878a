use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::AppError;
use super::environment::{ChosenEnvironment, by_variable};
use crate::engine::migrate;
use crate::format;
use crate::format::workflow::{Executor, Mode, Workflow};
use crate::git::Repository;
use crate::model::{Board, Category, CommitId, DEFAULT_TAG, Diagnostic, Snapshot, TaskId, TreePath};
use crate::store;

/// A repository with its tree: where every use case begins.
pub struct Project {
    /// The repository.
    pub repository: Repository,
    /// The environment that effects are planned for, where one was chosen.
    pub environment: Option<ChosenEnvironment>,
    /// For whom it acts: what another executor is to commit is only reported.
    pub executor: Executor,
    /// Who carries out what is recorded.
    pub carrier: Carrier,
    /// Trees that somebody has read already.
    known: RefCell<Vec<(CommitId, Rc<View>)>>,
}

/// Who carries out the effects that a run has recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// A process that is set off behind the run, and outlives it.
    Detached,
    /// Somebody beside the run, who is told.
    Beside,
}

/// A snapshot, what it says, and the rules in it.
#[derive(Debug, Clone)]
pub struct View {
    /// The files.
    pub snapshot: Snapshot,
    /// The tasks.
    pub board: Board,
    /// The rules; the defaults where there is no file.
    pub workflow: Arc<Workflow>,
    /// Findings about the rules' file.
    pub workflow_diagnostics: Vec<Diagnostic>,
    /// Findings about files that a migration has put away.
    pub migrated_diagnostics: Vec<Diagnostic>,
}

impl View {
    /// Reads what a snapshot says.
    #[must_use]
    pub fn of(snapshot: Snapshot) -> Self {
        let (workflow, workflow_diagnostics) = read_workflow(&snapshot);
        let board = format::board(&snapshot, workflow.statuses.clone());
        let migrated_diagnostics = migrate::findings(&snapshot);
        Self { snapshot, board, workflow: Arc::new(workflow), workflow_diagnostics, migrated_diagnostics }
    }

    /// The same tree with the rules of another one.
    #[must_use]
    pub fn ruled_by(&self, rules: &Self) -> Self {
        let path = TreePath::workflow();
        if self.snapshot.bytes(&path) == rules.snapshot.bytes(&path) {
            return self.clone();
        }
        let mut snapshot = self.snapshot.clone();
        match rules.snapshot.files.get(&path) {
            Some(file) => drop(snapshot.files.insert(path, file.clone())),
            None => drop(snapshot.files.remove(&path)),
        }
        Self::of(snapshot)
    }

    /// Reads what a snapshot says that differs little from this one.
    #[must_use]
    pub fn following(&self, snapshot: Snapshot) -> Self {
        let rules = TreePath::workflow();
        if self.snapshot.bytes(&rules) != snapshot.bytes(&rules) {
            return Self::of(snapshot);
        }
        let board = format::board_following(&self.snapshot, &self.board, &snapshot, &self.workflow.statuses);
        let (workflow, workflow_diagnostics) = (Arc::clone(&self.workflow), self.workflow_diagnostics.clone());
        let migrated_diagnostics = if migrate::same_put_away(&self.snapshot, &snapshot) {
            self.migrated_diagnostics.clone()
        } else {
            migrate::findings(&snapshot)
        };
        Self { snapshot, board, workflow, workflow_diagnostics, migrated_diagnostics }
    }

    /// All findings: about the rules, about files, about tasks, about what a migration has put away.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.workflow_diagnostics.iter().chain(&self.board.diagnostics).chain(&self.migrated_diagnostics)
    }

    /// The task of that id, or which ones may have been meant.
    ///
    /// # Errors
    /// When there is none.
    pub fn task(&self, id: &TaskId) -> Result<&crate::model::Task, AppError> {
        // A bare number means the current tag where the default tag does not have it.
        let current = self.board.current_tag.as_deref().map(|tag| id.with_tag(tag));
        let found = self.board.tasks.get(id).or_else(|| {
            let untagged = id.tag() == DEFAULT_TAG;
            current.filter(|_| untagged).and_then(|id| self.board.tasks.get(&id))
        });
        found.ok_or_else(|| {
            let text = id.to_string();
            let mut near: Vec<(usize, &TaskId)> = self
                .board
                .tasks
                .keys()
                .map(|other| (strsim::damerau_levenshtein(&text, &other.to_string()), other))
                .filter(|(distance, _)| *distance <= 1 + text.len() / 4)
                .collect();
            near.sort();
            let suggestions = near.into_iter().take(3).map(|(_, id)| id.clone()).collect();
            AppError::UnknownTask { id: id.clone(), suggestions }
        })
    }

    /// Whether a word can choose tasks: a status, a category, or what a task has for a status.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn know_status(&self, text: &str) -> Result<(), AppError> {
        let statuses = &self.board.statuses;
        let used = || self.board.tasks.values().any(|task| statuses.same(text, task.status()));
        if statuses.find(text).is_some() || Category::named(text).is_some() || used() {
            return Ok(());
        }
        let names = statuses.definitions().iter().map(|definition| definition.name.as_str());
        let mut known: Vec<String> = Vec::new();
        for name in names.chain(Category::ALL.map(Category::name)) {
            if !known.iter().any(|known| known == name) {
                known.push(name.to_owned());
            }
        }
        Err(AppError::UnknownStatus { text: text.to_owned(), suggestion: nearest(text, &known), known })
    }

    /// Whether a word is the tag of a task, the current tag or the default tag.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn know_tag(&self, text: &str) -> Result<(), AppError> {
        let tags = self.board.tasks.keys().map(TaskId::tag);
        let known: BTreeSet<&str> = tags.chain(self.board.current_tag.as_deref()).chain([DEFAULT_TAG]).collect();
        if known.contains(text) {
            return Ok(());
        }
        let known: Vec<String> = known.into_iter().map(ToOwned::to_owned).collect();
        Err(AppError::UnknownTag { text: text.to_owned(), suggestion: nearest(text, &known), known })
    }
}

/// The known word that is spelled most alike, where one is near.
pub(super) fn nearest(text: &str, known: &[String]) -> Option<String> {
    let lower = text.to_lowercase();
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name)).min();
    near.filter(|(distance, _)| *distance <= 3).map(|(_, name)| name.clone())
}

/// The rules of a snapshot.
#[must_use]
pub fn workflow_of(snapshot: &Snapshot) -> Workflow {
    read_workflow(snapshot).0
}

/// A text file that git names to a hook; bytes that are not UTF-8 are replaced.
///
/// # Errors
/// When it cannot be read.
pub fn read_text(path: &Path) -> Result<String, AppError> {
    Ok(store::read_text(path)?)
}

fn read_workflow(snapshot: &Snapshot) -> (Workflow, Vec<Diagnostic>) {
    let path = TreePath::workflow();
    match snapshot.bytes(&path) {
        Some(bytes) => format::workflow::read(&path, bytes),
        None => (Workflow::default(), Vec::new()),
    }
}

impl Project {
    /// Opens the repository at `path` or above it.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<Self, AppError> {
        let repository = Repository::open(path)?;
        let executor = if repository.is_bare() { Executor::Server } else { Executor::Author };
        Ok(Self {
            repository,
            environment: by_variable(),
            executor,
            carrier: Carrier::Detached,
            known: RefCell::default(),
        })
    }

    /// The same project, read anew: what git has done to its history meanwhile is known then.
    pub(super) fn opened_again(self) -> Result<Self, AppError> {
        let repository = Repository::open(self.repository.git_dir())?;
        Ok(Self { repository, ..self })
    }

    /// The same project, where whoever acts on it carries effects out by itself.
    #[must_use]
    pub fn with_carrier_beside(mut self) -> Self {
        self.carrier = Carrier::Beside;
        self
    }

    /// The same project, where a pipeline acts on it: what `git.executor: ci` leaves to pipelines is done, too.
    #[must_use]
    pub fn in_pipeline(mut self) -> Self {
        self.executor = Executor::Ci;
        self
    }

    /// Whether what an executor is to commit is committed here. A pipeline's own commits are its author's, too.
    #[must_use]
    pub fn acts_as(&self, executor: Executor) -> bool {
        executor == self.executor || (executor, self.executor) == (Executor::Author, Executor::Ci)
    }

    /// The same repository with all its files for a tree: for commits of what stands outside the tree.
    pub(super) fn whole(&self) -> Result<Self, AppError> {
        Ok(Self::of(self.repository.with_tree("")?))
    }

    /// The project of a repository that is open.
    pub(super) fn of(repository: Repository) -> Self {
        let (executor, carrier) = (Executor::Author, Carrier::Detached);
        Self { repository, environment: None, executor, carrier, known: RefCell::default() }
    }

    /// The tree as the files are now.
    ///
    /// # Errors
    /// When there is no tree, or it cannot be read.
    pub fn worktree(&self) -> Result<View, AppError> {
        let folder = self.repository.tree_dir()?;
        let mut snapshot = store::snapshot_of_folder(&folder)?;
        for (path, file) in self.repository.hidden_files()? {
            snapshot.files.entry(path).or_insert(file);
        }
        if snapshot.files.is_empty() && !folder.exists() {
            let place = folder.parent().unwrap_or(&folder).display().to_string();
            return Err(AppError::NoTree { prefix: self.repository.prefix().to_owned(), place });
        }
        Ok(View::of(snapshot))
    }

    /// The tree as it is staged.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn index(&self) -> Result<View, AppError> {
        Ok(View::of(self.repository.snapshot_of_index()?))
    }

    /// The tree as a commit has it.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn commit(&self, id: &CommitId) -> Result<View, AppError> {
        Ok(View::of(self.repository.snapshot_of_commit(id)?))
    }

    /// The same, read anew only where nobody has said that it is known.
    pub(super) fn shared(&self, id: &CommitId) -> Result<Rc<View>, AppError> {
        Ok(match self.known(id) {
            Some(view) => view,
            None => Rc::new(self.commit(id)?),
        })
    }

    /// The tree of a commit, where it is known.
    pub(super) fn known(&self, id: &CommitId) -> Option<Rc<View>> {
        let known = self.known.borrow();
        known.iter().find(|(known, _)| known == id).map(|(_, view)| Rc::clone(view))
    }

    /// Does something while the trees of these commits are known: reading all files of a tree is what costs most.
    pub(super) fn knowing<T>(&self, trees: Vec<(CommitId, Rc<View>)>, work: impl FnOnce(&Self) -> T) -> T {
        self.known.replace(trees);
        let result = work(self);
        self.known.take();
        result
    }

    /// How far the engine goes in this clone: `git config taskmaster.mode`, or the file's `mode`.
    #[must_use]
    pub fn mode(&self, workflow: &Workflow) -> Mode {
        let local = self.repository.config_text("taskmaster.mode").and_then(|name| Mode::named(&name));
        local.or(workflow.mode).unwrap_or(Mode::Observe)
    }

    /// What `git config taskmaster.mode` says where that is no mode, so that the file's applies.
    #[must_use]
    pub fn odd_mode(&self) -> Option<String> {
        self.repository.config_text("taskmaster.mode").filter(|name| Mode::named(name).is_none())
    }

    /// Whether the owner has switched the engine off: `git config taskmaster.enabled false`.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.repository.config_flag("taskmaster.enabled") != Some(false)
    }

    /// A file of the tree on disk.
    pub(super) fn on_disk(&self, path: &TreePath) -> Result<PathBuf, AppError> {
        Ok(self.repository.tree_dir()?.join(path.as_str()))
    }
}
