use super::Bell;
use crate::app::{self, Advance, AppError};
use crate::ui::Exit;

/// Processes what is new, and commits what follows as far as mode and policy allow.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    let exit = bell.sync(Advance::AsConfigured)?;
    let repository = &bell.project.repository;
    if let Some(head) = repository.head()?
        && !app::is_engine_commit(&repository.commit(&head)?)
    {
        repository.note_plain_head(&head);
    }
    Ok(exit)
}
