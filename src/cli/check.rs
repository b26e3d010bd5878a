use clap::Args;

use super::explained::Explained;
use super::{At, Context};
use crate::app::{self, AppError, Drift};
use crate::model::{Diagnostic, Severity};
use crate::ui::{Exit, plural, render_diagnostic, safe};
use crate::wire::{self, CheckJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    explained: Explained,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    if let Some(said) = arguments.explained.say(context) {
        return said;
    }
    let project = context.project()?;
    let view = arguments.at.view(&project)?;
    let report = app::check(&view);
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if context.json {
        context.output.data(&wire::pretty(&CheckJson::of(&report)));
    } else {
        context.output.data(&findings_text(&report.findings, context));
        context.output.data(&drift_text(&report.drift, context));
        let contradictions = match report.drift.contradictions.len() {
            0 => String::new(),
            count => format!(", {}", plural(count, "contradicting status", "contradicting statuses")),
        };
        context.output.data(&format!(
            "{}: {}, {}{}\n",
            plural(report.tasks, "task", "tasks"),
            plural(errors, "error", "errors"),
            plural(warnings, "warning", "warnings"),
            contradictions
        ));
    }
    if project.repository.is_tree_ignored() {
        let prefix = project.repository.prefix();
        context.output.say(&format!("git ignores {prefix}: it can be read, and nothing in it can be committed"));
    }
    Ok(if errors == 0 { Exit::Success } else { Exit::Findings })
}

/// The findings, errors first where not all are shown.
fn findings_text(findings: &[Diagnostic], context: &Context) -> String {
    const MOST: usize = 100;
    let all = findings.len() <= MOST || context.output.verbosity > crate::ui::Verbosity::Normal;
    let mut shown: Vec<&Diagnostic> = findings.iter().collect();
    if !all {
        shown.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        shown.truncate(MOST);
    }
    let mut text = String::new();
    for finding in shown {
        text.push_str(&render_diagnostic(finding));
        text.push_str(
            "

",
        );
    }
    if !all {
        text.push_str(&format!("and {} more findings: taskmaster check -v\n\n", findings.len() - MOST));
    }
    text
}

fn drift_text(drift: &Drift, context: &Context) -> String {
    let mut text = String::new();
    for (kind, (comparable, contradicting)) in &drift.by_kind {
        if *contradicting > 0 {
            text.push_str(&format!(
                "drift: {contradicting} of {comparable} statuses in {} contradict their task\n",
                kind.name()
            ));
        }
    }
    if text.is_empty() {
        return text;
    }
    let most = if context.output.verbosity > crate::ui::Verbosity::Normal { usize::MAX } else { 5 };
    for found in drift.contradictions.iter().take(most) {
        text.push_str(&format!(
            "  {}: {} in {}, {} in {}\n",
            found.task,
            safe(&found.home.1),
            found.home.0,
            safe(&found.mirror.1),
            found.mirror.0
        ));
    }
    let more = drift.contradictions.len().saturating_sub(most);
    if more > 0 {
        text.push_str(&format!("  and {more} more: taskmaster check -v\n"));
    }
    text.push_str("  nothing is changed unasked; to bring them into step: taskmaster sync --repair --prefer markdown|json|newest\n");
    text
}
