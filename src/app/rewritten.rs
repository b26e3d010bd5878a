//! Effects of commits that history was rewritten to: what one of theirs had before is theirs, and is not recorded again.

use std::collections::HashMap;

use super::{AppError, Held, Project};
use crate::engine::effect::EffectKind;
use crate::engine::event::{Event, EventId};
use crate::engine::plan::{Plan, PlannedEffect};
use crate::model::CommitId;
use crate::store::{IntentState, Moment, Outbox};

/// What commits had by the moment they were first written at, as seen from a tip.
struct Before<'p> {
    project: &'p Project,
    outbox: Outbox,
    tip: &'p CommitId,
    /// What is known of each name, with what was added here.
    known: HashMap<String, Vec<Moment>>,
    reached: HashMap<String, bool>,
}

/// Says of the effects of a plan for commits up to `tip` which of them were recorded for a commit that is rewritten since:
/// they count as inherited; where the plan is shown alone, so does all that is through with. Gives what is to be noted where
/// it is carried out.
pub(super) fn recognize(
    project: &Project,
    plan: &mut Plan,
    tip: &CommitId,
    held: Option<Held>,
) -> Result<Vec<Moment>, AppError> {
    let outbox = Outbox::new(&project.repository.store_dir());
    let mut before = Before { project, outbox, tip, known: HashMap::new(), reached: HashMap::new() };
    let events: HashMap<&EventId, &Event> = plan.steps.iter().map(|step| (&step.event.id, &step.event)).collect();
    let mut fresh = Vec::new();
    // Lines of the log, which are local to the clone, know rewritten history by themselves.
    for effect in plan.effects.iter_mut().filter(|effect| effect.effect.kind != EffectKind::Log) {
        let Some(event) = events.get(&effect.event) else { continue };
        // What has come from outside is known by its own id, whatever commit it was seen at.
        let (Some(commit), None) = (&event.origin.commit, &event.origin.outside) else { continue };
        let PlannedEffect { trigger, index, effect: wanted, .. } = &*effect;
        let known_as = event.id_at_moment().effect_key(trigger, *index, &wanted.destination);
        let is_there = before.outbox.has(&effect.key);
        match before.first(&known_as, &effect.key, commit, is_there)? {
            Had::Noted { key } => effect.inherited |= key != effect.key,
            Had::Before { key } => {
                effect.inherited = true;
                fresh.push(before.add(Moment { known_as, key, commit: commit.to_string() }));
            }
            // It had its chance, and was not recorded.
            Had::Nothing if effect.inherited => {}
            Had::Nothing => {
                let key = effect.key.clone();
                fresh.push(before.add(Moment { known_as, key, commit: commit.to_string() }));
            }
        }
    }
    if held == Some(Held::Asked) {
        leave_out_past(&before.outbox, plan)?;
    }
    Ok(fresh)
}

/// Says of the effects of a plan which of them are through with.
fn leave_out_past(outbox: &Outbox, plan: &mut Plan) -> Result<(), AppError> {
    for effect in plan.effects.iter_mut().filter(|effect| !effect.inherited) {
        let known = outbox.look(&effect.key)?;
        let waits = known.is_some_and(|(_, known)| known.state == IntentState::Waiting);
        effect.inherited = !waits && outbox.has(&effect.key);
    }
    Ok(())
}

/// What is known of an effect of a commit.
enum Had {
    /// The commit has it, under that key.
    Noted { key: String },
    /// A commit that is rewritten since had it, under that key.
    Before { key: String },
    /// Nothing: it is new.
    Nothing,
}

impl Before<'_> {
    fn first(&mut self, known_as: &str, own: &str, commit: &CommitId, is_there: bool) -> Result<Had, AppError> {
        if !self.known.contains_key(known_as) {
            self.known.insert(known_as.to_owned(), self.outbox.moments(known_as)?);
        }
        let known = self.known.get(known_as).cloned().unwrap_or_default();
        if let Some(noted) = known.iter().find(|moment| moment.commit == commit.as_str()) {
            return Ok(Had::Noted { key: noted.key.clone() });
        }
        if is_there {
            return Ok(Had::Nothing);
        }
        for moment in &known {
            let mut holders = known.iter().filter(|other| other.key == moment.key);
            let is_other = moment.key != own && !holders.any(|other| self.reaches(&other.commit));
            if is_other && self.had_its_chance(&moment.key)? {
                return Ok(Had::Before { key: moment.key.clone() });
            }
        }
        Ok(Had::Nothing)
    }

    /// Whether an effect was begun. One that still waits goes where its commit does: what is done again on top of a push
    /// of somebody else's is recorded again.
    fn had_its_chance(&self, key: &str) -> Result<bool, AppError> {
        let is_untouched = |state| matches!(state, IntentState::Skipped | IntentState::Waiting);
        let is_untouched = self.outbox.look(key)?.is_some_and(|(_, known)| is_untouched(known.state));
        Ok(!is_untouched && self.outbox.has(key))
    }

    fn add(&mut self, moment: Moment) -> Moment {
        self.known.entry(moment.known_as.clone()).or_default().push(moment.clone());
        moment
    }

    /// Whether the tip has a commit still. One that is gone was rewritten, too.
    fn reaches(&mut self, commit: &str) -> bool {
        if let Some(known) = self.reached.get(commit) {
            return *known;
        }
        let repository = &self.project.repository;
        let reaches = CommitId::new(commit).is_ok_and(|id| repository.is_ancestor(&id, self.tip).unwrap_or(false));
        self.reached.insert(commit.to_owned(), reaches);
        reaches
    }
}
