//! Commits that are made here and pushed at once: from the remote's new tip again where somebody else was faster.

use std::collections::HashSet;
use std::time::Duration;

use super::CiError;
use super::mark::{Mark, Moved, Way};
use super::stack::{Places, stack};
use crate::app::causes::named;
use crate::app::transitions::is_engine_commit;
use crate::app::{AppError, Project};
use crate::git::{Aside, Deferral, GitError};
use crate::model::CommitId;

/// What one of several tries is to know.
pub(in crate::app) struct Try<'t> {
    /// Commits that were processed for a proposal which is not merged.
    pub(in crate::app) earlier: &'t HashSet<CommitId>,
    /// Up to where another run has processed the branch since the first try.
    pub(in crate::app) processed: Option<&'t CommitId>,
}

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
    /// People's commits that were here before and went along, with their subjects: the remote had not got them yet, as far as was known.
    pub along: Vec<(CommitId, String)>,
    /// What became of it where the branch takes no pushes.
    pub proposed: Option<Proposed>,
}

/// Commits for a branch that takes no pushes, on a branch of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// The branch that they are on, at the remote.
    pub branch: String,
    /// The commit that it is at now.
    pub commit: CommitId,
    /// The address of the pull request, once it is open.
    pub pull_request: Option<String>,
}

/// What is done where a branch takes no pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is an error.
    Fails,
    /// The commits go to a branch of their own, which holds all that was proposed before and is not on the branch yet.
    Proposes,
    /// They go on top of a branch of their own, for commits that cannot be made again from history alone.
    Stacks,
}

