//! Which commits a pipeline runs for.

use super::{CiError, CiRequest, Mark, Occasion, Surroundings};
use crate::app::{AppError, Project};
use crate::model::CommitId;

/// Where the commits begin and end that a pipeline runs for.
pub(super) struct Range {
    pub(super) from: CommitId,
    /// Behind which commit they were not processed yet.
    pub(super) begin: CommitId,
    pub(super) to: CommitId,
    /// The tip of the branch that a proposal is for.
    pub(super) target: Option<CommitId>,
}

impl Range {
    pub(super) fn find(project: &Project, request: &CiRequest, to: CommitId) -> Result<Self, AppError> {
        let repository = &project.repository;
        let surroundings = &request.surroundings;
        let Some(text) = said(project, surroundings, &to)? else {
            let from = new_branch(project, surroundings, &to)?;
            return Ok(Self { begin: from.clone(), from, to, target: None });
        };
        let found = beginning(project, &text, &to)?;
        match found {
            Some((from, named)) => Ok(Self { begin: from.clone(), from, to, target: Some(named) }),
            None if repository.is_shallow() => Err(CiError::Shallow { missing: text }.into()),
            // The branch was forced away from it, and nobody has it any more.
            None if surroundings.is_pipeline() && surroundings.occasion == Occasion::Push => {
                // Where a branch left itself nobody can say: that nothing is new must not be taken for that nothing is wrong.
                let rules = project.commit(&to)?.workflow;
                if surroundings.branch == repository.shared_branch(rules.git.canonical.as_deref()) {
                    // Pipelines may know up to where they have come on the way that it has left.
                    let last = request.mark.as_ref().map(|mark| mark.last_before(project, &to)).transpose()?;
                    let Some(from) = last.flatten() else { return Err(CiError::Forced { missing: text }.into()) };
                    return Ok(Self { begin: from.clone(), from, to, target: None });
                }
                let from = new_branch(project, surroundings, &to)?;
                Ok(Self { begin: from.clone(), from, to, target: None })
            }
            None => Err(crate::git::GitError::UnknownRevision { text }.into()),
        }
    }
}

impl Range {
    /// The same, from where pipelines have left off: what a run was to do that never came about is done now. Where the branch was
    /// forced another way, what was done on the one that it has left is known to be, and the range begins where the two have parted.
    pub(super) fn resumed(mut self, project: &Project, request: &CiRequest) -> Result<Self, AppError> {
        let Some(mark) = &request.mark else { return Ok(self) };
        if let (Some(at), Some(parted)) = (mark.at(), mark.parted(project, &self.to)?) {
            self.begin = at.clone();
            if project.repository.is_ancestor(&parted, &self.from)? {
                self.from = parted;
            }
        } else if let Some(begin) = mark.beginning(project, &self.from, &self.to)? {
            if project.repository.is_ancestor(&begin, &self.from)? {
                self.from = begin.clone();
                self.begin = begin;
            } else if !mark.is_proposed(project, &self.from, &self.to)? {
                self.begin = begin;
            }
        }
        Ok(self)
    }
}

/// Where a range that ends at `to` begins, as a revision. Of a proposal that is merged for its pipeline that is what it is merged into:
/// the event of a pull request names the base as it was when that was opened.
fn said(project: &Project, surroundings: &Surroundings, to: &CommitId) -> Result<Option<String>, AppError> {
    if let Some(proposed) = &surroundings.proposed
        && let [base, head] = project.repository.commit(to)?.parents.as_slice()
        && head.as_str() == proposed
    {
        return Ok(Some(base.to_string()));
    }
    Ok(surroundings.from.clone())
}

/// Where the commits begin that `to` has and the revision has not, and the commit that the revision names. `None` where it names none,
/// or they have nothing in common.
fn beginning(project: &Project, text: &str, to: &CommitId) -> Result<Option<(CommitId, CommitId)>, AppError> {
    let Ok(named) = project.repository.resolve(text) else { return Ok(None) };
    Ok(project.repository.merge_base(&named, to)?.map(|from| (from, named)))
}

/// Fetches what a shallow clone has left out, more and more of it, until the beginning of the range is there or all is. Gives the
/// project as it is then.
///
/// # Errors
/// When git cannot fetch it.
pub fn deepen(project: Project, surroundings: &Surroundings, mark: Option<&Mark>) -> Result<Project, AppError> {
    if surroundings.from.is_none() {
        return Ok(project);
    }
    let branch = surroundings.branch.as_deref().unwrap_or_default();
    let Some(remote) = project.repository.remote_of(branch)? else { return Ok(project) };
    let mut project = project;
    for commits in [Some(50), Some(500), None] {
        let to = end(&project, surroundings)?;
        if !project.repository.is_shallow() {
            break;
        }
        let is_cut_off = mark.map_or(Ok(false), |mark| mark.is_cut_off(&project))?;
        let text = said(&project, surroundings, &to)?.unwrap_or_default();
        if !is_cut_off && beginning(&project, &text, &to)?.is_some() {
            break;
        }
        project.repository.deepen(&remote, commits)?;
        project = project.opened_again()?;
    }
    Ok(project)
}

/// Where the range ends.
pub(super) fn end(project: &Project, surroundings: &Surroundings) -> Result<CommitId, AppError> {
    match surroundings.to.as_deref().map(|text| project.repository.resolve(text)) {
        Some(Ok(to)) => Ok(to),
        // A pipeline may have checked out something of its own.
        Some(Err(_)) | None => project.repository.head()?.ok_or(AppError::NoCommits),
    }
}

/// Where a branch begins of which nothing is known: where it left the shared one. Of the shared one itself nothing is new.
fn new_branch(project: &Project, surroundings: &Surroundings, to: &CommitId) -> Result<CommitId, AppError> {
    let repository = &project.repository;
    let workflow = project.commit(to)?.workflow;
    let Some(shared) = repository.shared_branch(workflow.git.canonical.as_deref()) else { return Ok(to.clone()) };
    if surroundings.branch.as_deref() == Some(&shared) {
        return Ok(to.clone());
    }
    let remote = repository.remote_of(&shared)?;
    let tip = match remote.map(|remote| repository.remote_tip(&remote, &shared)).transpose()?.flatten() {
        Some(tip) => Some(tip),
        None => repository.branch_tip(&shared)?,
    };
    let base = tip.map(|tip| repository.merge_base(&tip, to)).transpose()?.flatten();
    if base.is_none() && repository.is_shallow() {
        return Err(CiError::Shallow { missing: shared }.into());
    }
    Ok(base.unwrap_or_else(|| to.clone()))
}
