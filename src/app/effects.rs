//! What is to happen outside the tree, recorded before the branch moves.

use serde_json::{Value, json};

use super::{AppError, Project};
use crate::engine::plan::Plan;
use crate::format::workflow::Workflow;
use crate::store::{Intent, IntentState, Outbox};

/// Writes an intent for each effect. Nothing in this version carries effects out, and no
/// configuration has been allowed to: they are recorded as skipped, and allowing them later sends
/// nothing after the fact.
pub(super) fn record(project: &Project, plan: &Plan, workflow: &Workflow, branch: &str) -> Result<(), AppError> {
    let canonical = project.repository.canonical(workflow.git.canonical.as_deref());
    if canonical.is_none_or(|canonical| canonical.branch != branch) {
        return Ok(());
    }
    let outbox = Outbox::new(&project.repository.store_dir());
    for effect in plan.effects.iter().filter(|effect| !effect.inherited) {
        let requires = plan.steps.iter().find(|step| step.event.id == effect.event);
        let requires = requires.and_then(|step| step.event.origin.commit.as_ref()).map(ToString::to_string);
        let wanted = &effect.effect;
        let deliveries: Vec<Value> = wanted
            .deliveries
            .iter()
            .map(|to| json!({ "channel": to.channel, "address": to.address, "subject": to.subject, "text": to.text }))
            .collect();
        let intent = Intent {
            schema: "taskmaster.intent/1".to_owned(),
            key: effect.key.clone(),
            event: effect.event.to_string(),
            trigger: effect.trigger.clone(),
            action: effect.action.clone(),
            task: effect.task.as_ref().map(ToString::to_string),
            requires: requires.unwrap_or_default(),
            data: json!({
                "kind": wanted.kind.name(),
                "environment": project.environment(workflow),
                "text": wanted.text,
                "deliveries": deliveries,
                "event": wanted.data,
            }),
        };
        outbox.record(&intent, IntentState::Skipped, "outside effects are not allowed in this clone")?;
    }
    Ok(())
}
