use serde::Serialize;
use serde_json::Value;

use crate::app::Verdict;
use crate::effect::{Carried, Drained};
use crate::store::{Intent, Standing};

/// `taskmaster.outbox/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OutboxJson {
    schema: &'static str,
    effects: Vec<OutboxEffectJson>,
    /// How many more there are, of what is not through with, that cannot be read.
    unreadable: usize,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct OutboxEffectJson {
    key: String,
    /// `waiting`, `running`, `begun`, `sent`, `skipped`, `dead` or `parked`.
    state: &'static str,
    /// Why.
    reason: String,
    kind: String,
    trigger: String,
    action: String,
    task: Option<String>,
    event: String,
    commit: String,
    /// The digest of the rules that asked for it.
    rules: Option<String>,
    attempts: u64,
    /// When it may be tried again, in milliseconds since 1970.
    not_before: Option<u64>,
}

/// `taskmaster.effect/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EffectJson {
    schema: &'static str,
    effect: OutboxEffectJson,
    /// The text a person would read.
    text: String,
    deliveries: Vec<DeliveryJson>,
    /// What a program would read of the event.
    event: Value,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DeliveryJson {
    channel: String,
    address: String,
    done: bool,
    /// Why it is given up; null where it is not.
    given_up: Option<String>,
    /// Why nobody knows whether it happened; null where that is known.
    unknown: Option<String>,
    /// What came of the last attempt.
    receipt: Value,
}

/// `taskmaster.outbox-run/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OutboxRunJson {
    schema: &'static str,
    /// Who else is at it; then nothing was done.
    busy: Option<String>,
    sent: usize,
    dead: usize,
    parked: usize,
    /// Waiting for their time.
    later: usize,
    /// Waiting for their commit, which is not on its branch, or not pushed yet.
    off_branch: usize,
    not_allowed: usize,
    /// The digests of the rules that these were recorded under.
    not_allowed_rules: Vec<String>,
    /// What cannot be read.
    unreadable: usize,
    /// What is missing for those that could not be begun.
    held: Vec<String>,
}

/// `taskmaster.outbox-decision/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OutboxDecisionJson {
    schema: &'static str,
    /// `retry` or `discard`.
    decision: &'static str,
    keys: Vec<String>,
}

impl OutboxJson {
    /// The effects there are.
    #[must_use]
    pub fn of(effects: &[(Intent, Standing)], unreadable: usize) -> Self {
        let effects = effects.iter().map(|(intent, standing)| OutboxEffectJson::of(intent, standing)).collect();
        Self { schema: "taskmaster.outbox/1", effects, unreadable }
    }
}

impl OutboxEffectJson {
    pub(super) fn of(intent: &Intent, standing: &Standing) -> Self {
        Self {
            key: intent.key.clone(),
            state: standing.state.name(),
            reason: standing.reason.clone(),
            kind: text(&intent.data, "kind"),
            trigger: intent.trigger.clone(),
            action: intent.action.clone(),
            task: intent.task.clone(),
            event: intent.event.clone(),
            commit: intent.requires.clone(),
            rules: intent.config.clone(),
            attempts: standing.attempts,
            not_before: standing.not_before,
        }
    }
}

impl EffectJson {
    /// One effect, whole.
    #[must_use]
    pub fn of(intent: &Intent, standing: &Standing) -> Self {
        let listed = intent.data.get("deliveries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let receipt = |part: usize| standing.receipts.get(&part.to_string()).cloned().unwrap_or_default();
        let mut deliveries: Vec<DeliveryJson> = listed
            .iter()
            .enumerate()
            .map(|(part, delivery)| DeliveryJson {
                channel: text(delivery, "channel"),
                address: text(delivery, "address"),
                done: standing.done.contains(&part),
                given_up: standing.refused.get(&part).cloned(),
                unknown: standing.unknown.get(&part).cloned(),
                receipt: receipt(part),
            })
            .collect();
        if text(&intent.data, "kind") == "run" {
            deliveries.push(DeliveryJson {
                channel: "run".to_owned(),
                address: text(&intent.data, "text"),
                done: standing.done.contains(&0),
                given_up: standing.refused.get(&0).cloned(),
                unknown: standing.unknown.get(&0).cloned(),
                receipt: receipt(0),
            });
        }
        Self {
            schema: "taskmaster.effect/1",
            effect: OutboxEffectJson::of(intent, standing),
            text: text(&intent.data, "text"),
            deliveries,
            event: intent.data.get("event").cloned().unwrap_or_default(),
        }
    }
}

impl OutboxRunJson {
    /// What came of a run.
    #[must_use]
    pub fn of(drained: &Drained) -> Self {
        let (busy, carried) = match drained {
            Drained::Busy(holder) => (Some(holder.clone()), Carried::default()),
            Drained::Done(carried) => (None, carried.clone()),
        };
        let Carried { sent, dead, parked, unreadable, later, not_allowed, unallowed, off_branch, held, earliest: _ } =
            carried;
        let not_allowed_rules = unallowed.into_iter().collect();
        Self {
            schema: "taskmaster.outbox-run/1",
            busy,
            sent,
            dead,
            parked,
            later,
            off_branch,
            not_allowed,
            not_allowed_rules,
            unreadable,
            held,
        }
    }
}

impl OutboxDecisionJson {
    /// What was decided of which.
    #[must_use]
    pub fn of(verdict: Verdict, keys: &[String]) -> Self {
        let decision = match verdict {
            Verdict::Retry => "retry",
            Verdict::Discard => "discard",
        };
        Self { schema: "taskmaster.outbox-decision/1", decision, keys: keys.to_vec() }
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
