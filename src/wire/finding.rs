use serde::Serialize;

use crate::app::CheckReport;
use crate::model::Diagnostic;

/// `taskmaster.check/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckJson {
    schema: &'static str,
    tasks: usize,
    findings: Vec<FindingJson>,
    drift: Vec<DriftJson>,
}

/// One finding.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingJson {
    code: &'static str,
    severity: &'static str,
    message: String,
    hint: Option<String>,
    task: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DriftJson {
    task: String,
    file: String,
    status: String,
    mirror: &'static str,
    mirror_file: String,
    mirror_status: String,
}

impl FindingJson {
    /// One finding.
    #[must_use]
    pub fn of(finding: &Diagnostic) -> Self {
        let place = finding.place.as_ref();
        Self {
            code: finding.code.0,
            severity: finding.severity.name(),
            message: finding.message.clone(),
            hint: finding.hint.clone(),
            task: finding.task.as_ref().map(ToString::to_string),
            file: place.map(|place| place.path.to_string()),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
        }
    }
}

impl CheckJson {
    /// The whole report.
    #[must_use]
    pub fn of(report: &CheckReport) -> Self {
        let drift = report.drift.contradictions.iter().map(|found| DriftJson {
            task: found.task.to_string(),
            file: found.home.0.clone(),
            status: found.home.1.clone(),
            mirror: found.kind.name(),
            mirror_file: found.mirror.0.clone(),
            mirror_status: found.mirror.1.clone(),
        });
        Self {
            schema: "taskmaster.check/1",
            tasks: report.tasks,
            findings: report.findings.iter().map(FindingJson::of).collect(),
            drift: drift.collect(),
        }
    }
}
