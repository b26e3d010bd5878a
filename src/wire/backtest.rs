use serde::Serialize;

use super::CloudEvent;
use crate::app::{BacktestReport, Fired};
use crate::engine::event::Event;

/// `taskmaster.backtest/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BacktestJson {
    schema: &'static str,
    commits: usize,
    events: usize,
    triggers: Vec<TriggerJson>,
    edits: FiredJson,
    effects: FiredJson,
    differences: Vec<DifferenceJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TriggerJson {
    trigger: String,
    #[serde(flatten)]
    fired: FiredJson,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FiredJson {
    old: usize,
    new: usize,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DifferenceJson {
    commit: String,
    subject: String,
    lost: Vec<FiringJson>,
    gained: Vec<FiringJson>,
    edits_lost: Vec<String>,
    edits_gained: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FiringJson {
    trigger: String,
    event: CloudEvent,
}

impl BacktestJson {
    /// The whole report.
    #[must_use]
    pub fn of(report: &BacktestReport) -> Self {
        let triggers =
            report.triggers.iter().map(|(name, fired)| TriggerJson { trigger: name.clone(), fired: both(*fired) });
        let differences = report.differences.iter().map(|difference| DifferenceJson {
            commit: difference.commit.id.to_string(),
            subject: difference.commit.subject().to_owned(),
            lost: firings(&difference.lost),
            gained: firings(&difference.gained),
            edits_lost: difference.edits_lost.clone(),
            edits_gained: difference.edits_gained.clone(),
        });
        Self {
            schema: "taskmaster.backtest/1",
            commits: report.commits,
            events: report.events,
            triggers: triggers.collect(),
            edits: both(report.edits),
            effects: both(report.effects),
            differences: differences.collect(),
        }
    }
}

fn both(fired: Fired) -> FiredJson {
    FiredJson { old: fired.old, new: fired.new }
}

fn firings(fired: &[(String, Event)]) -> Vec<FiringJson> {
    fired.iter().map(|(trigger, event)| FiringJson { trigger: trigger.clone(), event: CloudEvent::of(event) }).collect()
}
