use serde_json::{Map, Value, json};

use super::{About, Action, Context, Makes, Outcome, Parameter, ParameterKind};
use crate::engine::effect::{Delivery, Effect, EffectKind};
use crate::engine::event::{Event, plain};
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
            writes: "no file itself: raises `workflow.<name>.requested` for other triggers, and an effect `dispatch`, which starts a workflow of GitHub Actions where `endpoints.github` says in which repository. `trigger_rollback_workflow` raises `workflow.rollback.requested`",
            nothing: "never: it is asked for each time",
            parameters: &[Parameter {
                name: Parameter::ANY_OTHER,
                kind: ParameterKind::Any,
                about: "kept in the `metadata` of the event it raises, and the inputs of a workflow that is started; texts are templates",
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
        let mut missing = Vec::new();
        let parameters = context.call.map(|call| &call.parameters).into_iter().flatten();
        let parameters: Map<String, Value> =
            parameters.map(|(name, value)| (name.clone(), message::filled(context, value, &mut missing))).collect();
        metadata.extend(parameters.clone());
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
        let delivery = github(context, &workflow, parameters);
        let effect = Effect {
            kind: EffectKind::Dispatch,
            destination: name.to_owned(),
            text: format!("workflow {workflow} is asked for: {kind}"),
            deliveries: delivery.into_iter().collect(),
            data,
            missing,
        };
        Outcome::Effect { effect: Box::new(effect), raised: vec![raised] }
    }
}

/// The request that starts a workflow of GitHub Actions, as its manual has it ("REST API endpoints for workflows",
/// "Create a repository dispatch event"). `None` where no repository is named.
fn github(context: &Context<'_>, workflow: &str, parameters: Map<String, Value>) -> Option<Delivery> {
    let settings = context.outside.sections.get("endpoints")?.get("github")?;
    let text = |name: &str| settings.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let repository = text("repository")?;
    let file = settings.get("workflows").and_then(|files| files.get(workflow)).and_then(Value::as_str);
    let (end, body) = if let Some(file) = file {
        let branch = text("ref").or(context.workflow.git.canonical.as_deref()).unwrap_or("main");
        // Inputs are texts, whatever their type in the workflow's file.
        let inputs: Map<String, Value> =
            parameters.into_iter().map(|(name, value)| (name, Value::String(plain(&value)))).collect();
        (format!("actions/workflows/{}/dispatches", segment(file)), json!({ "ref": branch, "inputs": inputs }))
    } else {
        let event = context.event;
        let payload = json!({
            "event": event.kind,
            "event_id": event.id.to_string(),
            "task": event.task.as_ref().map(ToString::to_string),
            "title": context.task_then().map(crate::model::Task::title),
            "old": event.old,
            "new": event.new,
            "commit": event.origin.commit.as_ref().map(ToString::to_string),
            "trigger": context.trigger.map(|trigger| &trigger.name),
            "parameters": parameters,
        });
        ("dispatches".to_owned(), json!({ "event_type": workflow, "client_payload": payload }))
    };
    let api = text("api").unwrap_or("https://api.github.com").trim_end_matches('/');
    Some(Delivery {
        channel: "github".to_owned(),
        address: format!("{} of {repository}", file.unwrap_or(workflow)),
        url: Some(format!("{api}/repos/{repository}/{end}")),
        recipients: Vec::new(),
        secret: Some(text("token").unwrap_or("${GITHUB_TOKEN}").to_owned()),
        subject: None,
        text: body.to_string(),
    })
}

/// One part of a path: what would end it is written out. Names of variables stay, they are filled in later.
fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'$' | b'{' | b'}' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
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
