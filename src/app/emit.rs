//! Events from outside, handed in: the same rules, edits, commit and records as for events of commits.

use std::sync::Arc;

use serde_json::{Value, json};

use super::commit::{make_processed, persist};
use super::edit::refuse_commit;
use super::effects::Until;
use super::ground::ground;
use super::worktree::planned;
use super::{
    AppError, Held, Keep, OutsideEvent, Project, SyncOutcome, SyncReport, View, around, effects, explain, message,
    sync, worktree,
};
use crate::engine::cascade::Source;
use crate::engine::creation::Ground;
use crate::engine::event::{EventId, Origin, data_digest};
use crate::engine::made_key::{MadeBefore, keys_of};
use crate::engine::plan::{ActionResult, Plan};
use crate::engine::redo::redo;
use crate::format::trailer::{self, OutsideTrailer};
use crate::git::{Deferral, Disk, EngineCommit, FileChange, GitError, WorktreeOutcome};
use crate::model::{CommitId, Timestamp, TreePath};
use crate::store::{self, AwaitedPush, IntentState, Outbox, Turn};

/// An event from outside that is to be handled.
#[derive(Debug, Clone)]
pub struct EmitRequest {
    /// The event.
    pub event: OutsideEvent,
    /// What its sender knows it by: one with the same name, task and id is handled once.
    pub id: String,
    /// How what follows is kept; a commit is the engine's.
    pub keep: Keep,
    /// When it came.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub struct EmitReport {
    /// What the event is, as its trailer says.
    pub outside: OutsideTrailer,
    /// Its id in the trailers of changes.
    pub event: EventId,
    /// Where it was handled before; then nothing is done.
    pub known: Option<KnownEvent>,
    /// What follows, and how that ended.
    pub sync: SyncReport,
    /// How many effects are left to somebody else: whose commit for the event was pushed first.
    pub left_to_others: usize,
    /// The actions that would make tasks or files, which are made on the shared branch alone.
    pub left_out: Vec<String>,
    /// The branch for that, where it is known.
    pub shared: Option<String>,
}

/// An event that was handled before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEvent {
    /// The engine commit that follows from it; `None` where nothing was to be committed.
    pub commit: Option<CommitId>,
    /// The digest of what it brought along then.
    pub digest: String,
    /// Whether what followed was left in the files, for the user to commit.
    pub kept: Kept,
    /// What tells the commit from others' for the same event.
    pub(super) sender: Option<String>,
}

/// Where what follows from an event was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// In a commit, or there was nothing to keep.
    Committed,
    /// In the files, for the user to commit.
    Files,
}

/// The longest id that a sender may give, in bytes.
const LONGEST_ID: usize = 200;

/// Handles an event from outside on top of HEAD, by the rules there.
///
/// # Errors
/// When the name is no event's, there is no such task, or nothing can be committed now; nothing is written then.
pub fn emit(project: &Project, request: &EmitRequest) -> Result<EmitReport, AppError> {
    let report = handle(project, request, None)?;
    super::worker::ring(project, &report.sync);
    Ok(report)
}

/// The same, without setting off who carries effects out. Where the commit is to be pushed, effects wait for that.
pub(super) fn handle(
    project: &Project,
    request: &EmitRequest,
    goal: Option<&Goal<'_>>,
) -> Result<EmitReport, AppError> {
    if project.repository.is_bare() {
        return Err(GitError::Bare.into());
    }
    let is_sound = (1..=LONGEST_ID).contains(&request.id.len()) && !request.id.chars().any(char::is_control);
    if !is_sound {
        return Err(AppError::OutsideId { text: request.id.clone() });
    }
    persist(|| attempt(project, request, goal))
}

/// Where a commit is to be pushed.
pub(super) struct Goal<'g> {
    pub(super) remote: &'g str,
    pub(super) branch: &'g str,
    /// What tells the commit from others' for the same event, unless an earlier run has recorded effects under another word.
    pub(super) token: &'g str,
}

