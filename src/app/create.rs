use super::commit::{Own, make_own, persist};
use super::edit::{consequences, known_status, refuse_commit};
use super::ground::ground;
use super::message::{clean, shorten};
use super::{AppError, Keep, Project, SyncReport, View, branch_task, worker, worktree};
use crate::engine::creation::TaskDraft;
use crate::engine::numbering::{self, Series};
use crate::engine::plan::{Plan, PlannedFile};
use crate::engine::redo::{Made, redo};
use crate::engine::workspace::{Workspace, usual_tag};
use crate::git::{Disk, FileChange};
use crate::model::{CommitId, Priority, TaskId, Timestamp, TreePath};

/// A task to be made by hand.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    /// What it is to say; parent and dependencies in any spelling.
    pub draft: TaskDraft,
    /// What it becomes a part of where the draft names no parent.
    pub parent: DefaultParent,
    /// How it is kept.
    pub keep: Keep,
    /// When it is made.
    pub now: Timestamp,
}

/// The parent of a task that names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultParent {
    /// The task that the branch is named after, where it exists.
    OfBranch,
    /// None.
    Nobody,
}

/// What was made.
#[derive(Debug)]
pub struct CreateReport {
    /// The task.
    pub task: TaskId,
    /// The file it is in.
    pub path: TreePath,
    /// What it is a part of.
    pub parent: Option<TaskId>,
    /// The branch that named the parent.
    pub named_by: Option<String>,
    /// The files that changed, or would.
    pub files: Vec<PlannedFile>,
    /// What would follow by the rules, for a dry run.
    pub plan: Plan,
    /// The user's commit.
    pub commit: Option<CommitId>,
    /// What followed from the commit.
    pub sync: Option<SyncReport>,
    /// Files that hold the user's own changes and could not take the task.
    pub left_alone: Vec<TreePath>,
}

/// Makes a task with the next number that is free in the tip, in the index and in the worktree.
///
/// # Errors
/// For a parent, a dependency or a status that does not exist, or a file that cannot be edited; nothing is
/// written then.
pub fn create(project: &Project, request: &CreateRequest) -> Result<CreateReport, AppError> {
    persist(|| attempt(project, request))
}

fn attempt(project: &Project, request: &CreateRequest) -> Result<CreateReport, AppError> {
    let repository = &project.repository;
    if request.keep == Keep::Commit {
        refuse_commit(project)?;
    }
    let files = project.worktree()?;
    let tip = repository.head()?;
    let view = match (&tip, request.keep) {
        (Some(tip), Keep::Commit) => project.commit(tip)?,
        _ => files.clone(),
    };
    if let (true, Some(id)) = (view.board.tasks.is_empty(), files.board.tasks.keys().next()) {
        // The tree is in no commit: one of this task alone would be of another layout.
        return Err(AppError::NotCommitted { id: id.clone() });
    }
    let mut draft = request.draft.clone();
    let known = |id: &TaskId| match view.task(id) {
        Err(_) if request.keep == Keep::Commit && files.task(id).is_ok() => {
            Err(AppError::NotCommitted { id: id.clone() })
        }
        found => found.map(|task| task.id.clone()),
    };
    let branch = repository.branch()?;
    let mut named_by = None;
    draft.parent = match (&draft.parent, request.parent) {
        (Some(id), _) => Some(known(id)?),
        (None, DefaultParent::OfBranch) if draft.tag.is_none() => {
            let named = branch_task(project, &view)?.map(|task| task.id.clone());
            named_by = branch.clone().filter(|_| named.is_some());
            named
        }
        (None, _) => None,
    };
    draft.dependencies = draft.dependencies.iter().map(known).collect::<Result<_, _>>()?;
    draft.status = draft.status.as_deref().map(|status| known_status(&view, status)).transpose()?;
    draft.priority.iter().try_for_each(|priority| known_priority(&view, priority))?;
    draft.description = draft.description.as_deref().map(with_plain_line_ends);
    with_defaults(&mut draft, &view);
    let tag = match (&draft.parent, &draft.tag) {
        (Some(parent), _) => parent.tag().to_owned(),
        (None, Some(tag)) => tag.clone(),
        (None, None) => usual_tag(&view.board),
    };
    let series = Series::of(&view.snapshot, &tag, draft.parent.as_ref());
    let next = |view: &View| numbering::next(&view.snapshot, &tag, draft.parent.as_ref(), &series);
    draft.taken = next(&files).max(next(&project.index()?)).saturating_sub(1);
    let mut workspace = Workspace::on(&view.snapshot, &view.board);
    let made = workspace.make_task(&draft, Some(request.now))?;
    let mut report = CreateReport {
        task: made.task.id.clone(),
        path: made.path.clone(),
        parent: draft.parent,
        named_by,
        files: workspace.changed(),
        plan: Plan::default(),
        commit: None,
        sync: None,
        left_alone: Vec::new(),
    };
    let subject = shorten(&format!("create {} {}", report.task, clean(&made.task.title)), 60);
    let made = [Made::Task(made)];
    match (request.keep, tip) {
        (Keep::DryRun, _) => {
            let ground = ground(project, &view.workflow, branch.as_deref());
            report.plan = consequences(project, &view, &mut workspace, request.now, ground)?;
        }
        (Keep::Commit, Some(tip)) => {
            let files: Vec<FileChange> = report.files.iter().map(FileChange::from).collect();
            let again =
                |path: &TreePath, bytes: &[u8]| redo(&made, path, worktree::planned(&report.files, path), bytes);
            let own = Own {
                view: &view,
                tip: &tip,
                subject: &subject,
                step: None,
                files: &files,
                redo: &again,
                disk: Disk::Follows,
                now: request.now,
            };
            let (commit, followed) = make_own(project, &own)?;
            worker::ring(project, &followed);
            (report.commit, report.left_alone, report.sync) = (Some(commit.id), commit.left_alone, Some(followed));
        }
        _ => {
            worktree::write(project, &report.files, &made)?;
        }
    }
    Ok(report)
}

/// Refuses a priority that is none of the usual ones, and that the tree does not have.
fn known_priority(view: &View, text: &str) -> Result<(), AppError> {
    let Priority::Other(word) = Priority::parse(text) else { return Ok(()) };
    let mut known: Vec<String> = ["critical", "high", "medium", "low"].map(ToOwned::to_owned).to_vec();
    for task in view.board.tasks.values() {
        known.extend(task.priority().map(|priority| priority.to_string()).filter(|word| !known.contains(word)));
    }
    known.extend(view.workflow.integration.default_priority.clone().filter(|word| !known.contains(word)));
    if known.contains(&word) {
        return Ok(());
    }
    Err(AppError::UnknownPriority { text: text.to_owned(), known })
}

/// The text with the line ends that the file's are made of: those of other systems would be lost, and the
/// words around them become one.
fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}'], "\n")
}

/// The defaults of `task_integration` where nothing was given.
fn with_defaults(draft: &mut TaskDraft, view: &View) {
    let settings = &view.workflow.integration;
    draft.priority = draft.priority.take().or_else(|| settings.default_priority.clone());
    let has = draft.fields.iter().any(|(field, _)| field == "assignee");
    if let (false, Some(true), Some(assignee)) = (has, settings.auto_assign_agents, &settings.default_assignee) {
        draft.fields.push(("assignee".to_owned(), assignee.as_str().into()));
    }
}
