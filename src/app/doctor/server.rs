use super::remedy::Remedy;
use super::{Ailment, Check, Look, Patient};
use crate::app::{AppError, pushed_branches};

pub(super) const CHECK: Check = Check {
    name: "server",
    about: "in a bare repository: something was pushed that has not been processed",
    mends: "processes it",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.project().filter(|project| project.repository.is_bare()) else { return Ok(Vec::new()) };
    // Without the hook nobody has said that it is to be processed here.
    if !super::hooks::has_any(patient) {
        return Ok(Vec::new());
    }
    let waiting = pushed_branches(project)?;
    Ok(match waiting.first() {
        None => Vec::new(),
        Some(first) => {
            let more = if waiting.len() > 1 { format!(" and {} more", waiting.len() - 1) } else { String::new() };
            let what = format!("`{}`{more}: pushed, and not processed", first.escape_debug());
            vec![Ailment::fault(what, "taskmaster sync").remedy(Remedy::Process)]
        }
    })
}
