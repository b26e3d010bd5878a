use serde_json::{Map, Value};

use super::{About, Action, Context, Outcome, Parameter, ParameterKind, set_status};
use crate::engine::creation::{Creation, TaskDraft};
use crate::engine::event::plain;
use crate::engine::message::lookup;
use crate::engine::template;
use crate::format::workflow::Workflow;
use crate::model::{TaskId, TaskIdError};

/// Makes a task: `create_task`, and `create_<what>_task` with a title and a priority that fit.
pub(super) struct CreateTask;

/// What a name of the family stands for: the word, what of the event the title names, the priority.
struct Family {
    word: &'static str,
    about: &'static [&'static str],
    priority: Option<&'static str>,
}

const FAMILIES: &[Family] = &[
    Family { word: "deployment", about: &["environment", "version"], priority: None },
    Family { word: "incident", about: &["error_message", "message", "service"], priority: Some("high") },
    Family { word: "emergency", about: &["error_message", "message", "service"], priority: Some("critical") },
];

/// What of an event any other name of the family names in its title.
const ABOUT: &[&str] = &["title", "message", "environment"];

impl Action for CreateTask {
    fn name(&self) -> &'static str {
        "create_task, create_*_task"
    }

    fn is_named(&self, name: &str) -> bool {
        name == "create_task" || word_of(name).is_some()
    }

    fn about(&self) -> About {
        About {
            writes: "a new task with the next free number, in a file of its own or in `tasks.json`, in the style of its neighbours; `created_by` names the trigger, `event` the event it was made for. `create_deployment_task`, `create_incident_task` (priority high), `create_emergency_task` (critical) and every other `create_<what>_task` have a title of their own",
            nothing: "where a task was made for this event already, a later commit took it back, the branch is not the shared one, or `task_integration.auto_create_tasks` is off; fails where `create_task` has no title, a name in braces stands for nothing, the parent does not exist, or the status is not known",
            parameters: &[
                Parameter {
                    name: "title",
                    kind: ParameterKind::Template,
                    about: "the title; `create_<what>_task` has one of its own where it is not written",
                },
                Parameter { name: "description", kind: ParameterKind::Template, about: "what is to be done" },
                Parameter {
                    name: "status",
                    kind: ParameterKind::Text,
                    about: "the status; `pending` where it is not written",
                },
                Parameter {
                    name: "priority",
                    kind: ParameterKind::Text,
                    about: "the priority; that of the name, then `task_integration.default_priority` where it is not written",
                },
                Parameter {
                    name: "assignee",
                    kind: ParameterKind::Template,
                    about: "whose it is; `task_integration.default_assignee` where it is not written and `auto_assign_agents` is not off",
                },
                Parameter {
                    name: "parent",
                    kind: ParameterKind::Template,
                    about: "the task it becomes a subtask of, such as `18` or `{task.id}`; none where it is not written",
                },
                Parameter {
                    name: "tags",
                    kind: ParameterKind::Texts,
                    about: "kept in the task's field `tags`; each may have names in braces",
                },
                Parameter {
                    name: "type",
                    kind: ParameterKind::Text,
                    about: "kept in the task's field `type`; `automation` where it is not written",
                },
            ],
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let word = context.call.and_then(|call| word_of(&call.name));
        let parameters = context.call.map(|call| call.parameters.clone()).unwrap_or_default();
        let nothing = |text: &str| template::render(text, &|name| lookup(context, name), &str::to_owned).missing;
        for (of, value) in &parameters {
            if let Some(name) = texts(value).into_iter().find_map(|text| nothing(text).into_iter().next()) {
                return Outcome::failed(format!("`{{{name}}}` of `{of}` stands for nothing"));
            }
        }
        make(context, word, &parameters, &|name| lookup(context, name))
    }
}

