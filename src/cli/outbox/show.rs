use clap::Args;
use serde_json::Value;

use super::Context;
use crate::app::{self, AppError};
use crate::store::Standing;
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
    let listed = intent.data.get("deliveries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // Each goes its own way, and the state of the whole tells of one of them.
    if listed.len() > 1 {
        lines.extend(listed.iter().enumerate().map(|(part, delivery)| became(part, delivery, &standing)));
    }
    for (part, receipt) in &standing.receipts {
        lines.push(format!("delivery {part}: {}", safe(&receipt.to_string())));
    }
    lines.push(String::new());
    context.output.data(&lines.join("\n"));
    Ok(Exit::Success)
}

/// What became of one of several deliveries.
fn became(part: usize, delivery: &Value, standing: &Standing) -> String {
    let address = delivery.get("address").and_then(Value::as_str).unwrap_or("-");
    let became = match (standing.refused.get(&part), standing.unknown.get(&part)) {
        _ if standing.done.contains(&part) => "done".to_owned(),
        (Some(why), _) => format!("given up: {why}"),
        (_, Some(why)) => format!("left to you: {why}"),
        (None, None) => "open".to_owned(),
    };
    format!("delivery {part} to {}: {}", safe(address), safe(&became))
}
