use serde_json::Value;

use super::{About, Action, Context, Outcome};
use crate::engine::event::UPDATED_FIELDS;
use crate::engine::workspace::TaskEdit;
use crate::format::dates;
use crate::format::edit::FieldEdit;

/// Moves a task's `updated` date forward to that of the commit that changed its status.
pub(super) struct UpdatedDate;

impl Action for UpdatedDate {
    fn name(&self) -> &'static str {
        "updated_date"
    }

    fn about(&self) -> About {
        About {
            writes: "the task's home file: `updated` or `updatedAt`, to the date of the source commit in the spelling it has",
            nothing: "where the field is missing, later, or spelled in a way that is not known, or whoever changed the task has set it",
            parameters: &[],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let (Some(task), Some(moment)) = (context.task, context.moment) else {
            return Outcome::nothing("there is no task, or no commit to take the date from");
        };
        let found = UPDATED_FIELDS.into_iter().find_map(|field| match task.record.fields.get(field) {
            Some(Value::String(old)) => Some((field, old)),
            _ => None,
        });
        let Some((field, old)) = found else { return Outcome::nothing("the task has no date of its last change") };
        // A program that keeps the date itself knows when it was at work, which is truer than when that was committed.
        if context.event.is_dated {
            return Outcome::nothing(format!("`{field}` was set together with what happened"));
        }
        let Some(new) = dates::respell(old, moment) else {
            return Outcome::nothing(format!("`{field}` is spelled in a way that is not known: {old}"));
        };
        if !dates::is_before(old, moment) {
            return Outcome::nothing(format!("`{field}` is not older than the commit"));
        }
        let edit = TaskEdit {
            task: task.id.clone(),
            path: task.path.clone(),
            kind: task.record.kind,
            edit: FieldEdit::new(field, new),
        };
        Outcome::edits(vec![edit], "")
    }
}
