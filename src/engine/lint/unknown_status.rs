use serde_json::{Map, Value};

use super::{Lint, Subject};
use crate::engine::action::{self, Meant};
use crate::engine::event::plain;
use crate::format::workflow::{OwnAction, OwnKind};
use crate::model::{Code, Diagnostic, Place};

/// Statuses that actions are to set and that nobody knows.
pub(super) struct UnknownStatus;

impl Lint for UnknownStatus {
    fn code(&self) -> Code {
        Code::UNKNOWN_STATUS
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let workflow = subject.workflow;
        let mut set: Vec<(String, String, &Place)> = Vec::new();
        for (name, OwnAction { kind, place, .. }) in &workflow.own_actions {
            let status = match kind {
                OwnKind::Set(fields) => {
                    fields.iter().find(|(field, _)| field == "status").map(|(_, value)| plain(value))
                }
                OwnKind::CreateTask(task) => status_in(task),
                OwnKind::Run(_) | OwnKind::Webhook(_) | OwnKind::Report(_) => None,
            };
            // What has names in braces is known with the event alone.
            let status = status.filter(|status| !status.contains('{'));
            set.extend(status.map(|status| (format!("the action `{name}`"), status, place)));
        }
        for trigger in &workflow.triggers {
            for call in &trigger.actions {
                let Some(Meant::BuiltIn(action)) = action::resolve(&call.name, workflow) else { continue };
                let makes = call.name.starts_with("create_") && call.name.ends_with("task");
                let status = match status_in(&call.parameters) {
                    Some(status) if action.name() == "set_status" => status,
                    Some(status) if makes && !status.contains('{') => status,
                    _ => continue,
                };
                let who = format!("`{}` of trigger `{}`", call.name, trigger.name.escape_debug());
                set.push((who, status, &call.place));
            }
        }
        let unknown = set.into_iter().filter_map(|(who, status, place)| {
            let unknown = action::unknown(&status, &workflow.statuses, subject.board)?;
            let message = format!("{who} sets the unknown status `{}`", status.escape_debug());
            let names = workflow.statuses.definitions().iter().map(|definition| definition.name.as_str());
            let hint = match unknown.near {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("known are {}; define others under `statuses`", names.collect::<Vec<_>>().join(", "))
                }
            };
            Some(Diagnostic::warning(self.code(), message).at_place(Some(place.clone())).hint(hint))
        });
        unknown.collect()
    }
}

fn status_in(parameters: &Map<String, Value>) -> Option<String> {
    parameters.get("status").filter(|status| !status.is_null()).map(plain)
}
