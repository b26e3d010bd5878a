use super::{Lint, Subject};
use crate::engine::action;
use crate::model::{Code, Diagnostic};

/// Variables of the environment in what a trigger calls an action with that edits: it fails each time.
pub(super) struct EditVariable;

impl Lint for EditVariable {
    fn code(&self) -> Code {
        Code::EDIT_VARIABLE
    }

    fn look(&self, Subject { workflow, .. }: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for trigger in &workflow.triggers {
            for call in &trigger.actions {
                let Some(meant) = action::resolve(&call.name, workflow) else { continue };
                for name in meant.variables(call) {
                    let (name, trigger) = (name.escape_debug(), trigger.name.escape_debug());
                    let which = format!("`{}` of trigger `{trigger}`", call.name);
                    let message = format!("{which} fails each time: the parameter `{name}` has a variable in it");
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
