use serde::Serialize;

use crate::app::CheckReport;
use crate::model::{Diagnostic, Finding};

/// `taskmaster.check/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckJson {
    schema: &'static str,
    tasks: usize,
    findings: Vec<FindingJson>,
    drift: Vec<DriftJson>,
}

/// `taskmaster.finding-kind/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingKindJson {
    schema: &'static str,
    code: &'static str,
    severities: Vec<&'static str>,
    meaning: &'static str,
    remedy: &'static str,
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

impl FindingKindJson {
    /// What is known of a kind of finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        Self {
            schema: "taskmaster.finding-kind/1",
            code: finding.code.as_str(),
            severities: finding.severities.iter().map(|severity| severity.name()).collect(),
            meaning: finding.about,
            remedy: finding.remedy,
        }
    }
}

impl FindingJson {
    /// One finding.
    #[must_use]
    pub fn of(finding: &Diagnostic) -> Self {
        let place = finding.place.as_ref();
        Self {
            code: finding.code.as_str(),
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
