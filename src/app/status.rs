use std::collections::BTreeMap;

use super::{
    Advance, AppError, Leave, LogPlace, Project, SyncReport, SyncRequest, View, drift, log_place, sync, trust,
};
use crate::format::workflow::{CommitPolicy, Executor, Mode};
use crate::git::Deferral;
use crate::model::{Category, CommitId, Severity, Snapshot};
use crate::store::{Outbox, OutboxCounts};

/// Where the engine stands in this clone.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a state")]
pub struct StatusReport {
    /// The branch.
    pub branch: Option<String>,
    /// The commit HEAD is at.
    pub head: Option<CommitId>,
    /// The mode in force.
    pub mode: Mode,
    /// Whether the mode was set for this clone alone.
    pub mode_is_local: bool,
    /// What was set for this clone and is no mode.
    pub odd_mode: Option<String>,
    /// Whether consequences are committed.
    pub commit: CommitPolicy,
    /// Who acts.
    pub executor: Executor,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The branch everybody shares, where it is known.
    pub canonical: Option<String>,
    /// Up to where the branch has been processed.
    pub cursor: Option<CommitId>,
    /// What is in the way of commits now.
    pub deferral: Option<Deferral>,
    /// Whether git ignores the tree.
    pub ignored: bool,
    /// How many tasks are in each category.
    pub tasks: BTreeMap<Category, usize>,
    /// How many findings of each severity there are.
    pub findings: BTreeMap<Severity, usize>,
    /// Places that contradict their task.
    pub contradictions: usize,
    /// What would be done now.
    pub pending: SyncReport,
    /// Effects in the outbox.
    pub outbox: OutboxCounts,
    /// Whether HEAD's rules are allowed to run and send; `None` where nothing waits for that.
    pub leave: Option<Leave>,
    /// Where the log is.
    pub log: LogPlace,
    /// Whether there is a tree at all.
    pub has_tree: bool,
    /// Whether there is a workflow file.
    pub has_workflow: bool,
}

/// Looks at everything, changes nothing. A tree that is not there is empty.
///
/// # Errors
/// When the repository or the tree cannot be read.
pub fn status(project: &Project) -> Result<StatusReport, AppError> {
    let repository = &project.repository;
    let (view, has_tree) = match project.worktree() {
        Err(AppError::NoTree { .. }) => (View::of(Snapshot::empty()), false),
        view => (view?, true),
    };
    let odd_mode = project.odd_mode();
    let branch = repository.branch()?;
    let cursor = match &branch {
        Some(branch) => repository.cursor(branch)?,
        None => None,
    };
    let outbox = Outbox::new(&repository.store_dir()).counts()?;
    Ok(StatusReport {
        head: repository.head()?,
        mode: project.mode(&view.workflow),
        mode_is_local: odd_mode.is_none() && repository.config_text("taskmaster.mode").is_some(),
        odd_mode,
        commit: view.workflow.git.commit,
        executor: view.workflow.git.executor,
        enabled: project.is_enabled(),
        canonical: repository.shared_branch(view.workflow.git.canonical.as_deref()),
        cursor,
        deferral: repository.deferral()?,
        ignored: repository.is_tree_ignored(),
        tasks: categories(&view),
        findings: severities(&view),
        contradictions: drift(&view).contradictions.len(),
        pending: sync(project, &SyncRequest { advance: Advance::Look, since: None })?,
        leave: if outbox.waiting > 0 { trust(project).ok().map(|report| report.leave) } else { None },
        outbox,
        log: log_place(project),
        has_tree,
        has_workflow: view.snapshot.files.keys().any(|path| path.role() == crate::model::FileRole::Workflow),
        branch,
    })
}

fn categories(view: &View) -> BTreeMap<Category, usize> {
    let mut counts = BTreeMap::new();
    for task in view.board.tasks.values() {
        *counts.entry(view.board.statuses.category(task.status())).or_default() += 1;
    }
    counts
}

fn severities(view: &View) -> BTreeMap<Severity, usize> {
    let mut counts = BTreeMap::new();
    for finding in view.diagnostics() {
        *counts.entry(finding.severity).or_default() += 1;
    }
    counts
}

/// What a prompt shows: no file of the tree is read for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortStatus {
    /// There is no tree, or nothing is worth a word.
    Well,
    /// The engine is switched off in this clone.
    Off,
    /// So many commits were not processed yet.
    Waiting(usize),
}

/// Looks at the branch and its cursor alone.
///
/// # Errors
/// When the repository cannot be read.
pub fn short_status(project: &Project) -> Result<ShortStatus, AppError> {
    let repository = &project.repository;
    if !repository.tree_dir()?.is_dir() {
        return Ok(ShortStatus::Well);
    }
    if !project.is_enabled() {
        return Ok(ShortStatus::Off);
    }
    let (Some(branch), Some(head)) = (repository.branch()?, repository.head()?) else { return Ok(ShortStatus::Well) };
    // No cursor: the present state is the beginning, and nothing waits.
    let Some(cursor) = repository.cursor(&branch)?.filter(|cursor| *cursor != head) else {
        return Ok(ShortStatus::Well);
    };
    let Some(base) = repository.merge_base(&cursor, &head)?.filter(|base| *base != head) else {
        return Ok(ShortStatus::Well);
    };
    Ok(ShortStatus::Waiting(repository.first_parents(Some(&base), &head)?.len()))
}
