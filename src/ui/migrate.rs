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
        text.push_str(&patch::render(&file.path, file.before.as_deref(), file.after.as_deref()));
    }
    text
}

/// A table of contradictions: what each place says, who is right, and why.
#[must_use]
pub fn conflicts(list: &[Conflict], why: &str) -> String {
    let (plain, bold) = (Style::new(), Style::new().bold());
    let mut columns = Columns::default();
    columns.row(["task", "field", "markdown", "tasks.json", "who is right"].map(|head| (head.to_owned(), bold)));
    for conflict in list {
        let (right, wrong) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
        let style = |side: Side| match conflict.winner {
            None => plain,
            Some(winner) if winner == side => right,
            Some(_) => wrong,
        };
        let shown = |text: &str| if text.is_empty() { "(none)".to_owned() } else { safe(text).into_owned() };
        columns.row([
            (conflict.task.to_string(), plain),
            (conflict.field.to_owned(), plain),
            (shown(&conflict.markdown), style(Side::Markdown)),
            (shown(&conflict.json), style(Side::Json)),
            (
                conflict.winner.map_or_else(|| "nobody has said".to_owned(), |side| format!("{}: {why}", side.name())),
                plain,
            ),
        ]);
    }
    columns.render()
}
