use serde::Serialize;

use crate::app::LogEntry;

/// `taskmaster.log/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogJson {
    schema: &'static str,
    entries: Vec<EntryJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EntryJson {
    commit: String,
    time: String,
    actor: String,
    event: String,
    #[serde(rename = "type")]
    kind: String,
    task: Option<String>,
    field: Option<String>,
    old: Option<String>,
    new: Option<String>,
    trigger: Option<String>,
    caused_by: Option<String>,
}

impl LogJson {
    /// The entries, newest first.
    #[must_use]
    pub fn of(entries: &[LogEntry]) -> Self {
        let entries = entries.iter().map(|entry| EntryJson {
            commit: entry.commit.id.to_string(),
            time: entry.commit.committed.to_string(),
            actor: entry.commit.author.to_string(),
            event: entry.event.clone(),
            kind: entry.kind.clone(),
            task: entry.task.as_ref().map(ToString::to_string),
            field: entry.field.clone(),
            old: entry.old.clone(),
            new: entry.new.clone(),
            trigger: entry.because.as_ref().map(|(trigger, _)| trigger.clone()),
            caused_by: entry.because.as_ref().and_then(|(_, cause)| cause.clone()),
        });
        Self { schema: "taskmaster.log/1", entries: entries.collect() }
    }
}
