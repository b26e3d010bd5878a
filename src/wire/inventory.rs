use serde::Serialize;

use crate::app::InventoryReport;
use crate::engine::inventory::Entry;

/// `taskmaster.inventory/1`: what in the repository touches tasks.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InventoryJson {
    schema: &'static str,
    entries: Vec<EntryJson>,
    /// How many files were looked at.
    files: usize,
    /// Hooks that cannot be executed, so that git does not run them.
    not_executable: Vec<String>,
    /// Files that would have been looked at.
    skipped: Vec<SkippedJson>,
    /// Why not all files were looked at; `null` where they were.
    stopped: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EntryJson {
    /// `hook`, `script`, `target`, `ci-step` or `trigger`.
    kind: &'static str,
    path: String,
    /// Counted from 1.
    line: usize,
    /// The hook, target, step or trigger, where it can be told.
    name: Option<String>,
    /// `reads`, `writes`, `calls`, `sets-status` or `only-says`.
    way: &'static str,
    /// `taskmaster`, `task-master`, `status-script`, `automation`, `tree`, `old-path`, `variable`, `entry`, `action` or `name`.
    subject: &'static str,
    /// What is touched, in the words of the file.
    what: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SkippedJson {
    path: String,
    reason: String,
}

impl InventoryJson {
    /// The whole report.
    #[must_use]
    pub fn of(report: &InventoryReport) -> Self {
        let skipped = report.skipped.iter();
        Self {
            schema: "taskmaster.inventory/1",
            entries: report.entries.iter().map(EntryJson::of).collect(),
            files: report.files,
            not_executable: report.asleep.clone(),
            skipped: skipped.map(|file| SkippedJson { path: file.path.clone(), reason: file.why.clone() }).collect(),
            stopped: report.stopped,
        }
    }
}

impl EntryJson {
    fn of(entry: &Entry) -> Self {
        Self {
            kind: entry.kind.name(),
            path: entry.path.clone(),
            line: entry.line,
            name: entry.name.clone(),
            way: entry.way.name(),
            subject: entry.subject.name(),
            what: entry.what.clone(),
        }
    }
}
