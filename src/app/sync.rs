//! The one idempotent routine behind every doorbell: process what is new between the cursor and the
//! tip of the branch.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::json;

use super::message::{self, engine_message};
use super::transitions::{CommitSource, Reading, Seen, Walk};
use super::{AppError, Project, View, worktree};
use crate::engine::cascade::{self, Source};
use crate::engine::event::{EventId, Origin};
use crate::engine::plan::{Plan, PlannedFile};
use crate::engine::redo::redo;
use crate::format::trailer;
use crate::format::workflow::{CommitPolicy, Executor, Mode};
use crate::git::{CommitOutcome, Deferral, EngineCommit, FileChange, Mended, WorktreeOutcome};
use crate::model::{Commit, CommitId, Diagnostic, TreePath};
use crate::store::{Intent, IntentState, Outbox};

/// What a doorbell asks for.
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// How far it may go.
    pub advance: Advance,
    /// Where to begin instead of the cursor; then other people's commits count too.
    pub since: Option<CommitId>,
}

/// How far a doorbell may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// Plan only: nothing is written, not even the cursor.
    Look,
    /// Say what would follow, and move the cursor where nothing of one's own waits.
    Report,
    /// What mode and policy allow: commit, or report.
    AsConfigured,
    /// Commit what follows, whatever the mode: somebody asked for it.
    Commit,
    /// Write what follows into the worktree and leave committing to the user.
    Worktree,
}

/// What came of it.
#[derive(Debug)]
pub struct SyncReport {
    /// The branch.
    pub branch: Option<String>,
    /// How it ended.
    pub outcome: SyncOutcome,
    /// What follows from own commits.
    pub plan: Plan,
    /// The own commits that something follows from.
    pub causes: Vec<Commit>,
    /// What would follow from pulled commits, and is their authors' to do.
    pub pulled: Plan,
    /// Where a later `--since` would begin, where the cursor has moved over something unprocessed.
    pub since: Option<CommitId>,
    /// Contradictions in the commits that were processed.
    pub findings: Vec<Diagnostic>,
    /// Whether an earlier commit of the engine had been interrupted, and is finished now.
    pub mended: bool,
}

/// How processing ended.
#[derive(Debug, PartialEq, Eq)]
pub enum SyncOutcome {
    /// There is nothing new.
    UpToDate,
    /// There was no cursor, or none that fits: what is there now is the beginning.
    Baseline,
    /// Not now. So many own commits wait.
    Deferred {
        /// What is in the way.
        why: Deferral,
        /// How many commits wait.
        waiting: usize,
    },
    /// Nothing was to be edited; effects are recorded, the cursor has moved.
    Nothing,
    /// The plan was only shown.
    Shown {
        /// Why it was not carried out.
        why: Held,
    },
    /// A commit was made.
    Committed {
        /// Its id.
        id: CommitId,
        /// Files that could not follow in the worktree.
        worktree: Vec<(TreePath, WorktreeOutcome)>,
    },
    /// The worktree was edited, without a commit.
    Edited {
        /// The files.
        files: Vec<TreePath>,
    },
}

/// Why a plan was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It was asked to look only.
    Asked,
    /// The mode does not allow commits.
    Mode(Mode),
    /// The policy leaves it to `apply`.
    Policy,
    /// Another executor does it.
    Executor,
    /// This doorbell never commits.
    Doorbell,
}

/// The commits between the cursor and the tip, sorted out.
struct Range {
    branch: String,
    tip: CommitId,
    /// The tree at the tip.
    tree: Option<Rc<View>>,
    own: Vec<CommitSource>,
    pulled: Vec<CommitSource>,
    inherited: HashSet<EventId>,
    findings: Vec<Diagnostic>,
}

/// Processes what is new.
///
/// # Errors
/// When the repository cannot be read or written. Nothing is half done then: the branch and the
/// cursor are where they were, or where they were to be.
pub fn sync(project: &Project, request: &SyncRequest) -> Result<SyncReport, AppError> {
    let mut moves = 0;
    let mended = match request.advance {
        Advance::Look => Mended::Nothing,
        _ => project.repository.mend()?,
    };
    loop {
        match attempt(project, request, mended)? {
            Some(report) => return Ok(SyncReport { mended: mended == Mended::Finished, ..report }),
            None if moves < 2 => moves += 1,
            None => {
                let branch = project.repository.branch()?;
                return Ok(report(branch, SyncOutcome::Deferred { why: Deferral::BranchMoves, waiting: 0 }));
            }
        }
    }
}

