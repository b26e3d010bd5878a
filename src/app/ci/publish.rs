//! Commits that are made here and pushed at once: from the remote's new tip again where somebody else was faster.

use std::time::Duration;

use super::CiError;
use crate::app::{AppError, Project};
use crate::git::{Deferral, GitError};
use crate::model::CommitId;

/// How often it is tried.
const TRIES: u32 = 6;

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The remote.
    pub remote: String,
    /// The branch there.
    pub branch: String,
    /// The commit that it is at now; `None` where there was nothing to push.
    pub commit: Option<CommitId>,
    /// How often somebody else was faster.
    pub overtaken: u32,
}

/// Does what ends in commits on the branch that HEAD is on, and pushes them as an ordinary push: where it is rejected
/// since somebody else has pushed, the commits are dropped, and it is done again on top of what is there now.
///
/// # Errors
/// When it cannot be done, there is no remote, git cannot push or fetch, or the branch there has gone another way.
pub fn publish<T>(
    project: &Project,
    mut work: impl FnMut() -> Result<T, AppError>,
) -> Result<(T, Published), AppError> {
    let repository = &project.repository;
    let branch = repository.branch()?.ok_or(AppError::Deferred(Deferral::Detached))?;
    let Some(remote) = repository.remote_of(&branch)? else { return Err(CiError::NoRemote { branch }.into()) };
    let mut published = Published { remote, branch, commit: None, overtaken: 0 };
    loop {
        let base = repository.head()?;
        let done = work()?;
        let Some(head) = repository.head()? else { return Err(AppError::NoCommits) };
        // What an earlier run has made and not pushed goes along.
        if base.as_ref() == Some(&head) && repository.remote_tip(&published.remote, &published.branch)? == base {
            return Ok((done, published));
        }
        let Err(error) = repository.push(&published.remote, &published.branch, &head) else {
            published.commit = Some(head);
            return Ok((done, published));
        };
        published.overtaken += 1;
        step_back(project, &published, base.as_ref(), &head, error)?;
        // Those that collided come back at different times.
        let apart = u64::from(std::process::id() % 97);
        std::thread::sleep(Duration::from_millis(u64::from(published.overtaken) * 50 + apart));
    }
}

/// Drops the commits that could not be pushed, for those that somebody else has pushed meanwhile. Where that was not the reason,
/// they stay, and the reason is told.
fn step_back(
    project: &Project,
    place: &Published,
    base: Option<&CommitId>,
    head: &CommitId,
    error: GitError,
) -> Result<(), AppError> {
    let repository = &project.repository;
    let Some(theirs) = repository.fetch(&place.remote, &place.branch)? else { return Err(error.into()) };
    if repository.is_ancestor(&theirs, head)? || place.overtaken >= TRIES {
        return Err(error.into());
    }
    let ahead = |ahead| {
        let (remote, branch) = (place.remote.clone(), place.branch.clone());
        AppError::from(CiError::Diverged { remote, branch, ahead })
    };
    match base {
        Some(base) if repository.is_ancestor(base, &theirs)? => {}
        _ => return Err(ahead("commits that it has not were here before")),
    }
    repository.move_to(&theirs).map_err(|_| ahead("edits here are in the way"))
}
