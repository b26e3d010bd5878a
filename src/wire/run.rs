use serde::Serialize;

use super::line;
use crate::app::{Listing, LogSettings, RunRecord};
use crate::engine::plan::{ActionResult, Step};

/// `taskmaster.run/1`: one line of the log.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RunJson<'a> {
    time: String,
    level: &'static str,
    schema: &'static str,
    run: &'a str,
    branch: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    caused_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventJson<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    more_events: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    triggers: Vec<TriggerJson<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    errors: &'a [String],
    duration_ms: u64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EventJson<'a> {
    id: &'a str,
    r#type: &'a str,
    task: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TriggerJson<'a> {
    event: &'a str,
    trigger: &'a str,
    actions: Vec<ActionJson<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ActionJson<'a> {
    action: &'a str,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// `taskmaster.log-entry/1`: what a `log_*` action wants in the log.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EntryJson<'a> {
    time: String,
    level: &'static str,
    schema: &'static str,
    run: &'a str,
    event: &'a str,
    trigger: &'a str,
    action: &'a str,
    task: Option<String>,
    text: &'a str,
}

/// The lines of the log that a run makes: those of its `log_*` actions, and its own where it is weighty enough.
#[must_use]
pub fn run_lines(record: &RunRecord, settings: &LogSettings) -> String {
    let mut lines = String::new();
    for entry in &record.entries {
        let effect = &entry.effect;
        lines.push_str(&line(&EntryJson {
            time: record.time.to_string(),
            level: entry.level().name(),
            schema: "taskmaster.log-entry/1",
            run: &record.run,
            event: effect.event.short(),
            trigger: &effect.trigger,
            action: &effect.action,
            task: effect.task.as_ref().map(ToString::to_string),
            text: &effect.effect.text,
        }));
    }
    if record.level() < settings.level {
        return lines;
    }
    let events = if settings.events == Listing::Listed { record.steps.iter().map(event).collect() } else { Vec::new() };
    let triggers = if settings.triggers == Listing::Listed {
        record.steps.iter().flat_map(triggers).collect()
    } else {
        Vec::new()
    };
    lines.push_str(&line(&RunJson {
        time: record.time.to_string(),
        level: record.level().name(),
        schema: "taskmaster.run/1",
        run: &record.run,
        branch: record.branch.as_deref(),
        outcome: record.outcome,
        reason: record.reason.as_deref(),
        commit: record.commit.as_ref().map(ToString::to_string),
        caused_by: record.causes.iter().map(ToString::to_string).collect(),
        events,
        more_events: record.more,
        triggers,
        warnings: &record.warnings,
        errors: &record.errors,
        duration_ms: u64::try_from(record.duration.as_millis()).unwrap_or(u64::MAX),
    }));
    lines
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn event(step: &Step) -> EventJson<'_> {
    let event = &step.event;
    EventJson { id: event.id.short(), r#type: &event.kind, task: event.task.as_ref().map(ToString::to_string) }
}

fn triggers(step: &Step) -> impl Iterator<Item = TriggerJson<'_>> {
    step.rules.iter().map(|rule| TriggerJson {
        event: step.event.id.short(),
        trigger: &rule.name,
        actions: rule
            .actions
            .iter()
            .map(|action| {
                let (result, why) = match &action.result {
                    ActionResult::Changed { .. } => ("changed", None),
                    ActionResult::Made { .. } => ("made", None),
                    ActionResult::Raised { .. } => ("raised", None),
                    ActionResult::Effect { .. } => ("effect", None),
                    ActionResult::Nothing { why } => ("nothing", Some(why.as_str())),
                    ActionResult::Failed { why } => ("failed", Some(why.as_str())),
                };
                ActionJson { action: &action.name, result, why }
            })
            .collect(),
    })
}
