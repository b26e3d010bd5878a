use serde_json::Value;

use super::{About, Action, Context, Outcome};
use crate::engine::workspace::TaskEdit;
use crate::format::edit::FieldEdit;

/// Gives a task that nobody has to whom the configuration names.
pub(super) struct AssignDefaultAgent;

impl Action for AssignDefaultAgent {
    fn name(&self) -> &'static str {
        "assign_default_agent"
    }

    fn about(&self) -> About {
        About {
            writes: "the task's home file: `assignee`, from nothing to `task_integration.default_assignee`",
            nothing: "where the task has an assignee, there is no default, or `task_integration.auto_assign_agents` is off",
            parameters: &[],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let settings = &context.workflow.integration;
        if settings.auto_assign_agents == Some(false) {
            return Outcome::nothing("switched off by task_integration.auto_assign_agents");
        }
        let Some(assignee) = &settings.default_assignee else {
            return Outcome::nothing("task_integration.default_assignee is not set");
        };
        let Some(task) = context.task else { return Outcome::nothing(context.no_task()) };
        let has = match task.record.fields.get("assignee") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
            Some(other) => Some(other.to_string()),
        };
        if let Some(has) = has {
            return Outcome::nothing(format!("task {} is {has}'s", task.id));
        }
        let edit = TaskEdit {
            task: task.id.clone(),
            path: task.path.clone(),
            kind: task.record.kind,
            edit: FieldEdit::new("assignee", assignee.as_str()),
        };
        Outcome::edits(vec![edit], "")
    }
}