fn attempt(project: &Project, request: &EmitRequest, goal: Option<&Goal<'_>>) -> Result<EmitReport, AppError> {
    let repository = &project.repository;
    // What one of several records for an event, and takes back, is nobody else's.
    let _turn = match request.keep {
        Keep::DryRun => None,
        Keep::Worktree | Keep::Commit => Some(Turn::wait(&repository.store_dir().join("outside.lock"))?),
    };
    if request.keep == Keep::Commit {
        refuse_commit(project)?;
    }
    let Some(tip) = repository.head()? else { return Err(AppError::NoCommits) };
    let branch = repository.branch()?;
    let rules = project.commit(&tip)?;
    // What the user has not committed, an earlier event among it, is what files are edited on that are left to him.
    let view = match request.keep {
        Keep::Worktree => project.worktree()?.ruled_by(&rules),
        Keep::DryRun | Keep::Commit => rules,
    };
    let given = explain::named(&view, &request.event)?;
    let actor = repository.user().ok();
    let ground = ground(project, &view.workflow, branch.as_deref());
    let origin = Origin {
        commit: Some(tip.clone()),
        time: Some(request.now),
        authored: Some(request.now),
        actor: actor.as_ref().map(ToString::to_string),
        branch: branch.clone(),
        // What is there was made for other events, be they of the same second.
        made: MadeBefore { older: Arc::new(keys_of(&view.snapshot, &view.board)), ..MadeBefore::default() },
        ground: ground.clone(),
        ..Origin::default()
    };
    let event = explain::outside_event(&view, &given, &origin)?.known_as(&request.id);
    let outside = OutsideTrailer {
        kind: event.kind.clone(),
        task: event.task.clone(),
        id: request.id.clone(),
        digest: data_digest(&request.event.data),
    };
    let mut report = EmitReport {
        outside,
        event: event.id.clone(),
        known: None,
        sync: sync::report(branch, SyncOutcome::UpToDate),
        left_to_others: 0,
        left_out: Vec::new(),
        shared: match &ground {
            Ground::Beside { canonical } => Some(canonical.clone()),
            Ground::Canonical | Ground::Elsewhere => None,
        },
    };
    report.known = known(project, &tip, &report)?;
    if report.known.is_some() {
        if request.keep != Keep::DryRun && goal.is_none() {
            // A run that was killed behind its commit has not said so.
            effects::release(project, &report.event)?;
        }
        return Ok(report);
    }
    let origin = event.origin.clone();
    let source =
        Source { environment: project.environment(&view.workflow), ..Source::of(&view.workflow, vec![event], origin) };
    report.sync.plan = around::plan(project, (&view.snapshot, &view.board), &[source])?;
    report.left_out = left_out(&report.sync.plan, &ground);
    if request.keep == Keep::DryRun {
        report.sync.outcome = SyncOutcome::Shown { why: Held::Asked };
        return Ok(report);
    }
    let push = goal.map(|goal| awaited(project, goal, &report.event)).transpose()?;
    let until = push.as_ref().map_or(Until::Handled, Until::Pushed);
    let recording = effects::record(project, &report.sync.plan, &ground, &until)?;
    report.sync.recorded = recording.recorded;
    // Before the commit: behind it the event is known, and nobody would come back for the lines of a run that was killed.
    let noted = effects::announce(project, &report.sync.plan)?;
    // Which clone sends is decided by whose commit is taken: where something is to be sent there is one.
    let decides = goal.is_some() && report.sync.recorded.waiting > 0;
    let plan = &report.sync.plan;
    let kept = if plan.changes_nothing() && !decides {
        Ok(SyncOutcome::Nothing)
    } else if request.keep == Keep::Worktree {
        worktree::write(project, &plan.files, &plan.made).map(|files| SyncOutcome::Edited { files })
    } else {
        commit(project, &view, &tip, (&report, push.as_ref().map(|push| push.sender.as_str())), request.now)
    };
    report.sync.outcome = match kept {
        Ok(kept) => kept,
        Err(error) => {
            effects::retract(project, &noted)?;
            effects::take_back(project, &recording)?;
            return Err(error);
        }
    };
    // A commit says itself which event it follows from. Where something is left, the same event may come again.
    if !matches!(report.sync.outcome, SyncOutcome::Committed { .. }) && report.left_out.is_empty() {
        note(project, &report)?;
    }
    if push.is_none() {
        effects::release(project, &report.event)?;
    }
    Ok(report)
}

/// The actions that would make something, and may not on this branch, each once.
fn left_out(plan: &Plan, ground: &Ground) -> Vec<String> {
    let Some(refusal) = ground.refusal() else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    let actions = plan.steps.iter().flat_map(|step| &step.rules).flat_map(|rule| &rule.actions);
    for action in actions {
        let is_left = matches!(&action.result, ActionResult::Nothing { why } if *why == refusal);
        if is_left && !names.contains(&action.name) {
            names.push(action.name.clone());
        }
    }
    names
}

