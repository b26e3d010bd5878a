use clap::Args;
use serde_json::Value;

use super::Context;
use crate::app::{self, AppError};
use crate::ui::{Exit, safe};
use crate::wire::{self, EffectJson};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The beginning of its key, at least 6 digits
    key: String,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let (intent, standing) = app::outbox_effect(&project, &arguments.key)?;
    if context.json {
        context.output.data(&wire::pretty(&EffectJson::of(&intent, &standing)));
        return Ok(Exit::Success);
    }
    let mut lines = vec![
        format!("effect   {}", intent.key),
        format!("state    {}: {}", standing.state.name(), safe(&standing.reason)),
        format!("attempts {}", standing.attempts),
        format!("trigger  {}", safe(&intent.trigger)),
        format!("action   {}", safe(&intent.action)),
        format!("task     {}", safe(intent.task.as_deref().unwrap_or("-"))),
        format!("event    {}", safe(&intent.event)),
        format!("commit   {}", safe(&intent.requires)),
        format!("rules    {}", safe(intent.config.as_deref().unwrap_or("-"))),
    ];
    let text = intent.data.get("text").and_then(Value::as_str).unwrap_or_default();
    lines.extend(text.lines().map(|line| format!("  {}", safe(line))));
    for (part, receipt) in &standing.receipts {
        lines.push(format!("delivery {part}: {}", safe(&receipt.to_string())));
    }
    lines.push(String::new());
    context.output.data(&lines.join("\n"));
    Ok(Exit::Success)
}
