//! What programs read: hand-written, versioned JSON. Internal types are never serialised.

mod backtest;
mod ci;
mod cloud_event;
mod config;
mod create;
mod doctor;
mod emit;
mod finding;
mod hooks;
mod init;
mod inventory;
mod log;
mod migrate;
mod migrate_scripts;
mod outbox;
mod plan;
mod renumber;
mod report;
mod rule_tests;
mod run;
mod task;
mod trust;
mod watch;

pub use backtest::BacktestJson;
pub use ci::CiJson;
pub use cloud_event::CloudEvent;
pub use config::{ConfigCheckJson, ConfigJson, ConfigUpgradeJson};
pub use create::CreateJson;
pub use doctor::DoctorJson;
pub use emit::EmitJson;
pub use finding::{CheckJson, FindingJson, FindingKindJson};
pub use hooks::HooksJson;
pub use init::{InitJson, RecipesJson};
pub use inventory::InventoryJson;
pub use log::LogJson;
pub use migrate::MigrateJson;
pub use migrate_scripts::MigrateScriptsJson;
pub use outbox::{EffectJson, OutboxDecisionJson, OutboxJson, OutboxRunJson};
pub use plan::{ExplainJson, PlanJson};
pub use renumber::RenumberJson;
pub use report::{EditJson, RepairJson, StatusJson, SyncJson, UndoJson};
pub use rule_tests::TestJson;
pub use run::run_lines;
pub use task::{ListJson, TaskJson};
pub use trust::{AllowJson, DenyJson};
pub use watch::WatchJson;

use serde::Serialize;

/// A struct as one line of JSON, with its end.
#[must_use]
pub fn line(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    text.push('\n');
    text
}

/// A struct as indented JSON, with its end.
#[must_use]
pub fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    text.push('\n');
    text
}

#[cfg(test)]
mod schema_tests;
