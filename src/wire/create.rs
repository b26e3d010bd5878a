use serde::Serialize;

use super::SyncJson;
use crate::app::CreateReport;

/// `taskmaster.create/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CreateJson {
    schema: &'static str,
    task: String,
    path: String,
    parent: Option<String>,
    files: Vec<String>,
    commit: Option<String>,
    sync: Option<SyncJson>,
}

impl CreateJson {
    /// What was made, and the path of its file in the repository.
    #[must_use]
    pub fn of(report: &CreateReport, path: String) -> Self {
        Self {
            schema: "taskmaster.create/1",
            task: report.task.to_string(),
            path,
            parent: report.parent.as_ref().map(ToString::to_string),
            files: report.files.iter().map(|file| file.path.to_string()).collect(),
            commit: report.commit.as_ref().map(ToString::to_string),
            sync: report.sync.as_ref().map(SyncJson::of),
        }
    }
}
