use super::{About, Action, Context, Outcome};
use crate::engine::event::plain;
use crate::engine::workspace::{StatusPlaces, TaskEdit};

/// Keeps every place that repeats a task's status in step with the one that changed.
pub(super) struct StatusSync;

impl Action for StatusSync {
    fn name(&self) -> &'static str {
        "status_sync"
    }

    fn about(&self) -> About {
        About {
            writes: "every file that repeats the task's status: `status`, from what it says to the status that changed",
            nothing: "where all agree. Only the task of the event: drift of other tasks stays",
            parameters: &[],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let (Some(task), Some(status)) = (context.task, context.event.new.as_ref().map(plain)) else {
            return Outcome::nothing("the event is about no task's status");
        };
        if !context.event.is_status() {
            return Outcome::nothing("the event is about no task's status");
        }
        let edits = TaskEdit::status_as_spelled(task, &status, context.board, StatusPlaces::All);
        Outcome::edits(edits, "every place says so already")
    }
}