fn report(branch: Option<String>, outcome: SyncOutcome) -> SyncReport {
    SyncReport {
        branch,
        outcome,
        plan: Plan::default(),
        causes: Vec::new(),
        pulled: Plan::default(),
        since: None,
        findings: Vec::new(),
        mended: false,
    }
}

/// Finishes a commit of the engine's that was interrupted; whether there was one.
///
/// # Errors
/// When it cannot be finished now, or the index cannot be read or written.
pub fn finish_interrupted(project: &Project) -> Result<bool, AppError> {
    match project.repository.mend()? {
        Mended::Nothing => Ok(false),
        Mended::Finished => Ok(true),
        Mended::Later(why) => Err(AppError::Deferred(why)),
    }
}

/// One try; `None` when the branch moved meanwhile.
fn attempt(project: &Project, request: &SyncRequest, mended: Mended) -> Result<Option<SyncReport>, AppError> {
    let repository = &project.repository;
    let writes = request.advance != Advance::Look;
    let (branch, tip) = match (repository.branch()?, repository.head()?) {
        (Some(branch), Some(tip)) => (branch, tip),
        (branch, tip) => {
            let why = repository.deferral()?.unwrap_or(Deferral::Detached);
            let waiting = match tip {
                Some(tip) => remember_since_nearest(project, &tip, writes)?,
                None => 0,
            };
            return Ok(Some(report(branch, SyncOutcome::Deferred { why, waiting })));
        }
    };
    let own = match &request.since {
        Some(since) => Some(since.clone()),
        None => repository.cursor(&branch)?,
    };
    // A new branch, or a new name of one, begins where its history was processed last.
    let is_new = own.is_none();
    let cursor = match own {
        Some(cursor) => Some(cursor),
        None => repository.nearest_cursor(&tip)?,
    };
    let base = match &cursor {
        Some(cursor) if *cursor == tip => {
            if is_new && writes {
                repository.set_cursor(&branch, &tip)?;
            }
            return Ok(Some(report(Some(branch), SyncOutcome::UpToDate)));
        }
        Some(cursor) => repository.merge_base(cursor, &tip)?,
        None => None,
    };
    let (Some(cursor), Some(base)) = (cursor, base) else {
        if writes {
            repository.set_cursor(&branch, &tip)?;
        }
        return Ok(Some(report(Some(branch), SyncOutcome::Baseline)));
    };
    // A reset: all of it was seen. The cursor stays, so that what comes next is compared with it.
    if base == tip {
        return Ok(Some(report(Some(branch), SyncOutcome::UpToDate)));
    }
    let unmended = if let Mended::Later(why) = mended { Some(why) } else { None };
    if let Some(why) = repository.deferral()?.or(unmended) {
        let waiting = remember(project, &base, &tip, writes)?;
        return Ok(Some(report(Some(branch), SyncOutcome::Deferred { why, waiting })));
    }
    let mut range = read_range(project, request, branch, &cursor, &base, tip)?;
    if is_new {
        // What others made is no news on a branch that is seen for the first time.
        range.pulled.clear();
    }
    carry_out(project, request, range, &cursor)
}

/// Notes own commits that no branch holds yet.
fn remember_since_nearest(project: &Project, tip: &CommitId, writes: bool) -> Result<usize, AppError> {
    match project.repository.nearest_cursor(tip)? {
        Some(base) if base != *tip => remember(project, &base, tip, writes),
        _ => Ok(0),
    }
}

/// Notes own commits as pending, so that a push in between does not disown them.
pub(super) fn remember(project: &Project, base: &CommitId, tip: &CommitId, writes: bool) -> Result<usize, AppError> {
    let repository = &project.repository;
    let ownership = repository.ownership(Some(base), tip)?;
    let mut own = repository.first_parents(Some(base), tip)?;
    own.retain(|commit| ownership.is_own(commit));
    let mut waiting = Vec::new();
    for id in own {
        // Nothing can follow from the others.
        if repository.touches_tree(&id)? || !trailer::closings(&repository.commit(&id)?.message).is_empty() {
            waiting.push(id);
        }
    }
    if writes {
        repository.add_pending(&waiting)?;
    }
    Ok(waiting.len())
}

