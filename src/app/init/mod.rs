//! A first tree: what is there is found, what is missing is added, nothing that is there is overwritten.

mod sample;

use std::path::PathBuf;

use super::commit::make_processed;
use super::{AppError, Keep, Project, View, message};
use crate::engine::plan::Merge;
use crate::engine::recipe::Recipe;
use crate::format::workflow::{self, Mode};
use crate::git::{Deferral, Disk, EngineCommit, FileChange, NewMode};
use crate::model::{CommitId, FileRole, Snapshot, Timestamp, TreePath};
use crate::store::{self, Replaced};

pub use sample::{Layout, SCHEMA_FILE};

/// Where a start begins.
#[derive(Debug)]
pub struct Found {
    /// The branch; `None` where HEAD is on none.
    pub branch: Option<String>,
    /// The commit HEAD is at; `None` before the first.
    pub head: Option<CommitId>,
    /// Whether the tree's folder is there.
    pub has_tree: bool,
    /// How many tasks there are.
    pub tasks: usize,
    /// The files of tasks, sound or not.
    pub task_files: TaskFiles,
    /// The rules' file as it is.
    pub workflow: Option<Vec<u8>>,
    /// Whether git ignores the tree.
    pub ignored: bool,
}

/// The files of tasks that a start finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskFiles {
    /// There is none.
    Missing,
    /// The sample task of a start that was interrupted before it had written rules.
    Sample,
    /// There are some.
    There,
}

/// What a start is to be like.
#[derive(Debug)]
pub struct InitRequest {
    /// How the sample task is written, where there is no task yet.
    pub layout: Layout,
    /// How far the engine goes, where the rules' file is made.
    pub mode: Mode,
    /// What is added to the rules.
    pub recipes: Vec<&'static Recipe>,
    /// How it is kept.
    pub keep: Keep,
    /// When it is done.
    pub now: Timestamp,
}

/// What a start did.
#[derive(Debug)]
pub struct InitReport {
    /// The files that it is about, in the order in which they are written.
    pub files: Vec<InitFile>,
    /// The recipes that were asked for, with the triggers each has added.
    pub recipes: Vec<(&'static Recipe, Vec<&'static str>)>,
    /// The mode that the rules' file says.
    pub mode: Option<Mode>,
    /// The user's commit.
    pub commit: Option<CommitId>,
}

/// One file of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitFile {
    /// Which.
    pub path: TreePath,
    /// What becomes of it.
    pub outcome: InitOutcome,
    /// Its bytes before.
    pub before: Option<Vec<u8>>,
    /// Its bytes afterwards.
    pub after: Vec<u8>,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitOutcome {
    /// It was not there.
    Created,
    /// Something was added to it.
    Extended,
    /// It is as it should be.
    Unchanged,
    /// It is as it should be, and no commit has it: one that is asked for takes it along.
    Uncommitted,
    /// It is of another version of the program, and stays.
    Outdated,
}

/// Finds what is there. Changes nothing.
///
/// # Errors
/// When the repository or the tree cannot be read, or the rules' file is a link or no file.
pub fn find_start(project: &Project) -> Result<Found, AppError> {
    let repository = &project.repository;
    let (view, has_tree) = match project.worktree() {
        Err(AppError::NoTree { .. }) => (View::of(Snapshot::empty()), false),
        view => (view?, true),
    };
    let of_tasks = |role| matches!(role, FileRole::TaskMarkdown | FileRole::TasksJson | FileRole::GeneratedText);
    let workflow = on_disk(project, &TreePath::workflow())?;
    let task_files: Vec<_> = view.snapshot.files.iter().filter(|(path, _)| of_tasks(path.role())).collect();
    let is_sample = |path: &TreePath, bytes: &[u8]| {
        [Layout::Markdown, Layout::Json].into_iter().map(sample::task).any(|sample| sample == (path.clone(), bytes))
    };
    Ok(Found {
        branch: repository.branch()?,
        head: repository.head()?,
        has_tree,
        tasks: view.board.tasks.len(),
        task_files: match task_files.as_slice() {
            [] => TaskFiles::Missing,
            [(path, file)] if workflow.is_none() && is_sample(path, file.bytes()) => TaskFiles::Sample,
            _ => TaskFiles::There,
        },
        workflow,
        ignored: repository.is_tree_ignored(),
    })
}