/// The push that effects wait for.
fn awaited(project: &Project, goal: &Goal<'_>, event: &EventId) -> Result<AwaitedPush, AppError> {
    let mut known = None;
    Outbox::new(&project.repository.store_dir()).visit(&[IntentState::Waiting], &mut |_, _, standing| {
        known = standing.push.filter(|push| push.event == event.as_str()).or(known.take());
    })?;
    Ok(AwaitedPush {
        remote: goal.remote.to_owned(),
        branch: goal.branch.to_owned(),
        event: event.to_string(),
        sender: known.map_or_else(|| goal.token.to_owned(), |known| known.sender),
    })
}

/// The engine commit for what follows.
fn commit(
    project: &Project,
    view: &View,
    tip: &CommitId,
    (report, sender): (&EmitReport, Option<&str>),
    now: Timestamp,
) -> Result<SyncOutcome, AppError> {
    let repository = &project.repository;
    let plan = &report.sync.plan;
    let branch = report.sync.branch.as_deref().ok_or(AppError::Deferred(Deferral::Detached))?;
    let config = repository.blob_in_commit(tip, &repository.full_path(&TreePath::workflow()))?;
    let actor = repository.user().ok();
    let text =
        message::outside_message(plan, (&report.outside, sender), actor.as_ref(), &view.workflow, config.as_deref());
    let files: Vec<FileChange> = plan.files.iter().map(FileChange::from).collect();
    let made = make_processed(
        project,
        &EngineCommit {
            branch,
            tip: Some(tip),
            message: &text,
            identity: &message::identity(&view.workflow),
            time: now,
            files: &files,
            redo: &|path, bytes| redo(&plan.made, path, planned(&plan.files, path), bytes),
            disk: Disk::Follows,
        },
    )?;
    let worktree = made.left_alone.into_iter().map(|path| (path, WorktreeOutcome::LeftAlone)).collect();
    Ok(SyncOutcome::Committed { id: made.id, worktree })
}

/// Where the event was handled before: in this clone, or in a commit that HEAD reaches.
fn known(project: &Project, tip: &CommitId, report: &EmitReport) -> Result<Option<KnownEvent>, AppError> {
    let repository = &project.repository;
    for id in repository.all_commits(None, tip)?.into_iter().rev() {
        let message = repository.commit(&id)?.message;
        if let Some(found) = trailer::outside_anywhere(&message).find(|found| is_same(found, &report.outside)) {
            let sender = trailer::sender(&message).map(ToOwned::to_owned);
            return Ok(Some(KnownEvent { commit: Some(id), digest: found.digest, kept: Kept::Committed, sender }));
        }
    }
    let Some(bytes) = store::read(&note_path(project, &report.event))? else { return Ok(None) };
    // A note that cannot be read is a note all the same.
    let note: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let digest = note.get("data").and_then(Value::as_str).unwrap_or_default().to_owned();
    let kept = if note.get("kept").is_some() { Kept::Files } else { Kept::Committed };
    Ok(Some(KnownEvent { commit: None, digest, kept, sender: None }))
}

fn is_same(found: &OutsideTrailer, wanted: &OutsideTrailer) -> bool {
    (&found.kind, &found.task, &found.id) == (&wanted.kind, &wanted.task, &wanted.id)
}

/// Notes in the common git directory that an event was handled that left no commit.
fn note(project: &Project, report: &EmitReport) -> Result<(), AppError> {
    let OutsideTrailer { kind, task, id, digest } = &report.outside;
    let task = task.as_ref().map(ToString::to_string);
    let mut note =
        json!({ "schema": "taskmaster.outside-note/1", "event": kind, "task": task, "id": id, "data": digest });
    if let (SyncOutcome::Edited { .. }, Some(note)) = (&report.sync.outcome, note.as_object_mut()) {
        note.insert("kept".to_owned(), json!("files"));
    }
    let text = format!("{note}\n");
    store::create_new(&note_path(project, &report.event), text.as_bytes())?;
    Ok(())
}

/// Whether this clone has noted that an event was handled.
pub(super) fn was_noted(project: &Project, event: &str) -> Result<bool, AppError> {
    Ok(store::read(&project.repository.store_dir().join("outside").join(event))?.is_some())
}

fn note_path(project: &Project, event: &EventId) -> std::path::PathBuf {
    project.repository.store_dir().join("outside").join(event.as_str())
}
