//! What earlier runs have recorded and nobody has sent: planned again from the commits that they have processed, under the same keys.

use std::collections::HashSet;

use super::CiError;
use super::ledger::{Ledger, Place};
use super::sending::ELSEWHERE;
use super::told::Told;
use crate::app::causes::named;
use crate::app::effects::{Entering, Recording};
use crate::app::ground::ground;
use crate::app::intents::Intents;
use crate::app::range::{plan_for, read_range};
use crate::app::transitions::is_engine_commit;
use crate::app::{Advance, AppError, Project, SyncRequest};
use crate::engine::creation::Ground;
use crate::engine::effect::EffectKind;
use crate::engine::plan::Plan;
use crate::model::{CommitId, Timestamp};
use crate::store::{IntentState, Outbox, Standing};

/// What is older than this when it would be sent is not sent any more, in seconds: thirty days, as the outbox keeps its keys.
const OLDEST: i64 = 30 * 24 * 3600;

/// What was processed and not sent when a run began.
#[derive(Debug)]
pub(super) struct Unsent {
    ledger: Ledger,
    /// Behind which commit.
    from: CommitId,
    to: CommitId,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct TakenUp {
    /// The keys that wait in this clone now.
    pub(super) keys: HashSet<String>,
    /// Whether another run is at something of it.
    pub(super) is_shared: bool,
}

impl Unsent {
    /// What is behind what was sent, up to where all was processed. Where what was sent is not in that history, the branch was
    /// forced away from it: then what is not sent begins there.
    ///
    /// # Errors
    /// When the history cannot be read, or a shallow clone has left out where it begins.
    pub(super) fn of(project: &Project, ledger: Ledger, to: &CommitId) -> Result<Self, AppError> {
        let repository = &project.repository;
        let from = match &ledger.up_to {
            Some(up_to) if repository.resolve(up_to.as_str()).is_err() => {
                if repository.is_shallow() {
                    return Err(CiError::Shallow { missing: up_to.to_string() }.into());
                }
                to
            }
            Some(up_to) if repository.is_ancestor(up_to, to)? => up_to,
            Some(_) | None => to,
        };
        Ok(Self { from: from.clone(), to: to.clone(), ledger })
    }

    /// What the list of what was sent is to say, where it is to begin elsewhere.
    pub(super) fn begins_anew(&self) -> Option<String> {
        (self.ledger.up_to.as_ref() != Some(&self.from)).then(|| self.ledger.clone().beginning(&self.from).text())
    }

    /// Records it in this clone.
    pub(super) fn take_up(
        &self,
        project: &Project,
        branch: &str,
        (who, now): (&str, Timestamp),
        told: &mut Told<'_>,
    ) -> Result<TakenUp, AppError> {
        let mut taken = TakenUp { keys: HashSet::new(), is_shared: self.ledger.is_shared(who, now) };
        if self.from == self.to {
            return Ok(taken);
        }
        let outbox = Outbox::new(&project.repository.store_dir());
        let mut recording = Recording::default();
        let mut entering = Entering::of(project, &outbox);
        for plan in self.plans(project, branch)? {
            let mut intents = Intents::of(project, &plan);
            for effect in plan.effects.iter().filter(|effect| effect.effect.kind != EffectKind::Log) {
                let (state, reason) = intents.first_state(&effect.effect);
                let is_open = self.ledger.place(&effect.key, who, now) == Place::Open;
                let is_new = is_open && state == IntentState::Waiting && !taken.keys.contains(&effect.key);
                if is_new && !told.has(&plan, effect)? {
                    let standing = Standing::new(state, reason);
                    if outbox.look(&effect.key)?.is_some_and(|(_, known)| known.reason == ELSEWHERE) {
                        outbox.put(&effect.key, &standing)?;
                    }
                    entering.enter(&intents.make(effect)?, standing)?;
                    taken.keys.insert(effect.key.clone());
                }
            }
        }
        entering.end(&mut recording)?;
        Ok(taken)
    }

    /// What was planned for these commits: for those that an engine's commit follows from where that was made, for others at the end.
    fn plans(&self, project: &Project, branch: &str) -> Result<Vec<Plan>, AppError> {
        let repository = &project.repository;
        let mut left = HashSet::new();
        let mut made = Vec::new();
        let newest = repository.commit(&self.to)?.committed.seconds;
        for id in repository.all_commits(Some(&self.from), &self.to)? {
            let commit = repository.commit(&id)?;
            if is_engine_commit(&commit) {
                made.push(commit);
            } else if commit.committed.seconds > newest - OLDEST {
                left.insert(id);
            }
        }
        let mut plans = Vec::new();
        for commit in made {
            let causes: HashSet<CommitId> = named(&commit).filter(|cause| left.remove(cause)).collect();
            if let (Some(parent), false) = (commit.parents.first(), causes.is_empty()) {
                plans.extend(plan(project, branch, parent, &causes)?);
            }
        }
        if !left.is_empty() {
            plans.extend(plan(project, branch, &self.to, &left)?);
        }
        Ok(plans)
    }
}

/// What follows from some commits on top of one.
fn plan(project: &Project, branch: &str, tip: &CommitId, causes: &HashSet<CommitId>) -> Result<Option<Plan>, AppError> {
    let view = project.commit(tip)?;
    let ground = ground(project, &view.workflow, Some(branch));
    if ground != Ground::Canonical {
        return Ok(None);
    }
    let repository = &project.repository;
    let mut from = tip.clone();
    for cause in causes {
        if let Some(parent) = repository.commit(cause)?.parents.first()
            && repository.is_ancestor(parent, &from)?
        {
            from = parent.clone();
        }
    }
    let request = SyncRequest { advance: Advance::Look, since: Some(from.clone()) };
    let mut read = read_range(project, &request, branch.to_owned(), &from, &from, tip.clone())?;
    read.own.retain(|source| causes.contains(&source.commit.id));
    Ok(Some(plan_for(project, &view, &read.own, &HashSet::new(), &ground)?))
}
