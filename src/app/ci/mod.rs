//! What a pipeline does for a range of commits: says what is wrong with them and what follows, and commits that where it is the
//! executor.

mod caused;
mod error;
mod ledger;
mod mark;
mod pipeline;
mod publish;
mod range;
mod sending;
mod stack;
mod surroundings;
mod told;
mod unsent;

use std::collections::HashSet;

use super::causes::named;
use super::check::compare;
use super::effects;
use super::ground::ground;
use super::range::read_range;
use super::sync::carry_out;
use super::transitions::is_engine_commit;
use super::{Advance, AppError, Held, Project, SyncReport, SyncRequest, View};
use crate::engine::cascade::{self, Source};
use crate::engine::creation::Ground;
use crate::engine::diff::diff;
use crate::engine::event::{self, Origin};
use crate::engine::migrate::drop_rehomed;
use crate::engine::plan::{Detail, Plan};
use crate::format::workflow::{CommitPolicy, Executor, Mode};
use crate::git::Deferral;
use crate::model::{CommitId, Diagnostic, Severity, Timestamp, TreePath};

pub use caused::Caused;
pub use error::CiError;
pub use mark::{Mark, Whose as MarkWhose};
pub use pipeline::{Pipeline, PipelineReport, Writing as PipelineWriting, init_github};
pub use publish::{Proposed, Published, Refusal};
pub(super) use publish::{Try, publish};
pub use range::deepen;
use range::{Range, end};
pub use sending::Sending;
pub use surroundings::{Occasion, Provider, Surroundings};
use told::Told;
pub(super) use told::names;
use unsent::TakenUp;

/// What a pipeline is to do.
#[derive(Debug, Clone)]
pub struct CiRequest {
    /// What it says of itself, and the command line says better.
    pub surroundings: Surroundings,
    /// How far it may go.
    pub reach: Reach,
    /// Up to where pipelines have processed the branch, where that counts: see [`mark`].
    pub mark: Option<Mark>,
    /// When it runs.
    pub now: Timestamp,
}

/// How far a pipeline may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It says what it finds, and nothing is written.
    Look,
    /// Where the rules leave committing to pipelines, it commits what follows and pushes that. Of a proposal nothing is.
    AsConfigured,
}

/// What a pipeline found and did.
#[derive(Debug)]
pub struct CiReport {
    /// What the pipeline said of itself.
    pub surroundings: Surroundings,
    /// Behind which commit the range begins; where it is empty, its end.
    pub from: CommitId,
    /// Where it ends.
    pub to: CommitId,
    /// What the commits do wrong.
    pub findings: Vec<Diagnostic>,
    /// How many errors were there before.
    pub older: usize,
    /// What follows, or would.
    pub caused: Caused,
    /// Why nothing of that was committed, where something might have been.
    pub held: Option<String>,
    /// What was committed.
    pub sync: Option<SyncReport>,
    /// What was pushed.
    pub published: Option<Published>,
    /// How many effects were taken up that earlier runs have recorded, and nobody has sent.
    pub taken_up: usize,
}

