use serde_json::Value;

use super::{Lint, Subject};
use crate::engine::action::{self, Makes};
use crate::format::workflow::{OwnKind, Workflow};
use crate::model::{Code, Diagnostic};

/// Variables of the environment in what a trigger calls an action with that edits: they would stay as they are written.
pub(super) struct EditVariable;

impl Lint for EditVariable {
    fn code(&self) -> Code {
        Code::EDIT_VARIABLE
    }

    fn look(&self, Subject { workflow, .. }: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for trigger in &workflow.triggers {
            for call in trigger.actions.iter().filter(|call| edits(workflow, &call.name)) {
                for (name, _) in call.parameters.iter().filter(|(_, value)| has_variable(value)) {
                    let (name, trigger) = (name.escape_debug(), trigger.name.escape_debug());
                    let message = format!(
                        "the parameter `{name}` of `{}` of trigger `{trigger}` has a variable in it",
                        call.name
                    );
                    let finding = Diagnostic::error(self.code(), message).at_place(Some(call.place.clone()));
                    found.push(
                        finding.hint(
                            "what is edited never depends on the environment; use names of the event: {task_title}",
                        ),
                    );
                }
            }
        }
        found
    }
}

/// Whether what an action makes is in the tree.
fn edits(workflow: &Workflow, name: &str) -> bool {
    match workflow.own_actions.get(name) {
        Some(own) => matches!(own.kind, OwnKind::Set(_) | OwnKind::CreateTask(_) | OwnKind::Report(_)),
        None if workflow.declares(name) => false,
        None => action::find(name).is_some_and(|action| action.makes() == Makes::Edits),
    }
}

fn has_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(items) => items.iter().any(has_variable),
        Value::Object(members) => members.values().any(has_variable),
        _ => false,
    }
}
