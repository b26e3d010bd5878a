//! The one idempotent routine behind every doorbell: process what is new between the cursor and the
//! tip of the branch.

use std::fmt;
use std::rc::Rc;

use super::effects::Until;
use super::ground::ground;
use super::message::{self, engine_message};
use super::range::{Range, conclude, finish, plan_for, read_range, remember, remember_since_nearest, touches_nothing};
use super::worktree::planned;
use super::{AppError, Project, Recorded, ahead, effects, rewritten, worker, worktree};
use crate::engine::creation::Ground;
use crate::engine::plan::Plan;
use crate::engine::redo::redo;
use crate::format::workflow::{CommitPolicy, Mode};
use crate::git::{CommitOutcome, CursorOutcome, Deferral, Disk, EngineCommit, FileChange, Mended, WorktreeOutcome};
use crate::model::{Commit, CommitId, Diagnostic, TreePath};

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
    /// Effects that were recorded, and wait.
    pub recorded: Recorded,
    /// How many effects the mode has kept from being recorded, and which mode.
    pub unsent: Option<(usize, Mode)>,
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

impl SyncOutcome {
    /// Its name in JSON and in the log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::UpToDate => "up-to-date",
            Self::Baseline => "baseline",
            Self::Deferred { .. } => "deferred",
            Self::Nothing => "nothing",
            Self::Shown { .. } => "shown",
            Self::Committed { .. } => "committed",
            Self::Edited { .. } => "edited",
        }
    }

    /// Why nothing was carried out, where something might have been.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Deferred { why, .. } => Some(why.to_string()),
            Self::Shown { why } => Some(why.to_string()),
            _ => None,
        }
    }

    /// Whether what follows was done, be it nothing.
    #[must_use]
    pub fn is_carried_out(&self) -> bool {
        matches!(self, Self::Nothing | Self::Committed { .. } | Self::Edited { .. })
    }
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

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("dry run"),
            Self::Mode(mode) => write!(f, "mode {}", mode.name()),
            Self::Policy => f.write_str("commit: never"),
            Self::Executor => f.write_str("another executor"),
            Self::Doorbell => f.write_str("reported only"),
        }
    }
}

/// Processes what is new.
///
/// # Errors
/// When the repository cannot be read or written. Nothing is half done then: the branch and the
/// cursor are where they were, or where they were to be.
pub fn sync(project: &Project, request: &SyncRequest) -> Result<SyncReport, AppError> {
    let mut report = sync_quietly(project, request)?;
    if matches!(request.advance, Advance::AsConfigured | Advance::Commit) {
        report.recorded.add(ahead::look(project)?);
    }
    worker::ring(project, &report);
    Ok(report)
}

