//! What the commit of a migration says.

use super::super::{AppError, View, message};
use super::{MigrateReport, Way};
use crate::engine::creation::FILE;
use crate::engine::diff::{Change, diff};
use crate::engine::event::plain;
use crate::engine::migrate::{MIGRATE, Manifest, Side};
use crate::format::trailer::{CHANGE, ChangeTrailer, NO_TASK, RULES};
use crate::model::TaskId;

/// The whole message: what was decided is listed change by change, what could not be read in words.
pub(super) fn text(before: &View, after: &View, report: &MigrateReport) -> Result<String, AppError> {
    let tasks = match report.moved.len() {
        1 => "1 task".to_owned(),
        more => format!("{more} tasks"),
    };
    let again = if report.way == Way::Back { "back " } else { "" };
    let summary = format!("migrate {tasks} {again}to {}", report.target.name());
    let mut text = message::subject(&before.workflow, &summary);
    text.push_str("\n\n");
    for conflict in &report.conflicts {
        let winner = conflict.winner.map_or("nobody", Side::name);
        text.push_str(&message::clean(&format!("{conflict}; {winner} was right.")));
        text.push('\n');
    }
    for note in &report.notes {
        text.push_str(&format!("- {}\n", message::clean(note)));
    }
    if !report.conflicts.is_empty() || !report.notes.is_empty() {
        text.push('\n');
    }
    let mut list = |task: TaskId, field: String, old: String, new: String| {
        let (event, trigger) = (MIGRATE.to_owned(), MIGRATE.to_owned());
        let change = ChangeTrailer { event, trigger, task, field, old, new, depth: 1 };
        text.push_str(&format!("{CHANGE}: {change}\n"));
    };
    for change in diff(&before.board, &after.board) {
        if let Change::Field { task, field, old, new } = change
            && field == "status"
        {
            let word = |value: Option<serde_json::Value>| value.as_ref().map(plain).unwrap_or_default();
            list(task, field, word(old), word(new));
        }
    }
    let has_manifest = report.files.iter().any(|file| file.path == Manifest::path());
    if !has_manifest {
        for file in &report.files {
            list(TaskId::parse(NO_TASK)?, format!("{FILE}{}", file.path), String::new(), "made".to_owned());
        }
        text.push_str(&format!("{RULES}: {}\n", message::RULES_VERSION));
        return Ok(text);
    }
    let (old, new) = if report.way == Way::There { ("", "made") } else { ("made", "") };
    list(TaskId::parse(NO_TASK)?, format!("{FILE}{}", Manifest::path()), old.to_owned(), new.to_owned());
    text.push_str(&format!("{RULES}: {}\n", message::RULES_VERSION));
    Ok(text)
}
