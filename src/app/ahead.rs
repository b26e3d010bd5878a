//! Effects of commits that are made beside the shared branch. They are noted in the clone in which the commits are made, and
//! recorded there once these are on the shared branch, however they have come: by a merge of somebody's or of the host's, a
//! fast-forward, a squash or a rebase. What a merge brings of others' commits is sent by their clones.

use std::collections::{HashMap, HashSet};

use super::effects::{Entering, Recording, sent};
use super::intents::{Intents, UNTRIED};
use super::transitions::{Reading, Walk};
use super::{AppError, EventRange, Paths, Project, Recorded, SyncRequest, View, configuration, events, trust};
use crate::engine::creation::Ground;
use crate::engine::effect::EffectKind;
use crate::engine::event::Event;
use crate::engine::plan::{Plan, PlannedEffect};
use crate::format::workflow::{Executor, Mode, Workflow};
use crate::model::{Commit, CommitId};
use crate::store::{Intent, IntentState, Outbox, Standing};

/// Notes the effects of a plan for a branch beside the shared one. Where history was rewritten the notes go over to the new commits.
pub(super) fn note(project: &Project, plan: &Plan) -> Result<(), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    let mut intents = Intents::of(project, plan);
    let mut known = None;
    for effect in plan.effects.iter().filter(|effect| effect.effect.kind != EffectKind::Log) {
        if intents.first_state(&effect.effect).0 != IntentState::Waiting {
            continue;
        }
        let intent = intents.make(effect)?;
        if !effect.inherited {
            outbox.note_ahead(&intent)?;
            continue;
        }
        if known.is_none() {
            known = Some(outbox.ahead()?);
        }
        let old = known.iter().flatten().find(|old| old.key != intent.key && is_same(old, &intent));
        if let Some(old) = old {
            outbox.note_ahead(&intent)?;
            outbox.forget_ahead(&old.key)?;
        }
    }
    Ok(())
}

/// Whether two effects are the same but for the commit.
fn is_same(old: &Intent, new: &Intent) -> bool {
    let data = old.data.to_string().replace(&old.event, &new.event);
    let data = if old.requires.is_empty() { data } else { data.replace(&old.requires, &new.requires) };
    let wanted = new.data.to_string();
    (&old.trigger, &old.action, &old.task, &data) == (&new.trigger, &new.action, &new.task, &wanted)
}

/// Records what was noted of commits that are on the shared branch by now, as far as is known here: what came of it, and the keys.
pub(super) fn arrive(project: &Project) -> Result<(Recorded, HashSet<String>), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    let mut recording = Recording::default();
    let tips = if outbox.was_ahead() { shared_tips(project)? } else { Vec::new() };
    let seen: String = tips.iter().flat_map(|tip| [tip.as_str(), "\n"]).collect();
    if tips.is_empty() || outbox.arrived_at()?.as_deref() == Some(seen.as_bytes()) {
        return Ok((recording.recorded, HashSet::new()));
    }
    let mut arrivals = Arrivals { project, tips, known: HashMap::new() };
    let mut entering = Entering::of(project, &outbox);
    let mut arrived = HashSet::new();
    for intent in outbox.ahead()? {
        match arrivals.of(&intent)? {
            Arrival::There => {
                entering.enter(&intent, Standing::new(IntentState::Waiting, UNTRIED))?;
                arrived.insert(intent.key);
            }
            Arrival::Never => outbox.forget_ahead(&intent.key)?,
            Arrival::NotYet => {}
        }
    }
    entering.end(&mut recording)?;
    for key in &arrived {
        outbox.forget_ahead(key)?;
    }
    outbox.note_arrived_at(seen.as_bytes())?;
    Ok((recording.recorded, arrived))
}

/// The same for a run that had no reason to record anything; nothing where the rules let this clone record nothing.
pub(super) fn look(project: &Project) -> Result<Recorded, AppError> {
    let repository = &project.repository;
    let Some(head) = repository.head()? else { return Ok(Recorded::default()) };
    if !Outbox::new(&repository.store_dir()).was_ahead() {
        return Ok(Recorded::default());
    }
    let workflow = rules(project, &head)?;
    let acts = project.mode(&workflow) == Mode::Commit && project.acts_as(workflow.git.executor);
    if acts { Ok(arrive(project)?.0) } else { Ok(Recorded::default()) }
}

