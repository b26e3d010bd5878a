use super::Bell;
use crate::app::{Advance, AppError};
use crate::ui::Exit;

/// Processes what is new, and commits what follows as far as mode and policy allow.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    bell.sync(Advance::AsConfigured)
}
