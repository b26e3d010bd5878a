//! Triggers that make a task which sets them going again by its title.

use serde_json::Value;

use crate::engine::action::{self, Meant};
use crate::format::workflow::{ActionCall, Condition, Operator, OwnAction, OwnKind, Test, Trigger, Workflow};

/// Whether a `reentrant` trigger asks for nothing but a title that a task has which it makes itself.
pub(super) fn fulfils_itself(trigger: &Trigger, workflow: &Workflow) -> bool {
    let fits = |title: &str| {
        trigger.conditions.iter().all(|condition| match condition {
            Condition::Test(test) => has(title, test),
            Condition::Group(_) | Condition::When(_) => false,
        })
    };
    trigger.reentrant && trigger.actions.iter().filter_map(|call| title(call, workflow)).any(fits)
}

/// The title that a call gives the task which it makes, with names in braces.
fn title<'a>(call: &'a ActionCall, workflow: &'a Workflow) -> Option<&'a str> {
    let parameters = match action::resolve(&call.name, workflow)? {
        Meant::Own(OwnAction { kind: OwnKind::CreateTask(parameters), .. }) => parameters,
        Meant::BuiltIn(action) if action.name().starts_with("create_task") => &call.parameters,
        _ => return None,
    };
    parameters.get("title").and_then(Value::as_str)
}

/// Whether a title passes a test whatever its names stand for.
fn has(title: &str, test: &Test) -> bool {
    let is_title = matches!(test.field.segments().as_slice(), ["title"] | ["task", "title"]);
    let Some(wanted) = test.value.as_str().filter(|_| is_title && test.field.related().is_none()) else { return false };
    // What stands before the first name, and what behind the last one.
    let (before, behind) = (title.split('{').next().unwrap_or_default(), title.rsplit('}').next().unwrap_or_default());
    match test.operator {
        Operator::StartsWith => before.starts_with(wanted),
        Operator::EndsWith => behind.ends_with(wanted),
        Operator::Contains => before.contains(wanted) || behind.contains(wanted),
        Operator::Equals => title == wanted && !title.contains('{'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::found;

    #[test]
    fn a_title_that_sets_its_own_trigger_going_is_a_loop() {
        let loops = |operator: &str, value: &str, title: &str, more: &str| {
            let rule = format!(
                "- {{name: t, event: task.created{more}, conditions: [{{field: title, operator: {operator}, value: {value}}}], \
                 actions: [{{create_task: {{title: \"{title}\"}}}}]}}\n"
            );
            found(&rule).contains("rule-loop")
        };
        let again = ", reentrant: true";
        assert!(loops("starts_with", "loop", "loop {task_title}", again));
        assert!(loops("ends_with", "again", "{task_title} again", again));
        assert!(loops("contains", "oo", "loop {task_title}", again));
        assert!(loops("equals", "loop", "loop", again));
        assert!(!loops("starts_with", "loop", "loop {task_title}", ""));
        assert!(!loops("starts_with", "loop", "Look into {task_title}", again));
        assert!(!loops("starts_with", "loop", "{task_title}", again));
        assert!(!loops("equals", "loop", "loop {task_title}", again));
    }
}