/// Does what ends in commits on the branch that HEAD is on, and pushes them as an ordinary push: where it is rejected
/// since somebody else has pushed, the commits are dropped, and it is done again on top of what is there now.
///
/// # Errors
/// When it cannot be done, there is no remote, git cannot push or fetch, or the branch there has gone another way.
pub(in crate::app) fn publish<T>(
    project: &Project,
    refusal: Refusal,
    mut mark: Option<&mut Mark>,
    mut work: impl FnMut(&Try<'_>) -> Result<T, AppError>,
) -> Result<(T, Published), AppError> {
    let repository = &project.repository;
    let branch = repository.branch()?.ok_or(AppError::Deferred(Deferral::Detached))?;
    let Some(remote) = repository.remote_of(&branch)? else { return Err(CiError::NoRemote { branch }.into()) };
    let mut published = Published { remote, branch, commit: None, overtaken: 0, along: Vec::new(), proposed: None };
    let mut is_overtaken = false;
    loop {
        let base = repository.head()?;
        let cursor = repository.cursor(&published.branch)?;
        let at = mark.as_deref().filter(|_| is_overtaken).and_then(|mark| mark.done_by_another(project));
        let done = work(&Try { earlier: &HashSet::new(), processed: at.as_ref() })?;
        let Some(head) = repository.head()? else { return Err(AppError::NoCommits) };
        // What an earlier run has made and not pushed goes along.
        let is_there =
            base.as_ref() == Some(&head) && repository.remote_tip(&published.remote, &published.branch)? == base;
        let is_marked = match &mark {
            Some(mark) => !mark.is_to_move(project, base.as_ref(), &head)?,
            None => true,
        };
        if is_there && is_marked {
            return Ok((done, published));
        }
        published.along = unpushed(project, &published.remote, &published.branch, base.as_ref())?;
        let way = if is_there { Way::Alone } else { Way::WithBranch };
        let moved = match mark.as_deref_mut().filter(|_| !is_marked) {
            Some(mark) => mark.push(project, &head, way),
            None => Moved::Unasked,
        };
        // A remote that takes no such marks, or not both at once, is no reason to do nothing.
        let error = match moved {
            Moved::Yes => None,
            Moved::Overtaken => {
                is_overtaken = true;
                published.overtaken += 1;
                start_over(project, &published, base.as_ref())?;
                forget(project, &published.branch, cursor.as_ref())?;
                continue;
            }
            Moved::No(_) if is_there => return Ok((done, published)),
            Moved::No(error) if !error.is_remote_refusal() => Some(error),
            Moved::No(_) | Moved::Unasked => repository.push(&published.remote, &published.branch, &head).err(),
        };
        let Some(error) = error else {
            published.commit = (!is_there).then_some(head);
            return Ok((done, published));
        };
        if refusal == Refusal::Proposes && error.is_refusal() {
            let along = (done, mark.as_deref_mut());
            if let Some((done, proposed)) = propose(project, &published, (base.as_ref(), &head), along, &mut work)? {
                published.proposed = Some(proposed);
                return Ok((done, published));
            }
            published.overtaken += 1;
            is_overtaken |= mark.as_deref().is_some_and(Mark::was_moved);
            start_over(project, &published, base.as_ref())?;
            come_apart(published.overtaken);
            continue;
        }
        if refusal == Refusal::Stacks && error.is_refusal() {
            let places = Places { base: base.as_ref(), head: &head, cursor: cursor.as_ref() };
            if let Some((done, proposed)) = stack(project, &published, &places, done, &mut work)? {
                published.along.clear();
                published.proposed = Some(proposed);
                return Ok((done, published));
            }
            published.overtaken += 1;
            start_over(project, &published, base.as_ref())?;
            forget(project, &published.branch, cursor.as_ref())?;
            come_apart(published.overtaken);
            continue;
        }
        published.overtaken += 1;
        step_back(project, &published, base.as_ref(), &head, error)?;
        forget(project, &published.branch, cursor.as_ref())?;
        if let Some(mark) = mark.as_deref_mut() {
            is_overtaken |= mark.look_again(project)?;
        }
        come_apart(published.overtaken);
    }
}

/// Forgets that commits were processed which are dropped: what is made in their place is no repetition of them.
pub(super) fn forget(project: &Project, branch: &str, before: Option<&CommitId>) -> Result<(), AppError> {
    let now = project.repository.cursor(branch)?;
    match before {
        _ if now.as_ref() == before => {}
        Some(before) => drop(project.repository.set_cursor(branch, now.as_ref(), before)?),
        None => project.repository.remove_cursor(branch)?,
    }
    Ok(())
}

/// Those that collided come back at different times.
fn come_apart(times: u32) {
    let apart = u64::from(std::process::id() % 97);
    std::thread::sleep(Duration::from_millis(u64::from(times) * 50 + apart));
}

/// People's commits up to `tip` that a remote's branch has not, as far as is known here, with their subjects. Where nothing is
/// known of that branch none are named.
pub(super) fn unpushed(
    project: &Project,
    remote: &str,
    branch: &str,
    tip: Option<&CommitId>,
) -> Result<Vec<(CommitId, String)>, AppError> {
    let repository = &project.repository;
    let (Some(seen), Some(tip)) = (repository.remote_tip(remote, branch)?, tip) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for id in repository.all_commits(Some(&seen), tip)? {
        let commit = repository.commit(&id)?;
        if !is_engine_commit(&commit) && !repository.is_ancestor(&id, &seen)? {
            found.push((id, commit.subject().to_owned()));
        }
    }
    Ok(found)
}

/// The branch for commits that another one does not take.
pub(super) fn rolling(branch: &str) -> String {
    format!("taskmaster/{branch}")
}

/// Puts the commits on a branch of their own, and moves the mark with that. Where that branch has commits that the shared one has not
/// taken yet, what they follow from is done again with the new ones, so that one proposal has it all. `None` where another run has
/// proposed meanwhile.
fn propose<T>(
    project: &Project,
    published: &Published,
    (base, head): (Option<&CommitId>, &CommitId),
    (mut done, mark): (T, Option<&mut Mark>),
    work: &mut impl FnMut(&Try<'_>) -> Result<T, AppError>,
) -> Result<Option<(T, Proposed)>, AppError> {
    let repository = &project.repository;
    let remote = &published.remote;
    let branch = rolling(&published.branch);
    let mut head = head.clone();
    let seen = repository.fetch_if_there(remote, &branch)?;
    let earlier = match (&seen, base) {
        (Some(seen), Some(base)) => causes(project, seen, base)?,
        _ => HashSet::new(),
    };
    if let (Some(base), false) = (base, earlier.is_empty()) {
        let (remote, branch) = (remote.clone(), branch.clone());
        let in_the_way = CiError::Diverged { remote, branch, ahead: "edits here are in the way" };
        repository.move_to(base).map_err(|_| AppError::from(in_the_way))?;
        done = work(&Try { earlier: &earlier, processed: None })?;
        head = repository.head()?.ok_or(AppError::NoCommits)?;
    }
    let aside = Aside { branch: &branch, commit: &head, seen: seen.as_ref() };
    let moved = match (mark, base) {
        (Some(mark), Some(base)) if !mark.has(project, base)? => mark.push(project, base, Way::WithProposal(aside)),
        _ => Moved::Unasked,
    };
    let error = match moved {
        Moved::Yes => None,
        Moved::Overtaken => return Ok(None),
        Moved::No(error) if !error.is_remote_refusal() => Some(error),
        Moved::No(_) | Moved::Unasked => repository.push_over(remote, &branch, &head, seen.as_ref()).err(),
    };
    match error {
        None => Ok(Some((done, Proposed { branch, commit: head, pull_request: None }))),
        Some(_) if repository.fetch_if_there(remote, &branch)? != seen => Ok(None),
        Some(error) => Err(error.into()),
    }
}

/// The commits on a branch that the engine's commits of a proposal for it follow from.
pub(super) fn causes(project: &Project, proposed: &CommitId, base: &CommitId) -> Result<HashSet<CommitId>, AppError> {
    let repository = &project.repository;
    let mut causes = HashSet::new();
    let Some(shared) = repository.merge_base(proposed, base)? else { return Ok(causes) };
    for id in repository.all_commits(Some(&shared), proposed)? {
        let commit = repository.commit(&id)?;
        if is_engine_commit(&commit) {
            for cause in named(&commit) {
                if repository.resolve(cause.as_str()).is_ok() && repository.is_ancestor(&cause, base)? {
                    causes.insert(cause);
                }
            }
        }
    }
    Ok(causes)
}

/// Begins again where another run has processed what this one has: on top of what that one has pushed.
fn start_over(project: &Project, place: &Published, base: Option<&CommitId>) -> Result<(), AppError> {
    let repository = &project.repository;
    let diverged = |ahead| {
        let (remote, branch) = (place.remote.clone(), place.branch.clone());
        AppError::from(CiError::Diverged { remote, branch, ahead })
    };
    let theirs = repository.fetch(&place.remote, &place.branch)?;
    let (Some(theirs), Some(base)) = (theirs, base) else { return Err(AppError::NoCommits) };
    if place.overtaken >= TRIES {
        return Err(AppError::Deferred(Deferral::BranchMoves));
    }
    // Where the branch takes no pushes the other one has proposed.
    let next = if repository.is_ancestor(base, &theirs)? { &theirs } else { base };
    repository.move_to(next).map_err(|_| diverged("edits here are in the way"))
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