/// Adds what is missing, and the recipes that were asked for.
///
/// # Errors
/// When a file cannot be added to or written, or no commit can be made where one was asked for. What can be
/// known of that is known before the first file is written.
pub fn init(project: &Project, found: &Found, request: &InitRequest) -> Result<InitReport, AppError> {
    let rules = TreePath::workflow();
    let before = found.workflow.clone();
    let mut after = before.clone().unwrap_or_else(|| sample::workflow(request.mode));
    let mut recipes = Vec::new();
    for recipe in &request.recipes {
        let refused = |source| AppError::Recipe { path: rules.clone(), recipe: recipe.name, source };
        let applied = recipe.apply(&after).map_err(refused)?;
        after = applied.bytes;
        recipes.push((*recipe, applied.added));
    }
    let mut files = Vec::new();
    if sample::names_schema(&after) {
        let there = on_disk(project, &sample::schema_path())?;
        files.push(file(sample::schema_path(), there, sample::SCHEMA.to_vec(), InitOutcome::Outdated));
    }
    if found.task_files == TaskFiles::Missing {
        let (path, text) = sample::task(request.layout);
        files.push(file(path.clone(), on_disk(project, &path)?, text.to_vec(), InitOutcome::Unchanged));
    }
    // The sample task of an earlier start, nobody's work yet, belongs to the rest.
    for layout in [Layout::Markdown, Layout::Json] {
        let (path, text) = sample::task(layout);
        let there = if found.task_files == TaskFiles::Missing { None } else { on_disk(project, &path)? };
        if there.as_deref() == Some(text) && !is_committed(project, found, &path)? {
            files.push(file(path, there, text.to_vec(), InitOutcome::Unchanged));
        }
    }
    let (read, _) = workflow::read(&rules, &after);
    // The rules come last: where this is interrupted, the next run still finds them missing.
    files.push(file(rules, before, after, InitOutcome::Extended));
    for file in files.iter_mut().filter(|file| file.outcome == InitOutcome::Unchanged && !found.ignored) {
        if !is_committed(project, found, &file.path)? {
            file.outcome = InitOutcome::Uncommitted;
        }
    }
    let mut report = InitReport { files, recipes, mode: read.mode, commit: None };
    if request.keep == Keep::Commit {
        let files = report.files.iter().filter(|file| file.is_written() || file.outcome == InitOutcome::Uncommitted);
        let files: Vec<&InitFile> = files.collect();
        if !files.is_empty() {
            report.commit = Some(commit(project, found, request, &read, &files)?);
        }
        return Ok(report);
    }
    if request.keep == Keep::DryRun {
        return Ok(report);
    }
    for file in report.files.iter().filter(|file| file.is_written()) {
        let target = project.on_disk(&file.path)?;
        let written = match &file.before {
            None => store::create_new(&target, &file.after)?,
            Some(before) => store::replace(&target, Some(before), &file.after)? == Replaced::Yes,
        };
        if !written {
            return Err(AppError::Newer { path: file.path.clone() });
        }
    }
    Ok(report)
}

impl InitReport {
    /// Whether a file was written or a commit made, or would be.
    #[must_use]
    pub fn wrote_or_committed(&self) -> bool {
        self.commit.is_some() || self.files.iter().any(InitFile::is_written)
    }

    /// Whether there is anything for a commit.
    #[must_use]
    pub fn has_to_commit(&self) -> bool {
        self.files.iter().any(|file| file.is_written() || file.outcome == InitOutcome::Uncommitted)
    }
}

