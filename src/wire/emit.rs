use serde::Serialize;

use super::SyncJson;
use crate::app::EmitReport;
use crate::format::trailer::OutsideTrailer;

/// `taskmaster.emit/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EmitJson {
    schema: &'static str,
    /// The event's id in the trailers of changes.
    event: String,
    outside: OutsideJson,
    /// Where it was handled before; null where it is new.
    known: Option<KnownJson>,
    sync: SyncJson,
    /// The actions that were not done here, since tasks and reports are made on the shared branch only.
    left_out: Vec<String>,
}

/// What an event from outside is known by.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct OutsideJson {
    #[serde(rename = "type")]
    kind: String,
    task: Option<String>,
    /// The id that its sender gave it.
    id: String,
    data_digest: String,
}

impl OutsideJson {
    pub(super) fn of(outside: &OutsideTrailer) -> Self {
        Self {
            kind: outside.kind.clone(),
            task: outside.task.as_ref().map(ToString::to_string),
            id: outside.id.clone(),
            data_digest: outside.digest.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct KnownJson {
    /// Null where nothing was to be committed then.
    commit: Option<String>,
    data_digest: String,
}

impl EmitJson {
    /// What came of an event from outside.
    #[must_use]
    pub fn of(report: &EmitReport) -> Self {
        Self {
            schema: "taskmaster.emit/1",
            event: report.event.to_string(),
            outside: OutsideJson::of(&report.outside),
            known: report.known.as_ref().map(|known| KnownJson {
                commit: known.commit.as_ref().map(ToString::to_string),
                data_digest: known.digest.clone(),
            }),
            sync: SyncJson::of(&report.sync),
            left_out: report.left_out.clone(),
        }
    }
}
