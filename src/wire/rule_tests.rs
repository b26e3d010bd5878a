use serde::Serialize;

use super::FindingJson;
use crate::app::{CaseReport, CaseResult, TestReport};

/// `taskmaster.test/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TestJson {
    schema: &'static str,
    cases: usize,
    failed: usize,
    files: Vec<FileJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FileJson {
    file: String,
    findings: Vec<FindingJson>,
    cases: Vec<CaseJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CaseJson {
    name: String,
    line: usize,
    result: &'static str,
    detail: Option<String>,
    differences: Vec<DifferenceJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DifferenceJson {
    what: &'static str,
    missing: Vec<String>,
    unexpected: Vec<String>,
}

impl TestJson {
    /// The whole report.
    #[must_use]
    pub fn of(report: &TestReport) -> Self {
        let files = report.files.iter().map(|file| FileJson {
            file: file.path.to_string(),
            findings: file.findings.iter().map(FindingJson::of).collect(),
            cases: file.cases.iter().map(case).collect(),
        });
        Self { schema: "taskmaster.test/1", cases: report.cases(), failed: report.failed(), files: files.collect() }
    }
}

fn case(case: &CaseReport) -> CaseJson {
    let (result, detail) = match &case.result {
        CaseResult::Passed => ("passed", None),
        CaseResult::Differs(_) => ("differs", None),
        CaseResult::Unplayable(error) => ("unplayable", Some(error.to_string())),
    };
    let differences = match &case.result {
        CaseResult::Differs(found) => found.as_slice(),
        _ => &[],
    };
    let differences = differences.iter().map(|difference| DifferenceJson {
        what: difference.what,
        missing: difference.missing.iter().map(|line| line.text.clone()).collect(),
        unexpected: difference.unexpected.clone(),
    });
    CaseJson { name: case.name.clone(), line: case.place.line, result, detail, differences: differences.collect() }
}
