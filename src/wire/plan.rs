use serde::Serialize;
use serde_json::Value;

use super::CloudEvent;
use super::emit::OutsideJson;
use crate::app::{Explanation, Why};
use crate::engine::effect::Delivery;
use crate::engine::plan::{ActionResult, Plan, RuleState};
use crate::engine::rule::ConditionResult;

/// What would be edited and sent, and why.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanJson {
    changes: Vec<ChangeJson>,
    files: Vec<String>,
    effects: Vec<EffectJson>,
    steps: Vec<StepJson>,
    warnings: Vec<String>,
}

/// `taskmaster.explain/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExplainJson {
    schema: &'static str,
    engine_commit: Option<String>,
    /// The event from outside that the engine's commit follows from.
    outside: Option<OutsideJson>,
    commits: Vec<String>,
    event: Option<String>,
    /// Why the effects are a preview; null where they would be recorded here.
    preview: Option<String>,
    plan: PlanJson,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ChangeJson {
    event: String,
    trigger: String,
    task: String,
    field: String,
    old: Value,
    new: Value,
    depth: u8,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EffectJson {
    key: String,
    event: String,
    trigger: String,
    action: String,
    kind: &'static str,
    destination: String,
    text: String,
    deliveries: Vec<DeliveryJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DeliveryJson {
    channel: String,
    address: String,
    subject: Option<String>,
    text: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StepJson {
    event: CloudEvent,
    cut: Option<String>,
    rules: Vec<RuleJson>,
    /// How many more rules did not act, where there are too many to list.
    #[serde(skip_serializing_if = "Option::is_none")]
    more_rules: Option<usize>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RuleJson {
    rule: String,
    state: &'static str,
    conditions: Vec<ConditionJson>,
    actions: Vec<ActionJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ConditionJson {
    condition: String,
    actual: Option<Value>,
    holds: bool,
    /// Whether it could not be decided.
    failed: bool,
    why: String,
    /// The conditions of a group.
    members: Vec<ConditionJson>,
}

impl ConditionJson {
    fn of(line: &ConditionResult) -> Self {
        Self {
            condition: line.condition.clone(),
            actual: line.actual.clone(),
            holds: line.holds,
            failed: line.failed,
            why: line.why.clone(),
            members: line.members.iter().map(Self::of).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ActionJson {
    action: String,
    result: &'static str,
    detail: Option<String>,
}

impl ExplainJson {
    /// The whole explanation.
    #[must_use]
    pub fn of(explanation: &Explanation) -> Self {
        Self {
            schema: "taskmaster.explain/1",
            engine_commit: explanation.engine.as_ref().map(|made| made.commit.id.to_string()),
            outside: explanation.engine.as_ref().and_then(|made| match &made.why {
                Why::Outside(outside) => Some(OutsideJson::of(outside)),
                _ => None,
            }),
            commits: explanation.sources.iter().map(|commit| commit.id.to_string()).collect(),
            event: explanation.event.as_ref().map(ToString::to_string),
            preview: explanation.preview(),
            plan: PlanJson::of(&explanation.plan),
        }
    }
}

impl PlanJson {
    /// The whole plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let changes = plan.changes.iter().map(|change| ChangeJson {
            event: change.event.to_string(),
            trigger: change.trigger.clone(),
            task: change.task.to_string(),
            field: change.field.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
            depth: change.depth,
        });
        let effects = plan.effects.iter().map(|effect| EffectJson {
            key: effect.key.clone(),
            event: effect.event.to_string(),
            trigger: effect.trigger.clone(),
            action: effect.action.clone(),
            kind: effect.effect.kind.name(),
            destination: effect.effect.destination.clone(),
            text: effect.effect.text.clone(),
            deliveries: effect.effect.deliveries.iter().map(DeliveryJson::of).collect(),
        });
        let steps = plan.steps.iter().map(|step| StepJson {
            event: CloudEvent::of(&step.event),
            cut: step.cut.clone(),
            more_rules: Some(step.untold).filter(|untold| *untold > 0),
            rules: step
                .rules
                .iter()
                .map(|rule| RuleJson {
                    rule: rule.name.clone(),
                    state: state_name(&rule.state),
                    conditions: conditions(&rule.state),
                    actions: rule
                        .actions
                        .iter()
                        .map(|action| {
                            let (result, detail) = result_of(&action.result);
                            ActionJson { action: action.name.clone(), result, detail }
                        })
                        .collect(),
                })
                .collect(),
        });
        Self {
            changes: changes.collect(),
            files: plan.files.iter().map(|file| file.path.to_string()).collect(),
            effects: effects.collect(),
            steps: steps.collect(),
            warnings: plan.warnings().chain(plan.missing_names()).collect(),
        }
    }
}

impl DeliveryJson {
    fn of(delivery: &Delivery) -> Self {
        Self {
            channel: delivery.channel.clone(),
            address: delivery.address.clone(),
            subject: delivery.subject.clone(),
            text: delivery.text.clone(),
        }
    }
}

fn state_name(state: &RuleState) -> &'static str {
    match state {
        RuleState::Standing => "standing",
        RuleState::Fired(_) => "fired",
        RuleState::Unfulfilled(_) => "unfulfilled",
        RuleState::Disabled => "disabled",
        RuleState::Repeated => "repeated",
        RuleState::Superseded => "superseded",
        RuleState::LeftOut => "left-out",
    }
}

fn conditions(state: &RuleState) -> Vec<ConditionJson> {
    let (RuleState::Fired(verdict) | RuleState::Unfulfilled(verdict)) = state else { return Vec::new() };
    verdict.lines.iter().map(ConditionJson::of).collect()
}

fn result_of(result: &ActionResult) -> (&'static str, Option<String>) {
    match result {
        ActionResult::Changed { fields } => ("changed", Some(format!("{fields} fields"))),
        ActionResult::Made { tasks, files } => {
            let tasks = tasks.iter().map(|task| format!("task {task}"));
            let all: Vec<String> = tasks.chain(files.iter().map(ToString::to_string)).collect();
            ("made", Some(all.join(", ")))
        }
        ActionResult::Raised { events, without } => {
            let without = without.as_ref().map(|why| format!("; no effect: {why}")).unwrap_or_default();
            ("raised", Some(format!("{events} events{without}")))
        }
        ActionResult::Effect { text } => ("effect", Some(text.clone())),
        ActionResult::Nothing { why } => ("nothing", Some(why.clone())),
        ActionResult::Failed { why } => ("failed", Some(why.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{Event, Origin};
    use crate::engine::plan::Step;

    #[test]
    fn rules_that_are_not_listed_are_counted() {
        let event = Event::of_tree("deployment.success", (None, None), &Origin::default());
        let steps = [0, 7].map(|untold| Step { untold, ..Step::of(event.clone()) });
        let plan = PlanJson::of(&Plan { steps: steps.to_vec(), ..Plan::default() });
        let json = serde_json::to_value(&plan).unwrap();
        assert_eq!(json["steps"][0].get("more_rules"), None);
        assert_eq!(json["steps"][1]["more_rules"], 7);
    }
}