/// The task that the parameters want; `word` says of which family it is.
pub(super) fn make(
    context: &Context<'_>,
    word: Option<&str>,
    parameters: &Map<String, Value>,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Outcome {
    let settings = &context.workflow.integration;
    if settings.auto_create_tasks == Some(false) {
        return Outcome::nothing("switched off by task_integration.auto_create_tasks");
    }
    let is_cut = |value: &Value| template::render(&plain(value), lookup, &str::to_owned).cut;
    if let Some((name, _)) = parameters.iter().find(|(_, value)| value.is_string() && is_cut(value)) {
        return Outcome::failed(template::too_long(name));
    }
    let text = |name: &str| text(parameters, name, lookup);
    let family = FAMILIES.iter().find(|family| Some(family.word) == word);
    let Some(title) = text("title").or_else(|| word.map(|word| title_of(context, word, family))) else {
        return Outcome::failed("no title: give the parameter `title`");
    };
    let status = text("status");
    if let Some(unknown) =
        status.as_deref().and_then(|status| set_status::unknown(status, &context.board.statuses, context.board))
    {
        return Outcome::failed(unknown.to_string());
    }
    let parent = match text("parent").map(|written| id_in_tag(context, &written)).transpose() {
        Ok(parent) => parent,
        Err(error) => return Outcome::failed(format!("the parameter `parent`: {error}")),
    };
    let default_assignee = settings.default_assignee.clone().filter(|_| settings.auto_assign_agents != Some(false));
    let tag = context.event.task.as_ref().map(|task| task.tag().to_owned());
    let mut fields = vec![("type".to_owned(), Value::String(text("type").unwrap_or_else(|| "automation".to_owned())))];
    if let Some(assignee) = text("assignee").or(default_assignee) {
        fields.push(("assignee".to_owned(), assignee.into()));
    }
    if let Some(tags) = parameters.get("tags") {
        let one = |tag: &Value| match tag {
            Value::String(text) => Value::String(template::render(text, lookup, &str::to_owned).text),
            other => other.clone(),
        };
        let tags = tags.as_array().map_or_else(|| vec![one(tags)], |tags| tags.iter().map(one).collect());
        let tags = Value::Array(tags);
        fields.push(("tags".to_owned(), tags));
    }
    let priority = text("priority").or_else(|| family?.priority.map(ToOwned::to_owned));
    Outcome::made(vec![Creation::Task(TaskDraft {
        title,
        status,
        priority: priority.or_else(|| settings.default_priority.clone()),
        parent,
        tag,
        taken: 0,
        dependencies: Vec::new(),
        description: text("description"),
        fields,
    })])
}

/// What is written of a task that a call makes, with what counts where nothing is; its texts may have names in braces. `name` is
/// that of the built-in action. What only follows from the event or the tree is left out.
pub(in crate::engine) fn written(
    name: Option<&str>,
    parameters: &Map<String, Value>,
    workflow: &Workflow,
) -> Map<String, Value> {
    const OF_TASKS: [&str; 8] = ["title", "status", "priority", "description", "assignee", "parent", "tags", "type"];
    let settings = &workflow.integration;
    let says = |value: &Value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty());
    let mut written: Map<String, Value> = parameters
        .iter()
        .filter(|(name, value)| OF_TASKS.contains(&name.as_str()) && says(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let family = name.and_then(word_of).and_then(|word| FAMILIES.iter().find(|family| family.word == word));
    let priority = family.and_then(|family| family.priority.map(ToOwned::to_owned));
    let assignee = settings.default_assignee.clone().filter(|_| settings.auto_assign_agents != Some(false));
    let usual = [
        ("status", Some("pending".to_owned())),
        ("priority", priority.or_else(|| settings.default_priority.clone())),
        ("assignee", assignee),
        ("type", Some("automation".to_owned())),
    ];
    for (key, value) in usual {
        if let Some(value) = value {
            written.entry(key).or_insert(Value::String(value));
        }
    }
    written
}

/// The texts of a parameter: of a list each.
pub(in crate::engine) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter().filter_map(Value::as_str).collect()
}

/// `deployment` of `create_deployment_task`.
fn word_of(name: &str) -> Option<&str> {
    name.strip_prefix("create_")?.strip_suffix("_task").filter(|word| !word.is_empty())
}

/// A parameter with its names filled in; nothing where it is empty.
fn text(parameters: &Map<String, Value>, name: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let written = plain(parameters.get(name).filter(|value| !value.is_null())?);
    let filled = template::render(&written, lookup, &str::to_owned).text;
    Some(filled).filter(|text| !text.trim().is_empty())
}

/// `Deployment: production`: the word, and the first thing that the event has to say.
fn title_of(context: &Context<'_>, word: &str, family: Option<&Family>) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let word = format!("{first}{}", letters.as_str().replace('_', " "));
    let names = family.map_or(ABOUT, |family| family.about);
    let said = names.iter().find_map(|name| context.event.metadata.get(*name)).map(plain);
    let said = said.or_else(|| context.task_then().map(|task| format!("{} ({})", task.title(), task.id)));
    match said.filter(|said| !said.trim().is_empty()) {
        Some(said) => format!("{word}: {said}"),
        None => word,
    }
}

/// A task's id; without a tag it is of the same one as the event's task.
fn id_in_tag(context: &Context<'_>, written: &str) -> Result<TaskId, TaskIdError> {
    let id = TaskId::parse(written)?;
    Ok(match &context.event.task {
        Some(task) if !written.contains(':') => id.with_tag(task.tag()),
        _ => id,
    })
}
