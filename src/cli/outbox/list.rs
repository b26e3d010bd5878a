use anstyle::{AnsiColor, Style};
use clap::Args;

use super::{Context, UNREADABLE};
use crate::app::{self, AppError, Past};
use crate::store::{Intent, IntentState, Standing};
use crate::ui::{Columns, Exit, plural, safe};
use crate::wire::{self, OutboxJson};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Those that were sent or skipped, too
    #[arg(short, long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let effects = app::outbox_effects(&project, if arguments.all { Past::Told } else { Past::Left })?;
    let unreadable = app::outbox_unreadable(&project)?;
    let exit = if unreadable > 0 { Exit::Findings } else { Exit::Success };
    if context.json {
        context.output.data(&wire::pretty(&OutboxJson::of(&effects, unreadable)));
        return Ok(exit);
    }
    let mut columns = Columns::default();
    for effect in &effects {
        columns.row(row(effect));
    }
    context.output.data(&columns.render());
    if unreadable > 0 {
        context.output.say(&format!("{} {UNREADABLE}", plural(unreadable, "effect", "effects")));
    } else if effects.is_empty() {
        context.output.say("nothing waits");
    }
    Ok(exit)
}

fn row((intent, standing): &(Intent, Standing)) -> [(String, Style); 6] {
    let plain = Style::new();
    let state = match standing.state {
        IntentState::Dead | IntentState::Parked => AnsiColor::Red.on_default(),
        IntentState::Waiting | IntentState::Running => AnsiColor::Yellow.on_default(),
        _ => plain,
    };
    let key = intent.key.get(..12).unwrap_or(&intent.key);
    let text = |text: &str| (safe(text).into_owned(), plain);
    [
        text(key),
        (standing.state.name().to_owned(), state),
        text(&intent.trigger),
        text(&intent.action),
        text(intent.task.as_deref().unwrap_or("-")),
        text(&standing.reason),
    ]
}
