use serde_json::{Map, Value};

use super::{Lint, Subject};
use crate::engine::action::{self, Parameter, ParameterKind};
use crate::format::workflow::{OwnAction, OwnKind, suggest};
use crate::model::{Code, Diagnostic};

/// Parameters that an action does not take, or of another kind.
pub(super) struct Parameters;

impl Lint for Parameters {
    fn code(&self) -> Code {
        Code::ACTION_PARAMETERS
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (name, OwnAction { kind, place, .. }) in &subject.workflow.own_actions {
            let name = name.escape_debug().to_string();
            found.extend(own(&name, kind).into_iter().map(|finding| finding.at_place(Some(place.clone()))));
        }
        for trigger in &subject.workflow.triggers {
            for call in &trigger.actions {
                // What an action of the project's own takes is its own business.
                if subject.workflow.declares(&call.name) {
                    continue;
                }
                let Some(action) = action::find(&call.name) else { continue };
                let known = action.about().parameters;
                if call.name == "create_task" && has_no_title(&call.parameters) {
                    let message = format!("`create_task` of trigger `{}` {NO_TITLE}", trigger.name.escape_debug());
                    let finding = Diagnostic::error(self.code(), message).at_place(Some(call.place.clone()));
                    found.push(finding.hint(TITLE));
                }
                for (name, value) in &call.parameters {
                    let which = format!("`{}` of trigger `{}`", call.name, trigger.name.escape_debug());
                    let by_name = |wanted: &str| known.iter().find(|parameter| parameter.name == wanted);
                    let (message, hint) = match by_name(name).or_else(|| by_name(Parameter::ANY_OTHER)) {
                        None => {
                            let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
                            let hint = match names.as_slice() {
                                [] => "it takes none".to_owned(),
                                names => suggest::hint(name, names),
                            };
                            (format!("{which} takes no parameter `{}`; it has no effect", name.escape_debug()), hint)
                        }
                        Some(parameter) if !fits(parameter.kind, value) => {
                            let wanted = parameter.kind.wanted();
                            (
                                format!("the parameter `{name}` of {which} is `{value}`"),
                                format!("it should be {wanted}"),
                            )
                        }
                        Some(_) if name == "name" && action.name().starts_with("generate_") => {
                            let Err(why) = action::report_folder(&crate::engine::event::plain(value)) else { continue };
                            let message = format!("{which} fails each time: {why}");
                            let finding = Diagnostic::error(self.code(), message).at_place(Some(call.place.clone()));
                            found.push(finding.hint(FOLDER));
                            continue;
                        }
                        Some(_) if name == "sections" && action.name().starts_with("generate_") => {
                            let Err(why) = action::report_sections(value) else { continue };
                            let message = format!("{which} fails each time: the parameter `sections`: {why}");
                            let finding = Diagnostic::error(self.code(), message).at_place(Some(call.place.clone()));
                            found.push(finding.hint(PARTS));
                            continue;
                        }
                        Some(_) if name == "level" && action.name() == "log_*" => {
                            let word = crate::engine::event::plain(value);
                            if action::level_named(&word).is_some() {
                                continue;
                            }
                            let levels: Vec<&str> = action::LOG_LEVELS
                                .iter()
                                .map(|(word, _)| *word)
                                .take_while(|word| *word != "trace")
                                .collect();
                            let message = format!(
                                "the parameter `level` of {which} is the unknown level `{}`",
                                word.escape_debug()
                            );
                            (message, suggest::hint(&word, &levels))
                        }
                        Some(_) => continue,
                    };
                    let finding = Diagnostic::warning(self.code(), message).at_place(Some(call.place.clone()));
                    found.push(finding.hint(hint));
                }
            }
        }
        found
    }
}

/// What the name of a report is.
const FOLDER: &str = "it is a folder below `reports/`, and never another place";

/// What a report may have in it.
const PARTS: &str = "write parts that a report has";

const NO_TITLE: &str = "fails each time: the task has no title";
const TITLE: &str = "write `title:`, such as `title: \"Look into {task_title}\"`";

/// Whether nothing is the title of the task that is to be made.
fn has_no_title(parameters: &Map<String, Value>) -> bool {
    let title = parameters.get("title").filter(|title| !title.is_null());
    title.is_none_or(|title| crate::engine::event::plain(title).trim().is_empty())
}

/// What is wrong with the parameters that an action of the project's own gives to a built-in one.
fn own(name: &str, kind: &OwnKind) -> Vec<Diagnostic> {
    let (which, built_in, parameters) = match kind {
        OwnKind::CreateTask(parameters) => ("create_task", "create_task", parameters),
        OwnKind::Report(Value::Object(parameters)) => ("report", "generate_report", parameters),
        OwnKind::Report(_) => return own_folder(name).into_iter().collect(),
        OwnKind::Run(_) | OwnKind::Webhook(_) | OwnKind::Set(_) => return Vec::new(),
    };
    let known = action::find(built_in).map(|action| action.about().parameters).unwrap_or_default();
    let mut found = Vec::new();
    if matches!(kind, OwnKind::CreateTask(_)) && has_no_title(parameters) {
        found.push(Diagnostic::error(Code::ACTION_PARAMETERS, format!("the action `{name}` {NO_TITLE}")).hint(TITLE));
    }
    for (key, value) in parameters {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == key) else {
            let message =
                format!("`{which}` of the action `{name}` takes no `{}`; it has no effect", key.escape_debug());
            let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
            found.push(Diagnostic::warning(Code::ACTION_PARAMETERS, message).hint(suggest::hint(key, &names)));
            continue;
        };
        let (message, hint) = match key.as_str() {
            "sections" => {
                let Err(why) = action::report_sections(value) else { continue };
                let message = format!("the action `{name}` fails each time: the parameter `sections`: {why}");
                found.push(Diagnostic::error(Code::ACTION_PARAMETERS, message).hint(PARTS));
                continue;
            }
            "name" => {
                let Err(why) = action::report_folder(&crate::engine::event::plain(value)) else { continue };
                let message = format!("the action `{name}` fails each time: {why}");
                found.push(Diagnostic::error(Code::ACTION_PARAMETERS, message).hint(FOLDER));
                continue;
            }
            _ if !value.is_null() && !fits(parameter.kind, value) => {
                let message = format!("`{key}` in `{which}` of the action `{name}` is `{value}`");
                (message, format!("it should be {}", parameter.kind.wanted()))
            }
            _ => continue,
        };
        found.push(Diagnostic::warning(Code::ACTION_PARAMETERS, message).hint(hint));
    }
    if matches!(kind, OwnKind::Report(_)) && !parameters.contains_key("name") {
        found.extend(own_folder(name));
    }
    found
}

/// Where no other name is written, the folder is called as the action.
fn own_folder(name: &str) -> Option<Diagnostic> {
    let why = action::report_folder(&name.replace('.', "-")).err()?;
    let message = format!("the action `{name}` fails each time: {why}");
    Some(Diagnostic::error(Code::ACTION_PARAMETERS, message).hint("give its `report` another `name`"))
}

fn fits(kind: ParameterKind, value: &Value) -> bool {
    let scalar = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    match kind {
        // Where a text is wanted, a number is how YAML reads one without quotes.
        ParameterKind::Text | ParameterKind::Template | ParameterKind::Scalar => scalar(value),
        ParameterKind::Texts => value.as_array().is_some_and(|items| items.iter().all(scalar)),
        ParameterKind::Any => true,
    }
}
