use super::{About, Action, Context, Outcome, set_status};
use crate::engine::event::{DEPENDENCIES_SATISFIED, Event};
use crate::model::{Category, Task};

/// Frees the tasks that waited for this one.
pub(super) struct TriggerDependentTasks;

impl Action for TriggerDependentTasks {
    fn name(&self) -> &'static str {
        "trigger_dependent_tasks"
    }

    fn about(&self) -> About {
        About {
            writes: "the files of each task that depends on this one and now waits for nothing: `status`, blocked -> pending, never further; raises `task.dependencies.satisfied` for each",
            nothing: "where this task is not done, or others still hold its dependents back; fails where the transition is not allowed",
            parameters: &[],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let Some(task) = context.task else { return Outcome::nothing(context.no_task()) };
        let statuses = &context.board.statuses;
        if statuses.category(task.status()) != Category::Done {
            return Outcome::nothing(format!("task {} is {}, not done", task.id, task.status()));
        }
        let ready: Vec<&Task> = context
            .links
            .dependents(context.board, &task.id)
            .filter(|dependent| !statuses.category(dependent.status()).is_final() && context.board.is_ready(dependent))
            .collect();
        if ready.is_empty() {
            return Outcome::nothing("no task waited for this one alone");
        }
        let blocked = ready.iter().filter(|dependent| statuses.canonical(dependent.status()) == "blocked");
        let mut edits = Vec::new();
        for task in blocked {
            match set_status::set(task, "pending", context.board, context.workflow) {
                Ok(more) => edits.extend(more),
                Err(why) => return Outcome::failed(why),
            }
        }
        let raised = ready
            .iter()
            .map(|dependent| {
                let origin = &context.event.origin;
                Event::about(DEPENDENCIES_SATISFIED, &dependent.id, None, (None, None), origin).caused_by(context.event)
            })
            .collect();
        Outcome::Follows { edits, made: Vec::new(), raised }
    }
}
