use serde::Serialize;
use serde_json::Value;

use super::FindingJson;
use crate::app::{ConfigCheck, ConfigShown, UpgradeReport, UpgradeWrite};
use crate::format::workflow::{NEWEST_VERSION, SettingOrigin};
use crate::model::Place;

/// `taskmaster.config/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConfigJson {
    schema: &'static str,
    environment: Option<String>,
    settings: Vec<SettingJson>,
    left_out: Vec<IgnoredJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct IgnoredJson {
    key: String,
    value: Option<Value>,
    why: String,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

/// `taskmaster.config-check/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConfigCheckJson {
    schema: &'static str,
    file: String,
    findings: Vec<FindingJson>,
}

/// `taskmaster.config-upgrade/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConfigUpgradeJson {
    schema: &'static str,
    file: String,
    from: Option<String>,
    to: &'static str,
    changed: bool,
    written: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SettingJson {
    key: String,
    value: Value,
    origin: OriginJson,
    variables: Vec<VariableJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OriginJson {
    kind: &'static str,
    name: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct VariableJson {
    name: String,
    is_set: bool,
}

impl ConfigJson {
    /// The settings asked for.
    #[must_use]
    pub fn of(shown: &ConfigShown) -> Self {
        let settings = shown.settings.iter().map(|(setting, variables)| SettingJson {
            key: setting.key.clone(),
            value: setting.value.clone(),
            origin: OriginJson::of(&setting.origin),
            variables: variables
                .iter()
                .map(|(name, is_set)| VariableJson { name: name.clone(), is_set: *is_set })
                .collect(),
        });
        let left_out = shown.left_out.iter().map(|ignored| IgnoredJson {
            key: ignored.key.clone(),
            value: ignored.value.clone(),
            why: ignored.why.clone(),
            file: ignored.place.as_ref().map(|place| place.path.to_string()),
            line: ignored.place.as_ref().map(|place| place.line),
            column: ignored.place.as_ref().map(|place| place.column),
        });
        Self {
            schema: "taskmaster.config/1",
            environment: shown.environment.clone(),
            settings: settings.collect(),
            left_out: left_out.collect(),
        }
    }
}

impl OriginJson {
    fn of(origin: &SettingOrigin) -> Self {
        let (kind, name, place): (_, Option<&String>, Option<&Place>) = match origin {
            SettingOrigin::File(place) => ("file", None, Some(place)),
            SettingOrigin::Environment { name, place } => ("environment", Some(name), Some(place)),
            SettingOrigin::Git(key) => ("git", Some(key), None),
            SettingOrigin::Default => ("default", None, None),
        };
        Self {
            kind,
            name: name.cloned(),
            file: place.map(|place| place.path.to_string()),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
        }
    }
}

impl ConfigCheckJson {
    /// The whole report.
    #[must_use]
    pub fn of(report: &ConfigCheck) -> Self {
        let findings = report.findings.iter().map(FindingJson::of).collect();
        Self { schema: "taskmaster.config-check/1", file: report.file.clone(), findings }
    }
}

impl ConfigUpgradeJson {
    /// What was done, or would be.
    #[must_use]
    pub fn of(report: &UpgradeReport, write: UpgradeWrite) -> Self {
        let changed = report.before != report.after;
        Self {
            schema: "taskmaster.config-upgrade/1",
            file: report.file.clone(),
            from: report.from.clone(),
            to: NEWEST_VERSION,
            changed,
            written: changed && write == UpgradeWrite::File,
        }
    }
}
