//! Triggers that make a task which sets them going again, by what is certain of it.

use serde_json::{Map, Value, json};

use super::logic::constant;
use super::rule_loop::decide;
use crate::engine::action::{self, Meant};
use crate::engine::creation::{CREATED_BY, ENGINE};
use crate::engine::event::CREATED;
use crate::engine::rule::{MapFacts, evaluate};
use crate::format::workflow::{ActionCall, Condition, Operator, OwnAction, OwnKind, Test, Trigger, Workflow};
use crate::model::Priority;

/// Whether a `reentrant` trigger asks for nothing but what a task certainly is that it makes itself.
pub(super) fn fulfils_itself(trigger: &Trigger, workflow: &Workflow) -> bool {
    let fits = |made: Map<String, Value>| {
        let made = MadeTask::of(made, trigger, workflow);
        trigger.conditions.iter().all(|condition| decide(condition, &|one| made.passes(one, workflow)) == Some(true))
    };
    trigger.reentrant && trigger.actions.iter().filter_map(|call| made_by(call, workflow)).any(fits)
}

/// What a call writes into the task that it makes, with names in braces.
fn made_by(call: &ActionCall, workflow: &Workflow) -> Option<Map<String, Value>> {
    match action::resolve(&call.name, workflow)? {
        Meant::Own(OwnAction { kind: OwnKind::CreateTask(parameters), .. }) => {
            Some(action::written_task(None, parameters, workflow))
        }
        Meant::BuiltIn(action) if action.name().starts_with("create_task") => {
            Some(action::written_task(Some(&call.name), &call.parameters, workflow))
        }
        _ => None,
    }
}

/// A task that is made.
struct MadeTask {
    /// What is written, with names in braces.
    written: Map<String, Value>,
    /// What is the same whatever the event is.
    facts: MapFacts,
}

impl MadeTask {
    fn of(mut written: Map<String, Value>, trigger: &Trigger, workflow: &Workflow) -> Self {
        written.insert(CREATED_BY.to_owned(), json!(format!("{ENGINE}/{}", trigger.name)));
        let is_fixed = |(_, value): &(&String, &Value)| !action::texts_of(value).iter().any(|text| text.contains('{'));
        let mut fixed: Map<String, Value> =
            written.iter().filter(is_fixed).map(|(key, value)| (key.clone(), value.clone())).collect();
        // Expressions know each by its one name.
        for (name, value) in &mut fixed {
            if let Some(text) = value.as_str() {
                match name.as_str() {
                    "status" => *value = json!(workflow.statuses.canonical(text)),
                    "priority" => *value = json!(Priority::parse(text).to_string()),
                    _ => {}
                }
            }
        }
        let mut values = fixed.clone();
        values.insert("task".to_owned(), Value::Object(fixed));
        values.insert("event".to_owned(), json!(CREATED));
        Self { written, facts: MapFacts::new(Value::Object(values)) }
    }

    /// Whether it passes a test or an expression; `None` where that depends on more.
    fn passes(&self, condition: &Condition, workflow: &Workflow) -> Option<bool> {
        let holds = || evaluate(std::slice::from_ref(condition), &self.facts, &workflow.statuses).holds;
        match condition {
            Condition::Test(test) => {
                let segments = test.field.segments();
                let name = match segments.as_slice() {
                    ["task", name, ..] | [name, ..] => *name,
                    [] => return None,
                };
                // What stands above it, beside it or in its past is not known.
                if test.field.related().is_some() || test.operator.is_about_change() || is_above(&segments) {
                    return None;
                }
                let is_fixed = name == "event" || self.facts.values.contains_key(name);
                if is_fixed { Some(holds()) } else { has(self.written.get(name)?, test).then_some(true) }
            }
            Condition::When(when) => {
                let mut names = when.expression.names();
                let is_fixed =
                    names.all(|name| name != "task" && name != "parent" && self.facts.values.contains_key(name));
                constant(&when.expression).or_else(|| is_fixed.then(holds))
            }
            Condition::Group(_) => None,
        }
    }
}

/// Whether a path leads to the task above.
fn is_above(segments: &[&str]) -> bool {
    matches!(segments, ["parent", _, ..] | ["task", "parent", _, ..])
}

