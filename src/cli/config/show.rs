use clap::Args;

use super::{Context, Environment};
use crate::app::{self, AppError};
use crate::format::workflow::{Ignored, Setting, SettingOrigin};
use crate::ui::{Exit, safe};
use crate::wire::{self, ConfigJson};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only this setting and those below it, such as `notifications.channels`
    key: Option<String>,
    /// Say where each setting comes from
    #[arg(long)]
    origin: bool,
    #[command(flatten)]
    environment: Environment,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?.in_environment(arguments.environment.name());
    let shown = app::show_config(&project, arguments.key.as_deref())?;
    if context.json {
        context.output.data(&wire::pretty(&ConfigJson::of(&shown)));
        return Ok(Exit::Success);
    }
    let mut text = String::new();
    for (setting, variables) in &shown.settings {
        text.push_str(&format!("{} = {}", safe(&setting.key), safe(&setting.value.to_string())));
        let unset: Vec<String> = variables
            .iter()
            .map(|(name, is_set)| format!("{name} is {}", if *is_set { "set" } else { "not set" }))
            .collect();
        if !unset.is_empty() {
            text.push_str(&format!("  ({})", unset.join(", ")));
        }
        if arguments.origin {
            text.push_str(&format!("  # {}", safe(&origin(setting))));
        }
        text.push('\n');
    }
    for Ignored { key, value, why, place } in &shown.left_out {
        let written = value.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
        let place = place.as_ref().map(|place| format!(" ({}:{})", place.path, place.line)).unwrap_or_default();
        context.output.say(&safe(&format!("not in force: {key}{written}: {why}{place}")));
    }
    if text.is_empty() && shown.left_out.is_empty() {
        context.output.say("nothing is written there");
    }
    context.output.data(&text);
    Ok(Exit::Success)
}

fn origin(setting: &Setting) -> String {
    match &setting.origin {
        SettingOrigin::File(place) => format!("{}:{}", place.path, place.line),
        SettingOrigin::Environment { name, place } => format!("environment {name}, {}:{}", place.path, place.line),
        SettingOrigin::Git(key) => format!("git config {key}"),
        SettingOrigin::Default => "default".to_owned(),
    }
}
