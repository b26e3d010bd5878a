use super::Bell;
use crate::app::{Advance, AppError};
use crate::ui::Exit;

/// Another branch: its cursor follows what is not one's own. Commits nothing. A checkout of files
/// (the third argument is 0) is no business of ours.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    if bell.arguments.get(2).is_some_and(|flag| flag == "0") {
        return Ok(Exit::Success);
    }
    bell.sync_with_errors(Advance::Report)
}
