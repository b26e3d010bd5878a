use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::transitions::{CommitSource, Reading, Walk};
use super::{AppError, Project, View};
use crate::engine::cascade::{self, Source};
use crate::engine::creation::Ground;
use crate::engine::event::{Event, EventId, Origin};
use crate::engine::plan::{Detail, Plan, RuleState};
use crate::engine::rule;
use crate::format;
use crate::format::workflow::Workflow;
use crate::model::{Board, Commit, CommitId, Snapshot, StatusSet};

/// Two sets of rules and the history they are tried on.
#[derive(Debug)]
pub struct BacktestRequest {
    /// The rules as they are.
    pub old: Arc<Workflow>,
    /// The rules as they may become.
    pub new: Arc<Workflow>,
    /// Where history begins, itself not included; `None` is the root.
    pub from: Option<CommitId>,
    /// Where it ends, itself included.
    pub to: CommitId,
}

/// What two sets of rules would have made of the same history.
#[derive(Debug, Default)]
pub struct BacktestReport {
    /// How many commits were read.
    pub commits: usize,
    /// How many events they had, without the consequences they list.
    pub events: usize,
    /// How often each trigger would have fired, by its name.
    pub triggers: BTreeMap<String, Fired>,
    /// How many fields would have been edited.
    pub edits: Fired,
    /// How many effects would have been planned.
    pub effects: Fired,
    /// Each commit of which the rules make something else, oldest first.
    pub differences: Vec<BacktestDifference>,
}

/// A number with the old rules and with the new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fired {
    /// With the old rules.
    pub old: usize,
    /// With the new ones.
    pub new: usize,
}

/// One commit of which the old and the new rules make something else.
#[derive(Debug)]
pub struct BacktestDifference {
    /// The commit.
    pub commit: Commit,
    /// Triggers that would fire with the old rules only, and the events they would fire on.
    pub lost: Vec<(String, Event)>,
    /// Triggers that would fire with the new rules only.
    pub gained: Vec<(String, Event)>,
    /// Edits with the old rules only, as `TASK FIELD OLD -> NEW`.
    pub edits_lost: Vec<String>,
    /// Edits with the new rules only.
    pub edits_gained: Vec<String>,
}

/// Tries both sets of rules on every commit of the range along first parents. Each is tried on the
/// tree as that commit has it, chains of consequences included. Touches nothing.
///
/// # Errors
/// When a commit cannot be read.
pub fn backtest(project: &Project, request: &BacktestRequest) -> Result<BacktestReport, AppError> {
    let mut report = BacktestReport::default();
    let mut walk = Walk::new(project, Reading::Pure, None);
    let (mut old, mut new) = (Tried::new(&request.old), Tried::new(&request.new));
    for id in project.repository.first_parents(request.from.as_ref(), &request.to)? {
        let source = walk.read(&id)?;
        report.commits += 1;
        report.events += source.events.len();
        let (before, after) = (old.plan(&source), new.plan(&source));
        report.count(&before, |fired| &mut fired.old);
        report.count(&after, |fired| &mut fired.new);
        report.compare(source.commit, &before, &after);
    }
    Ok(report)
}

impl BacktestReport {
    fn count(&mut self, plan: &Plan, side: impl Fn(&mut Fired) -> &mut usize) {
        for (trigger, _) in fired(plan) {
            *side(self.triggers.entry(trigger.to_owned()).or_default()) += 1;
        }
        *side(&mut self.edits) += plan.changes.len();
        *side(&mut self.effects) += plan.effects.len();
    }

    fn compare(&mut self, commit: Commit, before: &Plan, after: &Plan) {
        let only = |one: &Plan, other: &Plan| {
            let others: HashSet<(&str, &EventId)> = fired(other).map(|(name, event)| (name, &event.id)).collect();
            let own = fired(one).filter(|(name, event)| !others.contains(&(*name, &event.id)));
            own.map(|(name, event)| (name.to_owned(), event.clone())).collect::<Vec<_>>()
        };
        let (olds, news) = (edits(before), edits(after));
        let difference = BacktestDifference {
            commit,
            lost: only(before, after),
            gained: only(after, before),
            edits_lost: olds.difference(&news).cloned().collect(),
            edits_gained: news.difference(&olds).cloned().collect(),
        };
        let parts = [&difference.edits_lost, &difference.edits_gained];
        if !difference.lost.is_empty() || !difference.gained.is_empty() || parts.iter().any(|part| !part.is_empty()) {
            self.differences.push(difference);
        }
    }
}

fn fired(plan: &Plan) -> impl Iterator<Item = (&str, &Event)> {
    plan.steps.iter().flat_map(|step| {
        let rules = step.rules.iter().filter(|rule| matches!(rule.state, RuleState::Fired(_)));
        rules.map(|rule| (rule.name.as_str(), &step.event))
    })
}

fn edits(plan: &Plan) -> BTreeSet<String> {
    let line = |change: &crate::engine::plan::PlannedChange| {
        let (old, new) = (crate::engine::workspace::shown(&change.old), crate::engine::workspace::shown(&change.new));
        let none = |text: String| if text.is_empty() { "(none)".to_owned() } else { text };
        format!("{} {} {} -> {}", change.task, change.field, none(old), none(new))
    };
    plan.changes.iter().map(line).collect()
}

/// One set of rules on its way through history, with the board as its statuses make it.
struct Tried<'a> {
    workflow: &'a Workflow,
    known: Option<(Snapshot, Board)>,
}

impl<'a> Tried<'a> {
    fn new(workflow: &'a Workflow) -> Self {
        Self { workflow, known: None }
    }

    fn plan(&mut self, source: &CommitSource) -> Plan {
        if !self.listens(source) {
            return Plan::default();
        }
        let workflow = self.workflow;
        let board = self.board(&source.after);
        let planned = Source {
            closes: source.closes.clone(),
            left: source.left.clone(),
            ..Source::of(
                workflow,
                source.events.clone(),
                Origin { ground: Ground::Canonical, ..Origin::of_commit(&source.commit, None) },
            )
        };
        cascade::plan_on(&source.after.snapshot, board, &[planned], Detail::Brief)
    }

    /// Whether anything could follow at all.
    fn listens(&self, source: &CommitSource) -> bool {
        let syncs = self.workflow.integration.status_sync == Some(true);
        let heard = |event: &Event| {
            (syncs && event.is_status()) || rule::listening(&self.workflow.triggers, &event.kind).next().is_some()
        };
        !source.closes.is_empty() || source.events.iter().any(heard)
    }

    fn board<'v>(&'v mut self, view: &'v View) -> &'v Board {
        let statuses: &StatusSet = &self.workflow.statuses;
        if view.board.statuses == *statuses {
            return &view.board;
        }
        let board = match &self.known {
            Some((snapshot, board)) => format::board_following(snapshot, board, &view.snapshot, statuses),
            None => format::board(&view.snapshot, statuses.clone()),
        };
        &self.known.insert((view.snapshot.clone(), board)).1
    }
}