/// The rules in a commit, without the rest of its tree.
fn rules(project: &Project, commit: &CommitId) -> Result<Workflow, AppError> {
    Ok(configuration(project, commit)?.map(|found| trust::read(&found.text)).unwrap_or_default())
}

/// Where the shared branch is: here, and at the remote as far as is known.
fn shared_tips(project: &Project) -> Result<Vec<CommitId>, AppError> {
    let repository = &project.repository;
    let Some(head) = repository.head()? else { return Ok(Vec::new()) };
    let rules = rules(project, &head)?;
    let Some(shared) = repository.shared_branch(rules.git.canonical.as_deref()) else { return Ok(Vec::new()) };
    let mut tips: Vec<CommitId> = repository.branch_tip(&shared)?.into_iter().collect();
    if let Some(remote) = repository.remote_of(&shared)? {
        tips.extend(repository.remote_tip(&remote, &shared)?);
    }
    tips.dedup();
    Ok(tips)
}

/// How many effects are noted of commits that some branch has.
pub(super) fn count(project: &Project) -> Result<usize, AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    if !outbox.was_ahead() {
        return Ok(0);
    }
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut count = 0;
    for intent in outbox.ahead()? {
        if !known.contains_key(&intent.requires) {
            let is_held = match CommitId::new(&intent.requires) {
                Ok(id) => project.repository.is_on_a_branch(&id)?,
                Err(_) => false,
            };
            known.insert(intent.requires.clone(), is_held);
        }
        count += usize::from(known.get(&intent.requires).copied().unwrap_or_default());
    }
    Ok(count)
}

/// Where the commit of an effect has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// The shared branch has it, or one of the same person's that does the same.
    There,
    /// It is beside the shared branch.
    NotYet,
    /// It is gone, so that it can never arrive.
    Never,
}

/// What is known of commits that may have arrived.
struct Arrivals<'p> {
    project: &'p Project,
    tips: Vec<CommitId>,
    known: HashMap<String, Place>,
}

/// Where one commit is.
enum Place {
    There,
    Gone,
    /// Beside the shared branch: its events, and those of the same person there.
    Beside(Vec<Event>, Vec<Event>),
}

impl Arrivals<'_> {
    fn of(&mut self, intent: &Intent) -> Result<Arrival, AppError> {
        if !self.known.contains_key(&intent.requires) {
            let place = self.look(&intent.requires)?;
            self.known.insert(intent.requires.clone(), place);
        }
        Ok(match self.known.get(&intent.requires) {
            Some(Place::There) => Arrival::There,
            Some(Place::Beside(did, does)) => {
                let own = did.iter().find(|event| event.id.as_str() == intent.event);
                let is_done = |event: &&Event| does.iter().any(|other| leads_to_the_same(event, other));
                let is_there = match own {
                    Some(own) => is_done(&own),
                    // It follows from something that the commit did.
                    None => did.iter().any(|event| is_done(&event)),
                };
                if is_there { Arrival::There } else { Arrival::NotYet }
            }
            Some(Place::Gone) | None => Arrival::Never,
        })
    }

    fn look(&self, requires: &str) -> Result<Place, AppError> {
        let repository = &self.project.repository;
        let Some(commit) = CommitId::new(requires).ok().and_then(|id| repository.commit(&id).ok()) else {
            return Ok(Place::Gone);
        };
        for tip in &self.tips {
            if repository.is_ancestor(&commit.id, tip)? {
                return Ok(Place::There);
            }
        }
        let did = self.events(commit.parents.first(), &commit.id, &commit)?;
        let mut does = Vec::new();
        for tip in &self.tips {
            let base = repository.merge_base(&commit.id, tip)?;
            does.extend(self.events(base.as_ref(), tip, &commit)?);
        }
        Ok(Place::Beside(did, does))
    }

    /// The events of the commits behind one up to another that are of the same author as a third.
    fn events(&self, from: Option<&CommitId>, to: &CommitId, like: &Commit) -> Result<Vec<Event>, AppError> {
        let range = EventRange::Commits { from: from.cloned(), to: to.clone(), paths: Paths::FirstParent };
        let mut all = Vec::new();
        events(self.project, &range, |found| {
            if found.commit.is_some_and(|commit| commit.author == like.author) {
                all.extend(found.events);
            }
        })?;
        Ok(all)
    }
}

