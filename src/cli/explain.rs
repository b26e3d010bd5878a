use clap::Args;

use super::Context;
use crate::app::{self, AppError};
use crate::ui::{Exit, render_plan, safe};
use crate::wire::{self, ExplainJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A commit, or the beginning of an event's id
    #[arg(default_value = "HEAD")]
    subject: String,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let explanation = app::explain(&project, &arguments.subject)?;
    if context.json {
        context.output.data(&wire::pretty(&ExplainJson::of(&explanation)));
        return Ok(Exit::Success);
    }
    let bold = anstyle::Style::new().bold();
    let mut text = String::new();
    if let Some((commit, listed)) = &explanation.engine {
        text.push_str(&format!("{bold}{} {}{bold:#}\n", commit.id.short(), safe(commit.subject())));
        text.push_str("made by taskmaster; each change and why:\n");
        for change in listed {
            let old = if change.old.is_empty() { "(none)" } else { &change.old };
            text.push_str(&format!(
                "  {} {} {} -> {}, by {} for event {}\n",
                change.task,
                safe(&change.field),
                safe(old),
                safe(&change.new),
                safe(&change.trigger),
                safe(&change.event)
            ));
        }
        text.push_str("\nit follows from:\n");
    }
    for commit in &explanation.sources {
        text.push_str(&format!("{bold}{} {}{bold:#}\n", commit.id.short(), safe(commit.subject())));
        text.push_str(&format!("by {} on {}\n", safe(&commit.author.to_string()), commit.committed));
    }
    text.push('\n');
    if explanation.plan.steps.is_empty() {
        text.push_str("it has no events: no task changed in a way that is news\n");
    } else {
        text.push_str(&render_plan(&explanation.plan));
    }
    context.output.data(&text);
    Ok(Exit::Success)
}