impl InitFile {
    /// Whether it is written, or would be.
    #[must_use]
    pub fn is_written(&self) -> bool {
        matches!(self.outcome, InitOutcome::Created | InitOutcome::Extended)
    }
}

/// What becomes of a file; `differs` where it is there with other bytes.
fn file(path: TreePath, before: Option<Vec<u8>>, after: Vec<u8>, differs: InitOutcome) -> InitFile {
    let outcome = match &before {
        None => InitOutcome::Created,
        Some(before) if *before == after => InitOutcome::Unchanged,
        Some(_) => differs,
    };
    InitFile { path, outcome, before, after }
}

/// Whether the last commit has a file.
fn is_committed(project: &Project, found: &Found, path: &TreePath) -> Result<bool, AppError> {
    let Some(head) = &found.head else { return Ok(false) };
    Ok(project.repository.blob_in_commit(head, &project.repository.full_path(path))?.is_some())
}

/// A file of the tree; `None` where there is none.
fn on_disk(project: &Project, path: &TreePath) -> Result<Option<Vec<u8>>, AppError> {
    if project.repository.is_linked(path)? {
        return Err(AppError::Linked { path: path.clone() });
    }
    let target: PathBuf = project.on_disk(path)?;
    let top = project.repository.workdir()?;
    let folders = target.ancestors().skip(1).take_while(|folder| *folder != top && folder.starts_with(top));
    if let Some(file) = folders.filter(|folder| folder.is_file()).last() {
        return Err(AppError::NoFolder { path: file.strip_prefix(top).unwrap_or(file).display().to_string() });
    }
    if store::is_occupied(&target) {
        return Err(AppError::Occupied { path: path.clone() });
    }
    Ok(store::read(&target)?)
}

/// A commit of the user's with these files alone; index and worktree follow for them.
fn commit(
    project: &Project,
    found: &Found,
    request: &InitRequest,
    rules: &workflow::Workflow,
    files: &[&InitFile],
) -> Result<CommitId, AppError> {
    let repository = &project.repository;
    if found.ignored {
        return Err(AppError::Ignored { prefix: repository.prefix().to_owned(), instead: "leave out --commit" });
    }
    // The first commit of all is made as any other.
    if let Some(why) = repository.deferral()?.filter(|why| *why != Deferral::Unborn) {
        return Err(AppError::Deferred(why));
    }
    let Some(branch) = &found.branch else { return Err(AppError::Deferred(Deferral::Detached)) };
    let tip = found.head.as_ref();
    for file in files.iter().filter(|file| file.is_written()) {
        // What the last commit has and the worktree has not, the user has taken away.
        let same = match &file.before {
            None => !is_committed(project, found, &file.path)?,
            Some(before) => match tip {
                Some(tip) => project.commit(tip)?.snapshot.bytes(&file.path) == Some(before.as_slice()),
                None => false,
            },
        };
        if !same {
            return Err(AppError::Uncommitted { path: file.path.clone() });
        }
    }
    let names: Vec<&str> = request.recipes.iter().map(|recipe| recipe.name).collect();
    let summary = if found.workflow.is_none() || names.is_empty() {
        "tasks and their rules".to_owned()
    } else {
        format!("rules {}", names.join(", "))
    };
    let changes: Vec<FileChange> = files
        .iter()
        .map(|file| FileChange {
            path: file.path.clone(),
            before: file.before.clone().filter(|_| file.is_written()),
            after: Some(file.after.clone()),
            merge: Merge::ByLines,
            mode: NewMode::Plain,
        })
        .collect();
    let made = make_processed(
        project,
        &EngineCommit {
            branch,
            tip,
            message: &format!("{}\n", message::subject(rules, &summary)),
            identity: &repository.user()?,
            time: request.now,
            files: &changes,
            redo: &|_, _| None,
            disk: Disk::Follows,
        },
    )?;
    Ok(made.id)
}
