use serde::Serialize;

use crate::app::MigrateReport;
use crate::engine::migrate::{Conflict, Side};
use crate::model::TreePath;

/// `taskmaster.migrate/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MigrateJson {
    schema: &'static str,
    to: Option<&'static str>,
    way: Option<&'static str>,
    refused: Option<String>,
    tasks: Vec<String>,
    conflicts: Vec<ConflictJson>,
    notes: Vec<String>,
    files: Vec<FileJson>,
    commit: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ConflictJson {
    task: String,
    field: &'static str,
    markdown: Option<String>,
    json: Option<String>,
    older: Option<String>,
    text: Option<String>,
    bullet: Option<String>,
    winner: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FileJson {
    path: String,
    change: &'static str,
}

impl MigrateJson {
    /// What was migrated, or would be.
    #[must_use]
    pub fn of(report: &MigrateReport) -> Self {
        let files = report.files.iter().map(|file| FileJson {
            path: file.path.to_string(),
            change: match (&file.before, &file.after) {
                (None, _) => "made",
                (_, None) => "removed",
                _ => "changed",
            },
        });
        let gone = report.gone.iter().map(|file| FileJson { path: beside(&file.path), change: "removed" });
        Self {
            schema: "taskmaster.migrate/1",
            to: Some(report.target.name()),
            way: Some(report.way.name()),
            refused: None,
            tasks: report.moved.iter().map(ToString::to_string).collect(),
            conflicts: conflicts(&report.conflicts),
            notes: report.notes.clone(),
            files: files.chain(gone).collect(),
            commit: report.commit.as_ref().map(ToString::to_string),
        }
    }

    /// Why nothing was migrated: a sentence, the contradictions nobody has decided, and what else it is about.
    #[must_use]
    pub fn refused(why: String, undecided: &[Conflict], list: Vec<String>) -> Self {
        Self {
            schema: "taskmaster.migrate/1",
            to: None,
            way: None,
            refused: Some(why),
            tasks: Vec::new(),
            conflicts: conflicts(undecided),
            notes: list,
            files: Vec::new(),
            commit: None,
        }
    }
}

/// A file beside the tree, seen from the tree.
pub(super) fn beside(path: &TreePath) -> String {
    MigrateReport::beside_tree(path)
}

fn conflicts(list: &[Conflict]) -> Vec<ConflictJson> {
    let said = |conflict: &Conflict, side| conflict.said_by(side).map(ToOwned::to_owned);
    let one = |conflict: &Conflict| ConflictJson {
        task: conflict.task.to_string(),
        field: conflict.field,
        markdown: said(conflict, Side::Markdown),
        json: said(conflict, Side::Json),
        older: said(conflict, Side::Older),
        text: said(conflict, Side::Text),
        bullet: said(conflict, Side::Bullet),
        winner: conflict.winner.map(Side::name),
    };
    list.iter().map(one).collect()
}