/// Whether two events end in the same: a squash leaves out what was in between.
fn leads_to_the_same(one: &Event, other: &Event) -> bool {
    (&one.kind, &one.task, &one.field, &one.new) == (&other.kind, &other.task, &other.field, &other.new)
}

/// Leaves to other clones what a merge brings of commits that were made there: how many effects those are. What this clone has
/// noted itself is its own.
pub(super) fn leave_theirs(
    project: &Project,
    view: &View,
    (ground, request): (&Ground, &SyncRequest),
    plan: &mut Plan,
) -> Result<usize, AppError> {
    // Somebody has asked for all of it, or none is recorded here.
    let is_asked = request.since.is_some() || *ground != Ground::Canonical;
    if view.workflow.git.executor != Executor::Author || is_asked || sent(plan).next().is_none() {
        return Ok(0);
    }
    let outbox = Outbox::new(&project.repository.store_dir());
    let noted: HashSet<String> = outbox.ahead()?.into_iter().map(|intent| intent.key).collect();
    let mut merges = Merges::of(project, Whose::Others);
    let mut theirs = HashSet::new();
    let mut count = 0;
    for effect in sent(plan) {
        let Some(event) = plan.event_of(effect) else { continue };
        let Some(found) = merges.same(event)?.next() else { continue };
        theirs.insert(effect.key.clone());
        let PlannedEffect { trigger, index, effect, .. } = effect;
        let key = found.id.effect_key(trigger, *index, &effect.destination);
        count += usize::from(!noted.contains(&key) && !outbox.has(&key));
    }
    for effect in &mut plan.effects {
        effect.inherited |= theirs.contains(&effect.key);
    }
    Ok(count)
}

/// Which commits that are merged are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// All of them.
    All,
    /// Those that were made in other clones.
    Others,
}

/// What merges bring, each read once.
pub(super) struct Merges<'p> {
    project: &'p Project,
    whose: Whose,
    known: HashMap<CommitId, Vec<Event>>,
}

impl<'p> Merges<'p> {
    pub(super) fn of(project: &'p Project, whose: Whose) -> Self {
        Self { project, whose, known: HashMap::new() }
    }

    /// The events of the commits that an event's own commit merges, and that end in the same.
    pub(super) fn same<'e>(&'e mut self, event: &'e Event) -> Result<impl Iterator<Item = &'e Event>, AppError> {
        let commit = event.origin.commit.as_ref();
        if let Some(id) = commit.filter(|id| !self.known.contains_key(id)) {
            self.known.insert(id.clone(), merged_events(self.project, id, self.whose)?);
        }
        let all = commit.and_then(|id| self.known.get(id)).into_iter().flatten();
        Ok(all.filter(|other| leads_to_the_same(event, other)))
    }
}

/// The events of the commits that one merges.
fn merged_events(project: &Project, id: &CommitId, whose: Whose) -> Result<Vec<Event>, AppError> {
    let repository = &project.repository;
    let parents = repository.commit(id)?.parents;
    let Some((first, others)) = parents.split_first() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for other in others {
        let ownership = repository.ownership(Some(first), other)?;
        let mut walk = Walk::new(project, Reading::Pure, None);
        for merged in repository.all_commits(Some(first), other)? {
            if (whose == Whose::All || !ownership.is_own(&merged)) && repository.touches_tree(&merged)? {
                found.extend(walk.read(&merged)?.events);
            }
        }
    }
    Ok(found)
}
