use clap::Args;
use serde_json::{Map, Value};

use super::{Context, Environment};
use crate::app::{self, AppError, EngineMade, OutsideEvent, Why};
use crate::model::TaskId;
use crate::ui::{Exit, render_plan, safe};
use crate::wire::{self, ExplainJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A commit, or the beginning of an event's id: at least 6 digits
    #[arg(default_value = "HEAD", conflicts_with = "event")]
    subject: String,
    /// An event from outside, by its name: what would follow from it at HEAD
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// What comes with the event: a JSON object
    #[arg(long, value_name = "JSON", requires = "event", conflicts_with = "subject")]
    data: Option<String>,
    /// The task the event is about
    #[arg(long, value_name = "ID", requires = "event", conflicts_with = "subject")]
    task: Option<String>,
    #[command(flatten)]
    environment: Environment,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?.in_environment(arguments.environment.name());
    project.know_environment()?;
    let explanation = match &arguments.event {
        Some(kind) => app::explain_outside(&project, &outside(kind, arguments)?)?,
        None => app::explain(&project, &arguments.subject)?,
    };
    if context.json {
        context.output.data(&wire::pretty(&ExplainJson::of(&explanation)));
        return Ok(Exit::Success);
    }
    let bold = anstyle::Style::new().bold();
    let mut text = String::new();
    if let Some(made) = &explanation.engine {
        text.push_str(&engine_made(made));
    }
    for commit in &explanation.sources {
        text.push_str(&format!("{bold}{} {}{bold:#}\n", commit.id.short(), safe(commit.subject())));
        text.push_str(&format!("by {} on {}\n", safe(&commit.author.to_string()), commit.committed));
    }
    if !explanation.plan.steps.is_empty() {
        text.push('\n');
        text.push_str(&render_plan(&explanation.plan));
        if let Some(why) = explanation.preview() {
            text.push_str(&format!("  a preview: {}\n", safe(&why)));
        }
        let missing = explanation.plan.missing_names();
        if !missing.is_empty() {
            text.push_str(&format!("\n{bold}warnings{bold:#}\n"));
        }
        for warning in missing {
            text.push_str(&format!("  {}\n", safe(&warning)));
        }
    } else if explanation.engine.is_none() {
        text.push_str("\nit has no events: no task changed in a way that is news\n");
    }
    context.output.data(&text);
    Ok(Exit::Success)
}

/// The event of the command line.
fn outside(kind: &str, arguments: &Arguments) -> Result<OutsideEvent, AppError> {
    let data = read_data(arguments.data.as_deref())?;
    let task = arguments.task.as_deref().map(TaskId::parse).transpose()?;
    Ok(OutsideEvent { kind: kind.to_owned(), data, task })
}

/// What comes with an event from outside.
pub(super) fn read_data(text: Option<&str>) -> Result<Map<String, Value>, AppError> {
    match text.map(serde_json::from_str) {
        None => Ok(Map::new()),
        Some(Ok(Value::Object(data))) => Ok(data),
        Some(Ok(_)) => Err(AppError::EventData { reason: "it is another kind of value".to_owned() }),
        Some(Err(error)) => Err(AppError::EventData { reason: error.to_string() }),
    }
}

/// What an engine commit says of itself.
fn engine_made(made: &EngineMade) -> String {
    let bold = anstyle::Style::new().bold();
    let mut text = format!("{bold}{} {}{bold:#}\n", made.commit.id.short(), safe(made.commit.subject()));
    let short = |id: &str| id.get(..7).unwrap_or(id).to_owned();
    match &made.why {
        Why::Follows { .. } => text.push_str("made by taskmaster; each change and why:\n"),
        Why::TakesBack(undone) => {
            let undone: Vec<String> = undone.iter().map(|id| safe(&short(id)).into_owned()).collect();
            text.push_str(&format!("made by taskmaster; takes back {}:\n", undone.join(", ")));
        }
        Why::Repairs => text.push_str("made by taskmaster; brings into step:\n"),
        Why::Outside(outside) => text.push_str(&format!(
            "made by taskmaster for the event {} from outside, id {}; each change and why:\n",
            safe(&outside.kind),
            safe(&outside.id)
        )),
        Why::Migrates => text.push_str("made by taskmaster; writes the tasks in another layout:\n"),
        Why::Renumbers => text.push_str("made by taskmaster; gives tasks other numbers:\n"),
    }
    for change in &made.listed {
        let old = if change.old.is_empty() { "(none)" } else { &change.old };
        let new = if change.new.is_empty() { "(none)" } else { &change.new };
        text.push_str(&format!("  {} {} {} -> {}", change.task, safe(&change.field), safe(old), safe(new)));
        if matches!(made.why, Why::Follows { .. } | Why::Outside(_)) {
            text.push_str(&format!(", by {} for event {}", safe(&change.trigger), safe(&change.event)));
        }
        text.push('\n');
    }
    if let Why::Follows { gone } = &made.why {
        text.push_str("\nit follows from:\n");
        for id in gone {
            text.push_str(&format!("{}, which is not in this history any more\n", id.short()));
        }
    }
    text
}
