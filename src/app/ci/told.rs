//! What steps have sent for commits beside the branch, known again where these commits are merged: by a merge as they are, by a rebase
//! or a squash as others, which say in their messages of which steps they are.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::ledger::Ledger;
use crate::app::ahead::{Merges, Whose};
use crate::app::effects::sent;
use crate::app::{AppError, Project};
use crate::engine::event::Event;
use crate::engine::plan::{Plan, PlannedEffect};
use crate::format::trailer;
use crate::model::{Commit, CommitId};

/// What was sent, and for which commits it counts, too.
pub(super) struct Told<'p> {
    project: &'p Project,
    ledger: Ledger,
    merges: Merges<'p>,
    /// The steps that commits are made of.
    steps: HashMap<CommitId, Vec<String>>,
}

impl<'p> Told<'p> {
    pub(super) fn of(project: &'p Project, ledger: Ledger) -> Self {
        let merges = Merges::of(project, Whose::All);
        Self { project, ledger, merges, steps: HashMap::new() }
    }

    /// The keys of what is in a plan and was sent for the commits that its own commits are made of.
    pub(super) fn keys(&mut self, plan: &Plan) -> Result<HashSet<String>, AppError> {
        let mut found = HashSet::new();
        for effect in sent(plan) {
            if self.has(plan, effect)? {
                found.insert(effect.key.clone());
            }
        }
        Ok(found)
    }

    /// The steps that something was sent for, each with the one of these commits that it is in by now.
    pub(super) fn arrived(&self, commits: &[Commit]) -> Result<BTreeMap<String, String>, AppError> {
        let mut found = BTreeMap::new();
        for commit in commits {
            let steps = steps(self.project, &commit.id)?.into_iter().filter(|step| self.ledger.was_sent(step));
            found.extend(steps.map(|step| (step, commit.id.to_string())));
        }
        Ok(found)
    }

    /// Whether an effect of a plan was sent so.
    pub(super) fn has(&mut self, plan: &Plan, effect: &PlannedEffect) -> Result<bool, AppError> {
        let Some(event) = plan.event_of(effect) else { return Ok(false) };
        let Some(commit) = &event.origin.commit else { return Ok(false) };
        if !self.steps.contains_key(commit) {
            self.steps.insert(commit.clone(), steps(self.project, commit)?);
        }
        let mut steps = self.steps.get(commit).into_iter().flatten();
        if steps.any(|step| self.ledger.was_sent(&name(effect, event, step))) {
            return Ok(true);
        }
        let key = |event: &Event| event.id.effect_key(&effect.trigger, effect.index, &effect.effect.destination);
        Ok(self.merges.same(event)?.map(key).any(|key| self.ledger.was_sent(&key)))
    }
}

/// By which names the effects of a step's plan are known again, by their keys: each by its own, and that of the step.
pub(in crate::app) fn names(plan: &Plan, step: &str) -> BTreeMap<String, [String; 2]> {
    let names = |effect: &PlannedEffect| Some([name(effect, plan.event_of(effect)?, step), step.to_owned()]);
    sent(plan).filter_map(|effect| Some((effect.key.clone(), names(effect)?))).collect()
}

fn name(effect: &PlannedEffect, event: &Event, step: &str) -> String {
    event.id_in_step(step).effect_key(&effect.trigger, effect.index, &effect.effect.destination)
}

/// The steps that a commit is made of, and those that it merges.
fn steps(project: &Project, id: &CommitId) -> Result<Vec<String>, AppError> {
    let repository = &project.repository;
    let commit = repository.commit(id)?;
    let mut found: Vec<String> = trailer::steps_anywhere(&commit.message).map(ToOwned::to_owned).collect();
    if let Some((first, others)) = commit.parents.split_first() {
        for other in others {
            for merged in repository.all_commits(Some(first), other)? {
                let message = repository.commit(&merged)?.message;
                found.extend(trailer::steps_anywhere(&message).map(ToOwned::to_owned));
            }
        }
    }
    Ok(found)
}