/// Whether a value passes a test whatever its names stand for.
fn has(written: &Value, test: &Test) -> bool {
    if let Some(items) = written.as_array() {
        let fixed = items.iter().filter(|item| item.as_str().is_none_or(|text| !text.contains('{')));
        return test.operator == Operator::Contains && fixed.into_iter().any(|item| *item == test.value);
    }
    let Some(line) = written.as_str() else { return false };
    // A name that stands for nothing makes no task.
    if test.operator == Operator::Exists {
        return true;
    }
    let Some(wanted) = test.value.as_str() else { return false };
    // What stands before the first name, and what behind the last one.
    let (before, behind) = (line.split('{').next().unwrap_or_default(), line.rsplit('}').next().unwrap_or_default());
    match test.operator {
        Operator::StartsWith => before.starts_with(wanted),
        Operator::EndsWith => behind.ends_with(wanted),
        Operator::Contains => before.contains(wanted) || behind.contains(wanted),
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

    /// Whether a rule with these conditions and parameters sets itself going again.
    fn loops(conditions: &str, parameters: &str) -> bool {
        let rule = format!(
            "- {{name: t, event: task.created, reentrant: true, conditions: [{conditions}], actions: [{{create_task: {{title: x{parameters}}}}}]}}\n"
        );
        found(&rule).contains("rule-loop")
    }

    fn is(field: &str, value: &str) -> String {
        format!("{{field: {field}, operator: equals, value: {value}}}")
    }

    #[test]
    fn a_task_sets_its_own_trigger_going_by_each_field_that_is_certain() {
        for (conditions, parameters) in [
            (is("priority", "high"), ", priority: P1"),
            (is("task.priority", "high"), ", priority: high"),
            (is("status", "pending"), ""),
            (is("status.category", "todo"), ""),
            (is("status", "in-progress"), ", status: in_progress"),
            (is("type", "automation"), ""),
            ("{field: type, operator: not_equals, value: bug}".to_owned(), ""),
            ("{field: tags, operator: contains, value: loop}".to_owned(), ", tags: [loop, '{task.id}']"),
            ("{field: tags, operator: contains, value: loop}".to_owned(), ", tags: [loop]"),
            ("{field: parent, operator: exists}".to_owned(), ", parent: '{task.id}'"),
            ("{field: description, operator: starts_with, value: See}".to_owned(), ", description: 'See {task.id}'"),
            (is("created_by", "taskmaster/t"), ""),
            ("{when: \"priority == 'high'\"}".to_owned(), ", priority: high"),
            (format!("{{any: [{}, {}]}}", is("risk", "high"), is("priority", "high")), ", priority: high"),
            (format!("{}, {}", is("status", "pending"), is("priority", "high")), ", priority: high"),
        ] {
            assert!(loops(&conditions, parameters), "{conditions} {parameters}");
        }
    }

    #[test]
    fn nothing_is_said_where_it_depends_on_more() {
        for (conditions, parameters) in [
            (is("priority", "high"), ", priority: low"),
            (is("priority", "high"), ", priority: '{task_priority}'"),
            (is("priority", "high"), ""),
            (is("status", "pending"), ", status: done"),
            (is("type", "bug"), ""),
            (is("parent.status", "pending"), ", parent: '{task.id}'"),
            (is("parent", "3"), ", parent: '{task.id}'"),
            (is("labels", "x"), ", tags: [x]"),
            ("{field: tags, operator: contains, value: loop}".to_owned(), ", tags: ['{task.id}']"),
            ("{field: type, operator: not_equals, value: automation}".to_owned(), ""),
            ("{field: status, operator: changed_to, value: pending}".to_owned(), ""),
            ("{field: subtasks.any.status, operator: equals, value: pending}".to_owned(), ""),
            ("{when: \"priority == 'high' and risk == 'high'\"}".to_owned(), ", priority: high"),
            (format!("{{none: [{}]}}", is("priority", "high")), ", priority: high"),
            (format!("{}, {}", is("status", "pending"), is("risk", "high")), ""),
        ] {
            assert!(!loops(&conditions, parameters), "{conditions} {parameters}");
        }
    }
}
