//! What is to happen outside the tree: recorded before the branch moves, or, where it is a line of the log,
//! as the line is written.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::groups::Groups;
use super::{AppError, LogLine, Project, configuration};
use crate::engine::creation::Ground;
use crate::engine::effect::{Delivery, Effect, EffectKind};
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

const UNTRIED: &str = "it was not tried yet";

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
    let recorded = &mut recording.recorded;
    if *ground != Ground::Canonical && matches!(until, Until::Now) {
        recorded.elsewhere = sent(plan).count();
        return Ok(recording);
    }
    let depth = command_depth();
    let mut last = None;
    let mut keys = Vec::new();
    let mut allowed: HashMap<String, bool> = HashMap::new();
    let outbox = Outbox::new(&project.repository.store_dir());
    let mut groups = Groups::of(&outbox);
    let mut configurations: HashMap<CommitId, Option<String>> = HashMap::new();
    for effect in sent(plan) {
        let step = plan.steps.iter().find(|step| step.event.id == effect.event);
        let mut intent = intent(effect, step.map(|step| &step.event));
        if let Some(data) = intent.data.as_object_mut().filter(|_| depth > 0) {
            data.insert("depth".to_owned(), json!(depth));
        }
        let outside = step.and_then(|step| step.event.origin.outside.as_ref());
        intent.outside = outside.map(ToString::to_string);
        // The rules are those of the source commit's own tree.
        if let Some(commit) = step.and_then(|step| step.event.origin.commit.as_ref()) {
            if !configurations.contains_key(commit) {
                let found = configuration(project, commit)?;
                configurations.insert(commit.clone(), found.map(|configuration| configuration.hash));
            }
            intent.config = configurations.get(commit).cloned().flatten();
        }
        let (mut state, reason) = first_state(&effect.effect, depth);
        let mut reason = reason.to_owned();
        if state == IntentState::Waiting
            && let Some(why) = groups.admit(&intent, &mut |hash| is_allowed(project, hash))?
        {
            (state, reason) = (IntentState::Skipped, why);
        }
        let mut standing = Standing::new(state, &reason);
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
        let is_new = outbox.record_standing_soon(&intent, &standing)?;
        keys.push(intent.key.clone());
        if is_new {
            recording.fresh.push(intent.key.clone());
        }
        // One that was recorded before may have been sent meanwhile.
        let waits = || outbox.look(&intent.key).map(|known| known.is_some_and(|(_, known)| known.state == state));
        if state == IntentState::Waiting && (is_new || waits()?) {
            recorded.waiting += 1;
            let hash = intent.config.unwrap_or_default();
            if *allowed.entry(hash.clone()).or_insert_with(|| is_allowed(project, &hash)) {
                recorded.allowed += 1;
            } else {
                last = Some(hash);
            }
        }
    }
    // All of them are on the disk before the branch moves.
    outbox.flush(keys.iter().map(String::as_str))?;
    if let Some(hash) = last {
        recorded.asks = outbox.ask(&hash)?;
    }
    recording.replaced = groups.replaced;
    Ok(recording)
}

/// The variable by which a command, and whatever commits in it, knows how many commands have led to it.
pub const DEPTH_VARIABLE: &str = "TASKMASTER_DEPTH";

/// How many commands may cause one another.
const DEEPEST: u64 = 10;
const TOO_DEEP: &str = "ten commands have caused one another: the chain is cut here";

/// How many commands have led to this run; 0 where nobody says so.
fn command_depth() -> u64 {
    std::env::var(DEPTH_VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Where an effect stands when it is recorded: what nobody here can carry out never waits.
fn first_state(effect: &Effect, depth: u64) -> (IntentState, &'static str) {
    match effect.kind {
        EffectKind::Run if depth >= DEEPEST => (IntentState::Skipped, TOO_DEEP),
        EffectKind::Dispatch if effect.deliveries.is_empty() => {
            (IntentState::Skipped, "`endpoints.github` does not say where workflows are started")
        }
        EffectKind::Dispatch | EffectKind::Run | EffectKind::Webhook => (IntentState::Waiting, UNTRIED),
        _ if effect.deliveries.is_empty() => (IntentState::Skipped, "no channel wants it"),
        _ => (IntentState::Waiting, UNTRIED),
    }
}

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
    } else if was_merged(project, line, &outbox)? {
        "the line was written for a commit that is merged"
    } else if was_elsewhere(project, line, &outbox)? {
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
fn was_merged(project: &Project, line: &LogLine, outbox: &Outbox) -> Result<bool, AppError> {
    let Some(commit) = &line.event.origin.commit else { return Ok(false) };
    let parents = project.repository.commit(commit)?.parents;
    let Some((first, others)) = parents.split_first() else { return Ok(false) };
    let PlannedEffect { trigger, index, effect, .. } = &line.effect;
    for other in others {
        for merged in project.repository.all_commits(Some(first), other)? {
            if outbox.has(&line.event.id_in(&merged).effect_key(trigger, *index, &effect.destination)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the same effect was recorded for an equal change on a branch that this one does not reach: a squash
/// merge and a cherry-pick do again what was done there. What an equal change here has used up does not count.
fn was_elsewhere(project: &Project, line: &LogLine, outbox: &Outbox) -> Result<bool, AppError> {
    let Some(commit) = &line.event.origin.commit else { return Ok(false) };
    let PlannedEffect { trigger, index, effect, .. } = &line.effect;
    let (elsewhere, here) = project.repository.processed_apart(commit)?;
    let is_recorded =
        |commit: &&CommitId| outbox.has(&line.event.id_in(commit).effect_key(trigger, *index, &effect.destination));
    let written = elsewhere.iter().filter(is_recorded).count();
    Ok(written > 0 && here.iter().filter(is_recorded).count() < written)
}

/// What one channel would get; a field that says nothing is left out.
fn delivery(to: &Delivery) -> Value {
    let mut fields = Map::new();
    fields.insert("channel".to_owned(), json!(to.channel));
    fields.insert("address".to_owned(), json!(to.address));
    fields.insert("subject".to_owned(), json!(to.subject));
    fields.insert("text".to_owned(), json!(to.text));
    let more = [("url", to.url.as_ref()), ("secret", to.secret.as_ref())];
    for (name, value) in more.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        fields.insert(name.to_owned(), json!(value));
    }
    if !to.recipients.is_empty() {
        fields.insert("recipients".to_owned(), json!(to.recipients));
    }
    Value::Object(fields)
}

fn intent(effect: &PlannedEffect, event: Option<&Event>) -> Intent {
    let requires = event.and_then(|event| event.origin.commit.as_ref()).map(ToString::to_string);
    let wanted = &effect.effect;
    let deliveries: Vec<Value> = wanted.deliveries.iter().map(delivery).collect();
    Intent {
        schema: "taskmaster.intent/1".to_owned(),
        key: effect.key.clone(),
        event: effect.event.to_string(),
        trigger: effect.trigger.clone(),
        action: effect.action.clone(),
        task: effect.task.as_ref().map(ToString::to_string),
        requires: requires.unwrap_or_default(),
        data: json!({
            "kind": wanted.kind.name(),
            "environment": effect.environment,
            "text": wanted.text,
            "deliveries": deliveries,
            "event": wanted.data,
        }),
        config: None,
        outside: None,
    }
}
