use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check = Check {
    name: "shared-branch",
    about: "`git.canonical` names a branch that is neither here nor at a remote, so that nothing has effects",
    mends: "",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.tree() else { return Ok(Vec::new()) };
    let repository = &project.repository;
    let view = project.worktree()?;
    let Some(name) =
        view.workflow.git.canonical.as_deref().filter(|_| repository.head().is_ok_and(|head| head.is_some()))
    else {
        return Ok(Vec::new());
    };
    let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
    Ok(if repository.knows_branch(branch)? {
        Vec::new()
    } else {
        vec![Ailment::fault(
            format!("the shared branch `{}` does not exist (git.canonical)", branch.escape_debug()),
            "name the branch that everybody shares in workflow.yaml, or fetch it: git fetch",
        )]
    })
}
