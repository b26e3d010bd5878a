use std::path::PathBuf;
use std::sync::Arc;

use anstyle::AnsiColor;
use clap::Args;

use super::{Context, revisions};
use crate::app::{self, AppError, BacktestDifference, BacktestReport, BacktestRequest, Fired, Project};
use crate::engine::event::Event;
use crate::format::workflow::{self, Workflow};
use crate::model::{CommitId, Diagnostic, Severity};
use crate::ui::{Columns, Exit, Verbosity, event_line, plural, render_diagnostic, safe};
use crate::wire::{self, BacktestJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A..B: the commits that B has and A has not; A alone: from A to HEAD; nothing: all of HEAD's history
    range: Option<String>,
    /// The new rules; without it, those in the worktree
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The old rules: those of this revision; without it, those at the end of the range
    #[arg(long, value_name = "REVISION")]
    old: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let (from, to) = arguments.range(&project)?;
    let old = match &arguments.old {
        Some(revision) => project.repository.resolve(revision)?,
        None => to.clone(),
    };
    let (new, findings) = arguments.new_rules(&project, context)?;
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
        context.output.say(&format!("{}\n", render_diagnostic(finding)));
    }
    let old = project.commit(&old)?.workflow;
    let report = app::backtest(&project, &BacktestRequest { old, new, from, to })?;
    if context.json {
        context.output.data(&wire::pretty(&BacktestJson::of(&report)));
    } else {
        context.output.data(&text(&report, context));
    }
    let broken = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if broken { Exit::Findings } else { Exit::Success })
}

impl Arguments {
    fn range(&self, project: &Project) -> Result<(Option<CommitId>, CommitId), AppError> {
        let resolve = |text: &str| project.repository.resolve(if text.is_empty() { "HEAD" } else { text });
        Ok(match self.range.as_deref() {
            Some(range) => {
                let (from, to) = revisions::ends(range)?.unwrap_or((range, ""));
                (Some(resolve(from)?), resolve(to)?)
            }
            None => (None, project.repository.head()?.ok_or(AppError::NoCommits)?),
        })
    }

    fn new_rules(&self, project: &Project, context: &Context) -> Result<(Arc<Workflow>, Vec<Diagnostic>), AppError> {
        let Some(path) = &self.config else {
            let view = project.worktree()?;
            return Ok((view.workflow, view.workflow_diagnostics));
        };
        let text = app::read_text(&context.directory.join(path))?;
        let (workflow, findings) = workflow::read(&app::rules_path(path), text.as_bytes());
        Ok((Arc::new(workflow), findings))
    }
}

fn text(report: &BacktestReport, context: &Context) -> String {
    let mut text = String::new();
    let all = context.output.verbosity > Verbosity::Normal;
    let (most, lines) = if all { (usize::MAX, usize::MAX) } else { (20, 8) };
    for difference in report.differences.iter().take(most) {
        text.push_str(&difference_text(difference, lines));
    }
    let more = report.differences.len().saturating_sub(most);
    if more > 0 {
        let more = plural(more, "commit", "commits");
        text.push_str(&format!("and {more} with other consequences: taskmaster backtest -v\n"));
    }
    if !report.differences.is_empty() {
        text.push('\n');
    }
    let mut table = Columns::default();
    let plain = anstyle::Style::new();
    table.row(["", "old rules", "new rules"].map(|head| (head.to_owned(), plain)));
    let mut row = |name: &str, fired: Fired| {
        let cells = [safe(name).into_owned(), fired.old.to_string(), fired.new.to_string()];
        table.row(cells.map(|cell| (cell, plain)));
    };
    for (name, fired) in &report.triggers {
        row(name, *fired);
    }
    row("edits", report.edits);
    row("effects", report.effects);
    text.push_str(&table.render());
    let differing = report.differences.len();
    text.push_str(&format!(
        "{} with {}: {}\n",
        plural(report.commits, "commit", "commits"),
        plural(report.events, "event", "events"),
        if differing == 0 {
            "the same would follow from each".to_owned()
        } else {
            format!("something else would follow from {differing}")
        }
    ));
    text
}

fn difference_text(difference: &BacktestDifference, most: usize) -> String {
    let bold = anstyle::Style::new().bold();
    let (gained, lost) = (("+", AnsiColor::Green.on_default()), ("-", AnsiColor::Red.on_default()));
    let fires = |(name, event): &(String, Event)| format!("{} on {}", safe(name), event_line(event));
    let edit = |line: &String| format!("edit {}", safe(line));
    let lines = (difference.lost.iter().map(fires).map(|line| (lost, line)))
        .chain(difference.gained.iter().map(fires).map(|line| (gained, line)))
        .chain(difference.edits_lost.iter().map(edit).map(|line| (lost, line)))
        .chain(difference.edits_gained.iter().map(edit).map(|line| (gained, line)));
    let lines: Vec<_> = lines.collect();
    let commit = &difference.commit;
    let mut text = format!("{bold}{} {}{bold:#}\n", commit.id.short(), safe(commit.subject()));
    for ((sign, style), line) in lines.iter().take(most) {
        text.push_str(&format!("  {style}{sign} {line}{style:#}\n"));
    }
    if lines.len() > most {
        text.push_str(&format!("  and {} more\n", lines.len() - most));
    }
    text
}
