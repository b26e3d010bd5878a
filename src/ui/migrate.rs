use anstyle::{AnsiColor, Style};

use super::{Columns, patch, safe};
use crate::app::MigrateReport;
use crate::engine::migrate::{Conflict, Side};

/// What a migration would change, as a unified diff. Files that are only carried elsewhere are named.
#[must_use]
pub fn render(report: &MigrateReport) -> String {
    let carried = report.carried();
    let mut text = String::new();
    for (old, new) in &carried {
        text.push_str(&format!("{old} -> {new}, as it is\n"));
    }
    for file in &report.files {
        if file.after.is_none() && carried.iter().any(|(old, _)| **old == file.path) {
            continue;
        }
        if file.before.is_none() && carried.iter().any(|(_, new)| **new == file.path) {
            continue;
        }
        text.push_str(&patch::render(&file.path, file.before.as_deref(), file.after.as_deref()));
    }
    for file in &report.gone {
        let path = MigrateReport::beside_tree(&file.path);
        text.push_str(&patch::render(&path, file.before.as_deref(), file.after.as_deref()));
    }
    text
}

/// A table of contradictions: what each place says, who is right, and why.
#[must_use]
pub fn conflicts(list: &[Conflict], why: &str) -> String {
    let (plain, bold) = (Style::new(), Style::new().bold());
    let is_shown = |side: &Side| list.iter().any(|one| one.said_by(*side).is_some());
    let shown: Vec<Side> = Side::ALL.into_iter().filter(is_shown).collect();
    let mut columns = Columns::default();
    let heads = shown.iter().map(|side| side.label());
    let heads = ["task", "field"].into_iter().chain(heads).chain(["who is right"]);
    columns.row(heads.map(|head| (head.to_owned(), bold)));
    for conflict in list {
        let (right, wrong) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
        let said = |side: &Side| {
            let Some(said) = conflict.said_by(*side) else { return ("-".to_owned(), plain) };
            let style = match conflict.winner {
                None => plain,
                Some(winner) if conflict.said_by(winner) == Some(said) => right,
                Some(_) => wrong,
            };
            (if said.is_empty() { "(none)".to_owned() } else { safe(said).into_owned() }, style)
        };
        let why = conflict.why.unwrap_or(why);
        let right =
            conflict.winner.map_or_else(|| "nobody has said".to_owned(), |side| format!("{}: {why}", side.name()));
        let ends = [(conflict.task.to_string(), plain), (conflict.field.to_owned(), plain)];
        columns.row(ends.into_iter().chain(shown.iter().map(said)).chain([(right, plain)]));
    }
    columns.render()
}
