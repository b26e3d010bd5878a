use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check = Check {
    name: "history",
    about: "the branch and the commit up to which it was processed have no history in common: it was cut off (a shallow clone), or replaced",
    mends: "",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.worktree() else { return Ok(Vec::new()) };
    let repository = &project.repository;
    let (Some(branch), Some(head)) = (repository.branch()?, repository.head()?) else { return Ok(Vec::new()) };
    // A broken one is for the check of the cursors.
    let Ok(Some(cursor)) = repository.cursor(&branch) else { return Ok(Vec::new()) };
    if repository.merge_base(&cursor, &head)?.is_some() {
        return Ok(Vec::new());
    }
    let (why, hint) = if repository.is_shallow() {
        ("the history of this clone is cut off", "git fetch --unshallow; else the present state is the beginning")
    } else {
        (
            "the branch has another history now",
            "taskmaster sync begins with the present state: nothing follows from before",
        )
    };
    Ok(vec![Ailment::fault(
        format!("`{branch}` was processed up to {}, which it does not reach: {why}", cursor.short()),
        hint,
    )])
}