impl CiReport {
    /// Whether the range has errors of its own.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Looks at the commits that a pipeline runs for. A proposal is looked at with the rules of the branch that it is for, whatever
/// it makes of them; what it does to the rules themselves is checked like all else.
///
/// # Errors
/// When the range cannot be found or read, or what follows cannot be committed or pushed.
pub fn run(project: &Project, request: &CiRequest) -> Result<CiReport, AppError> {
    let surroundings = &request.surroundings;
    let to = end(project, surroundings)?;
    request.mark.as_ref().map(|mark| mark.bring(project)).transpose()?;
    let range = Range::find(project, request, to)?.resumed(project, request)?;
    let before = project.commit(&range.from)?;
    let proposed = project.commit(&range.to)?;
    let is_proposal = surroundings.occasion == Occasion::Proposal;
    let rules = match &range.target {
        Some(target) if is_proposal => project.commit(target)?,
        _ => proposed.clone(),
    };
    let after = if is_proposal { proposed.ruled_by(&rules) } else { proposed.clone() };
    let base = if is_proposal { before.ruled_by(&rules) } else { before.clone() };
    let check = if range.from == range.to { super::CommitCheck::default() } else { compare(&base, &after) };
    let mut findings = check.findings;
    if is_proposal {
        findings.extend(rule_findings(&before, &proposed));
    }
    let mut report = CiReport {
        surroundings: surroundings.clone(),
        from: range.from.clone(),
        to: range.to.clone(),
        findings,
        older: check.older,
        caused: Caused::default(),
        held: None,
        sync: None,
        published: None,
        taken_up: 0,
    };
    report.held = hold(project, request, &after, &report);
    if report.held.is_some() {
        let plan = consequences(project, &range, surroundings.branch.as_deref(), &base, &after)?;
        report.caused = Caused::of(&plan, &after.board.statuses);
        return Ok(report);
    }
    let branch = surroundings.branch.as_deref();
    if let (None, Some(branch)) = (project.repository.branch()?, branch) {
        project.repository.attach(branch)?;
    }
    if !surroundings.is_pipeline() {
        refuse_unpushed(project)?;
    }
    let mut recorded = HashSet::new();
    let mut mark = request.mark.clone().map(|mark| mark.beginning_behind(&range.begin));
    let ledger = mark.as_mut().map(|mark| mark.ledger(project)).transpose()?.flatten();
    let since = (ledger.as_ref(), request.now);
    let unsent = mark.as_mut().map(|mark| mark.unsent(project, &range.to, since)).transpose()?.flatten();
    let mut told = Told::of(project, ledger.unwrap_or_default());
    let (sync, published) = publish(project, Refusal::Proposes, mark.as_mut(), |this| {
        let sync = process(project, &range, this)?;
        recorded.extend(sync.plan.effects.iter().map(|effect| effect.key.clone()));
        Ok(sync)
    })?;
    let taken = match (&mark, &unsent) {
        (Some(mark), Some(unsent)) => {
            let who = mark.note(project)?.who;
            unsent.take_up(project, branch.unwrap_or_default(), (&who, request.now), &mut told)?
        }
        _ => TakenUp::default(),
    };
    // What somebody else was faster with is sent from there.
    for key in effects::sent(&sync.plan).map(|effect| &effect.key).chain(&taken.keys) {
        recorded.remove(key.as_str());
    }
    recorded.extend(told.keys(&sync.plan)?);
    effects::leave(project, &recorded)?;
    if let Some(mark) = mark.filter(Mark::tells_what_was_sent) {
        let is_all = !mark.was_moved() && !taken.is_shared && (unsent.is_some() || mark.begins_list());
        let mut note = mark.note(project)?;
        note.to = mark.at().filter(|_| is_all).map(ToString::to_string);
        note.arrived.extend(told.arrived(&sync.causes)?);
        note.write(project)?;
    }
    report.taken_up = taken.keys.len();
    report.caused = Caused::of(&sync.plan, &after.board.statuses);
    (report.sync, report.published) = (Some(sync), Some(published));
    Ok(report)
}

/// Outside a pipeline somebody's own commits may be there that he has not pushed: that is not this command's to do.
fn refuse_unpushed(project: &Project) -> Result<(), AppError> {
    let repository = &project.repository;
    let Some(branch) = repository.branch()? else { return Ok(()) };
    let Some(remote) = repository.remote_of(&branch)? else { return Ok(()) };
    let commits = publish::unpushed(project, &remote, &branch, repository.head()?.as_ref())?;
    let Some((id, subject)) = commits.last() else { return Ok(()) };
    let (newest, count) = (format!("{} {subject}", id.short()), commits.len());
    Err(CiError::Unpushed { branch, newest, count }.into())
}

/// The mark of the branch that a pipeline runs for, where it is the executor there.
///
/// # Errors
/// When the rules cannot be read, or the remote cannot be asked.
pub fn mark(project: &Project, surroundings: &Surroundings, reach: Reach) -> Result<Option<Mark>, AppError> {
    let Some(branch) = surroundings.branch.as_deref() else { return Ok(None) };
    if reach == Reach::Look || surroundings.occasion == Occasion::Proposal {
        return Ok(None);
    }
    let workflow = project.commit(&end(project, surroundings)?)?.workflow;
    let is_executor = workflow.git.executor == Executor::Ci && project.mode(&workflow) == Mode::Commit;
    if !is_executor {
        return Ok(None);
    }
    let mark = Mark::look(project, branch, MarkWhose::Run)?;
    if let Some(mark) = &mark {
        mark.catch_up(project)?;
    }
    Ok(mark)
}

/// What a proposal does wrong in the rules' file, by itself.
fn rule_findings(before: &View, after: &View) -> Vec<Diagnostic> {
    let rules = TreePath::workflow();
    if before.snapshot.bytes(&rules) == after.snapshot.bytes(&rules) {
        return Vec::new();
    }
    let mut findings = after.workflow_diagnostics.clone();
    findings.extend(super::workflow_findings(&after.workflow, &after.board));
    findings
}

/// Why nothing is committed.
fn hold(project: &Project, request: &CiRequest, view: &View, report: &CiReport) -> Option<String> {
    let git = &view.workflow.git;
    let held = if request.surroundings.occasion == Occasion::Proposal {
        return Some("a proposal is looked at only".to_owned());
    } else if request.reach == Reach::Look {
        Held::Asked
    } else if git.executor != Executor::Ci {
        return Some("git.executor is not ci".to_owned());
    } else if project.mode(&view.workflow) != Mode::Commit {
        Held::Mode(project.mode(&view.workflow))
    } else if git.commit == CommitPolicy::Never {
        Held::Policy
    } else if report.has_errors() {
        return Some("there are errors".to_owned());
    } else if report.from == report.to {
        return Some("nothing is new".to_owned());
    } else if request.surroundings.branch.is_none() {
        // A tag, say.
        return Some(Deferral::Detached.to_string());
    } else {
        return None;
    };
    Some(held.to_string())
}

/// What would follow from all that the range changes, on top of it.
fn consequences(
    project: &Project,
    range: &Range,
    branch: Option<&str>,
    before: &View,
    after: &View,
) -> Result<Plan, AppError> {
    let mut changes = diff(&before.board, &after.board);
    drop_rehomed(&before.snapshot, &after.snapshot, &after.board.statuses, &mut changes);
    if changes.is_empty() {
        return Ok(Plan::default());
    }
    let commit = project.repository.commit(&range.to)?;
    // A pipeline's clone often cannot tell which branch everybody shares: then it is the one that the commits are for.
    let ground = match ground(project, &after.workflow, branch) {
        Ground::Elsewhere => Ground::Canonical,
        known => known,
    };
    let origin = Origin { ground, ..Origin::of_commit(&commit, None) };
    let source = Source {
        environment: project.environment(&after.workflow),
        ..Source::of(&after.workflow, event::derive(&changes, &before.board, &after.board, &origin).events, origin)
    };
    Ok(cascade::plan_on(&after.snapshot, &after.board, &[source], Detail::Brief))
}

/// Processes the commits behind the beginning of the range, on top of where HEAD is now. Those that an engine commit names were
/// processed already: another run was faster. With them those before that a proposal was made for: what follows from them is
/// there again, and their effects are not, which were recorded then.
fn process(project: &Project, range: &Range, this: &Try<'_>) -> Result<SyncReport, AppError> {
    let repository = &project.repository;
    let earlier = this.earlier;
    if let Some(why) = repository.deferral()? {
        return Err(AppError::Deferred(why));
    }
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else {
        return Err(AppError::Deferred(Deferral::Detached));
    };
    let from = this.processed.unwrap_or(&range.begin);
    let base = repository.merge_base(from, &tip)?.ok_or(AppError::Deferred(Deferral::BranchMoves))?;
    let new: HashSet<CommitId> = repository.all_commits(Some(&base), &tip)?.into_iter().collect();
    let (mut from, mut base) = (from.clone(), base);
    for cause in earlier {
        if let Some(parent) = repository.commit(cause)?.parents.first()
            && repository.is_ancestor(parent, &base)?
        {
            (from, base) = (parent.clone(), parent.clone());
        }
    }
    let from = &from;
    let request = SyncRequest { advance: Advance::AsConfigured, since: Some(from.clone()) };
    let mut handled = HashSet::new();
    for id in repository.all_commits(Some(&base), &tip)? {
        let commit = repository.commit(&id)?;
        if is_engine_commit(&commit) {
            handled.extend(named(&commit));
        }
    }
    let mut read = read_range(project, &request, branch.clone(), from, &base, tip)?;
    read.processed = repository.cursor(&branch)?;
    read.own.retain(|source| {
        let id = &source.commit.id;
        !handled.contains(id) && (new.contains(id) || earlier.contains(id))
    });
    let before = read.own.iter().filter(|source| earlier.contains(&source.commit.id));
    let before = before.flat_map(|source| source.events.iter().map(|event| event.id.clone()));
    read.inherited.extend(before.collect::<Vec<_>>());
    carry_out(project, &request, read, from)?.ok_or(AppError::Deferred(Deferral::BranchMoves))
}
