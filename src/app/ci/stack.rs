//! Commits of steps that a branch does not take: they are proposed on a branch of their own. What a person or an event has said
//! cannot be made again from history, so that the next step goes on where the last one has ended, but for what was merged since.

use std::collections::{HashMap, HashSet};

use super::CiError;
use super::publish::{Proposed, Published, Try, forget};
use crate::app::transitions::{Reading, Walk};
use crate::app::{AppError, Project};
use crate::engine::diff::{Change, diff};
use crate::engine::event::plain;
use crate::format::trailer::{self, MADE_TASK};
use crate::model::{CommitId, TaskId};

/// Where the shared branch is here.
pub(super) struct Places<'p> {
    /// Before the step.
    pub(super) base: Option<&'p CommitId>,
    /// With the step's commits.
    pub(super) head: &'p CommitId,
    /// Up to where it was processed before the step.
    pub(super) cursor: Option<&'p CommitId>,
}

/// The branch for commits of steps that another one does not take.
fn stacked(branch: &str) -> String {
    format!("taskmaster-steps/{branch}")
}

/// Puts the commits on top of those that steps have proposed before, which are not on the branch yet. `None` where another step has
/// done so meanwhile.
pub(super) fn stack<T>(
    project: &Project,
    published: &Published,
    places: &Places<'_>,
    mut done: T,
    work: &mut impl FnMut(&Try<'_>) -> Result<T, AppError>,
) -> Result<Option<(T, Proposed)>, AppError> {
    let repository = &project.repository;
    let remote = &published.remote;
    let branch = stacked(&published.branch);
    let mut head = places.head.clone();
    let seen = repository.fetch_if_there(remote, &branch)?;
    if let (Some(seen), Some(base)) = (&seen, places.base)
        && !repository.is_ancestor(seen, base)?
    {
        let left = Left::of(project, seen, base)?;
        if left != Left::Commits(Vec::new()) {
            left.build(project, &published.branch, seen, base).map_err(|ahead| {
                let (remote, branch) = (remote.clone(), branch.clone());
                CiError::Diverged { remote, branch, ahead }
            })?;
            forget(project, &published.branch, places.cursor)?;
            done = work(&Try { earlier: &HashSet::new(), processed: None })?;
            head = repository.head()?.ok_or(AppError::NoCommits)?;
        }
    }
    match repository.push_over(remote, &branch, &head, seen.as_ref()) {
        Ok(()) => Ok(Some((done, Proposed { branch, commit: head, pull_request: None }))),
        Err(_) if repository.fetch_if_there(remote, &branch)? != seen => Ok(None),
        Err(error) => Err(error.into()),
    }
}

const BOTH: &str = "both have changed the same: merge its pull request first";

/// What of a proposal the branch that it is for has not got yet.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    /// All of it: the branch has had no part of it.
    All,
    /// These commits, the oldest first: the others were merged, by a squash or a rebase, which leaves no trace of them.
    Commits(Vec<CommitId>),
    /// What cannot be told from what was merged, and was changed since.
    Mixed,
}

/// One place of a task.
type Place = (TaskId, String);

impl Left {
    /// Looks at what the proposal comes to all in all, and what the branch has had of that since the two parted. Whoever has changed that
    /// again has decided behind it: only what was never there is proposed on.
    fn of(project: &Project, proposed: &CommitId, base: &CommitId) -> Result<Self, AppError> {
        let repository = &project.repository;
        let Some(parted) = repository.merge_base(proposed, base)? else { return Ok(Self::All) };
        let wanted = differences(project, &parted, proposed)?;
        let mut walk = Walk::new(project, Reading::Pure, None);
        let mut had = HashSet::new();
        for id in repository.first_parents(Some(&parted), base)? {
            let brought = walk.changes(&id)?.iter().map(place).collect::<Vec<_>>();
            had.extend(brought.into_iter().filter(|(place, value)| wanted.get(place) == Some(value)));
        }
        let had: HashSet<Place> = had.into_iter().map(|(place, _)| place).collect();
        if had.is_empty() {
            return Ok(Self::All);
        }
        if had.len() == wanted.len() {
            return Ok(Self::Commits(Vec::new()));
        }
        let changed_since = differences(project, proposed, base)?;
        let events = events(project, &parted, base)?;
        let mut walk = Walk::new(project, Reading::Pure, None);
        let mut left = Vec::new();
        for id in repository.first_parents(Some(&parted), proposed)? {
            let commit = repository.commit(&id)?;
            // What another one merges is on the branch.
            if commit.parents.len() > 1 {
                continue;
            }
            let places: Vec<Place> = walk.changes(&id)?.iter().map(|change| place(change).0).collect();
            let is_open = |place: &Place| wanted.contains_key(place) && !had.contains(place);
            let is_left = if places.is_empty() {
                trailer::outside(&commit.message).is_none_or(|event| !events.contains(&event.to_string()))
            } else {
                places.iter().any(is_open)
            };
            if is_left && places.iter().any(|place| had.contains(place) && changed_since.contains_key(place)) {
                return Ok(Self::Mixed);
            }
            left.extend(is_left.then_some(id));
        }
        Ok(Self::Commits(left))
    }

    /// Brings HEAD to where the next step goes on; where that cannot be, says why.
    fn build(&self, project: &Project, branch: &str, proposed: &CommitId, base: &CommitId) -> Result<(), &'static str> {
        let repository = &project.repository;
        let move_to = |id| repository.move_to(id).map_err(|_| "edits here are in the way");
        match self {
            Self::Mixed => Err(BOTH),
            Self::Commits(left) => {
                move_to(base)?;
                repository.pick(left).map_err(|_| BOTH)
            }
            Self::All => {
                move_to(proposed)?;
                if repository.is_ancestor(base, proposed).unwrap_or(false) {
                    return Ok(());
                }
                repository.merge_in(base, &format!("Merge branch '{branch}'")).map_err(|_| BOTH)
            }
        }
    }
}

/// The events from outside that commits say they follow from, those that were squashed among them.
fn events(project: &Project, from: &CommitId, to: &CommitId) -> Result<HashSet<String>, AppError> {
    let mut found = HashSet::new();
    for id in project.repository.all_commits(Some(from), to)? {
        let message = project.repository.commit(&id)?.message;
        found.extend(trailer::outside_anywhere(&message).map(|event| event.to_string()));
    }
    Ok(found)
}

/// What a commit has otherwise than another one, and how.
fn differences(
    project: &Project,
    before: &CommitId,
    after: &CommitId,
) -> Result<HashMap<Place, Option<String>>, AppError> {
    let (before, after) = (project.shared(before)?, project.shared(after)?);
    Ok(diff(&before.board, &after.board).iter().map(place).collect())
}

/// Where a change is, and what is there behind it.
fn place(change: &Change) -> (Place, Option<String>) {
    let (what, value) = match change {
        Change::Created(_) => (MADE_TASK.to_owned(), Some(String::new())),
        Change::Deleted(_) => (MADE_TASK.to_owned(), None),
        Change::Field { field, new, .. } => (field.clone(), new.as_ref().map(plain)),
        Change::Mirror { old, new, .. } => {
            let path = new.as_ref().or(old.as_ref()).map(|mirror| mirror.path.to_string()).unwrap_or_default();
            (format!("status@{path}"), new.as_ref().and_then(|mirror| mirror.status.clone()))
        }
        Change::Moved { new, .. } => ("path".to_owned(), Some(new.path.to_string())),
    };
    ((change.task().clone(), what), value)
}
