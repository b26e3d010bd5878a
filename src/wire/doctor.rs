use serde::Serialize;

use crate::app::{CHECKS, DoctorReport, Finding, Treated};

/// `taskmaster.doctor/1`: what is wrong with the installation, and what was mended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DoctorJson {
    schema: &'static str,
    /// The checks that have looked.
    checks: Vec<&'static str>,
    findings: Vec<SickJson>,
    /// How many faults are left.
    open: usize,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SickJson {
    check: &'static str,
    /// `fault`, or `note`: it may be meant so.
    gravity: &'static str,
    message: String,
    /// The file, folder or reference.
    place: Option<String>,
    hint: String,
    /// `by-hand`, `mendable`, `mended` or `failed`.
    result: &'static str,
    /// What was done, or what was in the way.
    detail: Option<String>,
}

impl DoctorJson {
    /// The whole report.
    #[must_use]
    pub fn of(report: &DoctorReport) -> Self {
        Self {
            schema: "taskmaster.doctor/1",
            checks: CHECKS.iter().map(|check| check.name).collect(),
            findings: report.findings.iter().map(SickJson::of).collect(),
            open: report.open(),
        }
    }
}

impl SickJson {
    fn of(finding: &Finding) -> Self {
        let (result, detail) = match &finding.result {
            Treated::ByHand => ("by-hand", None),
            Treated::Mendable => ("mendable", None),
            Treated::Mended(did) => ("mended", Some(did.clone())),
            Treated::Failed(why) => ("failed", Some(why.clone())),
        };
        Self {
            check: finding.check,
            gravity: finding.gravity.name(),
            message: finding.what.clone(),
            place: finding.place.clone(),
            hint: finding.hint.clone(),
            result,
            detail,
        }
    }
}
