//! What was seen before history was rewritten.

use std::collections::HashMap;

use super::Walk;
use crate::app::AppError;
use crate::engine::diff::diff;
use crate::engine::event::{self, Event, Origin, plain};
use crate::engine::migrate::drop_rehomed;
use crate::model::{CommitId, StatusSet, TaskId};

/// Transitions that were seen before history was rewritten, by what they changed. Each is matched
/// once, in order.
#[derive(Default)]
pub(in crate::app) struct Seen(HashMap<(Option<TaskId>, String, String, String), usize>);

impl Seen {
    /// Notes all changes of a commit, consequences included.
    pub(in crate::app) fn note(&mut self, walk: &mut Walk<'_>, id: &CommitId) -> Result<(), AppError> {
        let commit = walk.project.repository.commit(id)?;
        let (before, after) = walk.views(id, &commit)?;
        let (before, after) = walk.readable.of(walk.project, &commit, (&before, &after))?;
        let mut changes = diff(&before.board, &after.board);
        drop_rehomed(&before.snapshot, &after.snapshot, &after.board.statuses, &mut changes);
        for event in event::derive(&changes, &before.board, &after.board, &Origin::default()).events {
            *self.0.entry(key(&event, &after.board.statuses)).or_default() += 1;
        }
        Ok(())
    }

    /// Whether an equal transition is left; it is used up by the question.
    pub(in crate::app) fn take(&mut self, event: &Event, statuses: &StatusSet) -> bool {
        match self.0.get_mut(&key(event, statuses)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

fn key(event: &Event, statuses: &StatusSet) -> (Option<TaskId>, String, String, String) {
    let text = |value: &Option<serde_json::Value>| {
        let text = value.as_ref().map(plain).unwrap_or_default();
        if event.is_status() { statuses.canonical(&text).to_owned() } else { text }
    };
    let kind = format!("{} {}", event.kind, event.field.as_deref().unwrap_or_default());
    (event.task.clone(), kind, text(&event.old), text(&event.new))
}
