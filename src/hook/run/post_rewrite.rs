use super::Bell;
use crate::app::{Advance, AppError};
use crate::ui::Exit;

/// After an amend or a rebase: what was processed before keeps its keys, only what is new fires.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    bell.sync_with_errors(Advance::AsConfigured)
}
