use serde_json::{Map, Value};

use super::{Lint, Subject};
use crate::engine::action::{self, Meant};
use crate::engine::event::plain;
use crate::format::workflow::{OwnKind, suggest};
use crate::model::{Code, Diagnostic, Place, TaskId};

/// Tasks that actions name and that there are not.
pub(super) struct UnknownTask;

impl Lint for UnknownTask {
    fn code(&self) -> Code {
        Code::UNKNOWN_TASK
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let workflow = subject.workflow;
        let mut found = Vec::new();
        for (name, own) in &workflow.own_actions {
            if let OwnKind::CreateTask(task) = &own.kind {
                let who = || format!("`parent` of the action `{}`", name.escape_debug());
                let parent = literal(task, "parent").filter(|parent| !parent.contains('{'));
                found.extend(parent.and_then(|text| finding(subject, &who(), &text, &own.place, Words::Ids)));
            }
        }
        for trigger in &workflow.triggers {
            for call in &trigger.actions {
                let Some(Meant::BuiltIn(action)) = action::resolve(&call.name, workflow) else { continue };
                let who =
                    |key: &str| format!("`{key}` of `{}` of trigger `{}`", call.name, trigger.name.escape_debug());
                let told = match action.name() {
                    "set_status" => literal(&call.parameters, "task")
                        .filter(|task| task != "parent")
                        .and_then(|text| finding(subject, &who("task"), &text, &call.place, Words::IdsAndParent)),
                    name if name.starts_with("create_task") => literal(&call.parameters, "parent")
                        .filter(|parent| !parent.contains('{'))
                        .and_then(|text| finding(subject, &who("parent"), &text, &call.place, Words::Ids)),
                    _ => None,
                };
                found.extend(told);
            }
        }
        found
    }
}

/// What a parameter takes.
#[derive(Clone, Copy)]
enum Words {
    /// Ids alone, in templates too.
    Ids,
    /// Ids, and `parent`; no templates.
    IdsAndParent,
}

fn literal(parameters: &Map<String, Value>, name: &str) -> Option<String> {
    let value = parameters.get(name).filter(|value| value.is_string() || value.is_number())?;
    Some(plain(value)).filter(|text| !text.trim().is_empty())
}

fn finding(subject: &Subject<'_>, who: &str, text: &str, place: &Place, words: Words) -> Option<Diagnostic> {
    let shown = text.escape_debug();
    let (finding, hint) = match (TaskId::parse(text), words) {
        (Err(_), Words::IdsAndParent) => {
            let message = format!("{who} is `{shown}`, which is no task: the action fails each time");
            let hint = "write an id, or `parent`; names in braces are not filled in here".to_owned();
            (Diagnostic::error(Code::UNKNOWN_TASK, message), hint)
        }
        (Err(_), Words::Ids) => {
            let message = format!("{who} is `{shown}`, which is no task: the action fails each time");
            (Diagnostic::error(Code::UNKNOWN_TASK, message), "write an id, such as `18` or `{task.id}`".to_owned())
        }
        (Ok(id), words) => {
            let tasks = &subject.board.tasks;
            // The tag may be that of the event's task.
            let is_there =
                tasks.contains_key(&id) || (!text.contains(':') && tasks.keys().any(|known| known.path() == id.path()));
            if is_there || tasks.is_empty() {
                return None;
            }
            let relation = matches!(words, Words::IdsAndParent).then(|| suggest::closest(text, ["parent"])).flatten();
            let hint = match (relation, words) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, Words::IdsAndParent) => "write the id of a task, or `parent`".to_owned(),
                (None, Words::Ids) => "write the id of a task, or `{task.id}` for the event's".to_owned(),
            };
            let message = format!("{who} is `{shown}`, and there is no such task");
            (Diagnostic::warning(Code::UNKNOWN_TASK, message), hint)
        }
    };
    Some(finding.at_place(Some(place.clone())).hint(hint))
}
