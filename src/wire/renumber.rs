use serde::Serialize;

use crate::app::RenumberReport;

/// `taskmaster.renumber/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RenumberJson {
    schema: &'static str,
    refused: Option<String>,
    /// What is in the way, where it was refused.
    obstacles: Vec<String>,
    numbers: Vec<NumberJson>,
    files: Vec<String>,
    /// Places in rules and their cases that name a task by its old number.
    by_hand: Vec<String>,
    commit: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NumberJson {
    old: String,
    new: String,
}

impl RenumberJson {
    /// What was renumbered, or would be.
    #[must_use]
    pub fn of(report: &RenumberReport) -> Self {
        let numbers = report.numbers.iter();
        Self {
            schema: "taskmaster.renumber/1",
            refused: None,
            obstacles: Vec::new(),
            numbers: numbers.map(|(old, new)| NumberJson { old: old.to_string(), new: new.to_string() }).collect(),
            files: report.files.iter().map(|file| file.path.to_string()).collect(),
            by_hand: report.by_hand.clone(),
            commit: report.commit.as_ref().map(ToString::to_string),
        }
    }

    /// Why nothing was renumbered: a sentence, and everything that is in the way.
    #[must_use]
    pub fn refused(why: String, obstacles: Vec<String>) -> Self {
        Self {
            schema: "taskmaster.renumber/1",
            refused: Some(why),
            obstacles,
            numbers: Vec::new(),
            files: Vec::new(),
            by_hand: Vec::new(),
            commit: None,
        }
    }
}
