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
use crate::model::CommitId;

/// What was sent, and for which commits it counts, too.
pub(super) struct Told<'p> {
    project: &'p Project,
    ledger: Ledger,
    merges: Merges<'p>,
    /// The steps that commits are made of.
    steps: HashMap<CommitId, Vec<String>>,
    /// By which name something was known again, and for which commit.
    pub(super) made_again: BTreeMap<String, String>,
}

impl<'p> Told<'p> {
    pub(super) fn of(project: &'p Project, ledger: Ledger) -> Self {
        let merges = Merges::of(project, Whose::All);
        Self { project, ledger, merges, steps: HashMap::new(), made_again: BTreeMap::new() }
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

    /// Whether an effect of a plan was sent so.
    pub(super) fn has(&mut self, plan: &Plan, effect: &PlannedEffect) -> Result<bool, AppError> {
        let Some(event) = plan.event_of(effect) else { return Ok(false) };
        let Some(commit) = &event.origin.commit else { return Ok(false) };
        if !self.steps.contains_key(commit) {
            self.steps.insert(commit.clone(), steps(self.project, commit)?);
        }
        let names = self.steps.get(commit).into_iter().flatten().map(|step| name(effect, event, step));
        if let Some(name) = names.into_iter().find(|name| self.ledger.was_sent(name)) {
            self.made_again.insert(name, commit.to_string());
            return Ok(true);
        }
        let key = |event: &Event| event.id.effect_key(&effect.trigger, effect.index, &effect.effect.destination);
        Ok(self.merges.same(event)?.map(key).any(|key| self.ledger.was_sent(&key)))
    }
}

/// By which names the effects of a step's plan are known again, by their keys.
pub(in crate::app) fn names(plan: &Plan, step: &str) -> BTreeMap<String, String> {
    let named = |effect: &PlannedEffect| Some((effect.key.clone(), name(effect, plan.event_of(effect)?, step)));
    sent(plan).filter_map(named).collect()
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
