use super::{About, Action, Context, Outcome, Parameter, ParameterKind};
use crate::engine::event::plain;
use crate::engine::workspace::{StatusPlaces, TaskEdit};
use crate::format::workflow::{Workflow, suggest};
use crate::model::{Board, StatusSet, Task, TaskId};

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
            nothing: "where the task has that status; fails where there is no such task, no status, no definition of the status and no task that has it, or the transition is not allowed",
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
        // A number is how YAML reads an id without quotes.
        let given = |name: &str| context.call?.parameters.get(name).filter(|value| !value.is_null()).map(plain);
        let named = given("task").or_else(|| {
            let outside = context.event.task.is_none();
            outside.then(|| from_event("task").or_else(|| from_event("task_id"))).flatten()
        });
        let task = match named {
            Some(text) if text == "parent" => {
                let parent = context.task_then().and_then(|task| task.parent.as_ref());
                parent.and_then(|parent| context.board.tasks.get(parent)).ok_or_else(|| match &context.event.task {
                    Some(task) => format!("task {task} has no parent"),
                    None => context.no_task(),
                })
            }
            Some(text) => match TaskId::parse(&text) {
                Ok(id) => context.board.tasks.get(&id).ok_or_else(|| format!("there is no task {id}")),
                Err(error) => Err(error.to_string()),
            },
            None => context.task.ok_or_else(|| match context.event.task {
                Some(_) => context.no_task(),
                None => "no task: give the parameter `task`, or send it with the event".to_owned(),
            }),
        };
        let task = match task {
            Ok(task) => task,
            Err(why) => return Outcome::failed(why),
        };
        let Some(status) = given("status").or_else(|| from_event("status")) else {
            return Outcome::failed("no status: give the parameter `status`, or send it with the event");
        };
        match set(task, &status, context.board, context.workflow) {
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
/// Where nobody knows the status, or the transition is not allowed: the sentence that says so.
pub fn set(task: &Task, status: &str, board: &Board, workflow: &Workflow) -> Result<Vec<TaskEdit>, String> {
    let statuses = &board.statuses;
    if let Some(unknown) = unknown(status, statuses, board) {
        return Err(unknown.to_string());
    }
    if !statuses.allows(task.status(), status) {
        return Err(format!("task {} may not go from {} to {status}", task.id, task.status()));
    }
    Ok(TaskEdit::status_as_spelled(task, status, board, places(workflow)))
}

/// A status that is neither defined nor any task's: a slip of the keyboard, most likely.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no status `{}`{}", status.escape_debug(), near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownStatus {
    /// As it was given.
    pub status: String,
    /// The one it was most likely meant to be, if one is close.
    pub near: Option<String>,
}

/// Whether nobody knows a status: it is neither defined in `statuses` nor that of a task.
#[must_use]
pub fn unknown(status: &str, statuses: &StatusSet, board: &Board) -> Option<UnknownStatus> {
    let is_used = || board.tasks.values().any(|task| statuses.same(task.status(), status));
    if statuses.find(status).is_some() || is_used() {
        return None;
    }
    let names = statuses.definitions().iter().flat_map(|definition| {
        std::iter::once(definition.name.as_str()).chain(definition.aliases.iter().map(String::as_str))
    });
    let near = suggest::closest(status, names.chain(board.tasks.values().map(Task::status)));
    Some(UnknownStatus { status: status.to_owned(), near: near.map(ToOwned::to_owned) })
}
