use super::remedy::Remedy;
use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check = Check {
    name: "interrupted-commit",
    about: "a commit of the engine's was interrupted before index and worktree had followed: the next commit would take it back",
    mends: "brings index and worktree along, and leaves alone what was edited or staged since",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.worktree() else { return Ok(Vec::new()) };
    let Some(found) = project.repository.interrupted()? else { return Ok(Vec::new()) };
    let what = match &found.reversals {
        Some(files) if files.is_empty() => "an engine commit was interrupted".to_owned(),
        Some(files) => {
            let names: Vec<String> = files.iter().take(3).map(|path| format!("`{path}`")).collect();
            let more = if files.len() > 3 { format!(" and {} more", files.len() - 3) } else { String::new() };
            format!("an engine commit was interrupted: the next commit would take back {}{more}", names.join(", "))
        }
        None => "the note of an interrupted engine commit cannot be read".to_owned(),
    };
    Ok(vec![
        Ailment::fault(what, "taskmaster doctor --fix, or taskmaster sync")
            .at(&found.note)
            .remedy(Remedy::FinishCommit),
    ])
}
