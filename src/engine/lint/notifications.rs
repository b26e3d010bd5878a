use std::collections::BTreeSet;

use serde_json::Value;

use super::{Lint, Subject, unknown_event};
use crate::engine::action::{self, Meant};
use crate::engine::naming::{ALSO_CALLED, TEST_RESULTS};
use crate::format::workflow::{Notifications, Workflow, suggest};
use crate::model::{Category, Code, Diagnostic};

/// Templates, kinds of channels and names of messages that there are not.
pub(super) struct UnknownMessage;

/// The kinds of channels that have an escaping of their own.
const KINDS: [&str; 3] = ["email", "slack", "webhook"];

impl Lint for UnknownMessage {
    fn code(&self) -> Code {
        Code::UNKNOWN_MESSAGE
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let workflow = subject.workflow;
        let templates = templates(workflow);
        let mut found = Vec::new();
        for trigger in &workflow.triggers {
            for call in &trigger.actions {
                let Some(Meant::BuiltIn(action)) = action::resolve(&call.name, workflow) else { continue };
                let takes = action.about().parameters.iter().any(|parameter| parameter.name == "template");
                let Some(name) = call.parameters.get("template").and_then(Value::as_str).filter(|_| takes) else {
                    continue;
                };
                // A text of the call's own comes first.
                if templates.contains(name) || call.parameters.contains_key("text") {
                    continue;
                }
                let (who, name) = (trigger.name.escape_debug(), name.escape_debug().to_string());
                let message =
                    format!("`{}` of trigger `{who}` names the template `{name}`, which there is not", call.name);
                let known: Vec<&str> = templates.iter().map(String::as_str).collect();
                let hint = match known.as_slice() {
                    [] => "write it under `notifications.templates`".to_owned(),
                    known => suggest::hint(&name, known),
                };
                found.push(Diagnostic::warning(self.code(), message).at_place(Some(call.place.clone())).hint(hint));
            }
        }
        found.extend(self.channels(workflow, &templates));
        found
    }
}

impl UnknownMessage {
    fn channels(&self, workflow: &Workflow, templates: &BTreeSet<String>) -> Vec<Diagnostic> {
        let names = names(workflow, templates);
        let written = workflow.sections.get("notifications").and_then(|section| section.get("channels"));
        let written = written.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut found = Vec::new();
        for (at, channel) in written.iter().enumerate() {
            let place = workflow.notification_places.channels.get(at).cloned();
            let mut say = |message: String, near: &str| {
                let finding = Diagnostic::warning(self.code(), message).at_place(place.clone());
                found.push(finding.hint(format!("did you mean `{near}`?")));
            };
            let kind = channel.get("type").and_then(Value::as_str).unwrap_or_default();
            let near = suggest::closest(kind, KINDS).filter(|_| !KINDS.contains(&kind));
            if let Some(near) = near {
                let message = format!("a channel has the type `{}`, which is sent plain text", kind.escape_debug());
                say(message, near);
            }
            let events = channel.get("events").and_then(Value::as_array).into_iter().flatten();
            for event in events.filter_map(Value::as_str).filter(|event| !names.contains(*event)) {
                if let Some(near) = suggest::closest(event, names.iter().map(String::as_str)) {
                    let message = format!("a channel wants `{}`, and no message is called so", event.escape_debug());
                    say(message, near);
                }
            }
        }
        found
    }
}

/// The names of all texts, those of environments too.
fn templates(workflow: &Workflow) -> BTreeSet<String> {
    let overrides = workflow.environments.values().filter_map(|environment| environment.get("notifications"));
    let sections = workflow.sections.get("notifications").into_iter().chain(overrides);
    sections.flat_map(|section| Notifications::of(Some(section)).templates.into_keys()).collect()
}

/// What channels may know messages by.
fn names(workflow: &Workflow, templates: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = templates.clone();
    names.extend(["all".to_owned(), "task_completed".to_owned()]);
    let statuses = workflow.statuses.definitions().iter().map(|definition| definition.name.replace(['-', ' '], "_"));
    names.extend(
        statuses.chain(Category::ALL.map(|category| category.name().to_owned())).map(|name| format!("task_{name}")),
    );
    names.extend(workflow.triggers.iter().map(|trigger| trigger.name.clone()));
    let listened = workflow.triggers.iter().map(|trigger| trigger.event.as_str());
    for event in listened.chain(unknown_event::KNOWN) {
        names.extend([event.to_owned(), event.replace('.', "_")]);
    }
    let also = ALSO_CALLED.iter().chain(TEST_RESULTS).flat_map(|(_, names)| names.iter());
    names.extend(also.map(ToString::to_string));
    names
}
