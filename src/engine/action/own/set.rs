use serde_json::Value;

use super::super::{Context, Outcome, set_status};
use crate::engine::template;
use crate::engine::workspace::TaskEdit;
use crate::format::edit::FieldEdit;

/// Sets fields of the event's task. A text may have names in braces: of the event, of the task, or of
/// the call's parameters. None of them knows the clock or the environment.
pub(super) fn plan(context: &Context<'_>, fields: &[(String, Value)]) -> Outcome {
    let Some(task) = context.task else { return Outcome::failed(context.no_task()) };
    let mut edits = Vec::new();
    for (field, value) in fields {
        let value = match value {
            Value::String(text) => {
                if let Some(why) = super::unfilled(context, field, text) {
                    return Outcome::failed(why);
                }
                let rendered = super::filled(context, text, &str::to_owned);
                if rendered.cut {
                    return Outcome::failed(template::too_long(field));
                }
                Value::String(rendered.text)
            }
            other => other.clone(),
        };
        if field == "status" {
            let status = crate::engine::event::plain(&value);
            match set_status::set(task, &status, context.board, context.workflow) {
                Ok(more) => edits.extend(more),
                Err(why) => return Outcome::failed(why),
            }
            continue;
        }
        edits.push(TaskEdit {
            task: task.id.clone(),
            path: task.path.clone(),
            kind: task.record.kind,
            edit: FieldEdit { path: field.split('.').map(ToOwned::to_owned).collect(), value },
        });
    }
    Outcome::edits(edits, format!("task {} is so already", task.id))
}
