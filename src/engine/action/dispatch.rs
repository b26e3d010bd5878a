use serde_json::{Map, Value, json};

use super::{About, Action, Context, Makes, Outcome, Parameter, ParameterKind};
use crate::engine::effect::{Effect, EffectKind};
use crate::engine::event::Event;
use crate::engine::message;

/// Other workflows: `trigger_*_workflow` and the like.
pub(super) struct Dispatch;

impl Action for Dispatch {
    fn name(&self) -> &'static str {
        "trigger_*"
    }

    fn is_named(&self, name: &str) -> bool {
        !workflow_of(name).is_empty()
    }

    fn about(&self) -> About {
        About {
            writes: "no file itself: raises `workflow.<name>.requested` for other triggers, and an effect `dispatch` for whoever listens outside. `trigger_rollback_workflow` raises `workflow.rollback.requested`",
            nothing: "never: it is asked for each time",
            parameters: &[Parameter {
                name: Parameter::ANY_OTHER,
                kind: ParameterKind::Any,
                about: "kept in the `metadata` of the event it raises",
            }],
        }
    }

    fn makes(&self) -> Makes {
        Makes::Effects
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let name = context.call.map_or("trigger_workflow", |call| call.name.as_str());
        let workflow = workflow_of(name);
        let kind = format!("workflow.{workflow}.requested");
        let cause = context.event;
        let mut metadata: Map<String, Value> = cause.metadata.clone();
        metadata.extend(context.call.map(|call| call.parameters.clone()).unwrap_or_default());
        metadata.insert("workflow".to_owned(), json!(workflow));
        if let Some(trigger) = context.trigger {
            metadata.insert("requested_by".to_owned(), json!(trigger.name));
        }
        let mut raised = match &cause.task {
            Some(task) => Event::about(&kind, task, None, (None, None), &cause.origin),
            None => Event::of_tree(&kind, (None, None), &cause.origin),
        }
        .requested_by(cause);
        raised.metadata.clone_from(&metadata);
        let mut data = message::data(context);
        if let Some(data) = data.as_object_mut() {
            data.insert("workflow".to_owned(), json!(workflow));
            data.insert("metadata".to_owned(), Value::Object(metadata));
        }
        let effect = Effect {
            kind: EffectKind::Dispatch,
            destination: name.to_owned(),
            text: format!("workflow {workflow} is asked for: {kind}"),
            deliveries: Vec::new(),
            data,
            missing: Vec::new(),
        };
        Outcome::Effect { effect: Box::new(effect), raised: vec![raised] }
    }
}

/// The event that an action of this name raises: `trigger_rollback_workflow` asks for the workflow
/// `rollback`. `None` where the name asks for none.
#[must_use]
pub fn requested_event(name: &str) -> Option<String> {
    let workflow = workflow_of(name);
    (!workflow.is_empty()).then(|| format!("workflow.{workflow}.requested"))
}

/// The workflow that an action's name asks for; empty where it asks for none.
fn workflow_of(name: &str) -> String {
    let Some(rest) = name.strip_prefix("trigger_") else { return String::new() };
    let rest = rest.strip_suffix("_workflow").unwrap_or(rest);
    let clean = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    rest.chars().map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::workflow_of;

    #[test]
    fn the_name_says_which_workflow() {
        assert_eq!(workflow_of("trigger_rollback_workflow"), "rollback");
        assert_eq!(workflow_of("trigger_incident_response"), "incident_response");
        assert_eq!(workflow_of("trigger_Deploy-All_workflow"), "deploy_all");
        assert_eq!(workflow_of("trigger_"), "");
        assert_eq!(workflow_of("notify_all"), "");
    }
}
