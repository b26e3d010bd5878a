//! The commits between the cursor and the tip: whose they are, which of them wait, what follows.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::transitions::{CommitSource, Reading, Seen, Walk};
use super::{AppError, Project, SyncRequest, View, around, effects};
use crate::engine::cascade::Source;
use crate::engine::creation::Ground;
use crate::engine::event::{EventId, Origin};
use crate::engine::made_key::{keys_of, orphans};
use crate::engine::plan::Plan;
use crate::format::trailer;
use crate::git::CursorOutcome;
use crate::model::{CommitId, Diagnostic};

/// The commits between the cursor and the tip, sorted out.
pub(super) struct Range {
    pub(super) branch: String,
    pub(super) tip: CommitId,
    /// Where the branch's cursor was; `None` where it had none.
    pub(super) processed: Option<CommitId>,
    /// The tree at the tip.
    pub(super) tree: Option<Rc<View>>,
    pub(super) own: Vec<CommitSource>,
    pub(super) pulled: Vec<CommitSource>,
    pub(super) inherited: HashSet<EventId>,
    pub(super) findings: Vec<Diagnostic>,
}

/// Where processing of a branch begins that is at `tip`: at its cursor; where it has none, since it is new
/// or has a new name, at the nearest ancestor up to which any branch was processed.
pub(super) fn beginning(project: &Project, branch: &str, tip: &CommitId) -> Result<Option<CommitId>, AppError> {
    Ok(match project.repository.cursor(branch)? {
        Some(cursor) => Some(cursor),
        None => project.repository.nearest_cursor(tip)?,
    })
}

/// Reads the commits behind `base` up to `tip` and sorts them by whose they are.
pub(super) fn read_range(
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
        processed: None,
        tree: None,
        own: Vec::new(),
        pulled: Vec::new(),
        inherited: HashSet::new(),
        findings: Vec::new(),
    };
    let mut walk = Walk::behind(project, base, branch);
    let mut older = None;
    let (mut own_brought, mut theirs_brought) = (HashSet::new(), HashSet::new());
    for id in &all_commits {
        let is_own = request.since.is_some() || ownership.is_own(id);
        let reading = if is_own && request.since.is_none() { Reading::Own } else { Reading::Arrived };
        let source = walk.read_as(id, reading)?;
        older.get_or_insert_with(|| Rc::clone(&source.before));
        if is_own { &mut own_brought } else { &mut theirs_brought }.extend(source.made.brought.iter().cloned());
        for earlier in range.own.iter_mut().chain(&mut range.pulled) {
            earlier.left.extend(source.leaves.iter().cloned());
        }
        let statuses = source.after.board.statuses.clone();
        let replaced = source.replaced.iter().filter(|_| is_own);
        range.findings.extend(source.conflicts.iter().chain(replaced).cloned());
        if source.events.is_empty() && source.closes.is_empty() {
            continue;
        }
        if is_own {
            let again = source.events.iter().filter(|event| seen.take(event, &statuses));
            range.inherited.extend(again.map(|event| event.id.clone()));
            range.own.push(source);
        } else {
            range.pulled.push(source);
        }
    }
    range.tree = walk.last();
    if let Some(older) = older.filter(|_| !range.own.is_empty() || !range.pulled.is_empty()) {
        let mut moments = Vec::new();
        if !own_brought.is_empty() || !theirs_brought.is_empty() {
            for id in repository.all_commits(Some(base), &range.tip)? {
                moments.push(repository.commit(&id)?.authored);
            }
        }
        let older = Arc::new(keys_of(&older.snapshot, &older.board));
        for (sources, brought) in [(&mut range.own, own_brought), (&mut range.pulled, theirs_brought)] {
            let orphaned = Arc::new(orphans(brought.into_iter(), &moments));
            for source in sources {
                (source.made.older, source.made.orphaned) = (Arc::clone(&older), Arc::clone(&orphaned));
            }
        }
    }
    Ok(range)
}

/// What follows from some commits on top of the tip.
///
/// # Errors
/// When what stands in the worktree cannot be read, where that matters.
pub(super) fn plan_for(
    project: &Project,
    tip: &View,
    sources: &[CommitSource],
    inherited: &HashSet<EventId>,
    ground: &Ground,
) -> Result<Plan, AppError> {
    if sources.is_empty() {
        return Ok(Plan::default());
    }
    let sources: Vec<Source<'_>> =
        sources.iter().map(|source| engine_source(project, source, inherited, ground)).collect();
    around::plan(project, (&tip.snapshot, &tip.board), &sources)
}

/// What the engine is told of one commit.
pub(super) fn engine_source<'a>(
    project: &'a Project,
    source: &'a CommitSource,
    inherited: &HashSet<EventId>,
    ground: &Ground,
) -> Source<'a> {
    Source {
        workflow: &source.after.workflow,
        environment: project.environment(&source.after.workflow),
        events: source.events.clone(),
        closes: source.closes.clone(),
        origin: Origin {
            ground: ground.clone(),
            merged: source.merged.clone(),
            made: source.made.clone(),
            ..Origin::of_commit(&source.commit, None)
        },
        inherited: inherited.clone(),
        left: source.left.clone(),
    }
}

/// Notes own commits that no branch holds yet.
pub(super) fn remember_since_nearest(project: &Project, tip: &CommitId, writes: bool) -> Result<usize, AppError> {
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
        if may_matter(project, &id)? {
            waiting.push(id);
        }
    }
    if writes {
        repository.add_pending(&waiting)?;
    }
    Ok(waiting.len())
}

/// Whether anything can follow from a commit: it changes the tree, or its message closes a task.
pub(super) fn may_matter(project: &Project, id: &CommitId) -> Result<bool, AppError> {
    let repository = &project.repository;
    Ok(repository.touches_tree(id)? || !trailer::closings(&repository.commit(id)?.message).is_empty())
}

/// Whether nothing can follow from any commit behind `base` up to `tip`: then no board has to be read.
pub(super) fn touches_nothing(project: &Project, base: &CommitId, tip: &CommitId) -> Result<bool, AppError> {
    for id in project.repository.first_parents(Some(base), tip)? {
        if may_matter(project, &id)? {
            return Ok(false);
        }
    }
    Ok(true)
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

/// Ends a run that has carried its plan out.
pub(super) fn conclude(
    project: &Project,
    range: &Range,
    commit: &CommitId,
    plan: &Plan,
) -> Result<CursorOutcome, AppError> {
    let noted = effects::announce(project, plan)?;
    let moved = finish(project, &range.branch, range.processed.as_ref(), commit)?;
    if moved == CursorOutcome::Overtaken {
        effects::retract(project, &noted)?;
    }
    Ok(moved)
}

/// The branch is processed up to a commit, unless another run has said up to where meanwhile.
pub(super) fn finish(
    project: &Project,
    branch: &str,
    from: Option<&CommitId>,
    commit: &CommitId,
) -> Result<CursorOutcome, AppError> {
    let moved = project.repository.set_cursor(branch, from, commit)?;
    if moved == CursorOutcome::Moved {
        project.repository.forget_pending(commit)?;
    }
    Ok(moved)
}
