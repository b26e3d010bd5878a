//! What is to happen outside the tree: recorded before the branch moves, or, where it is a line of the log,
//! as the line is written.

use std::collections::{HashMap, HashSet};

use super::groups::Groups;
use super::intents::{Intents, UNTRIED, intent};
use super::{AppError, LogLine, Occasion, Project, Surroundings, ahead};
use crate::engine::creation::Ground;
use crate::engine::effect::EffectKind;
use crate::engine::event::{Event, EventId};
use crate::engine::plan::{Plan, PlannedEffect};
use crate::model::CommitId;
use crate::store::{AwaitedPush, Intent, IntentState, Moment, Outbox, Standing, StoreError};

/// What a run has recorded for somebody to carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recorded {
    /// How many effects wait, or did.
    pub waiting: usize,
    /// How many of them are allowed.
    pub allowed: usize,
    /// Whether some are not, and that was not said of their configuration before.
    pub asks: bool,
    /// How many are not recorded on this branch, and will be where it has arrived on the shared one.
    pub elsewhere: usize,
    /// How many are of merged commits that were made in other clones, which send them.
    pub theirs: usize,
    /// How many are recorded nowhere, since a pipeline looks at a proposal here: its own rules would send them.
    pub proposed: usize,
}

impl Recorded {
    /// With what else was recorded.
    pub(super) fn add(&mut self, other: Self) {
        self.waiting += other.waiting;
        self.allowed += other.allowed;
        self.asks |= other.asks;
        self.elsewhere += other.elsewhere;
        self.theirs += other.theirs;
        self.proposed += other.proposed;
    }
}

/// Says of effects that still wait that somebody else has pushed what they belong to, who sends them.
pub(super) fn leave(project: &Project, keys: &HashSet<String>) -> Result<(), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    for key in keys {
        if outbox.look(key)?.is_some_and(|(_, standing)| standing.state == IntentState::Waiting) {
            outbox.skip(key, "somebody else has pushed what follows from its commit: it is sent from there")?;
        }
    }
    Ok(())
}

/// The effects of a plan that go outside: all that are new and no lines of the log.
pub(super) fn sent(plan: &Plan) -> impl Iterator<Item = &PlannedEffect> {
    plan.effects.iter().filter(|effect| !effect.inherited && effect.effect.kind != EffectKind::Log)
}

/// What effects wait for beside their leave.
pub(super) enum Until<'p> {
    /// Nothing: what they follow from is there.
    Now,
    /// What follows from their event is kept, in a commit or otherwise.
    Handled,
    /// Their commit is pushed.
    Pushed(&'p AwaitedPush),
}

/// What a run has recorded, and can take back.
#[derive(Debug, Default)]
pub(super) struct Recording {
    pub(super) recorded: Recorded,
    /// The keys of those that nobody has recorded before.
    fresh: Vec<String>,
    /// Those whose place they have taken, as they stood before.
    replaced: Vec<(String, Standing)>,
}

/// Takes back what was recorded for something that did not come about, which nobody can have begun.
pub(super) fn take_back(project: &Project, recording: &Recording) -> Result<(), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    for key in &recording.fresh {
        outbox.take_back(key)?;
    }
    if recording.recorded.asks {
        // It was not said.
        outbox.ask("")?;
    }
    for (key, before) in &recording.replaced {
        if outbox.look(key)?.is_some_and(|(_, standing)| standing.state == IntentState::Skipped) {
            outbox.put(key, before)?;
        }
    }
    Ok(())
}

/// Says of what waits for an event from outside that it was handled. Whoever carries effects out just now sees that by
/// itself: what that one has begun is not to be called waiting.
pub(super) fn release(project: &Project, event: &EventId) -> Result<(), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    let waiting = || {
        let mut waiting: Vec<(String, Standing)> = Vec::new();
        outbox.visit(&[IntentState::Waiting], &mut |_, intent, standing| {
            if standing.awaits.as_deref() == Some(event.as_str()) {
                waiting.push((intent.key, standing));
            }
        })?;
        Ok::<_, StoreError>(waiting)
    };
    if waiting()?.is_empty() {
        return Ok(());
    }
    let Ok(_turn) = outbox.turn(&format!("taskmaster emit, process {}", std::process::id()))? else { return Ok(()) };
    for (key, mut standing) in waiting()? {
        standing.awaits = None;
        UNTRIED.clone_into(&mut standing.reason);
        outbox.put(&key, &standing)?;
    }
    Ok(())
}

/// Notes which commits had which effects, before these are recorded: of one whose intent is missing then, a killed run
/// came no further.
pub(super) fn note(project: &Project, moments: &[Moment]) -> Result<(), AppError> {
    Ok(Outbox::new(&project.repository.store_dir()).note_moments(moments)?)
}

