use serde::Serialize;

use crate::app::ScriptsReport;

/// `taskmaster.migrate-scripts/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MigrateScriptsJson {
    schema: &'static str,
    /// What was rewritten, or would be.
    changes: Vec<RewriteJson>,
    /// What is left to people.
    by_hand: Vec<ByHandJson>,
    /// Files that would have been looked at.
    skipped: Vec<SkippedJson>,
    /// Why not all files were looked at; `null` where they were. Nothing was written then.
    stopped: Option<&'static str>,
    /// `null` for a dry run, and where there was nothing to do.
    commit: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RewriteJson {
    path: String,
    /// Counted from 1.
    line: usize,
    old: String,
    new: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ByHandJson {
    path: String,
    /// Counted from 1.
    line: usize,
    what: String,
    reason: &'static str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SkippedJson {
    path: String,
    reason: String,
}

impl MigrateScriptsJson {
    /// The whole report.
    #[must_use]
    pub fn of(report: &ScriptsReport) -> Self {
        let changes = report.changes.iter().map(|(path, change)| RewriteJson {
            path: path.clone(),
            line: change.line,
            old: change.old.clone(),
            new: change.new.clone(),
        });
        let by_hand = report.by_hand.iter().map(|(path, place)| ByHandJson {
            path: path.clone(),
            line: place.line,
            what: place.what.clone(),
            reason: place.why,
        });
        let skipped = report.skipped.iter();
        Self {
            schema: "taskmaster.migrate-scripts/1",
            changes: changes.collect(),
            by_hand: by_hand.collect(),
            skipped: skipped.map(|file| SkippedJson { path: file.path.clone(), reason: file.why.clone() }).collect(),
            stopped: report.stopped,
            commit: report.commit.as_ref().map(ToString::to_string),
        }
    }
}
