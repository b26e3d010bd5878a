//! Which commits are to be undone.

use super::causes::{Cause, Causes, lists};
use super::explain::{event_digits, find_event, names_event};
use super::transitions::is_engine_commit;
use super::{AppError, Project};
use crate::engine::event::Event;
use crate::format::trailer::{self, UNDOES};
use crate::model::{Commit, CommitId};

/// The engine commits that are meant, newest first.
pub(super) fn subjects(project: &Project, subject: Option<&str>, tip: &CommitId) -> Result<Vec<Commit>, AppError> {
    let repository = &project.repository;
    let mut chain: Vec<Commit> = Vec::new();
    for id in repository.first_parents(None, tip)? {
        chain.push(repository.commit(&id)?);
    }
    chain.reverse();
    let taken_back: Vec<String> = chain
        .iter()
        .flat_map(|commit| trailer::trailers(&commit.message))
        .filter(|(key, _)| *key == UNDOES)
        .map(|(_, value)| value.to_owned())
        .collect();
    let can_be = |commit: &Commit| {
        is_engine_commit(commit)
            && !taken_back.iter().any(|id| id == commit.id.as_str())
            && !trailer::trailers(&commit.message).iter().any(|(key, _)| *key == UNDOES)
    };
    let Some(text) = subject else {
        let newest = chain.into_iter().find(can_be);
        return newest
            .map(|commit| vec![commit])
            .ok_or_else(|| AppError::NothingToUndo { detail: " on this branch".to_owned() });
    };
    if let Ok(id) = repository.resolve(text) {
        let commit = repository.commit(&id)?;
        if !is_engine_commit(&commit) {
            // A person's commit: what followed from it is meant.
            let caused = caused_by(project, tip, chain.into_iter().filter(can_be), &id, None)?;
            if caused.is_empty() {
                let detail = format!(": {} is not one, and nothing followed from it", id.short());
                return Err(AppError::NothingToUndo { detail });
            }
            return Ok(caused);
        }
        if !can_be(&commit) {
            return Err(AppError::NothingToUndo { detail: format!(": {} was undone already", id.short()) });
        }
        return Ok(vec![commit]);
    }
    let digits = event_digits(text)?;
    let (named, others): (Vec<Commit>, Vec<Commit>) =
        chain.into_iter().filter(can_be).partition(|commit| names_event(commit, &digits));
    if !named.is_empty() {
        return Ok(named);
    }
    let Some((source, event)) = find_event(project, tip, text)? else {
        return Err(AppError::UnknownSubject { text: text.to_owned() });
    };
    // History was rewritten: what follows from the event names it as it was before.
    let found = caused_by(project, tip, others.into_iter(), &source, Some(&event))?;
    if found.is_empty() {
        return Err(AppError::NothingToUndo { detail: format!(" for event {}", event.id.short()) });
    }
    Ok(found)
}

/// Those engine commits that follow from a commit, or from one event of it.
fn caused_by(
    project: &Project,
    tip: &CommitId,
    commits: impl Iterator<Item = Commit>,
    source: &CommitId,
    event: Option<&Event>,
) -> Result<Vec<Commit>, AppError> {
    let causes = Causes::of_history(project, tip)?;
    let mut found = Vec::new();
    for commit in commits {
        let listed = trailer::changes(&commit.message);
        let of_event = |named: &CommitId| event.is_none_or(|event| lists(&listed, &event.id_in(named)));
        let is_cause = |cause: &Cause| cause.found.as_ref() == Some(source) && of_event(&cause.named);
        if causes.of(&commit)?.iter().any(is_cause) {
            found.push(commit);
        }
    }
    Ok(found)
}