/// The same, without setting off who carries effects out.
pub(super) fn sync_quietly(project: &Project, request: &SyncRequest) -> Result<SyncReport, AppError> {
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

pub(super) fn report(branch: Option<String>, outcome: SyncOutcome) -> SyncReport {
    SyncReport {
        branch,
        outcome,
        plan: Plan::default(),
        causes: Vec::new(),
        pulled: Plan::default(),
        since: None,
        findings: Vec::new(),
        mended: false,
        recorded: Recorded::default(),
        unsent: None,
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

/// One try; `None` when the branch moved meanwhile, or another run has processed it.
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
    attempt_on(project, request, mended, branch, tip)
}

/// The same for a branch that is at `tip`.
pub(super) fn attempt_on(
    project: &Project,
    request: &SyncRequest,
    mended: Mended,
    branch: String,
    tip: CommitId,
) -> Result<Option<SyncReport>, AppError> {
    let repository = &project.repository;
    let writes = request.advance != Advance::Look;
    let processed = repository.cursor(&branch)?;
    let is_new = request.since.is_none() && processed.is_none();
    let cursor = match request.since.as_ref().or(processed.as_ref()) {
        Some(cursor) => Some(cursor.clone()),
        None => repository.nearest_cursor(&tip)?,
    };
    let base = match &cursor {
        Some(cursor) if *cursor == tip => {
            if is_new && writes {
                repository.set_cursor(&branch, None, &tip)?;
            }
            return Ok(Some(report(Some(branch), SyncOutcome::UpToDate)));
        }
        Some(cursor) => repository.merge_base(cursor, &tip)?,
        None => None,
    };
    let (Some(cursor), Some(base)) = (cursor, base) else {
        if writes {
            repository.set_cursor(&branch, processed.as_ref(), &tip)?;
        }
        return Ok(Some(report(Some(branch), SyncOutcome::Baseline)));
    };
    // A reset: all of it was seen. The cursor stays, so that what comes next is compared with it.
    if base == tip {
        return Ok(Some(report(Some(branch), SyncOutcome::UpToDate)));
    }
    let unmended = if let Mended::Later(why) = mended { Some(why) } else { None };
    // What HEAD is in the middle of is no matter where nothing is checked out.
    let deferral = if repository.is_bare() { None } else { repository.deferral()?.or(unmended) };
    if let Some(why) = deferral {
        let waiting = remember(project, &base, &tip, writes)?;
        return Ok(Some(report(Some(branch), SyncOutcome::Deferred { why, waiting })));
    }
    if writes && request.since.is_none() && base == cursor && touches_nothing(project, &base, &tip)? {
        let moved = finish(project, &branch, processed.as_ref(), &tip)?;
        return Ok((moved == CursorOutcome::Moved).then(|| report(Some(branch), SyncOutcome::Nothing)));
    }
    let commits = matches!(request.advance, Advance::AsConfigured | Advance::Commit) && !repository.is_bare();
    let _expected = commits.then(|| repository.expect_commit());
    let mut range = read_range(project, request, branch, &cursor, &base, tip)?;
    range.processed = processed;
    if is_new {
        // What others made is no news on a branch that is seen for the first time.
        range.pulled.clear();
    }
    carry_out(project, request, range, &cursor)
}

pub(super) fn carry_out(
    project: &Project,
    request: &SyncRequest,
    mut range: Range,
    cursor: &CommitId,
) -> Result<Option<SyncReport>, AppError> {
    let repository = &project.repository;
    let tip_view = match &range.tree {
        Some(view) => Rc::clone(view),
        None => project.shared(&range.tip)?,
    };
    let ground = ground(project, &tip_view.workflow, Some(&range.branch));
    let mut plan = plan_for(project, &tip_view, &range.own, &range.inherited, &ground)?;
    let pulled = plan_for(project, &tip_view, &range.pulled, &range.inherited, &ground)?;
    let held = hold(project, request, &tip_view.workflow);
    let moments = rewritten::recognize(project, &mut plan, &range.tip, held)?;
    let causes: Vec<Commit> = range.own.iter().map(|source| source.commit.clone()).collect();
    let unprocessed = !pulled.files.is_empty();
    let mut result = SyncReport {
        branch: Some(range.branch.clone()),
        outcome: SyncOutcome::Nothing,
        plan,
        causes,
        pulled,
        since: unprocessed.then(|| cursor.clone()),
        findings: std::mem::take(&mut range.findings),
        mended: false,
        recorded: Recorded::default(),
        unsent: None,
    };
    if let Some(why) = held {
        if let (Held::Mode(mode), Ground::Canonical) = (why, &ground) {
            let count = effects::sent(&result.plan).count();
            result.unsent = (count > 0).then_some((count, mode));
        }
        result.outcome = if result.plan.changes_nothing() && why != Held::Asked {
            SyncOutcome::Nothing
        } else {
            SyncOutcome::Shown { why }
        };
        if moves_cursor(project, why, &result.plan) {
            if !result.plan.changes_nothing() {
                result.since = Some(cursor.clone());
            }
            let cursor = match result.outcome {
                SyncOutcome::Nothing => {
                    effects::note(project, &moments)?;
                    conclude(project, &range, &range.tip, &result.plan)?
                }
                _ => finish(project, &range.branch, range.processed.as_ref(), &range.tip)?,
            };
            if cursor == CursorOutcome::Overtaken {
                return Ok(None);
            }
        }
        return Ok(Some(result));
    }
    let theirs = ahead::leave_theirs(project, &tip_view, (&ground, request), &mut result.plan)?;
    effects::note(project, &moments)?;
    result.recorded = effects::record(project, &result.plan, &ground, &Until::Now)?.recorded;
    result.recorded.theirs = theirs;
    result.since = result.since.or_else(|| (theirs > 0).then(|| cursor.clone()));
    if result.plan.changes_nothing() {
        let moved = conclude(project, &range, &range.tip, &result.plan)?;
        return Ok((moved == CursorOutcome::Moved).then_some(result));
    }
    if request.advance == Advance::Worktree {
        let files = worktree::write(project, &result.plan.files, &result.plan.made)?;
        conclude(project, &range, &range.tip, &result.plan)?;
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
        tip: Some(&range.tip),
        message: &text,
        identity: &message::identity(&tip_view.workflow),
        time,
        files: &files,
        redo: &|path, bytes| redo(&result.plan.made, path, planned(&result.plan.files, path), bytes),
        disk: Disk::Follows,
    })?;
    match outcome {
        CommitOutcome::Moved => return Ok(None),
        CommitOutcome::Deferred(why) => {
            let own: Vec<CommitId> = result.causes.iter().map(|commit| commit.id.clone()).collect();
            repository.add_pending(&own)?;
            result.outcome = SyncOutcome::Deferred { why, waiting: result.causes.len() };
        }
        CommitOutcome::Made { id, worktree } => {
            // What another run has processed meanwhile is not this one's to tell, and what it has not is new.
            if conclude(project, &range, &id, &result.plan)? == CursorOutcome::Overtaken {
                return Ok(None);
            }
            result.outcome = SyncOutcome::Committed { id, worktree };
        }
    }
    Ok(Some(result))
}

/// Whether the cursor moves over what is held.
fn moves_cursor(project: &Project, why: Held, plan: &Plan) -> bool {
    match why {
        Held::Asked => false,
        // What waits for `apply`, or for a doorbell that may commit, must not be passed over. In a bare repository there
        // is nobody to do it.
        Held::Policy if project.repository.is_bare() => true,
        Held::Policy | Held::Doorbell => plan.changes_nothing() && plan.effects.is_empty(),
        Held::Mode(_) | Held::Executor => true,
    }
}

/// Why a plan is not to be carried out here and now.
fn hold(project: &Project, request: &SyncRequest, workflow: &crate::format::workflow::Workflow) -> Option<Held> {
    match request.advance {
        Advance::Look => Some(Held::Asked),
        Advance::Report => Some(Held::Doorbell),
        Advance::Commit | Advance::Worktree => None,
        Advance::AsConfigured => match project.mode(workflow) {
            Mode::Commit if !project.acts_as(workflow.git.executor) => Some(Held::Executor),
            Mode::Commit if workflow.git.commit == CommitPolicy::Never => Some(Held::Policy),
            Mode::Commit => None,
            other => Some(Held::Mode(other)),
        },
    }
}