/// Writes an intent for each effect: of commits on the shared branch alone, of events from outside on any. They are carried
/// out by somebody else, where that is allowed, and once that has come about which they wait for. Lines of the log are not
/// among them: see [`claim`].
pub(super) fn record(
    project: &Project,
    plan: &Plan,
    ground: &Ground,
    until: &Until<'_>,
) -> Result<Recording, AppError> {
    let mut recording = Recording::default();
    let count = sent(plan).count();
    if count > 0 && is_proposal() {
        recording.recorded.proposed = count;
        return Ok(recording);
    }
    if *ground != Ground::Canonical && matches!(until, Until::Now) {
        recording.recorded.elsewhere = count;
        if matches!(ground, Ground::Beside { .. }) {
            ahead::note(project, plan)?;
        }
        return Ok(recording);
    }
    let mut arrived = HashSet::new();
    if matches!(until, Until::Now) {
        (recording.recorded, arrived) = ahead::arrive(project)?;
    }
    let outbox = Outbox::new(&project.repository.store_dir());
    let mut intents = Intents::of(project, plan);
    let mut entering = Entering::of(project, &outbox);
    let was_ahead = outbox.was_ahead();
    for effect in sent(plan).filter(|effect| !arrived.contains(&effect.key)) {
        // A merge or a squash does again what its commits did, of which this clone has noted what is to be sent.
        if was_ahead
            && matches!(until, Until::Now)
            && let Some(event) = intents.event(effect)
            && (was_merged(project, event, effect, &outbox)? || was_elsewhere(project, event, effect, &outbox)?)
        {
            continue;
        }
        let intent = intents.make(effect)?;
        let (state, reason) = intents.first_state(&effect.effect);
        let mut standing = Standing::new(state, reason);
        match (state, until) {
            (IntentState::Waiting, Until::Pushed(push)) => {
                standing.reason = format!("it waits for the push to {}/{}", push.remote, push.branch);
                standing.push = Some((*push).clone());
            }
            (IntentState::Waiting, Until::Handled) => {
                "it waits until its event is handled: until what follows from that is kept"
                    .clone_into(&mut standing.reason);
                standing.awaits.clone_from(&intent.outside);
            }
            _ => {}
        }
        entering.enter(&intent, standing)?;
    }
    entering.end(&mut recording)?;
    Ok(recording)
}

/// Effects on their way into the outbox.
pub(super) struct Entering<'o> {
    project: &'o Project,
    outbox: &'o Outbox,
    groups: Groups<'o>,
    keys: Vec<String>,
    fresh: Vec<String>,
    waiting: usize,
    may: usize,
    /// The digest of rules that nobody has allowed.
    last: Option<String>,
    allowed: HashMap<String, bool>,
}

impl<'o> Entering<'o> {
    pub(super) fn of(project: &'o Project, outbox: &'o Outbox) -> Self {
        Self {
            project,
            outbox,
            groups: Groups::of(outbox),
            keys: Vec::new(),
            fresh: Vec::new(),
            waiting: 0,
            may: 0,
            last: None,
            allowed: HashMap::new(),
        }
    }

    /// Records one, unless it was before, or others of its group are in its way.
    pub(super) fn enter(&mut self, intent: &Intent, mut standing: Standing) -> Result<(), AppError> {
        let project = self.project;
        if standing.state == IntentState::Waiting
            && let Some(why) = self.groups.admit(intent, &mut |hash| is_allowed(project, hash))?
        {
            standing = Standing::new(IntentState::Skipped, &why);
        }
        let state = standing.state;
        let is_new = self.outbox.record_standing_soon(intent, &standing)?;
        self.keys.push(intent.key.clone());
        if is_new {
            self.fresh.push(intent.key.clone());
        }
        // One that was recorded before may have been sent meanwhile.
        let waits = || self.outbox.look(&intent.key).map(|known| known.is_some_and(|(_, known)| known.state == state));
        if state == IntentState::Waiting && (is_new || waits()?) {
            self.waiting += 1;
            let hash = intent.config.clone().unwrap_or_default();
            if *self.allowed.entry(hash.clone()).or_insert_with(|| is_allowed(project, &hash)) {
                self.may += 1;
            } else {
                self.last = Some(hash);
            }
        }
        Ok(())
    }

    /// All of them are on the disk before the branch moves.
    pub(super) fn end(self, recording: &mut Recording) -> Result<(), AppError> {
        self.outbox.flush(self.keys.iter().map(String::as_str))?;
        recording.recorded.waiting += self.waiting;
        recording.recorded.allowed += self.may;
        if let Some(hash) = self.last {
            recording.recorded.asks |= self.outbox.ask(&hash)?;
        }
        recording.fresh.extend(self.fresh);
        recording.replaced.extend(self.groups.replaced);
        Ok(())
    }
}

