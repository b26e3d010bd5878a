use serde::Serialize;
use serde_json::{Map, Value};

use super::FindingJson;
use crate::app::View;
use crate::model::{DependencyReading, Severity, Task};

/// `taskmaster.list/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListJson {
    schema: &'static str,
    tasks: Vec<TaskJson>,
    /// What could not be read: tasks may be missing above.
    errors: Vec<FindingJson>,
}

/// One task.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    id: String,
    tag: String,
    title: String,
    status: String,
    /// The name of the status, whichever way the file spells it.
    status_name: String,
    category: &'static str,
    priority: Option<String>,
    parent: Option<String>,
    dependencies: Vec<DependencyJson>,
    ready: bool,
    file: String,
    mirrors: Vec<MirrorJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Map<String, Value>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DependencyJson {
    id: String,
    written: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_as: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MirrorJson {
    kind: &'static str,
    file: String,
    status: Option<String>,
    agrees: bool,
}

impl ListJson {
    /// Some of a board's tasks, and all that could not be read.
    #[must_use]
    pub fn of(view: &View, tasks: &[&Task]) -> Self {
        let errors = view.diagnostics().filter(|finding| finding.severity == Severity::Error);
        Self {
            schema: "taskmaster.list/1",
            tasks: tasks.iter().map(|task| TaskJson::brief(view, task)).collect(),
            errors: errors.map(FindingJson::of).collect(),
        }
    }
}

impl TaskJson {
    /// A task alone, with all its fields: `taskmaster.task/1`.
    #[must_use]
    pub fn full(view: &View, task: &Task) -> Self {
        let fields = task.record.fields.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        Self { schema: Some("taskmaster.task/1"), fields: Some(fields), ..Self::brief(view, task) }
    }

    fn brief(view: &View, task: &Task) -> Self {
        let statuses = &view.board.statuses;
        Self {
            schema: None,
            id: task.id.to_string(),
            tag: task.id.tag().to_owned(),
            title: task.title().to_owned(),
            status: task.status().to_owned(),
            status_name: statuses.canonical(task.status()).to_owned(),
            category: statuses.category(task.status()).name(),
            priority: task.record.priority.clone(),
            parent: task.parent.as_ref().map(ToString::to_string),
            dependencies: task
                .dependencies
                .iter()
                .map(|dependency| DependencyJson {
                    id: dependency.id.to_string(),
                    written: dependency.written.clone(),
                    read_as: match dependency.reading {
                        DependencyReading::Plain => None,
                        DependencyReading::Sibling => Some("sibling"),
                        DependencyReading::TopLevel => Some("top-level"),
                    },
                })
                .collect(),
            ready: view.board.is_ready(task),
            file: task.path.to_string(),
            mirrors: task
                .mirrors
                .iter()
                .map(|mirror| MirrorJson {
                    kind: mirror.kind.name(),
                    file: mirror.path.to_string(),
                    status: mirror.status.clone(),
                    agrees: mirror.status.as_deref().is_none_or(|status| statuses.same(status, task.status())),
                })
                .collect(),
            fields: None,
        }
    }
}