fn read_range(
    project: &Project,
    request: &SyncRequest,
    branch: String,
    cursor: &CommitId,
    base: &CommitId,
    tip: CommitId,
) -> Result<Range, AppError> {
    let repository = &project.repository;
    let mut seen = Seen::default();
    if base != cursor {
        let mut walk = Walk::new(project, Reading::Pure, None);
        for id in repository.first_parents(Some(base), cursor)? {
            seen.note(&mut walk, &id)?;
        }
    }
    let ownership = repository.ownership(Some(base), &tip)?;
    let all_commits = repository.first_parents(Some(base), &tip)?;
    let mut range = Range {
        branch: branch.clone(),
        tip,
        tree: None,
        own: Vec::new(),
        pulled: Vec::new(),
        inherited: HashSet::new(),
        findings: Vec::new(),
    };
    let mut walk = Walk::new(project, Reading::Own, Some(branch));
    for id in &all_commits {
        let source = walk.read(id)?;
        for earlier in range.own.iter_mut().chain(&mut range.pulled) {
            earlier.left.extend(source.leaves.iter().cloned());
        }
        let statuses = source.after.board.statuses.clone();
        range.findings.extend(source.conflicts.iter().cloned());
        if source.events.is_empty() && source.closes.is_empty() {
            continue;
        }
        if request.since.is_some() || ownership.is_own(id) {
            let again = source.events.iter().filter(|event| seen.take(event, &statuses));
            range.inherited.extend(again.map(|event| event.id.clone()));
            range.own.push(source);
        } else {
            range.pulled.push(source);
        }
    }
    range.tree = walk.last();
    Ok(range)
}

fn plan_for(tip: &View, sources: &[CommitSource], inherited: &HashSet<EventId>) -> Plan {
    if sources.is_empty() {
        return Plan::default();
    }
    let sources: Vec<Source<'_>> = sources.iter().map(|source| engine_source(source, inherited)).collect();
    cascade::plan_on(&tip.snapshot, tip.board.clone(), &sources)
}

/// What the engine is told of one commit.
pub(super) fn engine_source<'a>(source: &'a CommitSource, inherited: &HashSet<EventId>) -> Source<'a> {
    Source {
        workflow: &source.after.workflow,
        events: source.events.clone(),
        closes: source.closes.clone(),
        origin: Origin::of_commit(&source.commit, None),
        inherited: inherited.clone(),
        left: source.left.clone(),
    }
}

fn carry_out(
    project: &Project,
    request: &SyncRequest,
    range: Range,
    cursor: &CommitId,
) -> Result<Option<SyncReport>, AppError> {
    let repository = &project.repository;
    let tip_view = match &range.tree {
        Some(view) => Rc::clone(view),
        None => Rc::new(project.commit(&range.tip)?),
    };
    let plan = plan_for(&tip_view, &range.own, &range.inherited);
    let pulled = plan_for(&tip_view, &range.pulled, &range.inherited);
    let held = hold(project, request, &tip_view.workflow);
    let causes: Vec<Commit> = range.own.iter().map(|source| source.commit.clone()).collect();
    let unprocessed = !pulled.files.is_empty();
    let mut result = SyncReport {
        branch: Some(range.branch.clone()),
        outcome: SyncOutcome::Nothing,
        plan,
        causes,
        pulled,
        since: unprocessed.then(|| cursor.clone()),
        findings: range.findings,
        mended: false,
    };
    if let Some(why) = held {
        result.outcome = if result.plan.changes_nothing() && why != Held::Asked {
            SyncOutcome::Nothing
        } else {
            SyncOutcome::Shown { why }
        };
        let moves = match why {
            Held::Asked => false,
            // What waits for `apply`, or for a doorbell that may commit, must not be passed over.
            Held::Policy | Held::Doorbell => result.plan.changes_nothing() && result.plan.effects.is_empty(),
            Held::Mode(_) | Held::Executor => true,
        };
        if moves {
            if !result.plan.changes_nothing() {
                result.since = Some(cursor.clone());
            }
            finish(project, &range.branch, &range.tip)?;
        }
        return Ok(Some(result));
    }
    record_effects(project, &result.plan, &tip_view.workflow, &range.branch)?;
    if result.plan.changes_nothing() {
        finish(project, &range.branch, &range.tip)?;
        return Ok(Some(result));
    }
    if request.advance == Advance::Worktree {
        let files = worktree::write(project, &result.plan.files, &result.plan.made)?;
        finish(project, &range.branch, &range.tip)?;
        result.outcome = SyncOutcome::Edited { files };
        return Ok(Some(result));
    }
    let config = repository.blob_in_commit(&range.tip, &repository.full_path(&TreePath::workflow()))?;
    let causes: Vec<&Commit> = result.causes.iter().collect();
    let text = engine_message(&result.plan, &causes, &tip_view.workflow, config.as_deref());
    let time = result.causes.last().map_or(repository.commit(&range.tip)?.committed, |commit| commit.committed);
    let files: Vec<FileChange> = result.plan.files.iter().map(FileChange::from).collect();
    let outcome = repository.commit_files(&EngineCommit {
        branch: &range.branch,
        tip: &range.tip,
        message: &text,
        identity: &message::identity(&tip_view.workflow),
        time,
        files: &files,
        redo: &|path, bytes| redo(&result.plan.made, path, planned(&result.plan.files, path), bytes),
    })?;
    match outcome {
        CommitOutcome::Moved => return Ok(None),
        CommitOutcome::Deferred(why) => {
            let own: Vec<CommitId> = result.causes.iter().map(|commit| commit.id.clone()).collect();
            repository.add_pending(&own)?;
            result.outcome = SyncOutcome::Deferred { why, waiting: result.causes.len() };
        }
        CommitOutcome::Made { id, worktree } => {
            finish(project, &range.branch, &id)?;
            result.outcome = SyncOutcome::Committed { id, worktree };
        }
    }
    Ok(Some(result))
}

