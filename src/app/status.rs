use std::collections::BTreeMap;

use super::{
    Advance, AppError, Leave, LogPlace, Project, SyncReport, SyncRequest, View, ahead, drift, log_place, sync, trust,
};
use crate::format::workflow::{CommitPolicy, Executor, Mode};
use crate::git::Deferral;
use crate::model::{Category, CommitId, Severity, Snapshot, TreePath};
use crate::store::{Outbox, OutboxCounts};

/// Where the engine stands in this clone.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a state")]
pub struct StatusReport {
    /// Whether there are no files to work on: the tree is that of HEAD.
    pub is_bare: bool,
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
    /// Effects of commits that were made here, and are not on the shared branch yet.
    pub ahead: usize,
    /// Whether HEAD's rules are allowed to run and send; `None` where nothing waits for that.
    pub leave: Option<Leave>,
    /// Where the log is.
    pub log: LogPlace,
    /// Whether there is a tree at all.
    pub has_tree: bool,
    /// Whether there is a workflow file.
    pub has_workflow: bool,
    /// What is wrong with what stands in the place of the rules' file.
    pub workflow_problem: Option<String>,
}

/// Looks at everything, changes nothing. A tree that is not there is empty.
///
/// # Errors
/// When the repository or the tree cannot be read.
pub fn status(project: &Project) -> Result<StatusReport, AppError> {
    let repository = &project.repository;
    let (branch, head) = (repository.branch()?, repository.head()?);
    let (view, has_tree) = tree(project, head.as_ref())?;
    let odd_mode = project.odd_mode();
    let cursor = match &branch {
        Some(branch) => processed(project, branch, head.as_ref())?,
        None => None,
    };
    let outbox = Outbox::new(&repository.store_dir()).counts()?;
    Ok(StatusReport {
        is_bare: repository.is_bare(),
        head,
        mode: project.mode(&view.workflow),
        mode_is_local: odd_mode.is_none() && repository.config_text("taskmaster.mode").is_some(),
        odd_mode,
        commit: view.workflow.git.commit,
        executor: view.workflow.git.executor,
        enabled: project.is_enabled(),
        canonical: repository.shared_branch(view.workflow.git.canonical.as_deref()),
        cursor,
        deferral: repository.deferral()?.filter(|_| !repository.is_bare()),
        ignored: repository.is_tree_ignored(),
        tasks: categories(&view),
        findings: severities(&view),
        contradictions: drift(&view).contradictions.len(),
        pending: sync(project, &SyncRequest { advance: Advance::Look, since: None })?,
        leave: if outbox.waiting > 0 { trust(project).ok().map(|report| report.leave) } else { None },
        outbox,
        ahead: ahead::count(project)?,
        log: log_place(project),
        has_tree,
        workflow_problem: view.snapshot.problem_of(&TreePath::workflow()).map(|problem| problem.message.clone()),
        has_workflow: view.snapshot.files.keys().any(|path| path.role() == crate::model::FileRole::Workflow),
        branch,
    })
}

/// The tree, and whether there is one: in a bare repository that of HEAD.
fn tree(project: &Project, head: Option<&CommitId>) -> Result<(View, bool), AppError> {
    let none = || (View::of(Snapshot::empty()), false);
    if project.repository.is_bare() {
        let Some(head) = head else { return Ok(none()) };
        let view = project.commit(head)?;
        let has_tree = !view.snapshot.files.is_empty();
        return Ok((view, has_tree));
    }
    match project.worktree() {
        Err(AppError::NoTree { .. }) => Ok(none()),
        view => Ok((view?, true)),
    }
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
    /// Something needs somebody.
    Needs(ShortCounts),
}

/// What needs somebody, as far as it is known without a look at the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShortCounts {
    /// Commits that were not processed yet.
    pub commits: usize,
    /// Effects that wait until it is allowed that they are run and sent.
    pub to_allow: usize,
    /// Effects that were given up, of which it is not known whether they happened, or that cannot be read.
    pub stuck: usize,
}

/// Looks at the branch, its cursor and the outbox alone.
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
    let outbox = Outbox::new(&repository.store_dir()).counts()?;
    let is_allowed = || trust(project).is_ok_and(|report| report.leave == Leave::Given);
    let counts = ShortCounts {
        commits: unprocessed(project)?,
        to_allow: if outbox.waiting == 0 || is_allowed() { 0 } else { outbox.waiting },
        stuck: outbox.dead + outbox.parked + outbox.unreadable,
    };
    Ok(if counts == ShortCounts::default() { ShortStatus::Well } else { ShortStatus::Needs(counts) })
}

/// How many commits of the branch were not processed yet.
fn unprocessed(project: &Project) -> Result<usize, AppError> {
    let repository = &project.repository;
    let (Some(branch), Some(head)) = (repository.branch()?, repository.head()?) else { return Ok(0) };
    // No cursor: the present state is the beginning, and nothing waits.
    let Some(known) = processed(project, &branch, Some(&head))?.filter(|known| *known != head) else { return Ok(0) };
    let base = repository.merge_base(&known, &head)?.filter(|base| *base != head);
    Ok(base.map_or(Ok(0), |base| repository.first_parents(Some(&base), &head).map(|commits| commits.len()))?)
}

/// Up to where a branch has been processed, with the commits behind it of which it is known that they leave nothing to do.
fn processed(project: &Project, branch: &str, head: Option<&CommitId>) -> Result<Option<CommitId>, AppError> {
    let repository = &project.repository;
    let cursor = repository.cursor(branch)?;
    let quiet = repository.quiet().filter(|quiet| Some(&quiet.cursor) == cursor.as_ref());
    let is_behind = |tip: &CommitId, head| matches!(repository.merge_base(tip, head), Ok(Some(base)) if base == *tip);
    let known = quiet.zip(head).filter(|(quiet, head)| is_behind(&quiet.tip, head));
    Ok(known.map(|(quiet, _)| quiet.tip).or(cursor))
}
