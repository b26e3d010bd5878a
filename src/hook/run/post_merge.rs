use super::Bell;
use crate::app::{Advance, AppError};
use crate::ui::Exit;

/// A merge made here brings what was not published yet; what is pulled is its authors' to process,
/// and is only reported.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    bell.sync_with_errors(Advance::AsConfigured)
}
