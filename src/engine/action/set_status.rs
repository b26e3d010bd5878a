use super::{About, Action, Context, Outcome, Parameter, ParameterKind};
use crate::engine::event::plain;
use crate::engine::workspace::{StatusPlaces, TaskEdit};
use crate::format::workflow::Workflow;
use crate::model::{StatusSet, Task, TaskId};

/// Sets a task's status: `set_status`, and `update_task_status` as the wild calls it.
pub(super) struct SetStatus;

impl Action for SetStatus {
    fn name(&self) -> &'static str {
        "set_status"
    }

    fn is_named(&self, name: &str) -> bool {
        matches!(name, "set_status" | "update_task_status")
    }

    fn about(&self) -> About {
        About {
            writes: "the task's files: `status`, to the parameter or the event's `status`",
            nothing: "where the task has that status; fails where there is no such task, no status, or the transition is not allowed",
            parameters: &[
                Parameter {
                    name: "status",
                    kind: ParameterKind::Text,
                    about: "the status; the event's `status` where it is not written",
                },
                Parameter {
                    name: "task",
                    kind: ParameterKind::Scalar,
                    about: "the task's id, or `parent` for the parent of the event's task; the event's task where it is not written",
                },
            ],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let from_event = |field: &str| context.event.metadata.get(field).map(plain);
        let named = context.parameter("task").map(ToOwned::to_owned).or_else(|| {
            let outside = context.event.task.is_none();
            outside.then(|| from_event("task").or_else(|| from_event("task_id"))).flatten()
        });
        let task = match named {
            Some(text) if text == "parent" => {
                context.task.and_then(|task| context.board.tasks.get(task.parent.as_ref()?))
            }
            Some(text) => match TaskId::parse(&text) {
                Ok(id) => context.board.tasks.get(&id),
                Err(error) => return Outcome::failed(error.to_string()),
            },
            None => context.task,
        };
        let Some(task) = task else {
            return Outcome::failed("no task: give the parameter `task`, or send it with the event");
        };
        let Some(status) = context.parameter("status").map(ToOwned::to_owned).or_else(|| from_event("status")) else {
            return Outcome::failed("no status: give the parameter `status`, or send it with the event");
        };
        match set(task, &status, &context.board.statuses, context.workflow) {
            Ok(edits) => Outcome::edits(edits, format!("task {} is {status} already", task.id)),
            Err(why) => Outcome::failed(why),
        }
    }
}

/// Where a status is written under this configuration: everywhere, unless it says otherwise.
#[must_use]
pub fn places(workflow: &Workflow) -> StatusPlaces {
    if workflow.integration.status_sync == Some(false) { StatusPlaces::Home } else { StatusPlaces::All }
}

/// The edits that give a task a status, none where it has it.
///
/// # Errors
/// Where the transition is not allowed: the sentence that says so.
pub fn set(task: &Task, status: &str, statuses: &StatusSet, workflow: &Workflow) -> Result<Vec<TaskEdit>, String> {
    if !statuses.allows(task.status(), status) {
        return Err(format!("task {} may not go from {} to {status}", task.id, task.status()));
    }
    Ok(TaskEdit::status(task, status, statuses, places(workflow)))
}
