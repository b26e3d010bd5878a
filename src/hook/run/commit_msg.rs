use std::path::Path;

use super::Bell;
use crate::app::{AppError, View, read_text};
use crate::format::trailer;
use crate::ui::{Exit, safe};

/// Says which tasks the message closes, and which of them do not exist. Never refuses: a `Closes:`
/// may mean something else to somebody else.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    let Some(path) = bell.arguments.first() else { return Ok(Exit::Success) };
    let message = read_text(Path::new(path))?;
    // Below the scissors line stands the diff of `git commit -v`.
    let message = message.split("\n# ------------------------ >8 ---").next().unwrap_or_default();
    let closings = trailer::closings(message);
    if closings.is_empty() {
        return Ok(Exit::Success);
    }
    let view = View::of(bell.project.repository.snapshot_of_index()?);
    for closing in closings {
        if let Err(error) = view.task(&closing.task) {
            let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            bell.output.say(&format!("taskmaster: Closes: {}: {error}{hint}", safe(&closing.written)));
        }
    }
    Ok(Exit::Success)
}