fn finish(project: &Project, branch: &str, commit: &CommitId) -> Result<(), AppError> {
    project.repository.set_cursor(branch, commit)?;
    Ok(project.repository.forget_pending(commit)?)
}

/// Why a plan is not to be carried out here and now.
fn hold(project: &Project, request: &SyncRequest, workflow: &crate::format::workflow::Workflow) -> Option<Held> {
    match request.advance {
        Advance::Look => Some(Held::Asked),
        Advance::Report => Some(Held::Doorbell),
        Advance::Commit | Advance::Worktree => None,
        Advance::AsConfigured => match project.mode(workflow) {
            Mode::Commit if workflow.git.executor != Executor::Author => Some(Held::Executor),
            Mode::Commit if workflow.git.commit == CommitPolicy::Never => Some(Held::Policy),
            Mode::Commit => None,
            other => Some(Held::Mode(other)),
        },
    }
}

/// Writes an intent for each effect. Nothing in this version carries effects out, and no
/// configuration has been allowed to: they are recorded as skipped, and allowing them later sends
/// nothing after the fact.
fn record_effects(
    project: &Project,
    plan: &Plan,
    workflow: &crate::format::workflow::Workflow,
    branch: &str,
) -> Result<(), AppError> {
    let canonical = project.repository.canonical(workflow.git.canonical.as_deref());
    if canonical.is_none_or(|canonical| canonical.branch != branch) {
        return Ok(());
    }
    let outbox = Outbox::new(&project.repository.store_dir());
    for effect in plan.effects.iter().filter(|effect| !effect.inherited) {
        let requires = plan.steps.iter().find(|step| step.event.id == effect.event);
        let requires = requires.and_then(|step| step.event.origin.commit.as_ref()).map(ToString::to_string);
        let intent = Intent {
            schema: "taskmaster.intent/1".to_owned(),
            key: effect.key.clone(),
            event: effect.event.to_string(),
            trigger: effect.trigger.clone(),
            action: effect.action.clone(),
            task: effect.task.as_ref().map(ToString::to_string),
            requires: requires.unwrap_or_default(),
            data: json!({ "text": effect.text, "event": effect.data }),
        };
        outbox.record(&intent, IntentState::Skipped, "outside effects are not allowed in this clone")?;
    }
    Ok(())
}

/// What a file was planned to be.
pub(super) fn planned<'a>(files: &'a [PlannedFile], path: &TreePath) -> &'a [u8] {
    files.iter().find(|file| file.path == *path).map_or(&[], |file| &file.after)
}

/// Keeps a note of own commits that are not processed yet: once pushed they would look like others'.
///
/// # Errors
/// When history cannot be read or the note cannot be written.
pub fn remember_unprocessed(project: &Project) -> Result<(), AppError> {
    let repository = &project.repository;
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else { return Ok(()) };
    let Some(cursor) = repository.cursor(&branch)? else { return Ok(()) };
    if let Some(base) = repository.merge_base(&cursor, &tip)? {
        remember(project, &base, &tip, true)?;
    }
    Ok(())
}
