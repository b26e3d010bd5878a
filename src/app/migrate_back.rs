//! The way back of a migration, with what only the repository knows.

use super::{AppError, Project, View};
use crate::engine::migrate::{Migration, MigrationRequest, back, settled};

/// The tree as it was before it was migrated, with what was edited since; `None` where it was not migrated, or to the
/// other layout.
///
/// # Errors
/// When something would be lost.
pub(super) fn way_back(
    project: &Project,
    view: &View,
    request: &MigrationRequest,
) -> Result<Option<Migration>, AppError> {
    let original = |id: &str| project.repository.bytes_of(id);
    let statuses = &view.board.statuses;
    match settled(&view.snapshot, &original)? {
        Some(settled) => Ok(back(&settled, statuses, request)?),
        None => Ok(back(&view.snapshot, statuses, request)?),
    }
}
