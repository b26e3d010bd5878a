//! What is to happen outside the tree, as the outbox has it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{AppError, DEPTH_VARIABLE, Project, configuration};
use crate::engine::effect::{Delivery, Effect, EffectKind};
use crate::engine::event::Event;
use crate::engine::plan::{Plan, PlannedEffect};
use crate::model::CommitId;
use crate::store::{Intent, IntentState};

/// How many commands may cause one another.
const DEEPEST: u64 = 10;
const TOO_DEEP: &str = "ten commands have caused one another: the chain is cut here";

/// What is said of an effect that waits for nothing but its turn.
pub(super) const UNTRIED: &str = "it was not tried yet";

/// Makes the intents of a plan's effects.
pub(super) struct Intents<'p> {
    project: &'p Project,
    plan: &'p Plan,
    depth: u64,
    /// The digests of the rules in commits.
    configurations: HashMap<CommitId, Option<String>>,
}

impl<'p> Intents<'p> {
    pub(super) fn of(project: &'p Project, plan: &'p Plan) -> Self {
        Self { project, plan, depth: command_depth(), configurations: HashMap::new() }
    }

    /// The event of an effect, where the plan tells of it.
    pub(super) fn event(&self, effect: &PlannedEffect) -> Option<&'p Event> {
        self.plan.event_of(effect)
    }

    /// The intent of an effect. The rules are those of the source commit's own tree.
    pub(super) fn make(&mut self, effect: &PlannedEffect) -> Result<Intent, AppError> {
        let event = self.event(effect);
        let mut intent = intent(effect, event);
        if let Some(data) = intent.data.as_object_mut().filter(|_| self.depth > 0) {
            data.insert("depth".to_owned(), json!(self.depth));
        }
        intent.outside = event.and_then(|event| event.origin.outside.as_ref()).map(ToString::to_string);
        if let Some(commit) = event.and_then(|event| event.origin.commit.as_ref()) {
            if !self.configurations.contains_key(commit) {
                let found = configuration(self.project, commit)?;
                self.configurations.insert(commit.clone(), found.map(|configuration| configuration.hash));
            }
            intent.config = self.configurations.get(commit).cloned().flatten();
        }
        Ok(intent)
    }

    /// Where an effect stands when it is recorded: what nobody here can carry out never waits.
    pub(super) fn first_state(&self, effect: &Effect) -> (IntentState, &'static str) {
        match effect.kind {
            EffectKind::Run if self.depth >= DEEPEST => (IntentState::Skipped, TOO_DEEP),
            EffectKind::Dispatch if effect.deliveries.is_empty() => {
                (IntentState::Skipped, "`endpoints.github` does not say where workflows are started")
            }
            EffectKind::Dispatch | EffectKind::Run | EffectKind::Webhook => (IntentState::Waiting, UNTRIED),
            _ if effect.deliveries.is_empty() => (IntentState::Skipped, "no channel wants it"),
            _ => (IntentState::Waiting, UNTRIED),
        }
    }
}

/// How many commands have led to this run; 0 where nobody says so.
fn command_depth() -> u64 {
    std::env::var(DEPTH_VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
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

pub(super) fn intent(effect: &PlannedEffect, event: Option<&Event>) -> Intent {
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
