use super::{About, Action, Context, Outcome, set_status};
use crate::model::{Category, Task};

/// Lets a parent's status follow from its subtasks'.
pub(super) struct RollUpParent;

impl Action for RollUpParent {
    fn name(&self) -> &'static str {
        "roll_up_parent"
    }

    fn about(&self) -> About {
        About {
            writes: "the parent's files: `status`, to done once every subtask is done or cancelled (and one is done), to in-progress once any is started while the parent is not",
            nothing: "otherwise. Never reopens a parent, never touches subtasks; fails where the transition is not allowed",
            parameters: &[],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        if context.event.gone.is_some() {
            return Outcome::nothing(context.no_task());
        }
        let parent = context.task.and_then(|task| task.parent.as_ref()).and_then(|id| context.board.tasks.get(id));
        let Some(parent) = parent else { return Outcome::nothing("the task has no parent") };
        let category = |task: &Task| context.board.statuses.category(task.status());
        // Where many subtasks change at once, most find a parent that needs nothing: no other one is looked at then.
        let status = match category(parent) {
            Category::Done | Category::Failed | Category::Cancelled => None,
            of_parent => {
                let children = || context.links.children(context.board, &parent.id).map(category);
                let finished = children().all(|child| matches!(child, Category::Done | Category::Cancelled))
                    && children().any(|child| child == Category::Done);
                let is_started = |child| matches!(child, Category::Active | Category::Review | Category::Done);
                match of_parent {
                    _ if finished => Some("done"),
                    Category::Todo if children().any(is_started) => Some("in-progress"),
                    _ => None,
                }
            }
        };
        let Some(status) = status else {
            return Outcome::nothing(format!("task {} is rightly {}", parent.id, parent.status()));
        };
        match set_status::set(parent, status, context.board, context.workflow) {
            Ok(edits) => Outcome::edits(edits, ""),
            Err(why) => Outcome::failed(why),
        }
    }
}
