//! Which commits an engine commit follows from: those it names, or those that took their place when
//! history was rewritten.

use std::collections::HashSet;

use super::transitions::{CommitSource, Reading, Walk};
use super::{AppError, Project};
use crate::engine::event::{self, Event, EventId, Origin};
use crate::format::trailer::{self, CAUSED_BY, ChangeTrailer};
use crate::model::{Commit, CommitId};

/// One source commit of an engine commit.
#[derive(Debug)]
pub(super) struct Cause {
    /// As the engine commit names it.
    pub(super) named: CommitId,
    /// The same commit, or the one that did the same in its place; `None` where there is none.
    pub(super) found: Option<CommitId>,
}

/// The source commits of engine commits.
pub(super) struct Causes<'a> {
    project: &'a Project,
    /// What the branch reaches.
    reached: HashSet<CommitId>,
}

impl<'a> Causes<'a> {
    /// Looks at the history of one commit.
    pub(super) fn of_history(project: &'a Project, tip: &CommitId) -> Result<Self, AppError> {
        Ok(Self { project, reached: project.repository.all_commits(None, tip)?.into_iter().collect() })
    }

    /// The source commits of an engine commit in this history.
    pub(super) fn of(&self, commit: &Commit) -> Result<Vec<Cause>, AppError> {
        let repository = &self.project.repository;
        let mut causes: Vec<Cause> = named(commit)
            .map(|named| Cause { found: self.reached.contains(&named).then(|| named.clone()), named })
            .collect();
        let mut lost: Vec<&mut Cause> = causes.iter_mut().filter(|cause| cause.found.is_none()).collect();
        let (false, Some(parent)) = (lost.is_empty(), commit.parents.first()) else { return Ok(causes) };
        let listed = trailer::changes(&commit.message);
        // Commits of merged branches are read themselves.
        let mut walk = Walk::new(self.project, Reading::Alone, None);
        for id in repository.all_commits(None, parent)?.into_iter().rev() {
            if lost.is_empty() {
                break;
            }
            if !repository.touches_tree(&id)? && trailer::closings(&repository.commit(&id)?.message).is_empty() {
                continue;
            }
            let source = walk.read(&id)?;
            lost.retain_mut(|cause| {
                let here = roots(&source).any(|event| lists(&listed, &event.id_in(&cause.named)));
                if here {
                    cause.found = Some(id.clone());
                }
                !here
            });
        }
        Ok(causes)
    }
}

/// The commits an engine commit names as its causes.
pub(super) fn named(commit: &Commit) -> impl Iterator<Item = CommitId> {
    trailer::trailers(&commit.message)
        .into_iter()
        .filter(|(key, _)| *key == CAUSED_BY)
        .filter_map(|(_, value)| CommitId::new(value).ok())
}

/// Whether one of the listed changes follows from that event.
pub(super) fn lists(listed: &[ChangeTrailer], event: &EventId) -> bool {
    listed.iter().any(|change| event.as_str().starts_with(&change.event))
}

/// What chains begin with: the events of a commit, and what its message closes.
fn roots(source: &CommitSource) -> impl Iterator<Item = Event> {
    let closes = source.closes.iter().map(|task| event::closes(task, &Origin::default()));
    source.events.iter().cloned().chain(closes)
}