/// Whether a pipeline runs this for a proposal, or does not say what for. Who proposes something writes the rules of that, too,
/// and which branch is the shared one: by them nothing is sent.
fn is_proposal() -> bool {
    Surroundings::of_process().map_or(true, |surroundings| surroundings.occasion == Occasion::Proposal)
}

/// The variable by which a command, and whatever commits in it, knows how many commands have led to it.
pub const DEPTH_VARIABLE: &str = "TASKMASTER_DEPTH";

/// Whether a configuration is allowed here. A hook never fails for that this cannot be known: then it is not.
pub(super) fn is_allowed(project: &Project, hash: &str) -> bool {
    let allowed = super::decisions().and_then(|trust| Ok(trust.allowed(&super::clone_path(project))?));
    allowed.is_ok_and(|allowed| allowed.iter().any(|one| one.hash == hash))
}

/// Notes which lines of the log are to be written, before the cursor moves: a line that a killed run has not
/// written is known to be missing then. Gives the keys of those that nobody has noted before.
pub(super) fn announce(project: &Project, plan: &Plan) -> Result<Vec<String>, AppError> {
    let mut noted = Vec::new();
    let outbox = Outbox::new(&project.repository.store_dir());
    for effect in plan.effects.iter().filter(|effect| !effect.inherited && effect.effect.kind == EffectKind::Log) {
        if outbox.begin(&effect.key, BEGUN)? {
            noted.push(effect.key.clone());
        }
    }
    if !noted.is_empty() {
        // That there is no room to be made is no failure of what was to be done.
        let _ = outbox.tidy();
    }
    Ok(noted)
}

/// Takes back what this run has announced, since another one has come first: that one writes what is to be written.
pub(super) fn retract(project: &Project, noted: &[String]) -> Result<(), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    for key in noted.iter().filter(|key| !outbox.has(key)) {
        outbox.settle(key, IntentState::Skipped, "another run has come first")?;
    }
    Ok(())
}

const BEGUN: &str = "a line of the log that a run is about to write";

/// Whether a line of the log is this run's to write: nobody has written it, neither for this commit nor for one
/// that it merges. Then its intent is there, which nobody else can make again.
pub(super) fn claim(project: &Project, line: &LogLine) -> Result<bool, AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    let intent = intent(&line.effect, Some(&line.event));
    let reason = if line.effect.inherited {
        "the line was written before history was rewritten"
    } else if was_merged(project, &line.event, &line.effect, &outbox)? {
        "the line was written for a commit that is merged"
    } else if was_elsewhere(project, &line.event, &line.effect, &outbox)? {
        "the line was written for the same change on another branch"
    } else {
        return Ok(outbox.record(&intent, IntentState::Begun, BEGUN)?);
    };
    if outbox.record(&intent, IntentState::Sent, reason)? {
        outbox.settle(&intent.key, IntentState::Sent, reason)?;
    }
    Ok(false)
}

/// Says of a line that was claimed that it is written.
pub(super) fn written(project: &Project, line: &LogLine) -> Result<(), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    Ok(outbox.settle(&line.effect.key, IntentState::Sent, "a line of the log")?)
}

/// Says of a line that was claimed why it is not written.
pub(super) fn give_up(project: &Project, line: &LogLine, reason: &str) -> Result<(), AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    Ok(outbox.settle(&line.effect.key, IntentState::Skipped, reason)?)
}

/// Whether the same effect was recorded for a commit that the line's commit merges: a merge does again what
/// they did.
fn was_merged(project: &Project, event: &Event, effect: &PlannedEffect, outbox: &Outbox) -> Result<bool, AppError> {
    let Some(commit) = &event.origin.commit else { return Ok(false) };
    let parents = project.repository.commit(commit)?.parents;
    let Some((first, others)) = parents.split_first() else { return Ok(false) };
    let PlannedEffect { trigger, index, effect, .. } = effect;
    for other in others {
        for merged in project.repository.all_commits(Some(first), other)? {
            if outbox.has(&event.id_in(&merged).effect_key(trigger, *index, &effect.destination)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the same effect was recorded for an equal change on a branch that this one does not reach: a squash
/// merge and a cherry-pick do again what was done there. What an equal change here has used up does not count.
fn was_elsewhere(project: &Project, event: &Event, effect: &PlannedEffect, outbox: &Outbox) -> Result<bool, AppError> {
    let Some(commit) = &event.origin.commit else { return Ok(false) };
    let PlannedEffect { trigger, index, effect, .. } = effect;
    let (elsewhere, here) = project.repository.processed_apart(commit)?;
    let is_recorded =
        |commit: &&CommitId| outbox.has(&event.id_in(commit).effect_key(trigger, *index, &effect.destination));
    let written = elsewhere.iter().filter(is_recorded).count();
    Ok(written > 0 && here.iter().filter(is_recorded).count() < written)
}
